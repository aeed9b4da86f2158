package audiencepages_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/audiencepages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	evil = `<script>alert(1)</script>`
	base = audiencepages.Path
)

// rig is the pages over a real store with companies and people, and two destinations.
type rig struct {
	*uitest.World
	*testing.T
	service *audiences.Service
	keeper  *audiences.Keeper
	server  *uitest.Server
}

func setup(t *testing.T) *rig {
	t.Helper()
	w := uitest.NewWorld(t)
	found := search.New(w.DB)
	t.Cleanup(found.Close)
	people := enrich.New(enrich.Config{Store: w.DB, Credits: credits.New(w.DB), Plan: func(context.Context, string) (enrich.Plan, error) {
		return enrich.Plan{enrich.Industry: {{Name: "acme", Cost: 3}}}, nil
	}})
	r := &rig{World: w, T: t}
	r.service = audiences.New(audiences.Config{Store: w.DB, Records: found, Destinations: r, Dearest: people.Dearest,
		Now: func(ctx context.Context) (time.Time, error) { at, err := w.DB.Now(ctx); return time.UnixMicro(at), err }})
	r.keeper = audiences.NewKeeper(audiences.KeeperConfig{Store: w.DB, Listener: r,
		Model: func(context.Context, string) (engagement.Model, error) {
			return engagement.Model{HalfLife: 14, Warm: 40, InMarket: 65, Hot: 85}, nil
		}})
	r.server = uitest.Serve(t, w.W, audiencepages.New(audiencepages.Config{Audiences: r.service, Names: people.Names,
		Destinations: func(context.Context, string) ([]wire.Destination, error) {
			return []wire.Destination{{ID: "d1", Name: "CRM " + evil, Kind: "webhook", Status: "active"}, {ID: "d2", Name: "Files", Kind: "csv", Status: "pending"}}, nil
		},
		Settings: func(context.Context, string) (wire.Settings, error) {
			return wire.Settings{SignalTypes: map[string]wire.SignalTypeSettings{"hiring": {}, "funding": {}}}, nil
		}}))
	for i := range 6 {
		year := int64(2000 + i)
		storetest.MustAccounts(t, w.DB, w.W.ID, wire.Account{Domain: fmt.Sprintf("c%d.example", i), Name: fmt.Sprint("Company ", i, evil), FoundedYear: &year})
	}
	return r
}

// CheckAttached implements audiences.Destinations.
func (r *rig) CheckAttached(_ context.Context, _ string, _ filter.Kind, list []audiences.Attached, at string) (wrong []fault.Field, err error) {
	for i, a := range list {
		if a.Mapping["Bad"] != "" {
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("%s[%d].mapping.Bad", at, i), Message: "there is no such value"})
		}
	}
	return wrong, nil
}

// Changed implements audiences.Listener.
func (*rig) Changed(context.Context, string, []audiences.Event) error { return nil }

func (r *rig) settle() {
	r.Helper()
	if err := r.keeper.Settle(context.Background(), r.W.ID); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) save(in wire.SaveAudience) wire.Audience {
	r.Helper()
	out, _, err := r.service.Save(context.Background(), r.W.ID, activity.PersonActor("ann"), in)
	if err != nil {
		r.Fatal(err)
	}
	return out
}

func (r *rig) all() []wire.Audience {
	r.Helper()
	page, err := r.service.List(context.Background(), r.W.ID, wire.ListAudiences{})
	if err != nil {
		r.Fatal(err)
	}
	return page.Items
}

