package cli_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
)

// TestMain makes the test binary the program: scripts call it as unstuck, or as code to see the exit code on stderr.
func TestMain(m *testing.M) {
	run := func() int {
		err := cli.Run(context.Background(), os.Args[1:], cli.Env{Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}, cli.Programs{})
		if err != nil {
			fmt.Fprintln(os.Stderr, "unstuck: "+err.Error())
		}
		return config.Code(err)
	}
	testscript.Main(m, map[string]func(){
		"unstuck": func() { os.Exit(run()) },
		"code":    func() { fmt.Fprintf(os.Stderr, "exit=%d\n", run()) },
	})
}

// TestScripts runs each script against an API of its own. full.txt, read.txt and revoked.txt hold the keys it knows.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			api := startAPI(t)
			e.Values["api"] = api
			for name, key := range map[string]string{"full": api.full.Reveal(), "read": api.readOnly.Reveal(), "revoked": api.revoked.Reveal()} {
				if err := os.WriteFile(filepath.Join(e.WorkDir, name+".txt"), []byte(key+"\n"), 0o600); err != nil {
					return err
				}
			}
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("HOME", home)
			e.Setenv("USERPROFILE", home)
			e.Setenv("UNSTUCK_API_URL", api.URL)
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sent":    sent,
			"busy":    func(ts *testscript.TestScript, _ bool, args []string) { apiOf(ts).beBusy(len(args)) },
			"csv":     sameRows,
			"breaks":  func(ts *testscript.TestScript, _ bool, _ []string) { apiOf(ts).breakOff() },
			"nokey":   noKey,
			"private": private,
			"admin":   admin,
			"asked":   asked,
		},
	})
}

func apiOf(ts *testscript.TestScript) *fakeAPI { return ts.Value("api").(*fakeAPI) }

// sent compares the last request's body, or query, with its argument.
func sent(ts *testscript.TestScript, neg bool, args []string) {
	api := apiOf(ts)
	api.mu.Lock()
	defer api.mu.Unlock()
	if got := strings.TrimSpace(string(api.last)); (got == args[0]) == neg {
		ts.Fatalf("sent %s", got)
	}
}

// sameRows compares two CSV files by their cells, whatever their lines end with.
func sameRows(ts *testscript.TestScript, neg bool, args []string) {
	var rows [2][][]string
	for i, name := range args {
		var err error
		rows[i], err = csv.NewReader(strings.NewReader(ts.ReadFile(name))).ReadAll()
		ts.Check(err)
	}
	if d := cmp.Diff(rows[1], rows[0]); (d == "") == neg {
		ts.Fatalf("the rows differ: %s", d)
	}
}

// noKey fails when a file, or the output of the last command, holds a key.
func noKey(ts *testscript.TestScript, _ bool, args []string) {
	api := apiOf(ts)
	for _, name := range args {
		text := ts.ReadFile(name)
		for _, key := range []string{api.full.Reveal(), api.readOnly.Reveal(), api.revoked.Reveal()} {
			if strings.Contains(text, key) || strings.Contains(text, key[8:51]) {
				ts.Fatalf("%s holds a key", name)
			}
		}
	}
}

// private fails when others may open the file.
func private(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if info.Mode().Perm()&0o077 != 0 {
		ts.Fatalf("mode %v", info.Mode())
	}
}

// run is one run in this process.
func run(t *testing.T, environ []string, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, messages bytes.Buffer
	err = cli.Run(t.Context(), args, cli.Env{Environ: environ, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &messages}, cli.Programs{})
	return out.String(), messages.String(), err
}
