package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var enrichCases = []Case{
	{"a miss leaves the value of before", traceKept},
	{"get_record tells where values come from, as long as they are there", traceShown},
	{"records are read with their employers and values, in order", enrichableRead},
	{"a person is found at a company, and not at another", personAt},
	{"a changed record is found by its new texts", changeIndexed},
	{"a run's key is held, taken over and replayed", runHeld},
	{"erasing a record erases where its values came from", traceErased},
}

// MustTrace keeps that a provider delivered the values, as JSON.
func MustTrace(t testing.TB, db *store.DB, workspaceID, recordID string, values map[enrich.Field]string) {
	t.Helper()
	traces := map[enrich.Field]enrich.Trace{}
	for f, v := range values {
		traces[f] = enrich.Trace{Value: json.RawMessage(v), Source: "acme", Confidence: 0.125, FoundAt: Epoch, Tried: []string{"x", "acme"}, AskedAt: Epoch}
	}
	if err := db.KeepTraces(context.Background(), workspaceID, recordID, traces); err != nil {
		t.Fatalf("KeepTraces: %v", err)
	}
}

func enrichable(t testing.TB, db *store.DB, workspaceID string, kind wire.Kind, ids ...string) []enrich.Stored {
	t.Helper()
	out, err := db.EnrichableByID(context.Background(), workspaceID, kind, ids)
	if err != nil {
		t.Fatalf("EnrichableByID: %v", err)
	}
	return out
}

func traceKept(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	id := MustLeads(t, db, w.ID, wire.Lead{WorkEmail: "jane@acme.com"})[0].ID
	MustTrace(t, db, w.ID, id, map[enrich.Field]string{enrich.Phone: `"+491"`})
	later := Epoch.Add(time.Hour)
	miss := map[enrich.Field]enrich.Trace{enrich.Phone: {Tried: []string{}, Problem: "provider_failed", AskedAt: later}, enrich.WorkEmail: {Tried: []string{"y"}, AskedAt: later}}
	wantCode(t, "keep a miss", db.KeepTraces(ctx, w.ID, id, miss), "")
	want := map[enrich.Field]enrich.Trace{
		enrich.Phone:     {Value: json.RawMessage(`"+491"`), Source: "acme", Confidence: 0.125, FoundAt: Epoch, Tried: []string{}, Problem: "provider_failed", AskedAt: later},
		enrich.WorkEmail: {Tried: []string{"y"}, AskedAt: later},
	}
	if d := cmp.Diff(want, enrichable(t, db, w.ID, wire.KindLead, id)[0].Values); d != "" {
		t.Errorf("the traces differ (-want +got):\n%s", d)
	}
}

func traceShown(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	size := int64(7)
	id := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", CountryCode: "DE", EmployeeCount: &size})[0].ID
	read := func() map[string]wire.Provenance {
		r, err := search.New(db).Record(ctx, w.ID, wire.GetRecord{Domain: "acme.com"})
		wantCode(t, "get_record", err, "")
		if concise := r.Shape(wire.Concise); concise.Enrichment != nil {
			t.Errorf("a concise record tells %v", concise.Enrichment)
		}
		return r.Enrichment
	}
	if got := read(); len(got) != 0 {
		t.Errorf("before anything was enriched: %v", got)
	}
	MustTrace(t, db, w.ID, id, map[enrich.Field]string{enrich.HQCountry: `"DE"`, enrich.EmployeeCount: `8`, enrich.Phone: `"+491"`})
	from := wire.Provenance{Source: "acme", Confidence: 0.125, EnrichedAt: Epoch}
	phone := from
	phone.Value = wire.Value(`"+491"`) // an account has no field for it
	if d := cmp.Diff(map[string]wire.Provenance{"country_code": from, "phone": phone}, read()); d != "" {
		t.Errorf("the count was imported since (-want +got):\n%s", d)
	}
}

func enrichableRead(t *testing.T, db *store.DB) {
	w, other := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	account := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Name: "Acme", CountryCode: "DE"})[0].ID
	leads := MustLeads(t, db, w.ID, wire.Lead{WorkEmail: "a@acme.com", CompanyDomain: "acme.com"}, wire.Lead{WorkEmail: "b@nowhere.com"}, wire.Lead{WorkEmail: "c@acme.com", CompanyDomain: "acme.com"})
	MustTrace(t, db, w.ID, leads[2].ID, map[enrich.Field]string{enrich.Phone: `"+491"`})
	got := enrichable(t, db, w.ID, wire.KindLead, leads[2].ID, "unknown", leads[1].ID, leads[0].ID)
	if len(got) != 3 || got[0].ID() != leads[2].ID || got[1].ID() != leads[1].ID || got[2].ID() != leads[0].ID {
		t.Fatalf("read %+v", got)
	}
	if got[1].Employer != nil || got[0].Employer == nil || got[2].Employer == nil || got[0].Employer.ID != account || got[2].Employer.CountryCode != "DE" {
		t.Errorf("employers %v, %v, %v", got[0].Employer, got[1].Employer, got[2].Employer)
	}
	if len(got[0].Values) != 1 || len(got[1].Values)+len(got[2].Values) != 0 {
		t.Errorf("values %v, %v, %v", got[0].Values, got[1].Values, got[2].Values)
	}
	if got := enrichable(t, db, w.ID, wire.KindAccount, account); len(got) != 1 || got[0].Account.Name != "Acme" {
		t.Errorf("the account is %+v", got)
	}
	if got := enrichable(t, db, other.ID, wire.KindLead, leads[0].ID); len(got) != 0 {
		t.Errorf("another workspace reads %+v", got)
	}
}

