package workspaces_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	root  = activity.OperatorActor("root")
	start = time.Date(2027, 12, 31, 23, 59, 58, 123456000, time.UTC)
)

// setup returns a service over a real store in a file of its own; the clock stands still.
func setup(t *testing.T) (*workspaces.Service, *store.DB) {
	t.Helper()
	now := func() time.Time { return start }
	db, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), Migrate: true, Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return workspaces.NewService(db, func(context.Context) (time.Time, error) { return now(), nil }), db
}

func mustCreate(t *testing.T, s *workspaces.Service, name string, plan workspaces.Plan, slug string) workspaces.Workspace {
	t.Helper()
	w, err := s.Create(context.Background(), root, name, plan, slug)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func lastEntry(t *testing.T, db *store.DB, workspaceID string) activity.Entry {
	t.Helper()
	list, err := db.ListActivity(context.Background(), workspaceID, activity.Filter{})
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	newest := list[0]
	for _, e := range list { // the clock stands still, but ids grow
		if e.ID > newest.ID {
			newest = e
		}
	}
	return newest
}

func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s: %v, want code %q", what, err, want)
	}
}

func TestCreate(t *testing.T) {
	s, db := setup(t)
	for _, c := range []struct {
		plan, want workspaces.Plan
		limits     workspaces.Limits
		credits    int64
	}{
		{"", workspaces.Free, workspaces.Limits{RatePerMinute: 600, Burst: 100}, 100},
		{workspaces.Pro, workspaces.Pro, workspaces.Limits{RatePerMinute: 600, Burst: 100}, 10_000},
		{workspaces.Team, workspaces.Team, workspaces.Limits{RatePerMinute: 3000, Burst: 500}, 50_000},
	} {
		w := mustCreate(t, s, "Käse & Söhne", c.plan, "")
		want := workspaces.Workspace{
			ID: w.ID, Slug: w.Slug, Name: "Käse & Söhne", Plan: c.want, Limits: c.limits, CreatedAt: start,
			Credits: workspaces.Credits{Balance: c.credits, Monthly: c.credits, ResetsAt: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)},
		}
		for _, ref := range []string{w.ID, w.Slug} {
			got, err := s.Find(context.Background(), ref)
			if d := cmp.Diff(want, got); d != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		}
		if e := lastEntry(t, db, w.ID); e.Action != activity.WorkspaceCreated || e.Actor != root || e.ObjectID != w.ID || e.Detail["plan"] != string(c.want) {
			t.Errorf("entry = %+v", e)
		}
	}
	if list, err := s.List(context.Background()); err != nil || len(list) != 3 {
		t.Errorf("List = %d, %v", len(list), err)
	}
	_, err := s.Find(context.Background(), "nowhere")
	wantCode(t, "unknown", err, fault.NotFound)
}

func TestSlugs(t *testing.T) {
	s, _ := setup(t)
	for _, c := range []struct{ name, want string }{
		{"Acme, Inc.", "acme-inc"}, {"acme INC", "acme-inc-2"}, {"--Acme--Inc--", "acme-inc-3"},
		{"Crème Brûlée 24", "creme-brulee-24"}, {"日本", "workspace"}, {"東京", "workspace-2"},
		{strings.Repeat("a", 100), strings.Repeat("a", 31)}, {strings.Repeat("b", 30) + " cde", strings.Repeat("b", 30)},
		{"0190163d-8694-739b-aea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f"},
	} {
		if w := mustCreate(t, s, c.name, "", ""); w.Slug != c.want {
			t.Errorf("slug of %q = %q, want %q", c.name, w.Slug, c.want)
		}
	}
	if w := mustCreate(t, s, "Acme", "", "my-slug"); w.Slug != "my-slug" {
		t.Errorf("slug = %q", w.Slug)
	}
	_, err := s.Create(context.Background(), root, "Other", "", "my-slug")
	wantCode(t, "a taken slug", err, fault.Conflict)
}

