package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var recordCases = []Case{
	{"accounts are created, left alone and updated", accountEffects},
	{"an external id cannot move to another domain", accountClash},
	{"lines of one call about one account merge in order", accountLines},
	{"leads are found by any hint and linked by domain", leadHints},
	{"hints of two leads in one line clash", leadClash},
	{"records of an unknown workspace are refused", recordsOfNobody},
	{"callers who miss the same record make it once", recordRace},
}

// MustAccounts merges accounts and returns the outcomes.
func MustAccounts(t testing.TB, db *store.DB, workspaceID string, in ...wire.Account) []ingest.Outcome {
	t.Helper()
	out, err := db.MergeAccounts(context.Background(), workspaceID, in)
	if err != nil || len(out) != len(in) {
		t.Fatalf("MergeAccounts: %d outcomes of %d, %v", len(out), len(in), err)
	}
	return out
}

// MustLeads merges leads and returns the outcomes.
func MustLeads(t testing.TB, db *store.DB, workspaceID string, in ...wire.Lead) []ingest.Outcome {
	t.Helper()
	out, err := db.MergeLeads(context.Background(), workspaceID, in)
	if err != nil || len(out) != len(in) {
		t.Fatalf("MergeLeads: %d outcomes of %d, %v", len(out), len(in), err)
	}
	return out
}

func effects(out []ingest.Outcome) []ingest.Effect {
	list := make([]ingest.Effect, len(out))
	for i, o := range out {
		list[i] = o.Effect
	}
	return list
}

func wantEffects(t testing.TB, what string, out []ingest.Outcome, want ...ingest.Effect) {
	t.Helper()
	if d := cmp.Diff(want, effects(out)); d != "" {
		t.Errorf("%s: effects differ (-want +got):\n%s", what, d)
	}
}

func year(n int64) *int64 { return &n }

// row reads one row of cells as texts; NULL is "-".
func row(t testing.TB, db *store.DB, workspaceID, text string, args ...any) string {
	t.Helper()
	out := ""
	err := db.Workspace(workspaceID).View(context.Background(), func(ctx context.Context, q store.Q) error {
		return q.QueryRow(ctx, text, args...).Scan(&out)
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

func accountEffects(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	first := wire.Account{Domain: "acme.com", ExternalID: "co_1", Name: "Acmé", Tags: []string{"B", "a", "b"}, FoundedYear: year(1999),
		Aliases: []string{"Acme <3"}, Custom: json.RawMessage(`{"b":1.0,"a":{"y":1,"x":2}}`)}
	wantEffects(t, "first", MustAccounts(t, db, w.ID, first), ingest.Created)
	read := func() string {
		return row(t, db, w.ID, `SELECT COALESCE(name, '-') || '|' || COALESCE(name_f, '-') || '|' || COALESCE(custom, '-') || '|' || COALESCE(tags, '-') || '|' || COALESCE(industry, '-')
			|| '|' || CAST(founded_year AS TEXT) || '|' || (SELECT CAST(COUNT(*) AS TEXT) FROM account_tags t WHERE t.workspace_id = a.workspace_id AND t.account_id = a.id)
			FROM accounts a WHERE workspace_id = $1`)
	}
	if got, want := read(), `Acmé|acme|{"a":{"x":2,"y":1},"b":1}|["B","a","b"]|-|1999|2`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
	stamp := row(t, db, w.ID, `SELECT CAST(updated_at AS TEXT) FROM accounts WHERE workspace_id = $1`)
	wantEffects(t, "again", MustAccounts(t, db, w.ID, first), ingest.Unchanged)
	wantEffects(t, "less", MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"}), ingest.Unchanged)
	if got := row(t, db, w.ID, `SELECT CAST(updated_at AS TEXT) FROM accounts WHERE workspace_id = $1`); got != stamp {
		t.Errorf("updated_at moved from %s to %s without a change", stamp, got)
	}
	wantEffects(t, "change", MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Industry: "Anvils", Tags: []string{"c"}, Custom: json.RawMessage(`{"b":2}`)}), ingest.Updated)
	if got, want := read(), `Acmé|acme|{"a":{"x":2,"y":1},"b":2}|["c"]|Anvils|1999|1`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
	wantEffects(t, "clear a list", MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Tags: []string{}}), ingest.Updated)
	if got, want := read(), `Acmé|acme|{"a":{"x":2,"y":1},"b":2}|-|Anvils|1999|0`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
}

