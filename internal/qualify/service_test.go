package qualify_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// push pushes a signal of today and returns the id of the record that it matched.
func (w *world) push(t testing.TB, typ string, i wire.Identity) string {
	t.Helper()
	out, _, err := signals.New(w.db).Push(context.Background(), w.workspace, tester, wire.PushSignal{SignalType: typ, Source: "test", OccurredAt: time.Now().Add(-time.Hour), Identity: i})
	if err != nil {
		t.Fatalf("push: %v", err)
	}
	return *out.MatchedRecordID
}

func TestQualifyAccountsAndLeads(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		acme := w.mustAccount(t, wire.Account{Domain: "acme.de", Name: "Acme", CountryCode: "DE", Industry: "Software", City: "Berlin", EmployeeCount: number(2000)})
		rival := w.mustAccount(t, wire.Account{Domain: "rival.fr", Name: "Rivals United", CountryCode: "FR"})
		far := w.mustAccount(t, wire.Account{Domain: "far.us", Name: "Far", CountryCode: "US", EmployeeCount: number(10)})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO and founder"})
		clerk := w.mustLead(t, wire.Lead{WorkEmail: "clerk@acme.de", CompanyDomain: "acme.de", Title: "Clerk"})
		alone := w.mustLead(t, wire.Lead{WorkEmail: "alone@example.net", Title: "CTO"})
		w.push(t, "reply", wire.Identity{Email: "boss@acme.de"})

		got := w.qualify(t, filter.Leads, boss, clerk, alone, "nobody")
		want := map[string]wire.Qualification{
			boss:  {ICPCode: "eu", ICPScore: number(63), PersonaCode: "cto", PersonaScore: number(100)},
			clerk: {ICPCode: "eu", ICPScore: number(63)}, alone: {},
		}
		codes := map[string]wire.Qualification{}
		for id, r := range got {
			codes[id] = r.Codes()
		}
		if d := cmp.Diff(want, codes); d != "" {
			t.Errorf("leads (-want +got):\n%s", d)
		}
		if a := w.record(t, acme).Account; a.ICPCode != "eu" || *a.ICPScore != 63 {
			t.Errorf("the account of the leads is %s %v", a.ICPCode, a.ICPScore)
		}
		if l := w.record(t, boss).Lead; l.PersonaCode != "cto" || *l.PersonaScore != 100 || l.ICPCode != "eu" || *l.ICPScore != 63 {
			t.Errorf("the lead is %+v", l)
		}

		w.push(t, "hiring", wire.Identity{CompanyDomain: "acme.de"})
		accounts := w.qualify(t, filter.Accounts, acme, rival, far)
		if c := accounts[acme].Codes(); c.ICPCode != "eu" || *c.ICPScore != 100 {
			t.Errorf("with a signal %+v", c)
		}
		for id, outBy := range map[string][2]string{rival: {"size", "rival"}, far: {"size", "country"}} {
			r := accounts[id]
			if r.ICP != nil || r.ICPs[0].OutBy != outBy[0] || r.ICPs[1].OutBy != outBy[1] {
				t.Errorf("%s: %+v", id, r)
			}
		}
	})
}

// TestTheBreakdown tells of each parameter what the record has there and what it adds, and is kept with the record.
func TestTheBreakdown(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		w.version = 7
		acme := w.mustAccount(t, wire.Account{Domain: "acme.de", Name: "Acme", CountryCode: "DE", Industry: "Banking", City: "Berlin"})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO", City: "Bonn"})
		w.push(t, "hiring", wire.Identity{CompanyDomain: "acme.de"})
		w.qualify(t, filter.Leads, boss)

		weight := func(w int64, c float64) (*int64, *float64) { return &w, &c }
		row := func(name string, held bool, value string, w int64, c float64) wire.ParameterFit {
			p := wire.ParameterFit{Name: name, Mode: wire.ModeScore, Held: held}
			if value != "" {
				p.Value = wire.Value(value)
			}
			p.Weight, p.Contribution = weight(w, c)
			return p
		}
		want := &wire.Breakdown{SettingsVersion: 7,
			ICPs: []wire.Fit{{Code: "big", OutBy: "size"}, {Code: "eu", Score: number(38), Band: "partial", Parameters: []wire.ParameterFit{
				{Name: "country", Mode: "filter", Held: true, Value: wire.Value(`"DE"`)}, row("software", false, `"Banking"`, 50, 0),
				row("hiring", true, "", 30, 37.5), {Name: "rival", Mode: "exclude", Value: wire.Value(`"Acme"`)},
			}}},
			Personas: []wire.Fit{{Code: "cto", Score: number(25), Band: "weak", Parameters: []wire.ParameterFit{
				{Name: "title", Mode: "filter", Held: true, Value: wire.Value(`"CTO"`)},
				row("capital", true, `{"account.city":"Berlin","city":"Bonn"}`, 10, 25), row("replied", false, "", 30, 0),
			}}, {Code: "dev", OutBy: "title"}},
		}
		ignore := cmpopts.IgnoreFields(wire.Breakdown{}, "QualifiedAt")
		if d := cmp.Diff(want, w.record(t, boss).Qualification, ignore); d != "" {
			t.Errorf("of the lead (-want +got):\n%s", d)
		}
		want.Personas = nil
		if d := cmp.Diff(want, w.record(t, acme).Qualification, ignore, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("of the account (-want +got):\n%s", d)
		}
	})
}

