package waitlistpages_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/adminui/waitlistpages"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	evil = `<script>alert(1)</script>`
	base = waitlistpages.Path
)

var ann = activity.PersonActor("ann@example.com")

// rig is the pages over a real store.
type rig struct {
	*uitest.World
	*uitest.Server
	t    *testing.T
	list waitlists.Waitlist
	*waitlists.Service
}

// everyDomain takes mail.
type everyDomain struct{}

func (everyDomain) TakesMail(context.Context, string) (bool, error) { return true, nil }

func setup(t *testing.T) *rig {
	t.Helper()
	w := uitest.NewWorld(t)
	r := &rig{World: w, t: t, Service: waitlists.New(waitlists.Config{Store: w.DB, Signals: signals.New(w.DB), Mail: everyDomain{},
		Throttle: func(context.Context, string, time.Duration, int) (time.Duration, error) { return 0, nil }})}
	r.Server = uitest.Serve(t, w.W, waitlistpages.New(waitlistpages.Config{Waitlists: r.Service, Subscriber: w.DB.Subscriber}))
	var err error
	if r.list, err = r.Create(context.Background(), w.W.ID, ann, "Launch "+evil, 0); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) path() string { return base + "/" + r.list.ID }

func (r *rig) join(email, code string) wire.Subscriber {
	r.t.Helper()
	out, err := r.Add(context.Background(), r.W.ID, ann, wire.CreateSubscriber{ID: r.list.ID, Email: email, ReferralCode: code})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) now() waitlists.Waitlist {
	r.t.Helper()
	out, err := r.Find(context.Background(), r.W.ID, r.list.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

var places = regexp.MustCompile(`(?s)<td class="num">([\d,]+)</td>\s*<th scope="row">([^<]*)</th>`)

// line returns who stands on the page, as place and email.
func line(body string) (out []string) {
	for _, m := range places.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1]+" "+m[2])
	}
	return out
}

func TestRoles(t *testing.T) {
	r := setup(t)
	ada := r.join("ada@example.com", "")
	leave := r.path() + "/subscribers/" + ada.ID + "/remove"
	r.Roles(map[string]workspaces.Role{base: workspaces.Viewer, r.path(): workspaces.Viewer, base + "/new": workspaces.Manager, leave: workspaces.Manager, r.path() + "/export": workspaces.Operator})
	for _, role := range []workspaces.Role{workspaces.Operator, workspaces.Viewer} {
		b := r.As(role)
		if _, body := b.Get(r.path()); strings.Contains(body, `method="post" action="`+base) || strings.Contains(body, "/remove") {
			t.Errorf("%s is offered to change it", role)
		}
		for _, path := range []string{base + "/new", r.path(), r.path() + "/archive", leave} {
			if got, _ := b.Post(path, url.Values{"name": {"x"}, "confirm": {ada.Email}, "archived": {"yes"}}); got != http.StatusForbidden {
				t.Errorf("a form to %s as %s: %d", path, role, got)
			}
		}
	}
	r.Server.Workspace = r.Other
	b := r.As(workspaces.Admin)
	if _, body := b.Get(base); !strings.Contains(body, "No waitlist yet") {
		t.Errorf("another workspace sees %s", body)
	}
	for _, path := range []string{r.path(), leave, r.path() + "/export"} {
		if got, _ := b.Get(path); got != http.StatusNotFound {
			t.Errorf("%s of another workspace: %d", path, got)
		}
	}
	b.Get(base)
	for _, path := range []string{r.path(), r.path() + "/archive", leave} {
		if got, _ := b.Post(path, url.Values{"name": {"x"}, "referral_boost": {"5"}, "confirm": {ada.Email}, "archived": {"yes"}}); got != http.StatusNotFound {
			t.Errorf("a form to %s of another workspace: %d", path, got)
		}
	}
	if now := r.now(); now.Archived() || now.Name != r.list.Name {
		t.Errorf("it is now %+v", now)
	}
}