func accountClash(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "a.com", ExternalID: "1"}, wire.Account{Domain: "b.com", ExternalID: "2"})
	wantEffects(t, "clash", MustAccounts(t, db, w.ID,
		wire.Account{Domain: "a.com", ExternalID: "2", Name: "x"}, // of b.com
		wire.Account{Domain: "c.com", ExternalID: "1", Name: "x"}, // a new domain
		wire.Account{Domain: "a.com", ExternalID: "3"},            // its own new id
	), ingest.Clashed, ingest.Clashed, ingest.Updated)
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || CAST(COUNT(name) AS TEXT) FROM accounts WHERE workspace_id = $1`); got != "2/0" {
		t.Errorf("accounts/names = %s, want 2/0", got)
	}
}

func accountLines(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	lines := []wire.Account{{Domain: "a.com", Name: "One"}, {Domain: "a.com", Name: "Two", City: "Bonn"}, {Domain: "a.com", Name: "Two"}}
	wantEffects(t, "first call", MustAccounts(t, db, w.ID, lines...), ingest.Created, ingest.Updated, ingest.Unchanged)
	wantEffects(t, "second call", MustAccounts(t, db, w.ID, lines...), ingest.Unchanged, ingest.Unchanged, ingest.Unchanged)
	if got := row(t, db, w.ID, `SELECT name || ',' || city FROM accounts WHERE workspace_id = $1`); got != "Two,Bonn" {
		t.Errorf("stored %s", got)
	}
}

func leadHints(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	acme := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"})[0].ID
	jane := wire.Lead{ExternalID: "pe_1", Name: "Jane", WorkEmail: "jane@acme.com", Handle: "github:JaneDoe", LinkedInURL: "https://www.linkedin.com/in/jane", CompanyDomain: "acme.com"}
	out := MustLeads(t, db, w.ID, jane, wire.Lead{Name: "Bob", Company: "Nowhere", CompanyDomain: "nowhere.com"}, wire.Lead{Name: "bob ", Company: "NOWHERE", CompanyDomain: "nowhere.com"})
	wantEffects(t, "first", out, ingest.Created, ingest.Created, ingest.Updated)
	if out[0].Unlinked || !out[1].Unlinked {
		t.Errorf("unlinked = %t, %t; want false, true", out[0].Unlinked, out[1].Unlinked)
	}
	if got := row(t, db, w.ID, `SELECT account_id || account_domain || handle || handle_f FROM leads WHERE workspace_id = $1 AND external_id = 'pe_1'`); got != acme+"acme.comgithub:JaneDoegithub:janedoe" {
		t.Errorf("stored %s", got)
	}
	for i, hint := range []wire.Lead{{ExternalID: "pe_1"}, {WorkEmail: "jane@acme.com"}, {PersonalEmail: "jane@acme.com"}, {Handle: "janedoe"}, {LinkedInURL: jane.LinkedInURL}} {
		hint.Title = fmt.Sprint("Title ", i)
		hint.PersonalEmail, hint.WorkEmail = hint.WorkEmail, hint.PersonalEmail // either address names her
		if again := MustLeads(t, db, w.ID, hint); again[0].ID != out[0].ID || again[0].Effect != ingest.Updated {
			t.Errorf("hint %d found %+v, want %s updated", i, again[0], out[0].ID)
		}
	}
	MustLeads(t, db, w.ID, wire.Lead{ExternalID: "pe_1", CompanyDomain: "gone.com"})
	if got := row(t, db, w.ID, `SELECT COALESCE(account_id, '-') || COALESCE(account_domain, '-') || company_domain FROM leads WHERE workspace_id = $1 AND external_id = 'pe_1'`); got != "--gone.com" {
		t.Errorf("after a move to an unknown company: %s", got)
	}
}

func leadClash(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	MustLeads(t, db, w.ID, wire.Lead{ExternalID: "1", WorkEmail: "a@a.com"}, wire.Lead{ExternalID: "2"})
	wantEffects(t, "clash", MustLeads(t, db, w.ID, wire.Lead{ExternalID: "2", WorkEmail: "a@a.com", Name: "x"}), ingest.Clashed)
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || CAST(COUNT(name) AS TEXT) FROM leads WHERE workspace_id = $1`); got != "2/0" {
		t.Errorf("leads/names = %s, want 2/0", got)
	}
}

func recordsOfNobody(t *testing.T, db *store.DB) {
	_, err := db.MergeAccounts(context.Background(), "nobody", []wire.Account{{Domain: "a.com"}})
	wantCode(t, "accounts", err, fault.NotFound)
	_, err = db.MergeLeads(context.Background(), "nobody", []wire.Lead{{Name: "a"}})
	wantCode(t, "leads", err, fault.NotFound)
}

func recordRace(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	const callers = 4
	errs := make(chan error, callers)
	for range callers {
		go func() {
			_, err := db.MergeAccounts(context.Background(), w.ID, []wire.Account{{Domain: "a.com", Name: "Alpha"}})
			if err == nil {
				_, err = db.MergeLeads(context.Background(), w.ID, []wire.Lead{{WorkEmail: "x@a.com", Name: "Xaver"}})
			}
			errs <- err
		}()
	}
	for range callers {
		wantCode(t, "caller", <-errs, "")
	}
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) FROM accounts WHERE workspace_id = $1`); got != "1/1" {
		t.Errorf("accounts/leads = %s, want 1/1", got)
	}
}
