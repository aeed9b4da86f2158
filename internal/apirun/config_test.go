package apirun

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/config"
)

func TestLoadConfig(t *testing.T) {
	c, err := LoadConfig([]string{"HOME=/h", "UNSTUCK_DATA_DIR=/d", "UNSTUCK_TRUSTED_PROXIES=10.1.2.3/8,::1", "UNSTUCK_PUBLIC_URL=https://api.example.com/",
		"UNSTUCK_ALLOWED_ORIGINS=https://a.example,http://b.example:8080", "UNSTUCK_METRICS_ADDR=",
		"UNSTUCK_OUTBOUND_ALLOW=10.20.1.1/16,127.0.0.1", "UNSTUCK_OUTBOUND_DNS=[::1]:53"})
	if err != nil {
		t.Fatal(err)
	}
	if c.ListenAddr != "127.0.0.1:8080" || c.MetricsAddr != "" || c.PublicURL != "https://api.example.com" || c.AuthFailures != 20 || !c.Migrate {
		t.Errorf("config = %+v", c)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	if len(c.proxies) != 2 || c.proxies[0] != want[0] || c.proxies[1] != want[1] {
		t.Errorf("proxies = %v", c.proxies)
	}
	want = []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("127.0.0.1/32")}
	if len(c.outbound) != 2 || c.outbound[0] != want[0] || c.outbound[1] != want[1] {
		t.Errorf("outbound = %v", c.outbound)
	}
}

func TestLoadConfigNamesTheVariable(t *testing.T) {
	for _, dns := range []string{"10.0.0.1", "10.0.0.1:dns", ":53", "10.0.0.1:0", "10.0.0.1:66000"} {
		_, err := LoadConfig([]string{"UNSTUCK_DATA_DIR=/d", "UNSTUCK_OUTBOUND_DNS=" + dns})
		if config.Code(err) != config.ExitUsage || !strings.Contains(err.Error(), "UNSTUCK_OUTBOUND_DNS") {
			t.Errorf("%s: %v", dns, err)
		}
	}
	for variable, value := range map[string]string{
		"UNSTUCK_LISTEN_ADDR": "8080", "UNSTUCK_METRICS_ADDR": "here", "UNSTUCK_PUBLIC_URL": "api.example.com", "UNSTUCK_MCP_URL": "https://mcp.example.com/mcp?x=1", "UNSTUCK_TRUSTED_PROXIES": "proxy",
		"UNSTUCK_ALLOWED_ORIGINS": "https://a.example/path", "UNSTUCK_ALLOWED_HOSTS": "https://a.example", "UNSTUCK_AUTH_FAILURES_PER_MINUTE": "-1",
		"UNSTUCK_OUTBOUND_ALLOW": "intranet",
	} {
		_, err := LoadConfig([]string{"UNSTUCK_DATA_DIR=/d", variable + "=" + value})
		if config.Code(err) != config.ExitUsage || !strings.Contains(err.Error(), variable) {
			t.Errorf("%s=%s: %v", variable, value, err)
		}
	}
}

func TestOIDCIsSetWholeOrNotAtAll(t *testing.T) {
	whole := []string{"UNSTUCK_OIDC_ISSUER=https://login.example.com/realm", "UNSTUCK_OIDC_CLIENT_ID=unstuck", "UNSTUCK_OIDC_CLIENT_SECRET=s3cret-text"}
	load := func(environ ...string) error {
		_, err := LoadConfig(append([]string{"UNSTUCK_DATA_DIR=/d"}, environ...))
		return err
	}
	if err := load(whole...); err != nil {
		t.Error(err)
	}
	for i, missing := range []string{"UNSTUCK_OIDC_ISSUER", "UNSTUCK_OIDC_CLIENT_ID", "UNSTUCK_OIDC_CLIENT_SECRET"} {
		some := append(append([]string(nil), whole[:i]...), whole[i+1:]...)
		if err := load(some...); config.Code(err) != config.ExitUsage || !strings.HasPrefix(err.Error(), missing+" must be set") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	for issuer, ok := range map[string]bool{
		"http://localhost:9000": true, "http://127.0.0.1:9000": true, "http://login.example.com": false, "login.example.com": false, "https://u:p@login.example.com": false, "https://login.example.com?x=1": false,
	} {
		if err := load("UNSTUCK_OIDC_ISSUER="+issuer, whole[1], whole[2]); (err == nil) != ok || !ok && config.Code(err) != config.ExitUsage {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestEmbeddedSecretIsMadeOnceAndNeverReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := Config{DataDir: dir}
	first, _, err := c.secretText()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, secretName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	if again, _, err := c.secretText(); err != nil || again != first {
		t.Errorf("a second start reads another secret: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "unstuck.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, secretName)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.secretText(); config.Code(err) != config.ExitError || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a database without its secret: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".secret-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSecretIsRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		config Config
		code   int
		says   string
	}{
		"both":           {Config{SecretKey: good, SecretKeyFile: "x"}, 2, "UNSTUCK_SECRET_KEY"},
		"short":          {Config{SecretKey: "c2hvcnQ="}, 2, "UNSTUCK_SECRET_KEY"},
		"none":           {Config{DatabaseURL: "postgres://x"}, 2, "UNSTUCK_SECRET_KEY"},
		"absent file":    {Config{SecretKeyFile: filepath.Join(dir, "absent")}, 1, "absent"},
		"open file":      {Config{SecretKeyFile: write("open", good, 0o644)}, 1, "chmod 600"},
		"directory":      {Config{SecretKeyFile: dir}, 1, "not a secret file"},
		"oversized file": {Config{SecretKeyFile: write("big", strings.Repeat("x", maxSecret+1), 0o600)}, 1, "not a secret file"},
	} {
		if _, err := c.config.keyring(); config.Code(err) != c.code || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), good) {
			t.Errorf("%s: %v, code %d", name, err, config.Code(err))
		}
	}
}

func TestTabulate(t *testing.T) {
	rows, columns, err := tabulate([]byte(`[{"id":"a","n":1,"list":["x","y"],"none":null},{"id":"b\u001b[31m\u202e","late":true}]`))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"id", "n", "list", "none", "late"}, columns); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([][]string{{"a", "1", "x,y", "-"}, {"b[31m", "", "", "", "true"}}, rows); d != "" {
		t.Error(d)
	}
}

func TestDialable(t *testing.T) {
	for in, want := range map[string]string{"0.0.0.0:80": "127.0.0.1:80", "[::]:80": "127.0.0.1:80", ":80": "127.0.0.1:80", "10.0.0.1:80": "10.0.0.1:80", "[::1]:80": "[::1]:80"} {
		if got := dialable(in); got != want {
			t.Errorf("dialable(%s) = %s, want %s", in, got, want)
		}
	}
}