func TestMakeAndChange(t *testing.T) {
	r := setup(t)
	b := r.As(workspaces.Manager)
	b.Get(base + "/new")
	for name, form := range map[string]url.Values{"name": {"name": {" "}, "referral_boost": {"5"}}, "referral_boost": {"name": {"x"}, "referral_boost": {"101"}}} {
		if status, body := b.Post(base+"/new", form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-`+name+`" class="error"`) {
			t.Errorf("a wrong %s: %d\n%s", name, status, body)
		}
		if status, body := b.Post(r.path(), form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-`+name+`" class="error"`) {
			t.Errorf("a change to a wrong %s: %d\n%s", name, status, body)
		}
	}
	for _, boost := range []string{"", "0", "many", evil, "-1", "5.5"} {
		if status, body := b.Post(base+"/new", url.Values{"name": {"x"}, "referral_boost": {boost}}); status != http.StatusUnprocessableEntity || strings.Contains(body, evil) {
			t.Errorf("boost %q: %d", boost, status)
		}
	}
	if status, body := b.Post(base+"/new", url.Values{"name": {"Second"}, "referral_boost": {"7"}}); status != http.StatusOK || !strings.Contains(body, "Nobody waits yet") {
		t.Errorf("%d\n%s", status, body)
	}
	if status, body := b.Post(r.path(), url.Values{"name": {"Third " + evil}, "referral_boost": {"9"}}); status != http.StatusOK || strings.Contains(body, evil) {
		t.Errorf("%d", status)
	}
	if now := r.now(); now.Name != "Third "+evil || now.ReferralBoost != 9 {
		t.Errorf("it is now %+v", now)
	}
	if status, body := b.Post(r.path()+"/archive", url.Values{"archived": {"yes"}}); status != http.StatusOK || !r.now().Archived() || !strings.Contains(body, "Open the waitlist") {
		t.Errorf("archive: %d\n%s", status, body)
	}
	if status, _ := b.Post(r.path()+"/archive", nil); status != http.StatusOK || r.now().Archived() {
		t.Errorf("open again: %d", status)
	}
	if log := r.Log(r.W, activity.WaitlistUpdated); len(log) != 3 || log[0].Actor.Name != "manager@example.com" {
		t.Errorf("the log has %+v", log)
	}
	if _, body := b.Get(base); strings.Count(body, "<tr>") != 3 || strings.Contains(body, evil) {
		t.Errorf("the list: %s", body)
	}
}

// TestLine goes through the pages of a waitlist, looks for people, and takes one off.
func TestLine(t *testing.T) {
	r := setup(t)
	first := r.join("p000@example.com", "")
	for i := 1; i < 60; i++ {
		r.join(fmt.Sprintf("p%03d@example.com", i), "")
	}
	lifter := r.join("lifter@example.com", "")
	r.join("friend@example.com", lifter.ReferralCode)
	b := r.As(workspaces.Manager)
	_, body := b.Get(r.path())
	got := line(body)
	if len(got) != 50 || got[0] != "1 lifter@example.com" || got[1] != "2 p000@example.com" || !strings.Contains(body, "62 people") || strings.Contains(body, `rel="prev"`) {
		t.Errorf("the first page has %d: %v", len(got), got)
	}
	_, body = b.Get(r.path() + "?page=2")
	if got = line(body); len(got) != 12 || got[11] != "62 friend@example.com" || strings.Contains(body, `rel="next"`) {
		t.Errorf("the second page has %v", got)
	}
	for q, want := range map[string]string{"FRIEND": "62 friend@example.com", strings.ToLower(first.ReferralCode): "2 p000@example.com", "%": "", evil: ""} {
		_, body = b.Get(r.path() + "?q=" + url.QueryEscape(q))
		if got := strings.Join(line(body), " "); got != want || strings.Contains(body, evil) {
			t.Errorf("%q finds %q", q, got)
		}
	}
	for _, page := range []string{"0", "x", "-1", "99999999999999999999"} {
		if _, body = b.Get(r.path() + "?page=" + page); len(line(body)) != 50 {
			t.Errorf("page %s has %d", page, len(line(body)))
		}
	}
	leave := r.path() + "/subscribers/" + first.ID + "/remove"
	if _, body = b.Get(leave); !strings.Contains(body, "p000@example.com") {
		t.Errorf("%s", body)
	}
	if status, body := b.Post(leave, url.Values{"confirm": {"p001@example.com"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-confirm" class="error"`) {
		t.Errorf("by another email: %d", status)
	}
	if status, body := b.Post(leave, url.Values{"confirm": {"p000@example.com"}}); status != http.StatusOK || line(body)[1] != "2 p001@example.com" || !strings.Contains(body, "61 people") {
		t.Errorf("%d %v", status, line(body))
	}
	if status, _ := b.Get(leave); status != http.StatusNotFound {
		t.Errorf("again: %d", status)
	}
}

func TestExport(t *testing.T) {
	r := setup(t)
	r.join("=cmd|x@example.com", "")
	r.join("ada@example.com", "")
	b := r.As(workspaces.Operator)
	status, body := b.Get(r.path() + "/export")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) != 3 || strings.Join(rows[0], " ") != "position email joined_at referral_code referral_count priority id" {
		t.Fatalf("%d %v %q", status, err, body)
	}
	if rows[1][1] != "'=cmd|x@example.com" || rows[2][0] != "2" || rows[2][1] != "ada@example.com" {
		t.Errorf("%q", rows)
	}
	res, err := b.Client.Get(r.URL + r.path() + "/export")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if h := res.Header; !strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="wl_`) || h.Get("Cache-Control") != "no-store" || !strings.HasPrefix(h.Get("Content-Type"), "text/csv") {
		t.Errorf("%v", h)
	}
}
