package destinationpages_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/destinationpages"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const root = destinationpages.Path

// contains fails the test for each of the texts that a page lacks.
func contains(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q", w)
		}
	}
}

func TestRoles(t *testing.T) {
	r := setup(t)
	d := r.byKey("Hook", "https://hooks.test/secret/path")
	a := r.audience("All", d.ID)
	r.server.Roles(map[string]workspaces.Role{
		root: workspaces.Viewer, destinationpages.LogPath: workspaces.Viewer, root + "/" + d.ID: workspaces.Viewer, root + "/new?kind=webhook": workspaces.Admin,
		root + "/" + d.ID + "/edit": workspaces.Admin, root + "/" + d.ID + "/mapping/leads": workspaces.Admin, root + "/" + d.ID + "/audiences/" + a.ID: workspaces.Manager,
		root + "/" + d.ID + "/rotate": workspaces.Admin, root + "/" + d.ID + "/delete": workspaces.Admin,
	})
	for _, role := range []workspaces.Role{workspaces.Viewer, workspaces.Operator, workspaces.Manager} {
		b := r.server.As(role)
		_, page := b.Get(root + "/" + d.ID)
		contains(t, page, "Nothing is sent there yet", "hooks.test", "API key")
		if strings.Contains(page, "secret/path") || strings.Contains(page, "Confirm that") {
			t.Errorf("%s sees what is for admins", role)
		}
		if status, _ := b.Post(root+"/"+d.ID+"/confirm", nil); status != 403 {
			t.Errorf("%s confirms: %d", role, status)
		}
	}
	if status, _ := r.server.As(workspaces.Viewer).Post(root+"/"+d.ID+"/test", nil); status != 403 || r.requests() > 0 {
		t.Error("a viewer sends tests")
	}
}

// TestConfirm shows who made a pending destination, where it leads and what would go there, and sends nothing before an admin has confirmed it.
func TestConfirm(t *testing.T) {
	r := setup(t)
	d := r.byKey("Hook", "https://hooks.test/in?key=hidden")
	r.audience("Everybody", d.ID)
	b := r.server.As(workspaces.Admin)
	if status, page := b.Get(root); status != 200 || !strings.Contains(page, "Waits for an Admin") {
		t.Error("the list does not tell of it", status)
	}
	_, page := b.Get(root + "/" + d.ID)
	contains(t, page, "bot", "(an API key)", "https://hooks.test/in", "Everybody", "Confirm that this is where it should lead")
	if status, _ := b.Post(root+"/"+d.ID+"/test", nil); status != 409 || r.requests() > 0 {
		t.Error("a test is sent to what is pending", status)
	}
	_, page = b.Get(root + "/" + d.ID)
	seen := url.Values{"seen": {between(page, `name="seen" value="`, `"`)}}
	r.aim(d.ID, "https://hooks.test/elsewhere")
	if status, page := b.Post(root+"/"+d.ID+"/confirm", seen); status != 409 || !strings.Contains(page, "was changed since you saw it") || r.only().Status != "pending" {
		t.Fatal("what was seen is not what is confirmed", status)
	}
	_, page = b.Get(root + "/" + d.ID)
	contains(t, page, "https://hooks.test/elsewhere")
	seen.Set("seen", between(page, `name="seen" value="`, `"`))
	status, page := b.Post(root+"/"+d.ID+"/confirm", seen)
	secret := secretText.FindString(page)
	if status != 200 || secret == "" || r.only().Status != "active" || r.only().ConfirmedBy != "admin@example.com" {
		t.Fatal(status, r.only())
	}
	if status, page = b.Post(root+"/"+d.ID+"/confirm", seen); status != 409 || strings.Contains(page, "whsec_") {
		t.Error("a reload shows the secret again", status)
	}
	r.unseen(b.Body, secret)
	if log := r.Log(r.W, activity.DestinationConfirmed); len(log) != 1 || log[0].Actor.Name != "admin@example.com" {
		t.Error(log)
	}
}

// unseen fails the test when a secret is anywhere but in the one answer.
func (r *rig) unseen(page, secret string) {
	r.t.Helper()
	if strings.Contains(page, secret) || strings.Contains(r.server.Sessions(), secret) {
		r.t.Error("the secret is kept")
	}
	b := r.server.As(workspaces.Admin)
	for _, path := range []string{root, root + "/" + r.only().ID, root + "/" + r.only().ID + "/edit"} {
		if _, page := b.Get(path); strings.Contains(page, secret) {
			r.t.Errorf("%s shows the secret", path)
		}
	}
}