var (
	inputs    = regexp.MustCompile(`(?s)<(input|textarea|select)\b([^>]*)>`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	anyOption = regexp.MustCompile(`<option value="([^"]*)"`)
)

// typed returns what a browser without scripts would send of the page's first form that saves.
func typed(t *testing.T, page string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(page, `<form method="post" action="`+base)
	form, _, _ = strings.Cut(form, "</form>")
	if !ok {
		t.Fatalf("there is no form in %s", page)
	}
	out := url.Values{}
	for _, m := range inputs.FindAllStringSubmatchIndex(form, -1) {
		kind, has := form[m[2]:m[3]], map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(form[m[4]:m[5]], -1) {
			has[a[1]] = html.UnescapeString(a[2])
		}
		rest := form[m[1]:]
		_, checked := has["checked"]
		switch {
		case has["name"] == "" || has["type"] == "checkbox" && !checked:
		case kind == "textarea":
			text, _, _ := strings.Cut(rest, "</textarea>")
			out.Add(has["name"], strings.ReplaceAll(html.UnescapeString(text), "\n", "\r\n"))
		case kind == "select":
			options, _, _ := strings.Cut(rest, "</select>")
			value := chosen.FindStringSubmatch(options)
			if value == nil {
				value = anyOption.FindStringSubmatch(options)
			}
			out.Add(has["name"], html.UnescapeString(value[1]))
		default:
			out.Add(has["name"], has["value"])
		}
	}
	return out
}

func TestRoles(t *testing.T) {
	r := setup(t)
	a := r.save(wire.SaveAudience{Name: "Young", Over: wire.OverAccounts, Filter: []byte(`{"field":"id","op":"present"}`)})
	one := base + "/" + a.ID
	r.server.Roles(map[string]workspaces.Role{base: workspaces.Viewer, one: workspaces.Viewer, one + "/edit": workspaces.Operator, base + "/new?over=leads": workspaces.Operator})
	b := r.server.As(workspaces.Viewer)
	if _, body := b.Get(one); strings.Contains(body, "Delete") || strings.Contains(body, "Change it") {
		t.Errorf("a viewer is offered what is refused: %s", body)
	}
	for _, path := range []string{base + "/new", base + "/preview", one + "/edit", one + "/delete"} {
		if status, _ := b.Post(path, url.Values{"name": {"x"}, "confirm": {"Young"}}); status != http.StatusForbidden {
			t.Errorf("%s as a viewer: %d", path, status)
		}
	}
	if len(r.all()) != 1 || r.all()[0].Version != 1 {
		t.Errorf("a viewer changed something: %+v", r.all())
	}
}

// TestAnAudienceIsBuiltByButtons makes one as somebody without JavaScript does.
func TestAnAudienceIsBuiltByButtons(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Operator)
	if _, body := b.Get(base); !strings.Contains(body, "No audiences yet") {
		t.Errorf("empty: %s", body)
	}
	_, body := b.Get(base + "/new?over=accounts")
	f := typed(t, body)
	press := func(button string, set map[string]string) {
		t.Helper()
		for name, value := range set {
			f.Set(name, value)
		}
		f.Set("do", button)
		status := 0
		if status, body = b.Post(base+"/new", f); status != http.StatusOK {
			t.Fatalf("%s: %d %s", button, status, body)
		}
		f = typed(t, body)
	}
	press("add-field", map[string]string{"name": "Young " + evil})
	press("preview", map[string]string{"c0.field": "founded_year", "c0.op": "gte", "c0.value": "2003", "rank0.field": "founded_year", "rank0.dir": "desc", "enrich": "industry"})
	for _, part := range []string{"<strong>3 companies</strong>", "Without Industry", "Credits to fill them, at most", "<dd>9</dd>", "Company 5&lt;script&gt;", ">2005<"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in the preview: %s", part, body)
		}
	}
	if len(r.all()) != 0 {
		t.Errorf("a preview was kept")
	}
	press("add-signals", nil)
	press("remove-c1", nil)
	f.Del("do")
	f.Set("destination", "d1")
	f.Set("mapping.d1", "Title = name\r\n\r\nSite=domain")
	if _, body = b.Post(base+"/new", f); !strings.Contains(body, "was saved.") || !strings.Contains(body, "Looking at every record") || !strings.Contains(body, `hx-trigger="every 3s"`) {
		t.Fatalf("saved: %s", body)
	}
	got := r.all()[0]
	want := wire.Audience{Name: "Young " + evil, Over: wire.OverAccounts, Filter: []byte(`{"all":[{"field":"founded_year","op":"gte","value":2003}]}`),
		Ranking: []wire.Sort{{Field: "founded_year", Dir: "desc"}}, Enrich: []string{"industry"},
		Destinations: []wire.AudienceDestination{{ID: "d1", Mapping: map[string]string{"Title": "name", "Site": "domain"}}}, CreatedBy: "operator@example.com"}
	got.ID, got.State, got.Version, got.CreatedAt, got.UpdatedAt, got.AsOf = "", "", 0, nil, nil, nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r.settle()
	_, body = b.Get(base + "/" + r.all()[0].ID)
	for _, part := range []string{"Current", "Company 5&lt;script&gt;", "Joined", "CRM &lt;script&gt;"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in the audience: %s", part, body)
		}
	}
	if strings.Contains(body, evil) || strings.Contains(body, "hx-trigger=\"every") {
		t.Errorf("the page holds a script, or renews itself: %s", body)
	}
	if log := r.Log(r.W, activity.AudienceCreated); len(log) != 1 || log[0].Actor.Name != "operator@example.com" {
		t.Errorf("the log has %+v", log)
	}
}

