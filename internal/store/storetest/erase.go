package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var eraseCases = []Case{
	{"nothing finds an erased lead", eraseLead},
	{"an erased account leaves its leads and their signals", eraseAccount},
	{"words that others use stay, and readers forget the others", eraseWords},
	{"replies that name what was erased are not replayed", eraseReplies},
	{"a preview counts the same and changes nothing", erasePreview},
	{"a push under way during an erasure leaves nothing", eraseDuringPush},
	{"an import makes an erased record anew", eraseAndImport},
	{"another workspace keeps its record of the same person", eraseTenants},
	{"a hint of several records is refused", eraseAmbiguous},
	{"more signals than a batch holds are erased together", eraseMany},
	{"a record is corrected with all that is derived from it", correctLead},
	{"an account is corrected with its tags and custom fields", correctAccount},
	{"a correction that cannot be made changes nothing", correctRefused},
	{"the log tells fields and counts, never values", eraseLog},
}

var admin = activity.OperatorActor("root")

// quixote is a person whose traits no other record has, but for the first name.
var quixote = wire.Lead{
	ExternalID: "q-1", Name: "Alonso Quixotilvar", FirstName: "Alonso", LastName: "Quixotilvar", Title: "Hidalguissimo", Company: "Acme", CompanyDomain: "acme.com",
	WorkEmail: "quixotilvar@acme.com", PersonalEmail: "rocinantex@example.org", LinkedInURL: "https://www.linkedin.com/in/quixotilvar", Handle: "github:Windmillz",
	Phone: "+34 5550199", Custom: json.RawMessage(`{"lance":"dulcineax"}`),
}

// mustPerson adds quixote, his account, a colleague of the same first name, and five signals: three of his that are matched to him, by each
// hint, and two of the colleague.
func mustPerson(t testing.TB, db *store.DB, workspaceID string) (account, person, colleague string) {
	t.Helper()
	account = MustAccounts(t, db, workspaceID, wire.Account{Domain: "acme.com", Name: "Acme", Tags: []string{"oss"}})[0].ID
	leads := MustLeads(t, db, workspaceID, quixote, wire.Lead{ExternalID: "s-1", Name: "Alonso Sancho", WorkEmail: "sancho@acme.com", CompanyDomain: "acme.com"})
	for i, who := range []wire.Identity{{Email: quixote.WorkEmail}, {LinkedInURL: quixote.LinkedInURL}, {Handle: quixote.Handle}, {Email: "sancho@acme.com"}, {Email: "sancho@acme.com"}} {
		mustPush(t, db, workspaceID, visit(func(s *wire.PushSignal) { s.Identity, s.ExternalID = who, fmt.Sprint("e", i) }))
	}
	return account, leads[0].ID, leads[1].ID
}

func mustErase(t testing.TB, db *store.DB, workspaceID string, hint wire.GetRecord) records.Erasure {
	t.Helper()
	out, err := records.New(db).Erase(context.Background(), workspaceID, admin, hint)
	if err != nil || !out.Erased {
		t.Fatalf("Erase: %+v, %v", out, err)
	}
	return out
}

// sizes returns how many rows each table of the workspace has that an erasure may touch.
func sizes(t testing.TB, db *store.DB, workspaceID string) string {
	t.Helper()
	var out []string
	for _, table := range []string{"accounts", "account_tags", "leads", "signals", "words", "idempotency", "activity"} {
		out = append(out, table+"="+row(t, db, workspaceID, `SELECT CAST(COUNT(*) AS TEXT) FROM `+table+` WHERE workspace_id = $1`))
	}
	return strings.Join(out, " ")
}