func TestManyOfOneNameAtOnce(t *testing.T) {
	s, _ := setup(t)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, err := s.Create(context.Background(), root, "Acme", "", ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := s.List(context.Background())
	slugs := map[string]bool{}
	for _, w := range list {
		slugs[w.Slug] = true
	}
	if err != nil || len(slugs) != 12 || !slugs["acme"] || !slugs["acme-5"] {
		t.Errorf("slugs = %v, %v", slugs, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	s, _ := setup(t)
	for name, c := range map[string]struct{ name, plan, slug, field string }{
		"no name":           {"", "free", "", "name"},
		"spaces":            {"   ", "free", "", "name"},
		"too long":          {strings.Repeat("x", 101), "free", "", "name"},
		"unknown plan":      {"n", "gold", "", "plan"},
		"upper-case plan":   {"n", "Pro", "", "plan"},
		"upper-case slug":   {"n", "free", "Acme", "slug"},
		"hyphen at the end": {"n", "free", "acme-", "slug"},
		"line break":        {"n", "free", "acme\n", "slug"},
		"slug too long":     {"n", "free", strings.Repeat("a", 41), "slug"},
		"a UUID":            {"n", "free", uuid.NewString(), "slug"},
	} {
		_, err := s.Create(context.Background(), root, c.name, workspaces.Plan(c.plan), c.slug)
		wantCode(t, name, err, fault.ValidationFailed)
		if f := fault.From(err).Fields; len(f) != 1 || f[0].Path != c.field {
			t.Errorf("%s: fields = %+v, want %q", name, f, c.field)
		}
	}
}

func TestSet(t *testing.T) {
	s, db := setup(t)
	plan := func(p workspaces.Plan) *workspaces.Plan { return &p }
	num := func(n int) *int { return &n }
	credits := int64(7)
	w := mustCreate(t, s, "Acme", workspaces.Pro, "")
	for _, c := range []struct {
		name   string
		change workspaces.Change
		want   string // plan, rate, burst, credits
		detail map[string]string
	}{
		{"a plan brings its limits and grant", workspaces.Change{Plan: plan(workspaces.Team)}, "team 3000 500 50000",
			map[string]string{"plan": "team", "plan_before": "pro", "credits_monthly": "50000", "credits_monthly_before": "10000", "rate_per_minute": "3000", "rate_per_minute_before": "600", "burst": "500", "burst_before": "100"}},
		{"unlimited", workspaces.Change{RatePerMinute: num(0)}, "team 0 500 50000", map[string]string{"rate_per_minute": "0", "rate_per_minute_before": "3000"}},
		{"limits of its own stay, and so does what was granted", workspaces.Change{Plan: plan(workspaces.Free)}, "free 0 100 50000",
			map[string]string{"plan": "free", "plan_before": "team", "credits_monthly": "100", "credits_monthly_before": "50000", "burst": "100", "burst_before": "500"}},
		{"all", workspaces.Change{Plan: plan(workspaces.Pro), RatePerMinute: num(5), Burst: num(1), Credits: &credits}, "pro 5 1 7",
			map[string]string{"plan": "pro", "plan_before": "free", "rate_per_minute": "5", "rate_per_minute_before": "0", "burst": "1", "burst_before": "100", "credits": "7", "credits_before": "50000", "credits_monthly": "10000", "credits_monthly_before": "100"}},
		{"the same again", workspaces.Change{Credits: &credits}, "pro 5 1 7", map[string]string{}},
	} {
		got, err := s.Set(context.Background(), root, w.Slug, c.change)
		wantCode(t, c.name, err, "")
		if is := fmt.Sprintf("%s %d %d %d", got.Plan, got.Limits.RatePerMinute, got.Limits.Burst, got.Credits.Balance); is != c.want {
			t.Errorf("%s: %s, want %s", c.name, is, c.want)
		}
		e := lastEntry(t, db, w.ID)
		if d := cmp.Diff(c.detail, e.Detail); d != "" || e.Action != activity.WorkspaceUpdated {
			t.Errorf("%s: entry %s (-want +got):\n%s", c.name, e.Action, d)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	s, _ := setup(t)
	w := mustCreate(t, s, "Acme", "", "")
	gold, minus, zero, huge, debt := workspaces.Plan("gold"), -1, 0, 1_000_001, int64(-1)
	for _, c := range []struct {
		field  string
		change workspaces.Change
	}{
		{"", workspaces.Change{}}, {"plan", workspaces.Change{Plan: &gold}}, {"rate_per_minute", workspaces.Change{RatePerMinute: &minus}},
		{"rate_per_minute", workspaces.Change{RatePerMinute: &huge}}, {"burst", workspaces.Change{Burst: &zero}},
		{"burst", workspaces.Change{Burst: &huge}}, {"credits", workspaces.Change{Credits: &debt}},
	} {
		_, err := s.Set(context.Background(), root, w.ID, c.change)
		wantCode(t, c.field, err, fault.ValidationFailed)
		if f := fault.From(err).Fields; len(f) != 1 || f[0].Path != c.field {
			t.Errorf("fields = %+v, want %q", f, c.field)
		}
	}
	_, err := s.Set(context.Background(), root, "nowhere", workspaces.Change{Credits: new(int64)})
	wantCode(t, "unknown workspace", err, fault.NotFound)
}

func TestViews(t *testing.T) {
	w := workspaces.Workspace{ID: "i", Slug: "s", Name: "n", Plan: workspaces.Pro, Limits: workspaces.Limits{RatePerMinute: 1, Burst: 2}, Credits: workspaces.Credits{Balance: 3}}
	m := workspaces.Member{ID: "i", Email: "a@example.com", Role: workspaces.Viewer}
	for want, v := range map[string]any{
		`{"id":"i","slug":"s","name":"n","plan":"pro","rate_per_minute":1,"burst":2,"credits":3}`: w.View(),
		`{"id":"i","email":"a@example.com","role":"viewer","setup_url":"u"}`:                      m.View("u"),
		`{"id":"i","email":"a@example.com","role":"viewer","setup_url":null}`:                     m.View(""),
	} {
		if got, err := json.Marshal(v); string(got) != want || err != nil {
			t.Errorf("got %s (%v), want %s", got, err, want)
		}
	}
}

func TestPlansAndRoles(t *testing.T) {
	for _, p := range append(workspaces.Plans(), "", "gold", "Pro") {
		known := p == "free" || p == "pro" || p == "team"
		if p.Valid() != known || p.AllowsKeys() != (p == "pro" || p == "team") {
			t.Errorf("plan %q: valid %v, keys %v", p, p.Valid(), p.AllowsKeys())
		}
	}
	for _, r := range append(workspaces.Roles(), "", "owner") {
		if r.Valid() != (r != "" && r != "owner") || r.ManagesKeys() != (r == "admin") {
			t.Errorf("role %q: valid %v, keys %v", r, r.Valid(), r.ManagesKeys())
		}
	}
}