func hook(name, address string) url.Values {
	return url.Values{"kind": {"webhook"}, "name": {name}, "url": {address}, "header_name": {"X-Team", "Authorization", ""}, "header_value": {"growth", "Bearer typed-secret", ""},
		"header_secret": {"no", "yes", "yes"}}
}

func TestWebhookFromFormToReceiver(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Admin)
	b.Get(root + "/new?kind=webhook")
	status, page := b.Post(root+"/new", hook("Warehouse", "https://hooks.test/in?token=query-secret"))
	secret := secretText.FindString(page)
	if status != 200 || secret == "" {
		t.Fatal(status, page)
	}
	r.unseen("", secret)
	b.Get(root + "/new?kind=webhook")
	if status, page := b.Post(root+"/new", hook("Warehouse", "https://hooks.test/in")); status != 409 || strings.Contains(page, "whsec_") {
		t.Error("a reload makes another one", status)
	}
	d := r.only()
	b.Get(root + "/" + d.ID)
	if _, page = b.Post(root+"/"+d.ID+"/test", nil); r.requests() != 1 {
		t.Fatal("no test came")
	}
	contains(t, page, "The test arrived. The receiver answered 200", "Test", "Delivered")
	if h := r.seen[0]; h.Get("X-Team") != "growth" || h.Get("Authorization") != "Bearer typed-secret" || h.Get("Webhook-Signature") == "" {
		t.Error(h)
	}
	r.answers(503)
	_, page = b.Post(root+"/"+d.ID+"/test", nil)
	contains(t, page, "The test failed. The receiver did not take it. The receiver answered 503")
	_, page = b.Get(root + "/" + d.ID + "/edit")
	contains(t, page, `value="https://hooks.test/in"`, `value="growth"`)
	if strings.Contains(page, "typed-secret") || strings.Contains(page, "query-secret") {
		t.Error("the form shows a secret")
	}
	edited := hook("Warehouse 2", "https://hooks.test/in")
	edited["header_value"] = []string{"sales", "", ""}
	if status, page = b.Post(root+"/"+d.ID+"/edit", edited); status != 200 || r.only().Name != "Warehouse 2" {
		t.Fatal(status, page)
	}
	r.answers(200)
	b.Post(root+"/"+d.ID+"/test", nil)
	if h := r.seen[2]; h.Get("X-Team") != "sales" || h.Get("Authorization") != "Bearer typed-secret" {
		t.Error("the secrets that were not typed again are lost", h)
	}
}

// TestRotateOnce sends the form of a rotation again, as who reloads the page with the secret does.
func TestRotateOnce(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Admin)
	b.Get(root + "/new?kind=webhook")
	_, page := b.Post(root+"/new", hook("Hook", "https://hooks.test/in"))
	first, d := secretText.FindString(page), r.only()
	_, page = b.Get(root + "/" + d.ID + "/rotate")
	form := url.Values{"rotated": {between(page, `name="rotated" value="`, `"`)}}
	status, page := b.Post(root+"/"+d.ID+"/rotate", form)
	second := secretText.FindString(page)
	if status != 200 || second == "" || second == first {
		t.Fatal(status, first, second)
	}
	if status, page = b.Post(root+"/"+d.ID+"/rotate", form); status != 409 || strings.Contains(page, "whsec_") {
		t.Error("sent again, it makes a third secret", status)
	}
	r.unseen(page, second)
	if n := len(r.Log(r.W, activity.DestinationRotated)); n != 1 {
		t.Errorf("%d rotations in the log", n)
	}
	b.Get(root + "/" + d.ID)
	b.Post(root+"/"+d.ID+"/test", nil)
	if signatures := strings.Fields(r.seen[0].Get("Webhook-Signature")); len(signatures) != 2 {
		t.Errorf("%d signatures", len(signatures))
	}
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

