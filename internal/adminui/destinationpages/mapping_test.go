package destinationpages_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/destinationpages"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func (r *rig) crm() wire.Destination {
	r.t.Helper()
	b := r.server.As(workspaces.Admin)
	b.Get(root + "/new?kind=hubspot")
	if status, page := b.Post(root+"/new", url.Values{"kind": {"hubspot"}, "name": {"CRM"}, "secrets.token": {"pat-na1-11111111"}}); status != 200 {
		r.t.Fatal(status, page)
	}
	return r.only()
}

func rows(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add("field", pairs[i])
		v.Add("path", pairs[i+1])
	}
	return v
}

func TestMappingEditor(t *testing.T) {
	r := setup(t)
	d := r.crm()
	b, at := r.server.As(workspaces.Admin), root+"/"+d.ID+"/mapping/leads"
	_, page := b.Get(at)
	contains(t, page, "Nobody has chosen fields", `value="firstname"`, `value="first_name"`, "last_signal.signal_type")
	if status, _ := b.Post(at, rows("email", "work_email", "", "", "plan", "last_signal.context.plan")); status != 200 {
		t.Fatal(status)
	}
	if got := r.only().Mapping; got == nil || len(got.Leads) != 2 || got.Leads["plan"] != "last_signal.context.plan" || len(got.Accounts) != 0 {
		t.Fatal(got)
	}
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"unknown path": {rows("email", "work_mail"), "is filled with no value of leads; take: work_email"},
		"their name":   {rows("email", "work_email", "E-Mail", "title"), "take the internal name of a HubSpot property"},
		"twice":        {rows("email", "work_email", "email", "title"), "stands twice"},
		"half a row":   {rows("email", "work_email", "title", ""), "give both"},
		"no key":       {rows("jobtitle", "title"), "by which the record is found there"},
	} {
		status, page := b.Post(at, c.form)
		if status != 422 || !strings.Contains(page, c.want) {
			t.Errorf("%s: %d, without %q", name, status, c.want)
		}
	}
	if got := r.only().Mapping; len(got.Leads) != 2 {
		t.Error("something was saved", got)
	}
	b.Get(at)
	if b.Post(at, url.Values{"usual": {"yes"}, "field": {"email"}, "path": {"work_email"}}); r.only().Mapping != nil && len(r.only().Mapping.Leads) > 0 {
		t.Error(r.only().Mapping)
	}
}

func TestMappingOfAnAudience(t *testing.T) {
	r := setup(t)
	d := r.crm()
	a := r.audience("Everybody", d.ID)
	b, at := r.server.As(workspaces.Manager), root+"/"+d.ID+"/audiences/"+a.ID
	_, page := b.Get(at)
	contains(t, page, "This audience has no fields of its own", `value="firstname"`)
	form := rows("email", "work_email", "in_audience", "audience.name")
	form.Set("version", between(page, `name="version" value="`, `"`))
	if status, page := b.Post(at, form); status != 200 {
		t.Fatal(status, page)
	}
	got, err := r.audiences.Get(context.Background(), r.W.ID, wire.GetAudience{ID: a.ID})
	if err != nil || got.Destinations[0].Mapping["in_audience"] != "audience.name" {
		t.Fatal(got, err)
	}
	if status, _ := b.Post(at, form); status != 409 {
		t.Error("an older form overwrites", status)
	}
	_, page = b.Get(at)
	form.Set("version", between(page, `name="version" value="`, `"`))
	form.Add("field", "x")
	form.Add("path", "persona")
	if status, page := b.Post(at, form); status != 422 || !strings.Contains(page, "is filled with no value of leads; take one of the list below") {
		t.Error(status)
	}
	_, page = b.Get(root + "/" + d.ID)
	contains(t, page, "Its own", "Everybody")
}

// TestLog shows deliveries with what they are about, and sends one again by hand.
func TestLog(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Admin)
	b.Get(root + "/new?kind=webhook")
	b.Post(root+"/new", hook("Hook", "https://hooks.test/in"))
	d := r.only()
	storetest.MustLeads(t, r.DB, r.W.ID, wire.Lead{Name: "Ada <i>L</i>", WorkEmail: "ada@example.com"})
	r.audience("Everybody", d.ID)
	r.keep()
	_, page := b.Get(destinationpages.LogPath)
	contains(t, page, "Waiting", "Added", "Ada &lt;i&gt;L&lt;/i&gt;", "Everybody", "Hook", `hx-trigger="every 5s"`)
	id := r.fail(d.ID)
	_, page = b.Get(destinationpages.LogPath + "?state=failed&destination=" + d.ID)
	contains(t, page, "Failed", "The receiver did not take it.", "Send again")
	if status, _ := r.server.As(workspaces.Viewer).Post(destinationpages.LogPath+"/"+id+"/retry", nil); status != 403 {
		t.Error("a viewer sends again", status)
	}
	if _, page = b.Post(destinationpages.LogPath+"/"+id+"/retry", url.Values{"back": {"https://evil.test"}}); !strings.Contains(page, "queued again") || !strings.Contains(page, "Waiting") {
		t.Error(page)
	}
	if status, _ := b.Post(destinationpages.LogPath+"/"+id+"/retry", nil); status != 409 {
		t.Error("one that is queued is queued twice", status)
	}
}

// fail ends the one delivery of a destination as a receiver that never takes it does, and returns its id.
func (r *rig) fail(destinationID string) string {
	r.t.Helper()
	ctx := context.Background()
	list, _, err := r.DB.ListDeliveries(ctx, r.W.ID, destinations.DeliveryFilter{DestinationID: destinationID, Limit: 10})
	if err != nil || len(list) != 1 {
		r.t.Fatal(list, err)
	}
	j := destinations.Job{WorkspaceID: r.W.ID, DestinationID: destinationID, DeliveryID: list[0].ID, Run: list[0].Run}
	taken, err := r.DB.TakeDelivery(ctx, j, r.service.Lease)
	if err != nil || !taken.Mine {
		r.t.Fatal(taken, err)
	}
	d := taken.Delivery
	d.State, d.Class, d.Status, d.FinishedAt, d.NextAt = destinations.Failed, destinations.ClassStatus, 503, taken.Now, list[0].FinishedAt
	if mine, err := r.DB.EndAttempt(ctx, j, d); err != nil || !mine {
		r.t.Fatal(mine, err)
	}
	return d.ID
}
