package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// mustPushIn pushes within the transaction of ctx.
func mustPushIn(ctx context.Context, t testing.TB, db *store.DB, workspaceID string, in wire.PushSignal) {
	t.Helper()
	if _, _, err := signals.New(db).Push(ctx, workspaceID, agent, in); err != nil {
		t.Errorf("Push: %v", err)
	}
}

func eraseAndImport(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	mustErase(t, db, w.ID, wire.GetRecord{ID: person})
	again := MustLeads(t, db, w.ID, quixote)
	if again[0].Effect != ingest.Created || again[0].ID == person {
		t.Errorf("the import: %+v, erased was %s", again[0], person)
	}
	if id := lookup(t, db, w.ID, wire.GetRecord{Handle: "windmillz"}); id != "q-1" {
		t.Errorf("found %s, want q-1", id)
	}
	page, err := search.New(db).Leads(context.Background(), w.ID, wire.FindLeads{Query: "quixotilvra"})
	if err != nil || page.Total != 1 {
		t.Errorf("a mistyped name finds %d, %v", page.Total, err)
	}
}

func eraseTenants(t *testing.T, db *store.DB) {
	a, b := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	_, person, _ := mustPerson(t, db, a.ID)
	mustPerson(t, db, b.ID)
	before := sizes(t, db, b.ID)
	_, err := records.New(db).Erase(context.Background(), b.ID, admin, wire.GetRecord{ID: person})
	wantCode(t, "erase another's", err, fault.NotFound)
	mustErase(t, db, a.ID, wire.GetRecord{ID: person})
	if got := sizes(t, db, b.ID); got != before || lookup(t, db, b.ID, wire.GetRecord{Email: quixote.WorkEmail}) != "q-1" {
		t.Errorf("sizes of the other workspace: %s, before %s", got, before)
	}
	for _, query := range []string{"quixotilvar", "quixotilvra"} {
		page, err := search.New(db).Leads(context.Background(), b.ID, wire.FindLeads{Query: query})
		if err != nil || page.Total != 1 {
			t.Errorf("%s finds %d there, %v", query, page.Total, err)
		}
	}
}

func eraseAmbiguous(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	account := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", ExternalID: "7"})[0].ID
	lead := MustLeads(t, db, w.ID, wire.Lead{Name: "Jane", ExternalID: "7"})[0].ID
	s := records.New(db)
	_, err := s.Erase(ctx, w.ID, admin, wire.GetRecord{ExternalID: "7"})
	wantCode(t, "an id of two", err, fault.Conflict)
	if d := cmp.Diff([]string{account, lead}, fault.From(err).Fields[0].Allowed); d != "" {
		t.Errorf("the ids differ (-want +got):\n%s", d)
	}
	_, err = s.Correct(ctx, w.ID, admin, wire.GetRecord{ExternalID: "7"}, records.Change{Unset: []string{"external_id"}})
	wantCode(t, "correct an id of two", err, fault.Conflict)
	if got := sizes(t, db, w.ID); !strings.HasPrefix(got, "accounts=1 account_tags=0 leads=1") {
		t.Errorf("sizes: %s", got)
	}
}

func eraseMany(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	var items []any
	for i := range 90 {
		items = append(items, visit(func(s *wire.PushSignal) {
			s.Identity, s.ExternalID = wire.Identity{Handle: quixote.Handle}, fmt.Sprint("many", i)
		}))
	}
	for i := range 6 {
		batch := slices.Clone(items)
		for j := range batch {
			s := batch[j].(wire.PushSignal)
			s.ExternalID += fmt.Sprint("-", i)
			batch[j] = s
		}
		mustBatch(t, db, w.ID, batch...)
	}
	if out := mustErase(t, db, w.ID, wire.GetRecord{ID: person}); out.Signals != 3+6*90 {
		t.Errorf("%d signals were erased, want %d", out.Signals, 3+6*90)
	}
}

func mustCorrect(t testing.TB, db *store.DB, workspaceID string, hint wire.GetRecord, c records.Change) []string {
	t.Helper()
	out, err := records.New(db).Correct(context.Background(), workspaceID, admin, hint, c)
	if err != nil {
		t.Fatalf("Correct: %v", err)
	}
	return out.Changed
}

