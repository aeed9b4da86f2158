package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var hostileCases = []Case{
	{"values that look like SQL are values", hostileValues},
	{"names of members that look like SQL or paths are names", hostileMembers},
}

// hostileTexts would change a statement, a pattern or a path if they were put into one.
var hostileTexts = []string{`'; DROP TABLE accounts; --`, `' OR '1'='1`, `" OR "1"="1`, `x') OR 1=1) --`, `%`, `_`, `\`, `\'`, `$1`, `$$`, `?`, `:a`, `@a`, `/* x */`, `'||(SELECT name FROM workspaces)||'`,
	`a & b | !c`, `a:*`, `x* OR NOT y NEAR(z)`, `{"a":1}`, `$.custom`, `[0]`, `null`, `1`, `.*`, `^x$`, `(?i)x`, `[a-z]+`, `a{1000}`}

// hostileWorld has a record of each kind for each text, with that text in all fields that take any.
func hostileWorld(t *testing.T, db *store.DB, slug string) (workspaceID string) {
	w := MustWorkspace(t, db, slug)
	var accounts []wire.Account
	var leads []wire.Lead
	var events []signals.Signal
	for i, s := range hostileTexts {
		custom, _ := json.Marshal(map[string]any{"note": s, "list": []string{s}}) // texts always marshal
		accounts = append(accounts, wire.Account{Domain: fmt.Sprintf("d%02d.com", i), ExternalID: s, Name: s, Description: s, City: s, Website: s, Tags: []string{s}, Aliases: []string{s}, Custom: custom})
		leads = append(leads, wire.Lead{ExternalID: s, Name: s, Title: s, Company: s, Phone: s, Custom: custom, CompanyDomain: fmt.Sprintf("d%02d.com", i)})
		events = append(events, signals.Signal{ExternalID: s, Type: s, Source: s, Title: s, EventName: s, OccurredAt: Epoch, Context: custom, Identity: wire.Identity{CompanyDomain: fmt.Sprintf("d%02d.com", i)}})
	}
	MustAccounts(t, db, w.ID, accounts...)
	MustLeads(t, db, w.ID, leads...)
	if _, err := db.CaptureSignals(context.Background(), w.ID, events); err != nil {
		t.Fatal(err)
	}
	return w.ID
}

// askedFor is a condition as JSON.
func askedFor(field, op string, value any) wire.Condition {
	raw, _ := json.Marshal(map[string]any{"field": field, "op": op, "value": value}) // texts always marshal
	return wire.Condition{Filter: raw, Now: &Epoch}
}

// foundIDs returns the external ids that a condition finds.
func foundIDs(t *testing.T, s *search.Service, workspaceID string, k filter.Kind, c wire.Condition) (ids []string) {
	t.Helper()
	ctx, limit := context.Background(), 100
	p := wire.Page{Limit: &limit}
	var err error
	switch k {
	case filter.Accounts:
		var page search.Page[wire.Account]
		page, err = s.Accounts(ctx, workspaceID, wire.FindAccounts{Condition: c, Page: p})
		for _, a := range page.Items {
			ids = append(ids, a.ExternalID)
		}
	case filter.Leads:
		var page search.Page[wire.Lead]
		page, err = s.Leads(ctx, workspaceID, wire.FindLeads{Condition: c, Page: p})
		for _, l := range page.Items {
			ids = append(ids, l.ExternalID)
		}
	default:
		var page search.Page[wire.Signal]
		page, err = s.Signals(ctx, workspaceID, wire.ListSignals{Condition: c, Page: p})
		for _, e := range page.Items {
			ids = append(ids, e.ExternalID)
		}
	}
	if err != nil {
		t.Fatalf("%s %s: %v", k, c.Filter, err)
	}
	slices.Sort(ids)
	return ids
}

