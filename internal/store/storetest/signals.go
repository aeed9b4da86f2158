package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var signalCases = []Case{
	{"a signal is matched in the order of its hints", signalMatching},
	{"an unknown company and an unknown person are made", signalMakes},
	{"the same signal is kept once", signalTwins},
	{"what cannot be taken is refused with the field", signalRefusals},
	{"a type of the workspace's own overrules the catalogue", signalTypes},
	{"a batch keeps its valid items and reports the rest", signalBatch},
	{"an item's own key answers what it first answered", signalKeys},
	{"a push leaves one row in the log when something was added", signalActivity},
	{"rivals with the same signal keep it once", signalRace},
	{"nothing is matched across workspaces", signalIsolation},
}

var agent = activity.KeyActor("0000000a", "agent")

func visit(change func(*wire.PushSignal)) wire.PushSignal {
	s := wire.PushSignal{SignalType: "website_visit", Source: "site", OccurredAt: Epoch, Identity: wire.Identity{CompanyDomain: "acme.com"}}
	if change != nil {
		change(&s)
	}
	return s
}

func mustPush(t testing.TB, db *store.DB, workspaceID string, in wire.PushSignal) (wire.Pushed, bool) {
	t.Helper()
	out, created, err := signals.New(db).Push(context.Background(), workspaceID, agent, in)
	if err != nil {
		t.Fatalf("Push: %v", err)
	}
	return out, created
}

func mustBatch(t testing.TB, db *store.DB, workspaceID string, items ...any) wire.Batch {
	t.Helper()
	var in wire.PushSignals
	for _, item := range items {
		raw, isText := item.(string)
		if !isText {
			b, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			raw = string(b)
		}
		in.Signals = append(in.Signals, json.RawMessage(raw))
	}
	out, err := signals.New(db).PushBatch(context.Background(), workspaceID, agent, in)
	if err != nil || len(out.Results) != len(items) {
		t.Fatalf("PushBatch: %d results of %d, %v", len(out.Results), len(items), err)
	}
	return out
}

func signalMatching(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	accounts := MustAccounts(t, db, w.ID, wire.Account{Domain: "acme.com"}, wire.Account{Domain: "other.com"}, wire.Account{Domain: "gmail.com"})
	acme, other := accounts[0].ID, accounts[1].ID
	leads := MustLeads(t, db, w.ID,
		wire.Lead{Name: "Jane", WorkEmail: "jane@acme.com", Handle: "github:Jane", CompanyDomain: "other.com"},
		wire.Lead{Name: "Bob", LinkedInURL: "https://www.linkedin.com/in/bob", PersonalEmail: "bob@gmail.com"})
	jane, bob := leads[0].ID, leads[1].ID
	for _, c := range []struct {
		name          string
		identity      wire.Identity
		account, lead string
	}{
		{"company domain in any spelling", wire.Identity{CompanyDomain: "HTTPS://WWW.Acme.com/x"}, acme, ""},
		{"company domain before the lead's account", wire.Identity{CompanyDomain: "acme.com", Handle: "jane"}, acme, jane},
		{"the email's domain before the lead's account", wire.Identity{Email: "JANE@acme.com"}, acme, jane},
		{"the lead's account", wire.Identity{Handle: "GitHub:JANE"}, other, jane},
		{"email before LinkedIn URL", wire.Identity{Email: "jane@acme.com", LinkedInURL: "linkedin.com/in/Bob"}, acme, jane},
		{"LinkedIn URL", wire.Identity{LinkedInURL: "linkedin.com/in/Bob/"}, "", bob},
		{"a mailbox provider is no company", wire.Identity{Email: "bob@gmail.com"}, "", bob},
		{"a bare unknown handle", wire.Identity{Handle: "nobody"}, "", ""},
		{"a company's page is no person", wire.Identity{LinkedInURL: "https://linkedin.com/company/acme"}, "", ""},
	} {
		out, created := mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) { s.Identity, s.ExternalID = c.identity, c.name }))
		if !created || out.Duplicate || out.Qualification != nil {
			t.Errorf("%s: %+v, created %t", c.name, out, created)
		}
		if got := row(t, db, w.ID, `SELECT COALESCE(account_id, '') || '/' || COALESCE(lead_id, '') || '/' || COALESCE(account_domain, '') FROM signals WHERE workspace_id = $1 AND id = $2`, out.SignalCaptureID); got != c.account+"/"+c.lead+"/"+map[string]string{acme: "acme.com", other: "other.com"}[c.account] {
			t.Errorf("%s: matched %s", c.name, got)
		}
		if want := (signals.Match{AccountID: c.account, LeadID: c.lead}).RecordID(); orEmpty(out.MatchedRecordID) != want {
			t.Errorf("%s: matched_record_id = %q, want %q", c.name, orEmpty(out.MatchedRecordID), want)
		}
	}
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) FROM accounts WHERE workspace_id = $1`); got != "3/2" {
		t.Errorf("accounts/leads = %s, want 3/2", got)
	}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func signalMakes(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	out := mustBatch(t, db, w.ID,
		visit(func(s *wire.PushSignal) {
			s.Identity = wire.Identity{Email: "jane@new.com", CompanyDomain: "new.com", FirstName: "Jane", LastName: "Doe", Title: "CTO"}
		}),
		visit(func(s *wire.PushSignal) {
			s.Identity = wire.Identity{Email: "Jane@New.com", CompanyDomain: "new.com", Handle: "jd"}
			s.EventName = "x"
		}),
		visit(func(s *wire.PushSignal) { s.Identity = wire.Identity{LinkedInURL: "linkedin.com/in/joe"} }),
		visit(func(s *wire.PushSignal) { s.Identity = wire.Identity{Email: "pat@nowhere.com"} }))
	if out.Created != 4 {
		t.Fatalf("batch = %+v", out)
	}
	got := row(t, db, w.ID, `SELECT name || ',' || title || ',' || account_domain || ',' || company_domain || ',' || handle FROM leads WHERE workspace_id = $1 AND work_email = 'jane@new.com'`)
	if got != "Jane Doe,CTO,new.com,new.com,github:jd" {
		t.Errorf("lead = %s", got)
	}
	got = row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) || '/' ||
		(SELECT CAST(COUNT(*) AS TEXT) FROM signals s WHERE s.workspace_id = $1 AND s.lead_id IS NOT NULL) FROM accounts WHERE workspace_id = $1`)
	if got != "1/3/4" {
		t.Errorf("accounts/leads/signals with a lead = %s, want 1/3/4", got)
	}
}