func correctLead(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	other := MustAccounts(t, db, w.ID, wire.Account{Domain: "other.com", Name: "Other"})[0].ID
	s, id := search.New(db), wire.GetRecord{ID: person}
	finds := func(query string, want int) {
		t.Helper()
		if page, err := s.Leads(ctx, w.ID, wire.FindLeads{Query: query}); err != nil || page.Total != want {
			t.Errorf("%s finds %d, want %d; %v", query, page.Total, want, err)
		}
	}
	finds("quixotilvra", 1)
	changed := mustCorrect(t, db, w.ID, id, records.Change{
		Set: []records.Assignment{{Field: "name", Value: "Alonso Quijanofeld"}, {Field: "company_domain", Value: "HTTPS://www.Other.com/"}, {Field: "work_email", Value: "New@Other.com"},
			{Field: "title", Value: "Hidalguissimo"}, {Field: "custom.age", Value: "50"}, {Field: "custom.lance", Value: "7"}, {Field: "synthetic", Value: "yes"}},
		Unset: []string{"phone", "handle", "custom.none"},
	})
	if d := cmp.Diff([]string{"name", "company_domain", "work_email", "custom.age", "custom.lance", "synthetic", "phone", "handle"}, changed); d != "" {
		t.Errorf("changed fields differ (-want +got):\n%s", d)
	}
	finds("quixotilvar", 0)
	finds("quixotilvra", 0)
	finds("quijanofled", 1)
	r, err := s.Record(ctx, w.ID, wire.GetRecord{Email: "new@other.com"})
	if err != nil || r.Lead.ID != person || r.Lead.Phone != "" || r.Lead.Handle != "" || r.Lead.Account == nil || r.Lead.Account.ID != other || string(r.Lead.Custom) != `{"age":50,"lance":"7"}` ||
		r.Lead.PersonalEmail != quixote.PersonalEmail || r.Lead.Synthetic == nil || !*r.Lead.Synthetic {
		t.Errorf("the lead: %+v, %v", r.Lead, err)
	}
	for _, gone := range []wire.GetRecord{{Handle: "windmillz"}, {Email: quixote.WorkEmail}} {
		_, err := s.Record(ctx, w.ID, gone)
		wantCode(t, "the old hint", err, fault.NotFound)
	}
	if page, err := s.Leads(ctx, w.ID, wire.FindLeads{AccountDomain: []string{"other.com"}}); err != nil || page.Total != 1 {
		t.Errorf("leads of the new account: %d, %v", page.Total, err)
	}
	mustCorrect(t, db, w.ID, id, records.Change{Unset: []string{"company_domain", "custom"}})
	if r, err := s.Record(ctx, w.ID, id); err != nil || r.Lead.Account != nil || r.Lead.Custom != nil {
		t.Errorf("without a company: %+v, %v", r.Lead, err)
	}
	before := countActivity(t, db, w.ID)
	if changed := mustCorrect(t, db, w.ID, id, records.Change{Set: []records.Assignment{{Field: "first_name", Value: " Alonso "}}}); len(changed) != 0 || countActivity(t, db, w.ID) != before {
		t.Errorf("the same value again: %v, %d rows in the log, before %d", changed, countActivity(t, db, w.ID), before)
	}
}

func correctAccount(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	account := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com", Name: "Acme", Tags: []string{"oss", "AI"}, Aliases: []string{"Roadrunnerish"}, Custom: json.RawMessage(`{"tier":"1"}`)})[0].ID
	s, hint := search.New(db), wire.GetRecord{Domain: "acme.com"}
	changed := mustCorrect(t, db, w.ID, hint, records.Change{
		Set:   []records.Assignment{{Field: "tags", Value: "AI; cloud"}, {Field: "founded_year", Value: "1999"}, {Field: "custom", Value: `{"b":2,"a":[1]}`}, {Field: "country_code", Value: "Germany"}},
		Unset: []string{"aliases"},
	})
	if d := cmp.Diff([]string{"tags", "founded_year", "custom", "country_code", "aliases"}, changed); d != "" {
		t.Errorf("changed fields differ (-want +got):\n%s", d)
	}
	r, err := s.Record(ctx, w.ID, hint)
	a := r.Account
	if err != nil || a.ID != account || a.Name != "Acme" || a.Aliases != nil || *a.FoundedYear != 1999 || string(a.Custom) != `{"a":[1],"b":2}` || a.CountryCode != "DE" || cmp.Diff(a.Tags, []string{"AI", "cloud"}) != "" {
		t.Errorf("the account: %+v, %v", a, err)
	}
	for tag, want := range map[string]int{"oss": 0, "ai": 1, "cloud": 1} {
		if page, err := s.Accounts(ctx, w.ID, wire.FindAccounts{TagsAny: []string{tag}}); err != nil || page.Total != want {
			t.Errorf("tag %s: %d, %v", tag, page.Total, err)
		}
	}
	if page, err := s.Accounts(ctx, w.ID, wire.FindAccounts{Query: "roadrunnerihs"}); err != nil || page.Total != 0 {
		t.Errorf("by the alias that was cleared: %d, %v", page.Total, err)
	}
}

