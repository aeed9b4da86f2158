package apirun

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// desk is an operator's command line over one data directory.
type desk struct {
	t   *testing.T
	dir string
}

// newDesk has a workspace acme with an account, a lead and two signals of it.
func newDesk(t *testing.T) desk {
	d := desk{t, t.TempDir()}
	d.do(0, "workspace", "create", "--name", "Acme", "--slug", "acme", "--plan", "team")
	for name, text := range map[string]string{
		"accounts.jsonl": `{"id":"a-1","domain":"acme.com","name":"Acme","tags":["oss"]}`,
		"leads.jsonl":    `{"id":"l-1","name":"Alonso Quixotilvar","email":"quixotilvar@acme.com","company_domain":"acme.com","phone":"5550199"}`,
		"signals.jsonl": `{"id":"s-1","signal_type":"website_visit","source":"site","occurred_at":"2026-01-02T03:04:05Z","email":"quixotilvar@acme.com"}
{"id":"s-2","signal_type":"website_visit","source":"site","occurred_at":"2026-01-03T03:04:05Z","email":"quixotilvar@acme.com"}`,
	} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) string { return filepath.Join(d.dir, name) }
	report, _ := d.do(0, "import", "--workspace", "acme", "--accounts", file("accounts.jsonl"), "--leads", file("leads.jsonl"), "--signals", file("signals.jsonl"))
	if !strings.Contains(report, `"created":4`) {
		t.Fatalf("import: %s", report)
	}
	return d
}

// do runs an admin command with JSON output, and fails the test unless it ends with the code.
func (d desk) do(code int, args ...string) (stdout, line string) {
	d.t.Helper()
	var out, log bytes.Buffer
	environ := []string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + filepath.Join(d.dir, "data"), "UNSTUCK_METRICS_ADDR="}
	err := Main(context.Background(), append(append([]string{"admin"}, args...), "-o", "json"), environ, &out, &log)
	if err != nil {
		line = err.Error()
	}
	if got := config.Code(err); got != code {
		d.t.Fatalf("%v: exit %d, want %d: %s%s", args, got, code, line, log.String())
	}
	return out.String(), line
}

func (d desk) record(code int, args ...string) (stdout, line string) {
	d.t.Helper()
	return d.do(code, append([]string{"record", args[0], "--workspace", "acme"}, args[1:]...)...)
}

func decoded(t *testing.T, text string) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func TestRecordCommands(t *testing.T) {
	d := newDesk(t)
	text, _ := d.record(0, "get", "--email", "Quixotilvar@ACME.com")
	lead := decoded(t, text)
	if lead["record_type"] != "lead" || lead["external_id"] != "l-1" || lead["signal_count"] != 2.0 {
		t.Errorf("get: %s", text)
	}
	id := lead["id"].(string)

	text, _ = d.record(0, "correct", "--id", id, "--set", "title=CTO, founder", "--set", "custom.note=a=b", "--unset", "phone")
	if got := decoded(t, text); cmp.Diff([]any{"title", "custom.note", "phone"}, got["changed"]) != "" || got["id"] != id {
		t.Errorf("correct: %s", text)
	}
	text, _ = d.record(0, "get", "--external-id", "l-1")
	if got := decoded(t, text); got["title"] != "CTO, founder" || got["phone"] != nil || cmp.Diff(map[string]any{"note": "a=b"}, got["custom"]) != "" {
		t.Errorf("after the correction: %s", text)
	}

	text, line := d.record(2, "delete", "--email", "quixotilvar@acme.com")
	if got := decoded(t, text); got["signals"] != 2.0 || got["erased"] != false || !strings.Contains(line, "--yes") {
		t.Errorf("without --yes: %s, %s", text, line)
	}
	text, _ = d.record(0, "delete", "--email", "quixotilvar@acme.com", "--yes")
	if got := decoded(t, text); got["signals"] != 2.0 || got["erased"] != true || got["id"] != id {
		t.Errorf("delete: %s", text)
	}
	d.record(3, "get", "--id", id)
	text, _ = d.record(0, "delete", "--domain", "acme.com", "--yes", "--no-scrub")
	if got := decoded(t, text); got["record_type"] != "account" || got["erased"] != true {
		t.Errorf("delete the account: %s", text)
	}
	if text, _ = d.do(0, "record", "scrub"); text != "{\"scrubbed\":true}\n" {
		t.Errorf("scrub: %s", text)
	}
	text, _ = d.do(0, "activity", "--workspace", "acme")
	for _, want := range []string{"record.corrected", "record.deleted", `"fields":"title,custom.note,phone"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(strings.ToLower(text), "quixotilvar") {
		t.Errorf("the log names the person: %s", text)
	}
}

func TestRecordRefusals(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		name string
		code int
		says string
		args []string
	}{
		{"no hint", 2, "exactly one of", []string{"get"}},
		{"two hints", 2, "exactly one of", []string{"delete", "--id", "x", "--domain", "acme.com", "--yes"}},
		{"a wrong hint", 2, "email", []string{"get", "--email", "nobody"}},
		{"nobody", 3, "not_found", []string{"delete", "--email", "a@b.org", "--yes"}},
		{"no change", 2, "set or unset at least one", []string{"correct", "--domain", "acme.com"}},
		{"no assignment", 2, "FIELD=VALUE", []string{"correct", "--domain", "acme.com", "--set", "name"}},
		{"no such field", 2, "allowed: aliases,", []string{"correct", "--domain", "acme.com", "--set", "domain=b.org"}},
		{"a wrong value", 2, "founded_year must be", []string{"correct", "--domain", "acme.com", "--set", "founded_year=old"}},
		{"a field twice", 2, "city is named more than once", []string{"correct", "--domain", "acme.com", "--set", "city=a", "--set", "city=b"}},
		{"an empty member", 2, "custom.a must not be empty", []string{"correct", "--domain", "acme.com", "--set", "custom.a="}},
		{"an argument", 2, "takes 0 arguments", []string{"get", "acme.com"}},
	} {
		stdout, line := d.record(c.code, c.args...)
		if !strings.Contains(line, c.says) || stdout != "" || strings.Contains(line, "\n") {
			t.Errorf("%s: %q, stdout %q; want %q in it", c.name, line, stdout, c.says)
		}
	}
}

func TestAgreed(t *testing.T) {
	for answer, want := range map[string]bool{"yes\n": true, " YES \r\n": true, "yes": true, "y\n": false, "no\n": false, "\n": false, "": false} {
		var asked bytes.Buffer
		if got := agreed(strings.NewReader(answer), &asked); got != want || !strings.HasSuffix(asked.String(), "Type yes: ") {
			t.Errorf("%q: %v after %q", answer, got, asked.String())
		}
	}
}

// TestRecordHelp compares the help of each command with its golden file; -update rewrites it.
func TestRecordHelp(t *testing.T) {
	var out bytes.Buffer
	for _, name := range []string{"", "get", "correct", "delete", "scrub"} {
		args := strings.Fields("admin record " + name + " --help")
		if err := Main(context.Background(), args, nil, &out, &out); err != nil {
			t.Fatal(err)
		}
		out.WriteString("----\n")
	}
	golden := filepath.Join("testdata", "record_help.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), out.String()); d != "" {
		t.Errorf("help differs (-want +got):\n%s", d)
	}
}