func signalTwins(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	first, _ := mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) { s.Context = json.RawMessage(`{"a":1.0,"b":[]}`) }))
	for _, c := range []struct {
		name   string
		twin   bool
		change func(*wire.PushSignal)
	}{
		{"other spelling", true, func(s *wire.PushSignal) {
			s.Context, s.Identity.CompanyDomain = json.RawMessage(` {"b":[],"a":1}`), "https://acme.com"
			s.OccurredAt = Epoch.In(time.FixedZone("x", 3600))
		}},
		{"other title", true, func(s *wire.PushSignal) { s.Title = "T" }},
		{"other type", false, func(s *wire.PushSignal) { s.SignalType = "form_fill" }},
		{"other source", false, func(s *wire.PushSignal) { s.Source = "Site" }},
		{"other time", false, func(s *wire.PushSignal) { s.OccurredAt = Epoch.Add(time.Microsecond) }},
		{"other event", false, func(s *wire.PushSignal) { s.EventName = "e" }},
		{"other context", false, func(s *wire.PushSignal) { s.Context = json.RawMessage(`{"a":1}`) }},
		{"other company", false, func(s *wire.PushSignal) { s.Identity.CompanyDomain = "b.com" }},
		{"other stranger", false, func(s *wire.PushSignal) { s.Identity.Handle = "who" }},
		{"external id", false, func(s *wire.PushSignal) { s.ExternalID = "x" }},
		{"external id again, all else different", true, func(s *wire.PushSignal) { s.ExternalID, s.SignalType, s.EventName = "x", "form_fill", "z" }},
		{"external id of another source", false, func(s *wire.PushSignal) { s.ExternalID, s.Source = "x", "other" }},
	} {
		in := visit(func(s *wire.PushSignal) { s.Context = json.RawMessage(`{"a":1,"b":[]}`) })
		c.change(&in)
		out, created := mustPush(t, db, w.ID, in)
		if created == c.twin || out.Duplicate != c.twin {
			t.Errorf("%s: created %t, duplicate %t", c.name, created, out.Duplicate)
		}
		if c.twin && c.change != nil && in.ExternalID == "" && (out.SignalCaptureID != first.SignalCaptureID || *out.MatchedRecordID != *first.MatchedRecordID) {
			t.Errorf("%s: answered %+v, want the first one's %+v", c.name, out, first)
		}
	}
}