func TestARecordThatFitsNoMoreLosesItsCodes(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		w.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO"})
		w.qualify(t, filter.Leads, boss)
		w.icps = w.icps[:1]
		w.qualify(t, filter.Leads, boss)
		if l := w.record(t, boss).Lead; l.ICPCode+l.PersonaCode != "" || l.ICPScore != nil || l.PersonaScore != nil {
			t.Errorf("the lead still is %+v", l)
		}
		before := w.record(t, boss).Lead.UpdatedAt
		w.qualify(t, filter.Leads, boss)
		if after := w.record(t, boss).Lead.UpdatedAt; !after.Equal(*before) {
			t.Error("a qualification counts as a change of the record's facts")
		}
	})
}

// TestConditionsMeanWhatSearchesMean: for filters of every form, those records hold that a search finds.
func TestConditionsMeanWhatSearchesMean(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		var ids []string
		for i, country := range []string{"DE", "FR", "US", "DE", ""} {
			a := wire.Account{Domain: string(rune('a'+i)) + ".com", Name: "Company " + string(rune('A'+i)), CountryCode: country, EmployeeCount: number(int64(i))}
			if i%2 == 0 {
				a.Tags = []string{"saas", "b2b"}
			}
			ids = append(ids, w.mustAccount(t, a))
			w.mustLead(t, wire.Lead{WorkEmail: "p@" + a.Domain, CompanyDomain: a.Domain, Title: []string{"CTO", "Clerk"}[i%2]})
			for range i {
				w.push(t, "release", wire.Identity{CompanyDomain: a.Domain})
			}
		}
		for _, condition := range []string{
			`{"field":"country_code","op":"eq","value":"DE"}`, `{"not":{"field":"country_code","op":"present"}}`, `{"field":"tags","op":"all_of","value":["saas","b2b"]}`,
			`{"signals":{"types":["release"],"min":2,"last_days":30}}`, `{"not":{"signals":{}}}`, `{"signals":{"max":1,"min":0}}`, `{"field":"name","op":"phrase","value":"company c"}`,
			`{"any":[{"field":"employee_count","op":"gt","value":3},{"field":"domain","op":"prefix","value":"a"}]}`, `{"leads":{"where":{"field":"title","op":"eq","value":"cto"}}}`,
		} {
			w.icps = []qualify.ICP{{Code: "x", Parameters: []qualify.Parameter{{Name: "p", Mode: wire.ModeFilter, Condition: json.RawMessage(condition)}}}}
			found, err := search.New(db).Accounts(context.Background(), w.workspace, wire.FindAccounts{Condition: wire.Condition{Filter: json.RawMessage(condition)}})
			if err != nil {
				t.Fatalf("%s: %v", condition, err)
			}
			want := map[string]bool{}
			for _, a := range found.Items {
				want[a.ID] = true
			}
			for id, r := range w.qualify(t, filter.Accounts, ids...) {
				if (r.ICP != nil) != want[id] {
					t.Errorf("%s: holds %t, found %t", condition, r.ICP != nil, want[id])
				}
			}
		}
	})
}

func TestARequestIsLoggedOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		acme := w.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE"})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO"})
		out, err := w.service.Request(context.Background(), w.workspace, tester, wire.Qualify{IDs: []string{boss, "nobody", acme}})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Results) != 2 || out.Results[0].ID != boss || out.Results[0].RecordType != wire.KindLead || out.Results[1].ID != acme ||
			!cmp.Equal(out.Missing, []string{"nobody"}) || out.Job != nil {
			t.Errorf("%+v", out)
		}
		rows, err := db.ListActivity(context.Background(), w.workspace, activity.Filter{})
		if err != nil || len(rows) != 2 || rows[0].Action != activity.RecordsQualified || rows[0].Detail["records"] != "2" {
			t.Errorf("activity %+v, %v", rows, err)
		}
	})
}

// TestErasingARecordErasesWhatItFits: also what the leads of an account tell of it.
func TestErasingARecordErasesWhatItFits(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		acme := w.mustAccount(t, wire.Account{Domain: "acme.de", CountryCode: "DE", City: "Berlin"})
		boss := w.mustLead(t, wire.Lead{WorkEmail: "boss@acme.de", CompanyDomain: "acme.de", Title: "CTO"})
		w.qualify(t, filter.Leads, boss)
		eraser := records.New(db)
		if _, err := eraser.Erase(context.Background(), w.workspace, tester, wire.GetRecord{ID: acme}); err != nil {
			t.Fatal(err)
		}
		r := w.record(t, boss)
		if r.Qualification != nil || r.Lead.ICPCode+r.Lead.PersonaCode != "" || r.Lead.ICPScore != nil {
			t.Errorf("after its account was erased the lead is %+v with %+v", r.Lead, r.Qualification)
		}
		w.qualify(t, filter.Leads, boss)
		if _, err := eraser.Erase(context.Background(), w.workspace, tester, wire.GetRecord{ID: boss}); err != nil {
			t.Fatal(err)
		}
		var n int
		err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
			return q.QueryRow(ctx, `SELECT COUNT(*) FROM record_qualifications WHERE workspace_id = $1`, w.workspace).Scan(&n)
		})
		if err != nil || n != 0 {
			t.Errorf("%d rows are left, %v", n, err)
		}
	})
}
