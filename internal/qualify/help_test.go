package qualify_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// engines runs a test on a store of each engine.
func engines(t *testing.T, run func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { run(t, open(t, store.Config{DataDir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { run(t, open(t, store.Config{DatabaseURL: pgtest.URL(t)})) })
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// world is a workspace with a service over it, whose ICPs a test sets.
type world struct {
	db        *store.DB
	workspace string
	version   int64
	icps      []qualify.ICP
	service   *qualify.Service
}

func newWorld(t testing.TB, db *store.DB, slug string) *world {
	return worldOf(db, storetest.MustWorkspace(t, db, slug).ID, europe())
}

func worldOf(db *store.DB, workspaceID string, icps []qualify.ICP) *world {
	w := &world{db: db, workspace: workspaceID, version: 1, icps: icps}
	w.service = qualify.New(qualify.Config{Store: db,
		Settings: func(context.Context, string) (int64, []qualify.ICP, error) { return w.version, w.icps, nil }})
	return w
}

var tester = activity.PersonActor("ada@example.com")

// europe is two ICPs, of which one has personas.
func europe() []qualify.ICP {
	return []qualify.ICP{
		{Code: "big", Name: "Big ones", Parameters: []qualify.Parameter{
			{Name: "size", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"field":"employee_count","op":"gte","value":1000}`)},
			{Name: "tag", Mode: wire.ModeScore, Weight: 1, Condition: json.RawMessage(`{"field":"tags","op":"any_of","value":["saas"]}`)},
			{Name: "release", Mode: wire.ModeScore, Weight: 1, Condition: json.RawMessage(`{"signals":{"types":["release"],"min":2}}`)},
		}},
		{Code: "eu", Name: "In Europe", Parameters: []qualify.Parameter{
			{Name: "country", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"field":"country_code","op":"in","value":["DE","FR"]}`)},
			{Name: "software", Mode: wire.ModeScore, Weight: 50, Condition: json.RawMessage(`{"field":"industry","op":"eq","value":"software"}`)},
			{Name: "hiring", Mode: wire.ModeScore, Weight: 30, Condition: json.RawMessage(`{"signals":{"types":["hiring"],"last_days":90}}`)},
			{Name: "rival", Mode: wire.ModeExclude, Condition: json.RawMessage(`{"field":"name","op":"word","value":"rivals"}`)},
		}, Personas: []qualify.Persona{
			{Code: "cto", Name: "CTO", Parameters: []qualify.Parameter{
				{Name: "title", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"field":"title","op":"word","value":"cto"}`)},
				{Name: "capital", Mode: wire.ModeScore, Weight: 10, Condition: json.RawMessage(`{"any":[{"field":"city","op":"eq","value":"Berlin"},{"field":"account.city","op":"eq","value":"Berlin"}]}`)},
				{Name: "replied", Mode: wire.ModeScore, Weight: 30, Condition: json.RawMessage(`{"signals":{"types":["reply"]}}`)},
			}},
			{Code: "dev", Name: "Developer", Parameters: []qualify.Parameter{
				{Name: "title", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"field":"title","op":"word","value":"developer"}`)},
			}},
		}},
	}
}

// qualify returns the results by id.
func (w *world) qualify(t testing.TB, kind filter.Kind, ids ...string) map[string]qualify.Result {
	t.Helper()
	list, err := w.service.Qualify(context.Background(), w.workspace, kind, ids)
	if err != nil {
		t.Fatalf("Qualify: %v", err)
	}
	out := map[string]qualify.Result{}
	for _, r := range list {
		out[r.ID] = r
	}
	return out
}

func (w *world) record(t testing.TB, id string) wire.Record {
	t.Helper()
	r, err := search.New(w.db).Record(context.Background(), w.workspace, wire.GetRecord{ID: id})
	if err != nil {
		t.Fatalf("read %s: %v", id, err)
	}
	return r
}

// countWhere counts the records that fulfil a filter.
func countWhere(w *world, over wire.Over, condition string) (int64, error) {
	where := wire.Condition{Filter: json.RawMessage(condition)}
	if over == wire.OverLeads {
		page, err := search.New(w.db).Leads(context.Background(), w.workspace, wire.FindLeads{Condition: where})
		return int64(page.Total), err
	}
	page, err := search.New(w.db).Accounts(context.Background(), w.workspace, wire.FindAccounts{Condition: where})
	return int64(page.Total), err
}

func number(n int64) *int64 { return &n }

// mustAccount adds an account and returns its id.
func (w *world) mustAccount(t testing.TB, a wire.Account) string {
	t.Helper()
	return storetest.MustAccounts(t, w.db, w.workspace, a)[0].ID
}

func (w *world) mustLead(t testing.TB, l wire.Lead) string {
	t.Helper()
	return storetest.MustLeads(t, w.db, w.workspace, l)[0].ID
}