func signalRefusals(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	for field, change := range map[string]func(*wire.PushSignal){
		"signal_type":             func(s *wire.PushSignal) { s.SignalType = "Website_Visit" },
		"occurred_at":             func(s *wire.PushSignal) { s.OccurredAt = time.Now().AddDate(26, 0, 0) },
		"identity.email":          func(s *wire.PushSignal) { s.Identity.Email = "no" },
		"identity.handle":         func(s *wire.PushSignal) { s.Identity.Handle = "a b" },
		"identity.linkedin_url":   func(s *wire.PushSignal) { s.Identity.LinkedInURL = "https://example.com/in/x" },
		"identity.company_domain": func(s *wire.PushSignal) { s.Identity.CompanyDomain = "127.0.0.1" },
		"source":                  func(s *wire.PushSignal) { s.Source = "  " },
	} {
		_, _, err := signals.New(db).Push(context.Background(), w.ID, agent, visit(change))
		wantCode(t, field, err, fault.ValidationFailed)
		if got := fault.From(err).Fields; len(got) != 1 || got[0].Path != field {
			t.Errorf("%s: fields = %+v", field, got)
		}
	}
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) FROM accounts WHERE workspace_id = $1`); got != "0" {
		t.Errorf("refused pushes left %s accounts", got)
	}
	mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) { s.OccurredAt = time.Now().AddDate(24, 0, 0) }))
}

func signalTypes(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	chosen := settings.New(db, nil)
	wantCode(t, "register", chosen.RegisterSignalTypes(ctx, w.ID, agent, []string{"b_custom", "a_custom"}), "")
	_, err := chosen.Update(ctx, w.ID, agent, wire.UpdateSettings{SignalTypes: json.RawMessage(`{"release":{"enabled":false},"b_custom":{"enabled":false}}`)})
	wantCode(t, "disable", err, "")
	wantCode(t, "register again", chosen.RegisterSignalTypes(ctx, w.ID, agent, []string{"a_custom", "b_custom", "hiring"}), "")
	types, err := db.SignalTypes(ctx, w.ID)
	own := types["a_custom"]
	if err != nil || !own.Enabled || own.Weight != signals.CustomWeight || types.Enabled("b_custom") || !types.Known("b_custom") || types.Enabled("release") || !types.Enabled("hiring") {
		t.Fatalf("types = %+v, %v", types, err)
	}
	mustPush(t, db, w.ID, visit(func(s *wire.PushSignal) { s.SignalType = "a_custom" }))
	_, _, err = signals.New(db).Push(ctx, w.ID, agent, visit(func(s *wire.PushSignal) { s.SignalType = "release" }))
	wantCode(t, "a disabled type", err, fault.ValidationFailed)
	allowed := fault.From(err).Fields[0].Allowed
	if len(allowed) != len(signals.BuiltinTypes()) || allowed[0] != "a_custom" {
		t.Errorf("allowed = %q", allowed)
	}
}

func signalBatch(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	good := visit(nil)
	out := mustBatch(t, db, w.ID, good, `{"signal_type":"release"}`, `[]`, visit(func(s *wire.PushSignal) { s.SignalType = "nope" }), good,
		visit(func(s *wire.PushSignal) { s.Identity.Email = "x" }), `{"signal_type":"release","Source":"x"}`, visit(func(s *wire.PushSignal) { s.EventName = "b" }))
	var status []wire.BatchStatus
	for i, r := range out.Results {
		if status = append(status, r.Status); r.Index != i || (r.Error != nil) != (r.Status == wire.Rejected) || (r.SignalCaptureID != nil) == (r.Status == wire.Rejected) {
			t.Errorf("result %d = %+v", i, r)
		}
	}
	want := []wire.BatchStatus{wire.Created, wire.Rejected, wire.Rejected, wire.Rejected, wire.Duplicate, wire.Rejected, wire.Rejected, wire.Created}
	if d := cmp.Diff(want, status); d != "" || out.Created != 2 || out.Duplicates != 1 || out.Rejected != 5 {
		t.Errorf("created %d, duplicates %d, rejected %d; status differs:\n%s", out.Created, out.Duplicates, out.Rejected, d)
	}
	if *out.Results[4].SignalCaptureID != *out.Results[0].SignalCaptureID {
		t.Error("the duplicate within the batch names another signal")
	}
	for i, path := range map[int]string{1: "signals[1].source", 2: "signals[2]", 3: "signals[3].signal_type", 5: "signals[5].identity.email", 6: "signals[6].Source"} {
		if e := out.Results[i].Error; e.Code != fault.ValidationFailed || e.Detail == "" || len(e.Errors) == 0 || e.Errors[0].Path != path {
			t.Errorf("error of item %d = %+v, want the field %s", i, e, path)
		}
	}
}

func signalKeys(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	keyed := func(key, event string) wire.PushSignal {
		return visit(func(s *wire.PushSignal) { s.IdempotencyKey, s.EventName = key, event })
	}
	first := mustBatch(t, db, w.ID, keyed("k1", "a"), keyed("k2", "b"), keyed("k1", "a"), keyed("k1", "other"))
	if first.Created != 3 || first.Rejected != 1 || first.Results[3].Error.Code != fault.IdempotencyKeyReused {
		t.Fatalf("first = %+v", first)
	}
	if *first.Results[0].SignalCaptureID != *first.Results[2].SignalCaptureID {
		t.Error("the same key in one batch gave two signals")
	}
	again := mustBatch(t, db, w.ID, keyed("k2", "b"), keyed("k1", "other"), keyed("k3", "a"))
	if d := cmp.Diff(first.Results[1].SignalCaptureID, again.Results[0].SignalCaptureID); d != "" || again.Results[0].Status != wire.Created || again.Results[0].Index != 0 {
		t.Errorf("a repeated key answered %+v, first %+v", again.Results[0], first.Results[1])
	}
	if r := again.Results[1]; r.Status != wire.Rejected || r.Error.Code != fault.IdempotencyKeyReused {
		t.Errorf("a key with another item answered %+v", r)
	}
	if again.Results[2].Status != wire.Duplicate {
		t.Errorf("the same signal under another key is %s", again.Results[2].Status)
	}
	if got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) FROM signals WHERE workspace_id = $1`); got != "2" {
		t.Errorf("%s signals, want 2", got)
	}
}

