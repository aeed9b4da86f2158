package planpages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/planpages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const evil = `<script>alert(1)</script>`

func setup(t *testing.T) (*uitest.World, *uitest.Server) {
	t.Helper()
	w := uitest.NewWorld(t)
	return w, uitest.Serve(t, w.W, planpages.New(planpages.Config{Set: w.Workspaces.Set, Keys: w.Keys.List, Balance: credits.New(w.DB).Balance}))
}

func TestRoles(t *testing.T) {
	_, s := setup(t)
	s.Roles(map[string]workspaces.Role{planpages.Path: workspaces.Admin, planpages.Path + "/free": workspaces.Admin})
	for _, role := range workspaces.Roles()[1:] {
		if got, _ := s.As(role).Post(planpages.Path+"/free", nil); got != http.StatusForbidden {
			t.Errorf("a change as %s: %d", role, got)
		}
	}
	if got, _ := s.As(workspaces.Admin).Get(planpages.Path + "/gold"); got != http.StatusNotFound {
		t.Errorf("an unknown plan: %d", got)
	}
}

// TestDowngradeAndRestore holds the page to the keys that a verifier refuses afterwards: exactly the active ones.
func TestDowngradeAndRestore(t *testing.T) {
	w, s := setup(t)
	ctx, root := context.Background(), activity.OperatorActor("root")
	active := []keys.Key{w.Key(w.W, "nightly "+evil, "ann@example.com"), w.Key(w.W, "agent", "bob@example.com")}
	dead, foreign := w.Key(w.W, "revoked", "ann@example.com"), w.Key(w.Other, "foreign", "ann@example.com")
	if _, err := w.Keys.Revoke(ctx, root, w.W.ID, dead.ID); err != nil {
		t.Fatal(err)
	}
	b := s.As(workspaces.Admin)
	lists := func(what, body string) {
		t.Helper()
		for _, k := range append(active, dead, foreign) {
			if shown := strings.Contains(body, "unstuck_***_"+k.ID); shown != (k.ID == active[0].ID || k.ID == active[1].ID) {
				t.Errorf("%s: key %q is listed: %v", what, k.Name, shown)
			}
		}
		if strings.Contains(body, evil) {
			t.Errorf("%s: a key's name is markup", what)
		}
	}
	_, body := b.Get(planpages.Path + "/free")
	lists("downgrade", body)
	if !strings.Contains(body, "keys that pause") {
		t.Error("the page does not say that keys pause")
	}
	if status, _ := b.Post(planpages.Path+"/free", url.Values{"from": {"team"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without a confirmation: %d", status)
	}
	if status, _ := b.Post(planpages.Path+"/free", url.Values{"from": {"team"}, "confirm": {"team"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("confirmed with another plan: %d", status)
	}
	if status, body := b.Post(planpages.Path+"/free", url.Values{"from": {"pro"}, "confirm": {"free"}}); status != http.StatusConflict {
		t.Errorf("from a plan that it no longer has: %d\n%s", status, body)
	}
	if status, _ := b.Post(planpages.Path+"/free", url.Values{"from": {"team"}, "confirm": {"FREE"}}); status != http.StatusOK {
		t.Errorf("confirmed: %d", status)
	}
	now, err := w.Workspaces.Find(ctx, w.W.ID)
	if err != nil || now.Plan != workspaces.Free {
		t.Fatalf("plan %s, %v", now.Plan, err)
	}
	if log := w.Log(w.W, activity.WorkspaceUpdated); len(log) != 1 || log[0].Detail["plan_before"] != "team" || log[0].Actor.Name != "admin@example.com" {
		t.Errorf("log = %+v", log)
	}
	s.Workspace = now
	_, body = b.Get(planpages.Path + "/pro")
	lists("restore", body)
	if !strings.Contains(body, "keys that come back") {
		t.Error("the page does not say that keys come back")
	}
	if status, _ := b.Post(planpages.Path+"/pro", url.Values{"from": {"free"}}); status != http.StatusOK {
		t.Errorf("restore: %d", status)
	}
	if list, _, err := w.Keys.List(ctx, w.W.ID); err != nil || len(list) != 3 {
		t.Errorf("keys = %d, %v: something was deleted", len(list), err)
	}
}

// TestCreditsOfThePlan counts top-ups once, and names no grant that the plan does not give.
func TestCreditsOfThePlan(t *testing.T) {
	for want, balance := range map[string]credits.Balance{
		"12,000 of 50,000 a month, and 345 topped up":            {Left: 12_345, Bucket: 12_000, TopUp: 345, Monthly: 50_000},
		"100 of 100 a month, and 0 topped up":                    {Left: 100, Bucket: 100, Monthly: 100},
		"49,998 left of this month&#39;s grant, and 0 topped up": {Left: 49_998, Bucket: 49_998, Monthly: 100},
	} {
		w := uitest.NewWorld(t)
		s := uitest.Serve(t, w.W, planpages.New(planpages.Config{Set: w.Workspaces.Set, Keys: w.Keys.List,
			Balance: func(context.Context, string, string) (credits.Balance, error) { return balance, nil }}))
		if _, body := s.As(workspaces.Admin).Get(planpages.Path); !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
}

// TestThePageSaysWhatSetDoes compares the figures announced with those that come about.
func TestThePageSaysWhatSetDoes(t *testing.T) {
	w, s := setup(t)
	ctx, unlimited := context.Background(), 0
	own, err := w.Workspaces.Set(ctx, activity.OperatorActor("root"), w.W.ID, workspaces.Change{RatePerMinute: &unlimited})
	if err != nil {
		t.Fatal(err)
	}
	s.Workspace = own
	c := own.MoveTo(workspaces.Pro)
	_, body := s.As(workspaces.Admin).Get(planpages.Path + "/pro")
	if c.RatePerMinute != nil || *c.Burst != 100 || !strings.Contains(body, "requests a minute (unlimited)") || !strings.Contains(body, "10,000") {
		t.Errorf("change = %+v\n%s", c, body)
	}
	after, err := w.Workspaces.Set(ctx, activity.OperatorActor("root"), w.W.ID, workspaces.Change{Plan: c.Plan})
	if err != nil || after.Limits.RatePerMinute != 0 || after.Limits.Burst != *c.Burst || after.Credits.Monthly != *c.Monthly {
		t.Errorf("after = %+v, %v", after, err)
	}
	s.Workspace = after
	if status, body := s.As(workspaces.Admin).Get(planpages.Path + "/pro"); status != http.StatusOK || !strings.Contains(body, "Pro already") {
		t.Errorf("the same plan: %d", status)
	}
}
