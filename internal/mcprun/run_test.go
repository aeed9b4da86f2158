package mcprun_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/mcprun"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const key = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// api answers /v1/access for one read-only key, or refuses it with a code.
func api(t *testing.T, code fault.Code) string {
	set, _ := scope.ReadOnly.Set()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v any = wire.Access{
			Workspace: &wire.Workspace{ID: "w", Slug: "acme", Name: "Acme", Plan: "pro"}, Plan: "pro",
			Key:   &wire.Key{ID: "a1b2c3d4", Name: "agent", Preset: "read_only", Permissions: []string{"records:read", "subscribers:read"}},
			Tools: tools.Allowed(set), Missing: tools.Missing(set),
		}
		status := 200
		if code != "" {
			status, v = code.Status(), fault.Wrap(code, nil).Problem("x")
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func run(t *testing.T, args, env []string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = mcprun.Run(t.Context(), args, append([]string{"HOME=" + t.TempDir()}, env...), strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), err
}

// TestExits: what cannot be right stops the start with one line that names it, and never shows a value.
func TestExits(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	open := t.TempDir()
	if err := os.WriteFile(filepath.Join(open, "credentials"), []byte("[default]\napi_url = \"https://api.example\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args, env []string
		code      int
		says      string
	}{
		"flag":           {[]string{"--no-such"}, nil, config.ExitUsage, "no-such"},
		"key as flag":    {[]string{"--" + key}, nil, config.ExitUsage, "--help"},
		"key as value":   {[]string{"--check=" + key}, nil, config.ExitUsage, "check"},
		"argument":       {[]string{key}, nil, config.ExitUsage, "no arguments"},
		"transport":      {[]string{"--transport", "carrier-pigeon"}, nil, config.ExitUsage, "--transport"},
		"stdio and http": {[]string{"--transport", "stdio,http"}, nil, config.ExitUsage, "--transport"},
		"API address":    {nil, []string{"UNSTUCK_API_URL=http://api.example"}, config.ExitUsage, "UNSTUCK_API_URL"},
		"profile":        {[]string{"--profile", "a/b"}, nil, config.ExitUsage, "--profile"},
		"log level":      {nil, []string{"UNSTUCK_LOG_LEVEL=loud"}, config.ExitUsage, "UNSTUCK_LOG_LEVEL"},
		"log format":     {nil, []string{"UNSTUCK_LOG_FORMAT=xml"}, config.ExitUsage, "UNSTUCK_LOG_FORMAT"},
		"origin":         {nil, []string{"UNSTUCK_ALLOWED_ORIGINS=app.example"}, config.ExitUsage, "UNSTUCK_ALLOWED_ORIGINS"},
		"host":           {nil, []string{"UNSTUCK_ALLOWED_HOSTS=https://x/"}, config.ExitUsage, "UNSTUCK_ALLOWED_HOSTS"},
		"public address": {nil, []string{"UNSTUCK_PUBLIC_URL=x"}, config.ExitUsage, "UNSTUCK_PUBLIC_URL"},
		"unsafe file":    {[]string{"--transport", "http"}, []string{"UNSTUCK_CONFIG_DIR=" + open}, config.ExitError, "chmod 600"},
		"port taken":     {[]string{"--transport", "http", "--listen", taken.Addr().String()}, nil, config.ExitError, "--listen"},
	} {
		stdout, stderr, err := run(t, c.args, c.env)
		if config.Code(err) != c.code || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), key) {
			t.Errorf("%s: code %d, %v", name, config.Code(err), err)
		}
		if stdout != "" || strings.Contains(stderr, key) {
			t.Errorf("%s: stdout %q, stderr %q", name, stdout, stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for flag, want := range map[string]string{"--help": "-transport", "--version": "mcp-server "} {
		if stdout, _, err := run(t, []string{flag}, nil); err != nil || !strings.Contains(stdout, want) {
			t.Errorf("%s: %q, %v", flag, stdout, err)
		}
	}
}

func TestCheck(t *testing.T) {
	stdout, _, err := run(t, []string{"--check"}, []string{"UNSTUCK_API_KEY=" + key, "UNSTUCK_API_URL=" + api(t, "")})
	if err != nil || strings.Contains(stdout, key) {
		t.Errorf("%v\n%s", err, stdout)
	}
	for _, want := range []string{"unstuck_***_a1b2c3d4 (from environment)", "Acme (plan pro)", "read_only", "find_leads", "push_signal (needs signals:write, in preset write_signals)", "never"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for code, exit := range map[fault.Code]int{fault.KeyRevoked: config.ExitAuth, fault.FeatureNotAllowed: config.ExitAuth, fault.StoreUnavailable: config.ExitUnavailable} {
		_, _, err := run(t, []string{"--check"}, []string{"UNSTUCK_API_KEY=" + key, "UNSTUCK_API_URL=" + api(t, code)})
		if config.Code(err) != exit {
			t.Errorf("%s: exit %d, %v", code, config.Code(err), err)
		}
	}
	if _, _, err := run(t, []string{"--check"}, nil); config.Code(err) != config.ExitAuth {
		t.Errorf("no key: %v", err)
	}
	if _, _, err := run(t, []string{"--check"}, []string{"UNSTUCK_API_KEY=" + key, "UNSTUCK_API_URL=http://127.0.0.1:1"}); config.Code(err) != config.ExitUnavailable {
		t.Errorf("no API: %v", err)
	}
}

// TestReadyLine starts both transports, reads where they are, and stops them. The key of the environment serves nobody.
func TestReadyLine(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, w := io.Pipe()
	var stderr bytes.Buffer
	done := make(chan error, 1)
	go func() {
		env := []string{"HOME=" + t.TempDir(), "UNSTUCK_API_KEY=" + key, "UNSTUCK_API_URL=" + api(t, "")}
		done <- mcprun.Run(ctx, []string{"--transport", "http,sse", "--listen", "127.0.0.1:0"}, env, strings.NewReader(""), w, &stderr)
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready mcprun.Ready
	if err := json.Unmarshal(line, &ready); err != nil || ready.Event != "ready" || !strings.HasSuffix(ready.MCPURL, "/mcp") || !strings.HasSuffix(ready.SSEURL, "/sse") {
		t.Fatalf("%v: %s", err, line)
	}
	for auth, want := range map[string]int{"": 401, "Bearer " + key: 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ready.MCPURL, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if auth != "" {
			req.Header.Set("Authorization", auth)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d with %.10s", resp.StatusCode, auth)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	stop()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
	if log := stderr.String(); strings.Count(log, "UNSTUCK_API_KEY is ignored") != 1 || strings.Contains(log, key) {
		t.Errorf("stderr: %s", log)
	}
}

// TestStdioEndsWithItsInput: no input is a clean end; why there is no key was said before.
func TestStdioEndsWithItsInput(t *testing.T) {
	stdout, stderr, err := run(t, nil, []string{"UNSTUCK_API_URL=" + api(t, "")})
	if err != nil || stdout != "" || !strings.Contains(stderr, "No API key is set") {
		t.Errorf("%v, stdout %q, stderr %q", err, stdout, stderr)
	}
}