func hostileValues(t *testing.T, db *store.DB) {
	id := hostileWorld(t, db, "a")
	hostileWorld(t, db, "other")
	s := search.New(db)
	fields := map[filter.Kind][]string{
		filter.Accounts: {"external_id", "name", "description", "city", "website", "custom.note"},
		filter.Leads:    {"external_id", "name", "title", "company", "phone", "custom.note", "account.name", "account.custom.note"},
		filter.Signals:  {"external_id", "signal_type", "source", "title", "event_name", "context.note", "account.website"},
	}
	for _, value := range hostileTexts {
		for k, paths := range fields {
			for _, path := range paths {
				hostileLeaf(t, s, id, k, path, value)
			}
		}
		for _, path := range []string{"tags", "aliases", "custom.list"} {
			if got := foundIDs(t, s, id, filter.Accounts, askedFor(path, "any_of", []string{value})); !slices.Equal(got, []string{value}) {
				t.Errorf("%s any_of %q found %q", path, value, got)
			}
		}
	}
	got := row(t, db, id, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) || '/' ||
		(SELECT CAST(COUNT(*) AS TEXT) FROM signals s WHERE s.workspace_id = $1) FROM accounts WHERE workspace_id = $1`)
	if n := len(hostileTexts); got != fmt.Sprintf("%d/%d/%d", n, n, n) {
		t.Errorf("afterwards there are %s records", got)
	}
}

// hostileLeaf asks for a text with each operator that takes one.
func hostileLeaf(t *testing.T, s *search.Service, workspaceID string, k filter.Kind, path, value string) {
	t.Helper()
	_, f, _ := filter.Lookup(k, path)
	for _, op := range filter.Operators(f.Type) {
		var operand any = value
		switch op {
		case "in", "not_in", "any_of", "all_of", "none_of":
			operand = []string{value}
		case "gt", "gte", "lt", "lte", "present", "missing", "fuzzy":
			continue
		}
		var want []string
		for _, have := range hostileTexts {
			if hostileHolds(f.Type, op, have, value) {
				want = append(want, have)
			}
		}
		slices.Sort(want)
		if d := cmp.Diff(want, foundIDs(t, s, workspaceID, k, askedFor(path, op, operand))); d != "" {
			t.Errorf("%s %s %s %q (-want +got):\n%s", k, path, op, value, d)
		}
	}
}

func hostileHolds(typ filter.Type, op, have, value string) bool {
	e := entity{kind: filter.Accounts, members: map[string]any{"name": have, "website": have}}
	path := "name"
	if typ == filter.Exact {
		path = "website"
	}
	return e.leaf(path, op, value)
}

// hostileNames are names that can be asked for; hostileBeside are others that stand beside them.
var (
	hostileNames  = []string{`it's`, `a' OR '1'='1`, `100%`, `_`, `$`, `$.x`, `x y`, `[0]`, `#-1`, `0`, `{a,b}`, `->>`, `'; DROP TABLE leads; --`, `é`, `NULL`, `$1`, `a,b`, `*`, `%s`, ` `}
	hostileBeside = map[string]any{`"`: "no", `\`: "no", `a"b`: "no", "a\nb": "no", "": "no", "x": "no"}
)

func hostileMembers(t *testing.T, db *store.DB) {
	w, s := MustWorkspace(t, db, "a"), search.New(db)
	for i, name := range hostileNames {
		object := map[string]any{name: "yes", "in": map[string]any{name: json.Number("7")}}
		for beside, v := range hostileBeside {
			object[beside] = v
		}
		raw, _ := json.Marshal(object) // texts and numbers always marshal
		MustAccounts(t, db, w.ID, wire.Account{Domain: fmt.Sprintf("d%02d.com", i), ExternalID: name, Custom: raw})
	}
	for _, name := range hostileNames {
		for _, c := range []wire.Condition{askedFor("custom."+name, "eq", "YES"), askedFor("custom."+name, "word", "yes"), askedFor("custom.in."+name, "gte", json.Number("7.0"))} {
			if got := foundIDs(t, s, w.ID, filter.Accounts, c); !slices.Equal(got, []string{name}) {
				t.Errorf("%s found %q", c.Filter, got)
			}
		}
		sorts := []wire.Sort{{Field: "custom." + name}, {Field: "custom.in." + name, Dir: wire.Descending}}
		page, err := s.Accounts(context.Background(), w.ID, wire.FindAccounts{Page: wire.Page{Sort: sorts}})
		if err != nil || len(page.Items) != len(hostileNames) || page.Items[0].ExternalID != name {
			t.Errorf("sorted by %s: %d, %v", name, len(page.Items), err)
		}
	}
}
