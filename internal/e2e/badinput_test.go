package e2e_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInput gives each program what goes wrong in practice: one clear line, the right exit code, nothing on stdout.
func TestBadInput(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	nobody := "http://127.0.0.1:" + freePort(t)
	open := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(open, []byte("[default]\napi_key = \"x\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	corrupt := t.TempDir()
	for name, text := range map[string]string{"unstuck.db": strings.Repeat("no database ", 500), "secret.key": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="} {
		if err := os.WriteFile(filepath.Join(corrupt, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, program string
		args          []string
		env           []string
		code          int
		says          string
	}{
		{"api: wrong flag", "api", []string{"serve", "--lisen", "x"}, nil, 2, "--lisen"},
		{"api: wrong command", "api", []string{"serv"}, nil, 2, "serv"},
		{"api: wrong variable", "api", []string{"serve"}, []string{"UNSTUCK_AUTH_FAILURES_PER_MINUTE=many"}, 2, "UNSTUCK_AUTH_FAILURES_PER_MINUTE"},
		{"api: wrong address", "api", []string{"serve"}, []string{"UNSTUCK_LISTEN_ADDR=nowhere"}, 2, "UNSTUCK_LISTEN_ADDR"},
		{"api: wrong log level", "api", []string{"serve"}, []string{"UNSTUCK_LOG_LEVEL=loud"}, 2, "UNSTUCK_LOG_LEVEL"},
		{"api: port taken", "api", []string{"serve", "--listen", taken.Addr().String()}, nil, 1, taken.Addr().String()},
		{"api: no secret", "api", []string{"serve"}, []string{"UNSTUCK_DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x"}, 2, "UNSTUCK_SECRET_KEY"},
		{"api: database away", "api", []string{"serve"}, []string{"UNSTUCK_DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x", "UNSTUCK_SECRET_KEY=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}, 7, "UNSTUCK_DATABASE_URL"},
		{"api: corrupt database", "api", []string{"serve", "--listen", "127.0.0.1:0"}, []string{"UNSTUCK_DATA_DIR=" + corrupt}, 1, filepath.Join(corrupt, "unstuck.db")},
		{"api: no such workspace", "api", []string{"admin", "key", "list", "--workspace", "nobody"}, nil, 3, "not_found"},
		{"api: no such preset", "api", []string{"admin", "key", "create", "--workspace", "nobody", "--name", "x", "--preset", "god"}, nil, 3, "not_found"},
		{"api: missing flag", "api", []string{"admin", "key", "list"}, nil, 2, "workspace"},
		{"mcp-server: wrong flag", "mcp-server", []string{"--transprt", "http"}, nil, 2, "transprt"},
		{"mcp-server: wrong transport", "mcp-server", []string{"--transport", "pigeon"}, nil, 2, "--transport"},
		{"mcp-server: wrong variable", "mcp-server", []string{"--check"}, []string{"UNSTUCK_API_URL=ftp://x"}, 2, "UNSTUCK_API_URL"},
		{"mcp-server: port taken", "mcp-server", []string{"--transport", "http", "--listen", taken.Addr().String()}, []string{"UNSTUCK_API_URL=" + nobody}, 1, taken.Addr().String()},
		{"unstuck: wrong flag", "unstuck", []string{"find", "accounts", "--contry", "DE"}, nil, 2, "--contry"},
		{"unstuck: wrong command", "unstuck", []string{"fnd"}, nil, 2, "fnd"},
		{"unstuck: no key", "unstuck", []string{"find", "accounts", "x"}, []string{"UNSTUCK_API_URL=" + nobody}, 4, "unstuck auth login"},
		{"unstuck: malformed key", "unstuck", []string{"find", "accounts", "x"}, []string{"UNSTUCK_API_KEY=unstuck_nonsense", "UNSTUCK_API_URL=" + nobody}, 4, "UNSTUCK_API_KEY"},
		{"unstuck: API away", "unstuck", []string{"find", "accounts", "x"}, []string{"UNSTUCK_API_KEY=unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4", "UNSTUCK_API_URL=" + nobody}, 7, "UNSTUCK_API_URL"},
		{"unstuck: open credentials", "unstuck", []string{"find", "accounts", "x"}, []string{"UNSTUCK_CONFIG_DIR=" + filepath.Dir(open), "UNSTUCK_API_URL=" + nobody}, 4, "chmod 600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := run(t, env(t, append([]string{"UNSTUCK_METRICS_ADDR=", "UNSTUCK_DATA_DIR=" + t.TempDir()}, c.env...)...), "", c.program, c.args...)
			line := strings.TrimSpace(stderr)
			if code != c.code || !strings.Contains(line, c.says) || stdout != "" {
				t.Errorf("exit %d, want %d; stdout %q; stderr %q, want %q in it", code, c.code, stdout, line, c.says)
			}
			if strings.Count(line, "\n") > 0 {
				t.Errorf("more than one line: %s", line)
			}
			for _, secret := range []string{"hunter2", "nonsense", "7pPw"} {
				if strings.Contains(line, secret) {
					t.Errorf("the line shows a secret: %s", line)
				}
			}
		})
	}
}

// TestDeadKeyOverStdio starts the MCP server with keys that cannot be used: it runs, says why on stderr, and writes
// nothing but protocol to stdout.
func TestDeadKeyOverStdio(t *testing.T) {
	nobody := "http://127.0.0.1:" + freePort(t)
	hello := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"e2e","version":"1"}}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" + `{"jsonrpc":"2.0","id":2,"method":"tools/list"}` + "\n" +
		`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"get_access_status","arguments":{}}}` + "\n"
	for name, key := range map[string]string{"no key": "", "malformed": "unstuck_nonsense", "API away": "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := run(t, env(t, "UNSTUCK_API_KEY="+key, "UNSTUCK_API_URL="+nobody), hello, "mcp-server")
			lines := strings.Split(strings.TrimSpace(stdout), "\n")
			if code != 0 || len(lines) != 3 || strings.TrimSpace(stderr) == "" {
				t.Fatalf("exit %d, %d lines on stdout, stderr %q\n%s", code, len(lines), stderr, stdout)
			}
			if !strings.Contains(stdout, `"usable":false`) || strings.Count(stdout, `"inputSchema"`) != 1 {
				t.Errorf("stdout = %s", stdout)
			}
			if strings.Contains(stdout+stderr, "nonsense") || strings.Contains(stdout+stderr, "7pPw") {
				t.Error("the key is shown")
			}
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return fmt.Sprint(ln.Addr().(*net.TCPAddr).Port)
}