func eraseLead(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, colleague := mustPerson(t, db, w.ID)
	// A signal of a stranger that was pushed before the lead had the address, and one that names it beside another lead.
	stray := mustLate(t, db, w.ID, wire.Identity{Email: quixote.PersonalEmail})
	s := search.New(db)
	identity := func(field, value string) wire.ListSignals {
		return wire.ListSignals{Condition: wire.Condition{Filter: json.RawMessage(`{"field":"` + field + `","op":"eq","value":"` + value + `"}`)}}
	}
	find := func() map[string]int {
		out := map[string]int{}
		for _, query := range []string{"Quixotilvar", "quixotilvra", "Hidalguissimo", "Alonso Quixotilvar", "qui"} {
			page, err := s.Leads(ctx, w.ID, wire.FindLeads{Query: query})
			if err != nil {
				t.Fatal(err)
			}
			out[query] = page.Total
		}
		for name, in := range map[string]wire.ListSignals{"lead": {Lead: []string{person}}, "lead's email": {Lead: []string{quixote.WorkEmail}}, "email": identity("identity.email", quixote.WorkEmail),
			"other email": identity("identity.email", quixote.PersonalEmail), "handle": identity("identity.handle", quixote.Handle)} {
			page, err := s.Signals(ctx, w.ID, in)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = page.Total
		}
		for name, in := range map[string]wire.GetRecord{"id": {ID: person}, "external id": {ExternalID: "q-1"}, "work email": {Email: quixote.WorkEmail}, "personal email": {Email: quixote.PersonalEmail},
			"linkedin": {LinkedInURL: quixote.LinkedInURL}, "github handle": {Handle: "windmillz"}} {
			if _, err := s.Record(ctx, w.ID, in); err == nil {
				out[name]++
			}
		}
		return out
	}
	for door, n := range find() {
		if n == 0 {
			t.Errorf("before: nothing by %s", door)
		}
	}
	out := mustErase(t, db, w.ID, wire.GetRecord{Email: "Quixotilvar@ACME.com"})
	if d := cmp.Diff(records.Erasure{RecordType: "lead", ID: person, Erased: true, Counts: records.Counts{Signals: 4, Words: 2}}, out); d != "" {
		t.Errorf("erasure differs (-want +got):\n%s", d)
	}
	for door, n := range find() {
		if n != 0 {
			t.Errorf("after: %d by %s", n, door)
		}
	}
	if n := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1 AND id = $2`, stray); n != "0" {
		t.Error("the stray signal is still there")
	}
	if r, err := s.Record(ctx, w.ID, wire.GetRecord{ID: colleague}); err != nil || r.SignalCount != 2 {
		t.Errorf("the colleague: %d signals, %v", r.SignalCount, err)
	}
	if page, err := s.Leads(ctx, w.ID, wire.FindLeads{Query: "alonzo"}); err != nil || page.Total != 1 {
		t.Errorf("by a first name that both had, mistyped: %d, %v", page.Total, err)
	}
	_, err := records.New(db).Erase(ctx, w.ID, admin, wire.GetRecord{ID: person})
	wantCode(t, "erase again", err, fault.NotFound)
}

// mustLate adds a signal with the identity, and takes its match away, as if it had come before the lead.
func mustLate(t testing.TB, db *store.DB, workspaceID string, who wire.Identity) string {
	t.Helper()
	out, _ := mustPush(t, db, workspaceID, visit(func(s *wire.PushSignal) { s.Identity, s.ExternalID = who, "stray" }))
	err := db.Workspace(workspaceID).Tx(context.Background(), func(ctx context.Context, _ *store.Tx, q store.Q) error {
		_, err := q.Exec(ctx, `UPDATE signals SET lead_id = NULL WHERE workspace_id = $1 AND id = $2`, out.SignalCaptureID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.SignalCaptureID
}

func eraseAccount(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	account, person, _ := mustPerson(t, db, w.ID)
	mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) {
		s.Identity, s.ExternalID = wire.Identity{CompanyDomain: "acme.com"}, "of nobody"
	}))
	out := mustErase(t, db, w.ID, wire.GetRecord{Domain: "https://www.acme.com/about"})
	if d := cmp.Diff(records.Erasure{RecordType: "account", ID: account, Erased: true, Counts: records.Counts{Signals: 1, Unlinked: 7, Words: 1}}, out); d != "" {
		t.Errorf("erasure differs (-want +got):\n%s", d)
	}
	s := search.New(db)
	r, err := s.Record(ctx, w.ID, wire.GetRecord{ID: person})
	if err != nil || r.Lead.Account != nil || r.SignalCount != 3 || r.RecentSignals[0].Account != nil || r.Lead.CompanyDomain != "acme.com" {
		t.Errorf("the lead: %+v, %v", r, err)
	}
	if page, err := s.Accounts(ctx, w.ID, wire.FindAccounts{Query: "acme"}); err != nil || page.Total != 0 {
		t.Errorf("find acme: %d, %v", page.Total, err)
	}
	if page, err := s.Leads(ctx, w.ID, wire.FindLeads{Query: "acme"}); err != nil || page.Total != 1 {
		t.Errorf("find the lead by its company, whose word stays: %d, %v", page.Total, err)
	}
	if got := sizes(t, db, w.ID); !strings.HasPrefix(got, "accounts=0 account_tags=0 leads=2 signals=5 ") {
		t.Errorf("sizes: %s", got)
	}
}

func eraseWords(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	vocabulary := func(after int64) (v search.Vocabulary) {
		err := db.Read(ctx, w.ID, func(ctx context.Context, r search.Reader) (err error) {
			v, err = r.Vocabulary(ctx, after)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := vocabulary(0)
	if before.Reset {
		t.Error("words are to be forgotten though none was erased")
	}
	mustErase(t, db, w.ID, wire.GetRecord{ID: person})
	after := vocabulary(before.Version)
	if !after.Reset || after.Version <= before.Version || cmp.Diff(sorted(after.Words), []string{"acme", "alonso", "com", "sancho"}) != "" {
		t.Errorf("a reader from before gets %+v", after)
	}
	if again := vocabulary(after.Version); again.Reset || len(again.Words) != 0 {
		t.Errorf("a reader that forgot gets %+v", again)
	}
	MustLeads(t, db, w.ID, wire.Lead{Name: "Newcomerling", WorkEmail: "n@x.org"})
	if next := vocabulary(after.Version); next.Reset || cmp.Diff(next.Words, []string{"newcomerling"}) != "" {
		t.Errorf("a reader that forgot gets %+v", next)
	}
}

func eraseReplies(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, colleague := mustPerson(t, db, w.ID)
	replayed := func(key, body string) bool {
		_, again, err := db.Idempotent(ctx, w.ID, key, []byte("hash"), func(context.Context) (store.Reply, error) { return reply(body), nil })
		if err != nil {
			t.Fatal(err)
		}
		return again
	}
	signal := row(t, db, w.ID, `SELECT id FROM signals WHERE workspace_id = $1 AND external_id = 'e1'`)
	bodies := map[string]string{"lead": `{"matched_record_id":"` + person + `"}`, "signal": `{"signal_capture_id":"` + signal + `"}`, "other": `{"id":"` + colleague + `"}`, "none": ``}
	for key, body := range bodies {
		replayed(key, body)
	}
	if out := mustErase(t, db, w.ID, wire.GetRecord{ID: person}); out.Replies != 2 {
		t.Errorf("%d replies were erased, want 2", out.Replies)
	}
	for key, want := range map[string]bool{"lead": false, "signal": false, "other": true, "none": true} {
		if got := replayed(key, "new"); got != want {
			t.Errorf("the reply of %s is replayed: %v", key, got)
		}
	}
}

func erasePreview(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	mustPerson(t, db, w.ID)
	s, before := records.New(db), sizes(t, db, w.ID)
	for _, hint := range []wire.GetRecord{{Handle: "windmillz"}, {Domain: "acme.com"}} {
		preview, err := s.Preview(ctx, w.ID, hint)
		if got := sizes(t, db, w.ID); err != nil || preview.Erased || got != before {
			t.Fatalf("Preview: %+v, %v; sizes %s, before %s", preview, err, got, before)
		}
		preview.Erased = true
		if d := cmp.Diff(preview, mustErase(t, db, w.ID, hint)); d != "" {
			t.Errorf("the erasure is not what was told before (-told +done):\n%s", d)
		}
		before = sizes(t, db, w.ID)
	}
	_, err := s.Preview(ctx, w.ID, wire.GetRecord{})
	wantCode(t, "no hint", err, fault.ValidationFailed)
	_, err = s.Preview(ctx, w.ID, wire.GetRecord{Email: "not an address"})
	wantCode(t, "a hint that is none", err, fault.ValidationFailed)
}

// eraseDuringPush lets a push match the person before the erasure and commit after it, where the engine lets it.
func eraseDuringPush(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	added, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
			mustPushIn(ctx, t, db, w.ID, visit(func(s *wire.PushSignal) {
				s.Identity, s.ExternalID = wire.Identity{Email: quixote.WorkEmail}, "under way"
			}))
			once.Do(func() { close(added) })
			<-release
			return nil
		})
		if err != nil {
			t.Errorf("the push: %v", err)
		}
	})
	<-added
	time.AfterFunc(300*time.Millisecond, func() { close(release) })
	mustErase(t, db, w.ID, wire.GetRecord{ID: person})
	wg.Wait()
	if n := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1 AND (lead_id = $2 OR email = $3)`, person, quixote.WorkEmail); n != "0" {
		t.Errorf("%s signals of the erased person are left", n)
	}
}
