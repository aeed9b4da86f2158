package cli_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
)

// TestImportInterrupted breaks an import off in its second part: the report tells what went in, and where to go on.
func TestImportInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accounts.jsonl")
	if err := os.WriteFile(path, []byte(strings.Repeat("{\"domain\":\"a.example\"}\n", 2500)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	parts := 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if parts++; parts == 2 {
			cancel()
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"read":1000,"created":1000,"updated":0,"unchanged":0,"rejected":0,"report":[]}`)
	}))
	defer api.Close()
	var out, messages strings.Builder
	env := cli.Env{Environ: []string{"HOME=" + t.TempDir(), "UNSTUCK_API_URL=" + api.URL, "UNSTUCK_API_KEY=" + mustKey(t).Reveal()},
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages}
	err := cli.Run(ctx, []string{"import", "-o", "json", path}, env, cli.Programs{})
	if config.Code(err) != config.ExitInterrupted {
		t.Errorf("%v exits %d, want %d", err, config.Code(err), config.ExitInterrupted)
	}
	if !strings.Contains(messages.String(), "stopped at line 1001 of accounts.jsonl") || !strings.Contains(out.String(), `"read":1000`) {
		t.Errorf("stdout %s\nstderr %s", out.String(), messages.String())
	}
}
