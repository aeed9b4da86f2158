package cli_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// TestEveryToolHasACommand holds the CLI to the catalogue: a tool, and each field of its input, can be reached.
func TestEveryToolHasACommand(t *testing.T) {
	for _, spec := range tools.Operations() {
		if spec.NoTool && len(spec.Command) == 0 {
			continue
		}
		help, _, err := run(t, nil, "", append(slices.Clone(spec.Command), "--help")...)
		if err != nil || !strings.Contains(help, "unstuck "+strings.Join(spec.Command, " ")) {
			t.Errorf("%s: no command %v (%v)", spec.Name, spec.Command, err)
			continue
		}
		if spec.Streamed {
			continue // a command of its own
		}
		for name, field := range spec.Input().Properties {
			flags := []string{name}
			for inner := range field.Properties {
				if flags = append(flags, name+"_"+inner); name == "identity_hint" { // whose fields stand for themselves
					flags[len(flags)-1] = inner
				}
			}
			if len(flags) > 1 {
				flags = flags[1:]
			}
			for _, flag := range flags {
				if !strings.Contains(help, "--"+strings.ReplaceAll(flag, "_", "-")+" ") {
					t.Errorf("%s: field %s has no flag", spec.Name, flag)
				}
			}
		}
	}
}

// TestEveryCodeHasAnExit lists what may end with the plain error: a code that is new must be thought about.
func TestEveryCodeHasAnExit(t *testing.T) {
	plain := []fault.Code{fault.Internal, fault.MethodNotAllowed, fault.NotAcceptable, fault.LengthRequired, fault.UnsupportedMediaType}
	for _, code := range fault.Codes() {
		if got := config.ExitFor(code); (got == config.ExitError) != slices.Contains(plain, code) {
			t.Errorf("%s exits %d", code, got)
		}
	}
}

func TestGuessHint(t *testing.T) {
	for text, want := range map[string]string{
		"01890a5d-ac96-774b-bcce-b302099a8057":  "id",
		"https://www.linkedin.com/in/ada":       "linkedin_url",
		"de.linkedin.com/company/kestrel":       "linkedin_url",
		"ada@kestrel.example":                   "email",
		"@ada":                                  "handle",
		"github:ada":                            "handle",
		"ada":                                   "handle",
		"kestrel.example":                       "domain",
		"https://www.Kestrel.example:443/about": "domain",
		"co_bd3dfebd3119":                       "external_id",
	} {
		if got := cli.GuessHint(text); got != want {
			t.Errorf("GuessHint(%q) = %s, want %s", text, got, want)
		}
	}
}

// TestKeyIsNoArgument proves that a key on the command line is refused before anything is done with it, and not repeated.
func TestKeyIsNoArgument(t *testing.T) {
	key := mustKey(t).Reveal()
	for _, args := range [][]string{{"auth", "login", "--with-key", key}, {"find", "accounts", "--api-key=" + key}, {key}} {
		stdout, stderr, err := run(t, nil, "", args...)
		if config.Code(err) != config.ExitUsage {
			t.Errorf("exit %d, want %d", config.Code(err), config.ExitUsage)
		}
		if all := stdout + stderr + err.Error(); strings.Contains(all, key[8:51]) {
			t.Errorf("the key is repeated")
		}
	}
}

// TestInterrupted proves that a call that the person broke off ends with the code that shells expect.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees that the client has gone only after the body
		cancel()
		<-r.Context().Done()
	}))
	defer api.Close()
	env := cli.Env{Environ: []string{"HOME=" + t.TempDir(), "UNSTUCK_API_URL=" + api.URL, "UNSTUCK_API_KEY=" + mustKey(t).Reveal()},
		Stdin: strings.NewReader(""), Stdout: &strings.Builder{}, Stderr: &strings.Builder{}}
	if err := cli.Run(ctx, []string{"find", "accounts"}, env, cli.Programs{}); config.Code(err) != config.ExitInterrupted {
		t.Errorf("%v exits %d, want %d", err, config.Code(err), config.ExitInterrupted)
	}
}

// TestProfileFlagBeatsEnvironment proves that a profile asked for by name is the one used.
func TestProfileFlagBeatsEnvironment(t *testing.T) {
	api := startAPI(t)
	environ := []string{"HOME=" + t.TempDir(), "UNSTUCK_API_URL=" + api.URL}
	if _, _, err := run(t, environ, api.readOnly.Reveal(), "auth", "login", "--with-key", "--profile", "work"); err != nil {
		t.Fatal(err)
	}
	environ = append(environ, "UNSTUCK_API_KEY="+api.full.Reveal())
	for flag, want := range map[string]string{"": "full", "--profile=work": "read_only"} {
		args := []string{"auth", "status"}
		if flag != "" {
			args = append(args, flag)
		}
		stdout, _, err := run(t, environ, "", args...)
		if err != nil || !strings.Contains(stdout, "  "+want+"\n") {
			t.Errorf("%s: %v, %s; want preset %s", flag, err, stdout, want)
		}
	}
}
