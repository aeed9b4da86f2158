package apirun

import (
	"context"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// waitlist runs a command on the waitlists of acme.
func (d desk) waitlist(code int, args ...string) (stdout, line string) {
	d.t.Helper()
	return d.do(code, append([]string{"waitlist", args[0], "--workspace", "acme"}, args[1:]...)...)
}

// waits signs somebody up, past the checks of a door.
func (d desk) waits(list, email string) wire.Subscriber {
	d.t.Helper()
	c, err := LoadConfig([]string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + d.dir + "/data"})
	if err != nil {
		d.t.Fatal(err)
	}
	a, err := Open(context.Background(), c, zerolog.Nop(), false)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Close()
	w, err := a.workspace(context.Background(), "acme")
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := a.Waitlists.Add(context.Background(), w.ID, activity.PersonActor("ann@acme.com"), wire.CreateSubscriber{ID: list, Email: email})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func TestAdminWaitlists(t *testing.T) {
	d := newDesk(t)
	out, _ := d.waitlist(0, "create", "--name", "Launch")
	made := parsed[waitlistRow](t, out)
	if made.ReferralBoost != 5 || made.Archived || made.Name != "Launch" {
		t.Errorf("made %s", out)
	}
	one := d.waits(made.ID, "ada@acme.com")
	if out, _ := d.waitlist(0, "set", made.ID, "--referral-boost", "20", "--name", "Later"); !strings.Contains(out, `"name":"Later","referral_boost":20,"archived":false`) {
		t.Errorf("set: %s", out)
	}
	if out, _ := d.waitlist(0, "archive", made.ID); !strings.Contains(out, `"archived":true`) {
		t.Errorf("archived: %s", out)
	}
	if out, _ := d.waitlist(0, "list"); !strings.Contains(out, `"archived":true`) || !strings.Contains(out, `"subscribers":1`) {
		t.Errorf("list: %s", out)
	}
	if out, _ := d.waitlist(0, "restore", made.ID); !strings.Contains(out, `"archived":false`) {
		t.Errorf("restored: %s", out)
	}
	if out, _ := d.waitlist(0, "remove", "--waitlist", made.ID, one.ID); !strings.Contains(out, one.ID) {
		t.Errorf("removed: %s", out)
	}
	if _, line := d.waitlist(3, "remove", "--waitlist", made.ID, one.ID); !strings.Contains(line, "api admin waitlist list") {
		t.Error(line)
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "name", []string{"create"}}, {2, "referral_boost", []string{"create", "--name", "x", "--referral-boost", "0"}},
		{2, "referral_boost", []string{"set", made.ID, "--referral-boost", "101"}}, {3, "not_found", []string{"archive", "wl_none"}}, {2, "takes 1", []string{"set"}},
	} {
		if _, line := d.waitlist(c.code, c.args...); !strings.Contains(line, c.says) {
			t.Errorf("%v: %s", c.args, line)
		}
	}
	out, _ = d.do(0, "activity", "--workspace", "acme", "--action", "waitlist.updated")
	if strings.Count(out, `"action":"waitlist.updated"`) != 3 || !strings.Contains(out, `"name_before":"Launch"`) {
		t.Errorf("activity: %s", out)
	}
}
