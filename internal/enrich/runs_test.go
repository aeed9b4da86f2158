package enrich_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// do enriches under an idempotency key, as the API does.
func (w *world) do(ctx context.Context, key, hash string, in wire.EnrichRecord) (enrich.Reply, bool, error) {
	return w.service.Do(ctx, w.caller.WorkspaceID, key, []byte(hash), func(ctx context.Context) (enrich.Reply, error) {
		out, err := w.service.Record(ctx, w.caller, in)
		if err != nil {
			return enrich.Reply{}, err
		}
		body, err := json.Marshal(out)
		return enrich.Reply{Status: 200, ContentType: "application/json", Body: body}, err
	})
}

func TestARetryIsAnsweredByteForByteAndChargedOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		w.plan = planFor(channels, entry("p", 2, p))
		in := byEmail("jane@acme.com", wire.Phone)
		in.Refresh = true // so that a second run would be charged again
		first, replayed, err := w.do(context.Background(), "k", "h", in)
		if err != nil || replayed || first.Status != 200 {
			t.Fatalf("first: %+v, %t, %v", first, replayed, err)
		}
		for range 3 {
			again, replayed, err := w.do(context.Background(), "k", "h", in)
			if d := cmp.Diff(first, again); d != "" || !replayed || err != nil {
				t.Fatalf("again: replayed %t, %v: %s", replayed, err, d)
			}
		}
		if _, _, err := w.do(context.Background(), "k", "another", in); fault.CodeOf(err) != fault.IdempotencyKeyReused {
			t.Errorf("another request with the key: %v", err)
		}
		if sum, _ := w.spent(t); sum != 2 || p.asked.Load() != 1 {
			t.Errorf("spent %d, asked %d times", sum, p.asked.Load())
		}
	})
}

func TestRivalsWithOneKeyEnrichOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		p.do = slowly(100*time.Millisecond, p.do)
		w.plan = planFor(channels, entry("p", 2, p))
		var all sync.WaitGroup
		bodies := make([]string, 8)
		for i := range bodies {
			all.Go(func() {
				r, _, err := w.do(context.Background(), "k", "h", byEmail("jane@acme.com", wire.Phone))
				bodies[i] = string(r.Body)
				if err != nil {
					t.Errorf("rival: %v", err)
				}
			})
		}
		all.Wait()
		for _, b := range bodies {
			if b != bodies[0] || b == "" {
				t.Errorf("answers differ: %q and %q", bodies[0], b)
			}
		}
		if sum, _ := w.spent(t); sum != 2 || p.asked.Load() != 1 {
			t.Errorf("spent %d, asked %d times", sum, p.asked.Load())
		}
	})
}

type lookupFunc = func(context.Context, enrich.Subject, []enrich.Field) ([]enrich.Answer, error)

func slowly(d time.Duration, do lookupFunc) lookupFunc {
	return func(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
		time.Sleep(d)
		return do(ctx, s, wanted)
	}
}

// TestNoTransactionIsOpenWhileProvidersAnswer lets a provider write to the store, which on SQLite would wait for ever for a caller's transaction.
func TestNoTransactionIsOpenWhileProvidersAnswer(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := &provider{do: func(ctx context.Context, _ enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
			_, err := credits.New(db).TopUp(ctx, w.caller.Actor, w.caller.WorkspaceID, 5)
			return nil, err
		}}
		w.plan = planFor(channels, entry("p", 2, p))
		r, _, err := w.do(context.Background(), "k", "h", byEmail("jane@acme.com", wire.Phone))
		if err != nil || w.balance(t) != 15 || !strings.Contains(string(r.Body), `"credits_balance":15`) {
			t.Errorf("%s, %v, balance %d", r.Body, err, w.balance(t))
		}
	})
}

