package apirun

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// TestMemberInvite gives a sole admin a new link by email and by id; each is another one, and the log tells of it without the link.
func TestMemberInvite(t *testing.T) {
	d := newDesk(t)
	add := []string{"member", "add", "--workspace", "acme", "--email", "ann@example.com", "--role", "admin"}
	out, _ := d.do(0, add...)
	first := parsed[workspaces.MemberView](t, out)
	out, _ = d.do(0, "member", "invite", "--workspace", "acme", "Ann@Example.com")
	second := parsed[workspaces.MemberView](t, out)
	out, _ = d.do(0, "member", "invite", "--workspace", "acme", first.ID)
	third := parsed[workspaces.MemberView](t, out)
	if second.ID != first.ID || third.Email != first.Email || *second.SetupURL == *first.SetupURL || *third.SetupURL == *second.SetupURL {
		t.Errorf("links: %s, %s, %s", *first.SetupURL, *second.SetupURL, *third.SetupURL)
	}
	if base, _, _ := strings.Cut(*first.SetupURL, "#"); !strings.HasPrefix(*third.SetupURL, base+"#token=") {
		t.Errorf("the new link %s is elsewhere than %s", *third.SetupURL, base)
	}
	_, token, _ := strings.Cut(*third.SetupURL, "#token=")
	if out, _ := d.do(0, "activity", "--workspace", "acme", "--action", "member.invited"); strings.Count(out, `"door":"operator"`) != 2 || strings.Contains(out, token) {
		t.Errorf("the log: %s", out)
	}
	if _, line := d.do(config.ExitConflict, add...); !strings.Contains(line, "is a member already; for a new link: `api admin member invite --workspace ID EMAIL`") {
		t.Errorf("added twice: %s", line)
	}
	if _, line := d.do(config.ExitNotFound, "member", "invite", "--workspace", "acme", "bob@example.com"); !strings.Contains(line, "`api admin member list`") {
		t.Errorf("nobody: %s", line)
	}
}

// TestMemberList: people see no column that is always empty, scripts keep their field.
func TestMemberList(t *testing.T) {
	d := newDesk(t)
	d.do(0, "member", "add", "--workspace", "acme", "--email", "ann@example.com", "--role", "admin")
	if out, _ := d.do(0, "member", "list", "--workspace", "acme"); !strings.Contains(out, `"setup_url":null`) {
		t.Errorf("for scripts: %s", out)
	}
	var table bytes.Buffer
	environ := []string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + filepath.Join(d.dir, "data"), "UNSTUCK_METRICS_ADDR="}
	if err := Main(context.Background(), []string{"admin", "member", "list", "--workspace", "acme"}, environ, &table, io.Discard); err != nil {
		t.Fatal(err)
	}
	if head, rows, _ := strings.Cut(table.String(), "\n"); strings.Join(strings.Fields(head), " ") != "ID EMAIL ROLE" || !strings.Contains(rows, "ann@example.com  admin") {
		t.Errorf("for people:\n%s", table.String())
	}
}

// TestNoSuchWorkspace: every command that takes a workspace says where operators find its name.
func TestNoSuchWorkspace(t *testing.T) {
	d := newDesk(t)
	for _, args := range [][]string{
		{"member", "add", "--email", "a@example.com", "--role", "admin"}, {"member", "list"}, {"member", "invite", "a@example.com"}, {"member", "remove", "a@example.com"},
		{"key", "list"}, {"key", "create", "--name", "bot", "--preset", "full"}, {"credits", "show"}, {"credits", "ledger"}, {"credits", "topup", "--amount", "1"},
		{"activity"}, {"activity", "export"}, {"activity", "verify"}, {"record", "get", "--id", "x"}, {"reference", "list"}, {"import"},
	} {
		if _, line := d.do(config.ExitNotFound, append(args, "--workspace", "nosuch")...); line != "not_found: there is no such workspace; `api admin workspace list` shows them" {
			t.Errorf("%v: %s", args, line)
		}
	}
	if _, line := d.do(config.ExitNotFound, "workspace", "set", "nosuch", "--plan", "pro"); !strings.Contains(line, "`api admin workspace list`") {
		t.Errorf("set: %s", line)
	}
}