func TestPauseAndDelete(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Admin)
	b.Get(root + "/new?kind=csv")
	b.Post(root+"/new", url.Values{"kind": {"csv"}, "name": {"Mail <b>merge</b>"}})
	d := r.only()
	_, page := b.Get(root + "/" + d.ID)
	contains(t, page, "Mail &lt;b&gt;merge&lt;/b&gt;", "first_name")
	r.download(d.ID)
	for _, c := range [][2]string{{"yes", "paused"}, {"no", "active"}} {
		b.Post(root+"/"+d.ID+"/pause", url.Values{"paused": {c[0]}})
		if r.only().Status != c[1] {
			t.Error(c, r.only().Status)
		}
	}
	if status, _ := b.Post(root+"/"+d.ID+"/delete", url.Values{"confirm": {"Mail"}}); status != 422 {
		t.Error("deleted without its name", status)
	}
	if status, _ := b.Post(root+"/"+d.ID+"/delete", url.Values{"confirm": {"Mail <b>merge</b>"}}); status != 200 {
		t.Error(status)
	}
	if list, err := r.service.List(context.Background(), r.W.ID); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if status, _ := b.Get(root + "/" + d.ID); status != 404 {
		t.Error(status)
	}
}

// download fetches the file of a CSV destination, in which what looks like a formula is none.
func (r *rig) download(id string) {
	r.t.Helper()
	storetest.MustLeads(r.t, r.DB, r.W.ID, wire.Lead{FirstName: "=1+1", WorkEmail: "ada@example.com"})
	a := r.audience("Everybody", id)
	r.keep()
	path := root + "/" + id + "/audiences/" + a.ID + "/file"
	if status, _ := r.server.As(workspaces.Viewer).Get(path); status != 403 {
		r.t.Error("a viewer downloads", status)
	}
	status, text := r.server.As(workspaces.Operator).Get(path)
	if lines := strings.Split(strings.TrimSpace(text), "\r\n"); status != 200 || len(lines) != 2 || !strings.Contains(lines[1], "'=1+1") || !strings.Contains(lines[1], "ada@example.com") {
		r.t.Errorf("%d %q", status, text)
	}
}

// TestRefusalsStandBesideTheirFields sends what is wrong and finds nothing saved, and each problem told.
func TestRefusalsStandBesideTheirFields(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Admin)
	for name, c := range map[string]struct {
		form url.Values
		want []string
	}{
		"no name":    {hook("", "https://hooks.test/"), []string{"give a name"}},
		"http":       {hook("a", "http://hooks.test/"), []string{"must be an https URL"}},
		"inside":     {hook("a", "https://127.0.0.1/"), []string{"must lead to a public address"}},
		"headers":    {url.Values{"kind": {"webhook"}, "name": {"a"}, "url": {"https://hooks.test/"}, "header_name": {"Host", "Bad Name"}, "header_value": {"a", "b"}, "header_secret": {"no", "no"}}, []string{"is written by the sender alone", "must be the name of a header"}},
		"hubspot":    {url.Values{"kind": {"hubspot"}, "name": {"a"}}, []string{"give the access token"}},
		"salesforce": {url.Values{"kind": {"salesforce"}, "name": {"a"}, "url": {"https://evil.test"}, "options.people": {"User"}}, []string{"give the My Domain URL", "give the consumer key", "give the consumer secret", "is what people become"}},
	} {
		b.Get(root + "/new?kind=" + c.form.Get("kind"))
		status, page := b.Post(root+"/new", c.form)
		if status != 422 {
			t.Errorf("%s: %d", name, status)
		}
		contains(t, page, c.want...)
	}
	if list, _ := r.service.List(context.Background(), r.W.ID); len(list) != 0 {
		t.Error("something was saved", list)
	}
}

func TestForeignDestinationsAreNotThere(t *testing.T) {
	r := setup(t)
	d := r.byKey("Hook", "https://hooks.test/in")
	r.server.Workspace = r.Other
	b := r.server.As(workspaces.Admin)
	for _, path := range []string{"", "/edit", "/mapping/leads", "/rotate", "/delete"} {
		if status, _ := b.Get(root + "/" + d.ID + path); status != 404 {
			t.Errorf("%q: %d", path, status)
		}
	}
	b.Get(root + "/new?kind=csv")
	for _, path := range []string{"/confirm", "/test", "/pause", "/edit"} {
		if status, _ := b.Post(root+"/"+d.ID+path, url.Values{"name": {"x"}, "paused": {"yes"}}); status != 404 {
			t.Errorf("%q: %d", path, status)
		}
	}
}