// TestTheLivePreviewIsAPart asks for the preview as htmx does.
func TestTheLivePreviewIsAPart(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Operator)
	_, body := b.Get(base + "/new?over=accounts")
	f := typed(t, body)
	if status, part := b.Post(base+"/preview", f); status != http.StatusOK || !strings.Contains(part, "<strong>6 companies</strong>") || strings.Contains(part, "<html") {
		t.Errorf("everyone: %d %s", status, part)
	}
	f.Set("c0.shape", "field")
	f.Set("c0.field", "founded_year")
	f.Set("c0.op", "gte")
	f.Set("c0.value", "soon")
	b.Get(base + "/new?over=accounts")
	if status, part := b.Post(base+"/preview", f); status != http.StatusOK || !strings.Contains(part, "Cannot be told yet: filter.all[0].value") {
		t.Errorf("half a condition: %d %s", status, part)
	}
}

func TestWhatIsWrongStandsBesideItsInput(t *testing.T) {
	r := setup(t)
	r.save(wire.SaveAudience{Name: "Taken", Over: wire.OverLeads, Filter: []byte(`{"field":"id","op":"present"}`)})
	b := r.server.As(workspaces.Operator)
	_, body := b.Get(base + "/new?over=accounts")
	f := typed(t, body)
	for name, value := range map[string]string{"name": "x", "c0.shape": "field", "c0.field": "nonsense", "c0.op": "eq", "c0.value": "1", "rank0.field": "tags", "rank2.field": "bad",
		"destination": "d1", "mapping.d1": "Bad = name"} {
		f.Set(name, value)
	}
	status, body := b.Post(base+"/new", f)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", status)
	}
	for _, part := range []string{"is not a field of accounts", "is not a field to sort by", "there is no such value", `value="nonsense"`, "Bad = name"} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
	f = typed(t, body)
	if f.Get("rank1.field") != "bad" { // the rows of the ranking moved up, so that what is wrong stands beside its own
		t.Errorf("the form comes back as %v", f)
	}
	f = url.Values{"name": {"taken"}, "over": {"accounts"}}
	if status, body = b.Post(base+"/new", f); status != http.StatusConflict || !strings.Contains(body, "is the name of another audience") {
		t.Errorf("a taken name: %d %s", status, body)
	}
	b.Get(base + "/new?over=accounts")
	f = url.Values{"name": {"x"}, "over": {"accounts"}, "destination": {"d1"}, "mapping.d1": {"Title"}}
	if status, body = b.Post(base+"/new", f); status != http.StatusUnprocessableEntity || !strings.Contains(body, "line 1 must be: their_field = our_path") {
		t.Errorf("a line that is no mapping: %d %s", status, body)
	}
	if len(r.all()) != 1 {
		t.Errorf("something was saved: %+v", r.all())
	}
}

