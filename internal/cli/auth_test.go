package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
)

// home returns an environment with the key in the default profile of a credentials file; none for the zero key.
func home(t *testing.T, api *fakeAPI, p credentials.Profile) (environ []string, path string) {
	t.Helper()
	environ = []string{"UNSTUCK_CONFIG_DIR=" + t.TempDir(), "UNSTUCK_API_URL=" + api.URL}
	file, err := credentials.In(environ)
	if err == nil && !p.Key.IsZero() {
		err = file.Save(credentials.DefaultProfile, p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return environ, file.Path()
}

// TestAnInterruptLeavesNothing: while nobody has decided, Ctrl-C ends a login and a rotation without a trace.
func TestAnInterruptLeavesNothing(t *testing.T) {
	for _, command := range []string{"login", "rotate"} {
		api := startAPI(t)
		api.device.decides, api.device.polled = "wait", make(chan struct{}, 1000)
		environ, path := home(t, api, credentials.Profile{Key: api.readOnly})
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-api.device.polled
			<-api.device.polled
			cancel()
		}()
		var out, messages bytes.Buffer
		err = cli.Run(ctx, []string{"auth", command}, cli.Env{Environ: environ, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages}, cli.Programs{})
		after, _ := os.ReadFile(path)
		if config.Code(err) != config.ExitInterrupted || out.Len() > 0 || !bytes.Equal(before, after) {
			t.Errorf("%s: %v, printed %q, the file changed: %t", command, err, out.String(), !bytes.Equal(before, after))
		}
		if files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(files) > 0 {
			t.Errorf("%s left %v", command, files)
		}
	}
}

func TestADeadKeyIsNotRotated(t *testing.T) {
	api := startAPI(t)
	api.device.decides = "approve"
	environ, _ := home(t, api, credentials.Profile{Key: api.revoked})
	_, messages, err := run(t, environ, "", "auth", "rotate")
	if config.Code(err) != config.ExitAuth || !strings.Contains(err.Error(), "run `unstuck auth login`") || strings.Contains(messages, "user_code") {
		t.Errorf("%v\n%s", err, messages)
	}
}

// TestAVariableIsNotRotated: a key that only the environment holds cannot be put back there.
func TestAVariableIsNotRotated(t *testing.T) {
	api := startAPI(t)
	api.device.decides = "approve"
	environ, path := home(t, api, credentials.Profile{})
	_, _, err := run(t, append(environ, "UNSTUCK_API_KEY="+api.readOnly.Reveal()), "", "auth", "rotate")
	if config.Code(err) != config.ExitAuth || !strings.Contains(err.Error(), "the key in UNSTUCK_API_KEY cannot be rotated here: rotate it on the page API keys, or log in with a profile") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) || api.device.asked != nil {
		t.Errorf("a key was asked for (%v), the file: %v", api.device.asked, err)
	}
}

// TestTheFileCountsNotTheVariable: what is rotated is the profile's key, and who uses another is told.
func TestTheFileCountsNotTheVariable(t *testing.T) {
	api := startAPI(t)
	api.device.decides = "approve"
	environ, path := home(t, api, credentials.Profile{Key: api.readOnly})
	_, messages, err := run(t, append(environ, "UNSTUCK_API_KEY="+api.revoked.Reveal()), "", "auth", "rotate")
	text, _ := os.ReadFile(path)
	if err != nil || api.device.asked["replaces"] != api.readOnly.ID() || !strings.Contains(messages, "UNSTUCK_API_KEY is set and beats the file") || !bytes.Contains(text, []byte(api.full.Reveal())) {
		t.Errorf("%v\n%s", err, messages)
	}
}
