package store_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var update = flag.Bool("update", false, "write the golden plans anew")

// planned are the shapes of question whose plans are kept, by tool and filter.
var planned = []struct{ name, tool, filter, sort string }{
	{"all accounts", "accounts", ``, ``},
	{"all leads", "leads", ``, ``},
	{"all signals", "signals", ``, ``},
	{"accounts of a country", "accounts", `{"field":"country_code","op":"eq","value":"C7"}`, ``},
	{"accounts with a tag", "accounts", `{"field":"tags","op":"any_of","value":["t11"]}`, ``},
	{"accounts whose name begins", "accounts", `{"field":"name","op":"prefix","value":"company 12"}`, ``},
	{"accounts whose description has a phrase", "accounts", `{"field":"description","op":"phrase","value":"item77 of"}`, ``},
	{"accounts with a member", "accounts", `{"field":"custom.rank","op":"gte","value":40}`, ``},
	{"accounts with signals of a type", "accounts", `{"signals":{"types":["rare"],"min":2}}`, ``},
	{"accounts without leads", "accounts", `{"leads":{"max":0}}`, ``},
	{"accounts by year", "accounts", ``, `founded_year`},
	{"leads at accounts of a country", "leads", `{"field":"account.country_code","op":"eq","value":"C7"}`, ``},
	{"leads by their account's year", "leads", ``, `account.founded_year`},
	{"signals of a type by a member", "signals", `{"field":"signal_type","op":"eq","value":"rare"}`, `context.n`},
	{"signals with a member", "signals", `{"field":"context.page","op":"eq","value":"/p3"}`, ``},
	{"signals of leads with a title", "signals", `{"field":"lead.title","op":"eq","value":"Title 5"}`, ``},
}

// loadPlanned puts the same records into any database, enough of them for indexes to pay.
func loadPlanned(t *testing.T, db *store.DB, workspaceID string) {
	t.Helper()
	year := func(n int) *int64 { y := int64(1950 + n%70); return &y }
	for from := 0; from < 4000; from += 1000 {
		var accounts []wire.Account
		var leads []wire.Lead
		var events []signals.Signal
		for i := from; i < from+1000; i++ {
			domain := fmt.Sprintf("d%04d.com", i)
			accounts = append(accounts, wire.Account{Domain: domain, ExternalID: fmt.Sprint("co", i), Name: fmt.Sprint("Company ", i), CountryCode: fmt.Sprint("C", i%40), Tags: []string{fmt.Sprint("t", i%90), "all"},
				Description: fmt.Sprintf("This is item%d of many", i%500), FoundedYear: year(i), Custom: json.RawMessage(fmt.Sprintf(`{"rank":%d}`, i%50))})
			leads = append(leads, wire.Lead{ExternalID: fmt.Sprint("pe", i), Name: fmt.Sprint("Person ", i), Title: fmt.Sprint("Title ", i%100), WorkEmail: fmt.Sprintf("u@%s", domain), CompanyDomain: domain})
			for j := range 3 {
				kind := []string{"website_visit", "hiring", "release"}[j]
				if i%200 == 0 {
					kind = "rare"
				}
				events = append(events, signals.Signal{ExternalID: fmt.Sprint("sg", i, "-", j), Type: kind, Source: "site", OccurredAt: storetest.Epoch.AddDate(0, 0, -(i*3+j)%700),
					Identity: wire.Identity{Email: fmt.Sprintf("u@%s", domain), CompanyDomain: domain}, Context: json.RawMessage(fmt.Sprintf(`{"n":%d,"page":"/p%d"}`, i%17, i%60))})
			}
		}
		storetest.MustAccounts(t, db, workspaceID, accounts...)
		storetest.MustLeads(t, db, workspaceID, leads...)
		if _, err := db.CaptureSignals(context.Background(), workspaceID, events); err != nil {
			t.Fatal(err)
		}
	}
	analyze(t, db)
}

// TestPlans keeps how each engine answers each shape of question. The plans of PostgreSQL are those of one version.
func TestPlans(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			db := mustOpen(t, e.empty(t))
			w := storetest.MustWorkspace(t, db, "planned")
			loadPlanned(t, db, w.ID)
			ex := &store.Explaining{DB: db}
			var out strings.Builder
			out.WriteString("planned by " + planner(t, db) + "\n")
			for _, p := range planned {
				ex.Plans = nil
				if err := askPlanned(ex, w.ID, p.tool, p.filter, p.sort); err != nil {
					t.Fatalf("%s: %v", p.name, err)
				}
				out.WriteString("\n# " + p.name + "\n" + shortened(strings.Join(ex.Plans, "\n")))
			}
			compareGolden(t, filepath.Join("testdata", "plans", e.name+".golden"), out.String())
		})
	}
}

func askPlanned(s search.Store, workspaceID, tool, filter, sort string) (err error) {
	var page wire.Page
	if sort != "" {
		page.Sort = []wire.Sort{{Field: sort, Dir: wire.Descending}}
	}
	condition, ctx := wire.Condition{Filter: json.RawMessage(filter), Now: &storetest.Epoch}, context.Background()
	switch tool {
	case "accounts":
		_, err = search.New(s).Accounts(ctx, workspaceID, wire.FindAccounts{Page: page, Condition: condition})
	case "leads":
		_, err = search.New(s).Leads(ctx, workspaceID, wire.FindLeads{Page: page, Condition: condition})
	default:
		_, err = search.New(s).Signals(ctx, workspaceID, wire.ListSignals{Page: page, Condition: condition})
	}
	return err
}

// planner names what the plans depend on beside the data.
func planner(t *testing.T, db *store.DB) (name string) {
	t.Helper()
	if db.Engine() == "sqlite" {
		return "SQLite"
	}
	err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
		return q.QueryRow(ctx, `SELECT 'PostgreSQL ' || CAST(CAST(current_setting('server_version_num') AS INTEGER) / 10000 AS TEXT)`).Scan(&name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// shortened leaves out ids, which differ from run to run, and what is long, which are patterns.
func shortened(plan string) string {
	var out strings.Builder
	for line := range strings.Lines(ids.ReplaceAllString(plan, "ID") + "\n") {
		if runes := []rune(strings.TrimRight(line, "\n")); len(runes) > 220 {
			line = string(runes[:220]) + "…\n"
		}
		out.WriteString(line)
	}
	return out.String()
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	first, _, _ := strings.Cut(got, "\n")
	if !strings.HasPrefix(string(want), first+"\n") {
		t.Skipf("%s holds plans of another version than %q", name, first)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("plans differ from %s (-want +got); if they are right, run the test with -update:\n%s", name, d)
	}
}