func personAt(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"})
	leads := MustLeads(t, db, w.ID, wire.Lead{Name: "Jané  Doe", WorkEmail: "1@x.com", CompanyDomain: "acme.com"}, wire.Lead{Name: "Jané  Doe", WorkEmail: "2@x.com", CompanyDomain: "acme.com"},
		wire.Lead{Name: "Jané  Doe", WorkEmail: "3@x.com", CompanyDomain: "unknown.com"})
	for domain, want := range map[string]string{"acme.com": min(leads[0].ID, leads[1].ID), "unknown.com": leads[2].ID, "x.com": ""} {
		got, err := db.PersonAt(ctx, w.ID, "jane  doe", domain)
		if err != nil || got.ID() != want {
			t.Errorf("at %s: %q, %v, want %q", domain, got.ID(), err, want)
		}
	}
}

func changeIndexed(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	id := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Name: "Before", Tags: []string{"oss"}})[0].ID
	change := func(to string) func(*enrich.Stored) (bool, error) {
		return func(s *enrich.Stored) (bool, error) { s.Account.Name = to; return true, nil }
	}
	wantCode(t, "change", db.ChangeRecord(ctx, w.ID, wire.KindAccount, id, change("Zyxwvut")), "")
	for query, want := range map[string]int{"zyxwvut": 1, "Before": 0} {
		page, err := search.New(db).Accounts(ctx, w.ID, wire.FindAccounts{Query: query})
		if err != nil || page.Total != want {
			t.Errorf("%q finds %d, %v, want %d", query, page.Total, err, want)
		}
	}
	if got := row(t, db, w.ID, `SELECT name_f || tags || (SELECT tag_f FROM account_tags WHERE workspace_id = $1) FROM accounts WHERE workspace_id = $1`); got != `zyxwvut["oss"]oss` {
		t.Errorf("stored %s", got)
	}
	before := row(t, db, w.ID, `SELECT CAST(updated_at AS TEXT) FROM accounts WHERE workspace_id = $1`)
	err := db.ChangeRecord(ctx, w.ID, wire.KindAccount, id, func(s *enrich.Stored) (bool, error) { s.Account.Name = "Not kept"; return false, nil })
	wantCode(t, "no change", err, "")
	if got := row(t, db, w.ID, `SELECT CAST(updated_at AS TEXT) || name FROM accounts WHERE workspace_id = $1`); got != before+"Zyxwvut" {
		t.Errorf("without a change %s became %s", before, got)
	}
	wantCode(t, "an unknown record", db.ChangeRecord(ctx, w.ID, wire.KindLead, id, change("x")), fault.NotFound)
}

func runHeld(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	claim := func(holder string, lease time.Duration, mine bool) (enrich.Claimed, error) {
		return db.ClaimRun(ctx, w.ID, enrich.Claim{Key: "k", Hash: hashA, RunID: "run of " + holder, Holder: holder, Lease: lease, Mine: mine})
	}
	want := func(what string, got enrich.Claimed, err error, want enrich.Claimed) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Fatalf("%s: %v, differs (-want +got):\n%s", what, err, d)
		}
	}
	got, err := claim("1", time.Hour, false)
	want("the first", got, err, enrich.Claimed{RunID: "run of 1"})
	_, err = claim("2", time.Hour, false)
	wantCode(t, "a rival", err, fault.IdempotencyInFlight)
	_, _, err = db.Idempotent(ctx, w.ID, "k", hashB, func(context.Context) (store.Reply, error) { return reply("x"), nil })
	wantCode(t, "another operation with the key", err, fault.IdempotencyKeyReused)
	got, err = claim("2", -time.Second, true)
	want("one who knows that the first is dead", got, err, enrich.Claimed{RunID: "run of 1", Former: "1"})
	wantCode(t, "the dead one", db.OwnRun(ctx, w.ID, "k", "1"), fault.IdempotencyInFlight)
	got, err = claim("3", time.Hour, false)
	want("after the lease", got, err, enrich.Claimed{RunID: "run of 1", Former: "2"})
	wantCode(t, "the dead drops nothing", db.DropRun(ctx, w.ID, "k", "2"), "")
	wantCode(t, "its holder", db.OwnRun(ctx, w.ID, "k", "3"), "")
	answer := enrich.Reply{Status: 200, ContentType: "application/json", Body: []byte(`{"a":1}`)}
	wantCode(t, "finish", db.FinishRun(ctx, w.ID, "k", "3", answer), "")
	got, err = claim("4", time.Hour, false)
	want("a replay", got, err, enrich.Claimed{Reply: &answer})
	_, err = db.ClaimRun(ctx, w.ID, enrich.Claim{Key: "k", Hash: hashB, RunID: "x", Holder: "5"})
	wantCode(t, "another request", err, fault.IdempotencyKeyReused)
	wantCode(t, "an answer is not dropped", db.DropRun(ctx, w.ID, "k", "3"), "")
	got, err = claim("6", time.Hour, true)
	want("a replay to the end", got, err, enrich.Claimed{Reply: &answer})
}

func traceErased(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	_, person, colleague := mustPerson(t, db, w.ID)
	for _, id := range []string{person, colleague} {
		MustTrace(t, db, w.ID, id, map[enrich.Field]string{enrich.Phone: `"+491"`})
	}
	mustErase(t, db, w.ID, wire.GetRecord{ID: person})
	if got := row(t, db, w.ID, `SELECT MIN(record_id) || COUNT(*) FROM enrichment_values WHERE workspace_id = $1`); got != colleague+"1" {
		t.Errorf("left are %s, want %s alone", got, colleague)
	}
}