func TestTwoPeopleAtOneAudience(t *testing.T) {
	r := setup(t)
	a := r.save(wire.SaveAudience{Name: "Young", Over: wire.OverAccounts, Filter: []byte(`{"field":"id","op":"present"}`)})
	b := r.server.As(workspaces.Operator)
	_, body := b.Get(base + "/" + a.ID + "/edit")
	f := typed(t, body)
	r.save(wire.SaveAudience{ID: a.ID, Name: "Mine"})
	f.Set("name", "Yours")
	if status, body := b.Post(base+"/"+a.ID+"/edit", f); status != http.StatusConflict || !strings.Contains(body, "changed meanwhile") || !strings.Contains(body, `value="Yours"`) {
		t.Errorf("%d %s", status, body)
	}
	if got := r.all()[0].Name; got != "Mine" {
		t.Errorf("it is called %s", got)
	}
}

func TestDeletingTakesTheName(t *testing.T) {
	r := setup(t)
	a := r.save(wire.SaveAudience{Name: "Young", Over: wire.OverAccounts, Filter: []byte(`{"field":"id","op":"present"}`)})
	b := r.server.As(workspaces.Operator)
	b.Get(base + "/" + a.ID)
	if status, body := b.Post(base+"/"+a.ID+"/delete", url.Values{"confirm": {"Old"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "Type the name of the audience") {
		t.Errorf("another name: %d %s", status, body)
	}
	if status, body := b.Post(base+"/"+a.ID+"/delete", url.Values{"confirm": {"young"}}); status != http.StatusOK || !strings.Contains(body, "The audience Young was deleted.") || len(r.all()) != 0 {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := b.Get(base + "/" + a.ID); status != http.StatusNotFound {
		t.Errorf("what is gone: %d", status)
	}
}

// TestOpeningAndSavingChangesNothing sends the form of many audiences back as it came.
func TestOpeningAndSavingChangesNothing(t *testing.T) {
	r := setup(t)
	b := r.server.As(workspaces.Operator)
	for i, c := range []struct {
		over   wire.Over
		filter string
	}{
		{wire.OverAccounts, `{"field":"id","op":"present"}`},
		{wire.OverAccounts, `{"field":"name","op":"in","value":["a b","c, d"," e"]}`},
		{wire.OverAccounts, `{"any":[{"field":"tags","op":"none_of","value":["x"]},{"signals":{"types":["hiring","funding"],"last_days":30,"min":2,"max":9}}]}`},
		{wire.OverAccounts, `{"all":[{"signals":{"last_days":7,"max":0}},{"not":{"leads":{"min":1,"where":{"field":"title","op":"word","value":"cto"}}}}]}`},
		{wire.OverLeads, `{"all":[{"field":"account.country_code","op":"eq","value":"DE"},{"field":"custom.a","op":"gte","value":1.5},{"field":"custom.b","op":"eq","value":"1"}]}`},
		{wire.OverLeads, `{"any":[{"all":[{"field":"work_email","op":"missing"}]}]}`},
		{wire.OverLeads, `{"field":"created_at","op":"lt","value":"2026-01-01T00:00:00Z"}`},
		{wire.OverLeads, `{"field":"title","op":"phrase","value":"<b>&\"'"}`},
	} {
		in := wire.SaveAudience{Name: fmt.Sprint("Audience ", i), Over: c.over, Filter: json.RawMessage(c.filter)}
		if i%2 == 0 {
			in.Ranking = []wire.Sort{{Field: "name", Dir: "asc"}, {Field: "created_at", Dir: "desc"}}
			in.Destinations = []wire.AudienceDestination{{ID: "d2"}, {ID: "gone", Mapping: map[string]string{"A": "name", "B__c": "icp_score"}}}
		}
		if c.over == wire.OverLeads {
			in.Enrich = []string{"phone", "work_email"}
		}
		before := r.save(in)
		_, body := b.Get(base + "/" + before.ID + "/edit")
		if status, body := b.Post(base+"/"+before.ID+"/edit", typed(t, body)); status != http.StatusOK || !strings.Contains(body, "was saved.") {
			t.Fatalf("%s: %d %s", c.filter, status, body)
		}
		after := r.all()[i]
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("%s: %s", c.filter, d)
		}
	}
}