func TestADeadRunIsTakenOver(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db), context.Background()
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		w.plan = planFor(channels, entry("p", 6, p))
		dead := enrich.Claim{Key: "k", Hash: []byte("h"), RunID: "run 1", Holder: uuid.NewString(), Lease: time.Hour}
		die := func() {
			t.Helper()
			err := db.InTx(ctx, func(ctx context.Context, now time.Time) error {
				if _, err := db.ClaimRun(ctx, w.caller.WorkspaceID, dead); err != nil {
					return err
				}
				_, err := credits.New(db).Hold(ctx, credits.Hold{WorkspaceID: w.caller.WorkspaceID, ID: dead.Holder, Amount: 6, Until: now.Add(time.Hour)})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		die()
		in := byEmail("jane@acme.com", wire.Phone)
		if _, _, err := w.do(ctx, "k", "h", in); fault.CodeOf(err) != fault.IdempotencyInFlight || p.asked.Load() != 0 {
			t.Fatalf("while it may be alive: %v, asked %d times", err, p.asked.Load())
		}
		if err := db.EndFormer(ctx); err != nil { // as at the start of a server
			t.Fatal(err)
		}
		if db.Engine() == "postgres" { // where other processes may be alive: the lease has to end
			dead.Mine, dead.Lease = true, -time.Second
			if _, err := db.ClaimRun(ctx, w.caller.WorkspaceID, dead); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := w.do(ctx, "k", "h", in); err != nil { // 6 of 10 were reserved by the dead
			t.Fatalf("taken over: %v", err)
		}
		if sum, rows := w.spent(t); sum != 6 || rows[0].ID != "run 1 phone" {
			t.Errorf("spent %d: %+v", sum, rows)
		}
		if err := db.FinishRun(ctx, w.caller.WorkspaceID, "k", dead.Holder, enrich.Reply{Status: 200}); fault.CodeOf(err) != fault.IdempotencyInFlight {
			t.Errorf("the dead one finished its run after all: %v", err)
		}
	})
}

func TestOneOfAJobIsDoneOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db), context.Background()
		lead := w.record(t, byEmail("jane@acme.com", wire.WorkEmail))
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		w.plan = planFor(channels, entry("p", 2, p))
		item := enrich.Item{JobID: "j", Kind: wire.KindLead, RecordID: *lead.RecordID, Channels: []wire.Channel{wire.Phone, wire.LinkedInURL}, Refresh: true}
		price, err := w.service.Quote(ctx, w.caller, item.Kind, []string{item.RecordID, uuid.NewString()}, item.Channels, true)
		if err != nil || price != (wire.Price{Most: 4}) {
			t.Errorf("quote %+v, %v", price, err)
		}
		first, err := w.service.One(ctx, w.caller, item)
		if err != nil || !first.Enriched() || first.CreditsUsed != 2 || len(first.Values) != 2 {
			t.Fatalf("first: %+v, %v", first, err)
		}
		again, err := w.service.One(ctx, w.caller, item)
		if d := cmp.Diff(first, again); d != "" || err != nil || p.asked.Load() != 1 {
			t.Errorf("again: %v, asked %d times: %s", err, p.asked.Load(), d)
		}
		_, rows := w.spent(t)
		if len(rows) != 1 || rows[0].JobID != "j" {
			t.Errorf("charged %+v", rows)
		}
		item.RecordID = uuid.NewString()
		if _, err := w.service.One(ctx, w.caller, item); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown record: %v", err)
		}
		company := w.mustAccount(t, "acme.com")
		w.plan = planFor(enrich.AccountFields(), entry("p", 0, misses()))
		missed, err := w.service.One(ctx, w.caller, enrich.Item{JobID: "j", Kind: wire.KindAccount, RecordID: company})
		if err != nil || missed.Enriched() || len(missed.Values) != len(enrich.AccountFields()) {
			t.Errorf("an account: %+v, %v", missed, err)
		}
	})
}

func (w *world) mustAccount(t testing.TB, domain string) string {
	t.Helper()
	out, err := w.db.MergeAccounts(context.Background(), w.caller.WorkspaceID, []wire.Account{{Domain: domain}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0].ID
}

// TestTheCallerMayGoAway lets the caller leave while the provider answers: without a key what was found is kept, with one all of it.
func TestTheCallerMayGoAway(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		ctx, leave := context.WithCancel(context.Background())
		first := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`})
		second := &provider{do: func(ctx context.Context, _ enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
			leave()
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return []enrich.Answer{{Field: enrich.LinkedInURL, Value: json.RawMessage(`"linkedin.com/in/jane"`), Confidence: 1}}, nil
		}}
		w.plan = enrich.Plan{enrich.Phone: {entry("a", 1, first)}, enrich.LinkedInURL: {entry("b", 1, second)}}
		in := byEmail("jane@acme.com", wire.Phone, wire.LinkedInURL)
		if _, _, err := w.do(ctx, "k", "h", in); err != nil {
			t.Fatalf("with a key: %v", err)
		}
		if sum, _ := w.spent(t); sum != 2 {
			t.Errorf("spent %d for both", sum)
		}
		if _, err := w.service.Record(ctx, w.caller, byEmail("joe@acme.com", wire.Phone)); fault.CodeOf(err) != fault.StoreUnavailable {
			t.Errorf("a caller who had gone before: %v", err)
		}
		if sum, _ := w.spent(t); sum != 2 {
			t.Errorf("spent %d after a caller who had gone before", sum)
		}
	})
}

// TestAnErasedRecordStaysErased erases the lead while a provider is asked about it.
func TestAnErasedRecordStaysErased(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db), context.Background()
		w.plan = planFor(channels, entry("p", 1, delivers(map[enrich.Field]string{enrich.LinkedInURL: `"linkedin.com/in/jane"`})))
		in := byEmail("jane@acme.com", wire.Phone, wire.LinkedInURL)
		w.record(t, in)
		p := &provider{do: func(ctx context.Context, s enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
			_, err := records.New(db).Erase(ctx, s.WorkspaceID, activity.OperatorActor("root"), wire.GetRecord{ID: s.RecordID})
			return []enrich.Answer{{Field: enrich.Phone, Value: json.RawMessage(`"+4930123456"`)}}, err
		}}
		w.plan = planFor(channels, entry("p", 1, p))
		if _, _, err := w.do(ctx, "k", "h", in); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an erased record: %v", err)
		}
		if sum, _ := w.spent(t); sum != 1 {
			t.Errorf("spent %d, want the 1 of before", sum)
		}
		for _, table := range []string{"leads", "enrichment_values", "idempotency"} {
			if n := count(t, db, w.caller.WorkspaceID, table); n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
	})
}

func count(t testing.TB, db *store.DB, workspaceID, table string) (n int) {
	t.Helper()
	err := db.Workspace(workspaceID).View(context.Background(), func(ctx context.Context, q store.Q) error {
		return q.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE workspace_id = $1`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAPlanThatFailsChangesNothing(t *testing.T) {
	w := newWorld(t, open(t, store.Config{DataDir: t.TempDir()}))
	broken := errors.New("the settings cannot be read")
	s := enrich.New(enrich.Config{Store: w.db, Credits: credits.New(w.db), Plan: func(context.Context, string) (enrich.Plan, error) { return nil, broken }})
	if _, err := s.Record(context.Background(), w.caller, byEmail("jane@acme.com")); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if n := count(t, w.db, w.caller.WorkspaceID, "leads"); n != 0 {
		t.Errorf("made %d leads", n)
	}
}