func correctRefused(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	MustAccounts(t, db, w.ID, wire.Account{Domain: "other.com", ExternalID: "o-1"})
	s, before := records.New(db), lookupText(t, db, w.ID, person)
	set := func(field, value string) records.Change {
		return records.Change{Set: []records.Assignment{{Field: field, Value: value}}}
	}
	for _, c := range []struct {
		name   string
		hint   wire.GetRecord
		change records.Change
		code   fault.Code
		path   string
	}{
		{"nothing", wire.GetRecord{ID: person}, records.Change{}, fault.ValidationFailed, "field"},
		{"the id", wire.GetRecord{ID: person}, set("id", "x"), fault.ValidationFailed, "id"},
		{"a time", wire.GetRecord{ID: person}, set("created_at", "2026-01-01"), fault.ValidationFailed, "created_at"},
		{"the account", wire.GetRecord{ID: person}, records.Change{Unset: []string{"account"}}, fault.ValidationFailed, "account"},
		{"the importer's name", wire.GetRecord{ID: person}, set("email", "a@b.org"), fault.ValidationFailed, "email"},
		{"a domain", wire.GetRecord{Domain: "acme.com"}, set("domain", "b.org"), fault.ValidationFailed, "domain"},
		{"no address", wire.GetRecord{ID: person}, set("work_email", "nobody"), fault.ValidationFailed, "work_email"},
		{"no number", wire.GetRecord{Domain: "acme.com"}, set("founded_year", "old"), fault.ValidationFailed, "founded_year"},
		{"out of range", wire.GetRecord{Domain: "acme.com"}, set("founded_year", "9999"), fault.ValidationFailed, "founded_year"},
		{"too long", wire.GetRecord{ID: person}, set("title", strings.Repeat("x", 1001)), fault.ValidationFailed, "title"},
		{"empty", wire.GetRecord{ID: person}, set("title", " "), fault.ValidationFailed, "title"},
		{"no object", wire.GetRecord{ID: person}, set("custom", "[1]"), fault.ValidationFailed, "custom"},
		{"a member with a doubled name", wire.GetRecord{ID: person}, set("custom.x", `{"a":1,"a":2}`), fault.ValidationFailed, "custom"},
		{"an empty member", wire.GetRecord{ID: person}, set("custom.x", "null"), fault.ValidationFailed, "custom.x"},
		{"twice", wire.GetRecord{ID: person}, records.Change{Set: set("title", "a").Set, Unset: []string{"title"}}, fault.ValidationFailed, "title"},
		{"all it is known by", wire.GetRecord{ID: person}, records.Change{Unset: []string{"name", "external_id", "work_email", "personal_email", "linkedin_url", "handle"}}, fault.ValidationFailed, "field"},
		{"another's address", wire.GetRecord{ID: person}, set("personal_email", "SANCHO@acme.com"), fault.Conflict, ""},
		{"another's id", wire.GetRecord{ID: person}, set("external_id", "s-1"), fault.Conflict, ""},
		{"another account's id", wire.GetRecord{Domain: "acme.com"}, set("external_id", "o-1"), fault.Conflict, ""},
		{"nobody", wire.GetRecord{Email: "x@y.org"}, set("title", "a"), fault.NotFound, ""},
	} {
		_, err := s.Correct(ctx, w.ID, admin, c.hint, c.change)
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		} else if f := fault.From(err).Fields; c.path != "" && (len(f) != 1 || f[0].Path != c.path) {
			t.Errorf("%s: fields %+v, want %s", c.name, f, c.path)
		}
	}
	if after := lookupText(t, db, w.ID, person); after != before {
		t.Errorf("the lead changed:\n%s\n%s", before, after)
	}
	_, err := s.Correct(ctx, w.ID, admin, wire.GetRecord{ID: person}, set("nmae", "x"))
	if allowed := fault.From(err).Fields[0].Allowed; !slices.Contains(allowed, "name") || slices.Contains(allowed, "id") || slices.Contains(allowed, "email") {
		t.Errorf("allowed: %v", allowed)
	}
}

func lookupText(t testing.TB, db *store.DB, workspaceID, id string) string {
	t.Helper()
	r, err := records.New(db).Get(context.Background(), workspaceID, wire.GetRecord{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func eraseLog(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	_, person, _ := mustPerson(t, db, w.ID)
	mustCorrect(t, db, w.ID, wire.GetRecord{Email: quixote.WorkEmail}, records.Change{Set: []records.Assignment{{Field: "title", Value: "Windmillwrightly"}}, Unset: []string{"phone"}})
	mustErase(t, db, w.ID, wire.GetRecord{Handle: "windmillz"})
	list, err := db.ListActivity(ctx, w.ID, activity.Filter{Actor: "operator:root"})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d rows, %v", len(list), err)
	}
	for i, want := range []struct {
		action activity.Action
		detail map[string]string
	}{
		{activity.RecordDeleted, map[string]string{"signals": "3", "unlinked": "0", "words": "2", "replies": "0"}},
		{activity.RecordCorrected, map[string]string{"fields": "title,phone"}},
	} {
		e := list[i]
		if e.Action != want.action || e.ObjectType != activity.ObjectLead || e.ObjectID != person || cmp.Diff(want.detail, e.Detail) != "" {
			t.Errorf("row %d: %+v", i, e)
		}
	}
	text, err := json.Marshal(list)
	if err != nil || strings.Contains(strings.ToLower(string(text)), "windmill") || strings.Contains(string(text), "@") {
		t.Errorf("the log: %s, %v", text, err)
	}
}