func signalActivity(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	push := func() []activity.Entry {
		mustBatch(t, db, w.ID, visit(nil), visit(func(s *wire.PushSignal) { s.EventName = "e" }), visit(nil), `{}`)
		list, err := db.ListActivity(context.Background(), w.ID, activity.Filter{Action: activity.SignalsPushed})
		wantCode(t, "list", err, "")
		return list
	}
	for i, list := range [][]activity.Entry{push(), push()} { // the second one adds nothing
		if len(list) != 1 {
			t.Fatalf("after batch %d: %d entries", i+1, len(list))
		}
	}
	e := push()[0]
	want := map[string]string{"created": "2", "duplicates": "1", "rejected": "1", "source": "site"}
	if d := cmp.Diff(want, e.Detail); d != "" || e.Actor != agent || e.ObjectType != activity.ObjectSignals {
		t.Errorf("entry = %+v\n%s", e, d)
	}
}

func signalRace(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	const callers, items = 6, 20
	var wg sync.WaitGroup
	created := make([]int, callers)
	for c := range callers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var in wire.PushSignals
			for i := range items {
				n := (i*7 + c*3) % items // each caller in another order
				raw, _ := json.Marshal(visit(func(s *wire.PushSignal) {
					s.EventName, s.Identity.CompanyDomain, s.Identity.Email = fmt.Sprint("e", n), fmt.Sprintf("c%d.com", n%5), fmt.Sprintf("p%d@c.com", n%7)
				}))
				in.Signals = append(in.Signals, raw)
			}
			out, err := signals.New(db).PushBatch(context.Background(), w.ID, agent, in)
			if err != nil || out.Created+out.Duplicates != items {
				t.Errorf("caller %d: %+v, %v", c, out, err)
			}
			created[c] = out.Created
		}()
	}
	wg.Wait()
	sum := 0
	for _, n := range created {
		sum += n
	}
	got := row(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM accounts a WHERE a.workspace_id = $1) || '/' ||
		(SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) FROM signals WHERE workspace_id = $1`)
	if sum != items || got != "20/5/7" {
		t.Errorf("created %d, stored signals/accounts/leads %s; want 20, 20/5/7", sum, got)
	}
}

func signalIsolation(t *testing.T, db *store.DB) {
	a, b := MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	in := visit(func(s *wire.PushSignal) { s.Identity.Email, s.ExternalID = "x@acme.com", "1" })
	first, _ := mustPush(t, db, a.ID, in)
	second, created := mustPush(t, db, b.ID, in)
	if !created || *first.MatchedRecordID == *second.MatchedRecordID {
		t.Errorf("the other workspace's push: created %t, matched %s and %s", created, *first.MatchedRecordID, *second.MatchedRecordID)
	}
}
