package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var creditCases = []Case{
	{"64 callers spend exactly the 100 credits there are", creditsExact},
	{"any sequence leaves what a plain model leaves", creditsModel},
	{"a charge is booked once", creditsOnce},
	{"a hold in a transaction that fails was never there", creditsRollback},
	{"a lapsed hold is free, and made again when it is settled", creditsLapsed},
	{"a new month lapses the bucket and grants it anew, once", creditsMonth},
	{"a key spends within its limit, each month anew", creditsKeyLimit},
	{"a larger plan grants the difference once", creditsPlan},
	{"an account of nobody is not found", creditsUnknown},
	{"the ledger is never changed", creditsLedgerStays},
	{"a top-up under one id is booked once, and the ledger goes on behind any row", creditsTopUpOnce},
	{"holds of a process that ended are released where it was alone", creditsRelease},
}

// far is when a hold of a case lapses, unless it is about that.
var far = Epoch.AddDate(80, 0, 0)

// setColumns changes columns of the workspace's row behind the service's back.
func setColumns(t testing.TB, db *store.DB, id, set string, args ...any) {
	t.Helper()
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE workspaces SET "+set+" WHERE id = $1", append([]any{id}, args...)...)
		return err
	})
	wantCode(t, "set "+set, err, "")
}

// endMonth lets the month of the last grant be over. What keys spent in it is forgotten, since a case's months all end at once.
func endMonth(t testing.TB, db *store.DB, id string) {
	t.Helper()
	setColumns(t, db, id, "credits_resets_at = $2", Epoch.UnixMicro())
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM credit_key_spend WHERE workspace_id = $1", id)
		return err
	})
	wantCode(t, "end the month", err, "")
}

// mustBucket sets what is left of the bucket, as an operator does.
func mustBucket(t testing.TB, db *store.DB, id string, n int64) {
	t.Helper()
	_, err := db.UpdateWorkspace(context.Background(), id, workspaces.Change{Credits: &n}, entry(id, activity.WorkspaceUpdated, id))
	wantCode(t, "set the bucket", err, "")
}

// wantSum fails the test unless the ledger adds up to what the account has, in all and in the bucket.
func wantSum(t testing.TB, db *store.DB, id string) credits.Balance {
	t.Helper()
	a, err := db.Credits(context.Background(), credits.Ref{WorkspaceID: id}) // as booked
	wantCode(t, "account", err, "")
	rows, err := db.Ledger(context.Background(), id, credits.Filter{})
	wantCode(t, "ledger", err, "")
	var all, bucket int64
	for _, e := range rows {
		all, bucket = all+e.Amount, bucket+e.Bucket
	}
	if all != a.Bucket+a.TopUp || bucket != a.Bucket || a.Bucket < 0 || a.TopUp < 0 {
		t.Errorf("the ledger adds up to %d (bucket %d), the account has %d and %d", all, bucket, a.Bucket, a.TopUp)
	}
	return a.Balance()
}

func creditsExact(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	mustBucket(t, db, w.ID, 60)
	s := credits.New(db)
	_, err := s.TopUp(ctx, activity.OperatorActor("root"), w.ID, 40)
	wantCode(t, "top up", err, "")
	var spent atomic.Int64
	errs := make([]error, 64)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for n := range 5 {
				id := fmt.Sprintf("run-%d-%d", i, n)
				if _, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: id, Amount: 3, Until: far}); err != nil {
					errs[i] = errors.Join(errs[i], unless(err, fault.CreditsExhausted))
					continue
				}
				delivered := int64(n % 2) // every other one is a miss
				_, err := s.Settle(ctx, w.ID, "", id, []credits.Charge{{ID: id, Amount: delivered}})
				errs[i] = errors.Join(errs[i], err)
				spent.Add(delivered)
			}
		})
	}
	wg.Wait()
	wantCode(t, "callers", errors.Join(errs...), "")
	for n := 0; ; n++ { // whatever they left over is spent to the last credit
		id := fmt.Sprint("last-", n)
		if _, err = s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: id, Amount: 1, Until: far}); err != nil {
			break
		}
		_, err = s.Settle(ctx, w.ID, "", id, []credits.Charge{{ID: id, Amount: 1}})
		wantCode(t, "settle", err, "")
		spent.Add(1)
	}
	wantCode(t, "the last", err, fault.CreditsExhausted)
	if b := wantSum(t, db, w.ID); spent.Load() != 100 || b.Left != 0 || b.Held != 0 {
		t.Errorf("spent %d of 100; %+v", spent.Load(), b)
	}
}

// unless returns err, or nil when it has the code.
func unless(err error, code fault.Code) error {
	if fault.CodeOf(err) == code {
		return nil
	}
	return err
}

func creditsOnce(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	MustKey(t, db, w.ID, "0000000a")
	charges := []credits.Charge{
		{ID: "run/phone", Provider: "acme", Field: "phone", RecordID: "r", JobID: "j", Amount: 3},
		{ID: "run/work_email", Provider: "dns", Field: "work_email", RecordID: "r", Amount: 0},
		{ID: "run/phone", Amount: 3}, // the same once more
	}
	for range 2 {
		_, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, KeyID: "0000000a", ID: "run", Amount: 4, Until: far})
		wantCode(t, "hold", err, "")
		b, err := s.Settle(ctx, w.ID, "0000000a", "run", charges)
		wantCode(t, "settle", err, "")
		if b.Left != 7 || b.Held != 0 {
			t.Errorf("balance = %+v, want 7 left", b)
		}
	}
	rows, err := db.Ledger(ctx, w.ID, credits.Filter{Kind: credits.Charged})
	wantCode(t, "ledger", err, "")
	want := []credits.Entry{
		{ID: "run/work_email", Kind: credits.Charged, Provider: "dns", Field: "work_email", RecordID: "r", KeyID: "0000000a"},
		{ID: "run/phone", Kind: credits.Charged, Amount: -3, Bucket: -3, Provider: "acme", Field: "phone", RecordID: "r", JobID: "j", KeyID: "0000000a"},
	}
	if d := cmp.Diff(want, rows, cmpopts.IgnoreFields(credits.Entry{}, "At")); d != "" {
		t.Errorf("ledger differs (-want +got):\n%s", d)
	}
	for name, f := range map[string]credits.Filter{"key": {KeyID: "0000000a"}, "limit": {Limit: 2}, "from": {From: Epoch.Add(time.Microsecond), To: far}} {
		if list, err := db.Ledger(ctx, w.ID, f); err != nil || len(list) != 2 {
			t.Errorf("filter by %s: %d rows, %v; want 2", name, len(list), err)
		}
	}
	if list, err := db.Ledger(ctx, w.ID, credits.Filter{JobID: "j"}); err != nil || len(list) != 1 {
		t.Errorf("filter by job: %d rows, %v; want 1", len(list), err)
	}
	_, err = s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: "dear", Amount: 1, Until: far})
	wantCode(t, "hold", err, "")
	_, err = s.Settle(ctx, w.ID, "", "dear", []credits.Charge{{ID: "dear", Amount: 2}})
	wantCode(t, "more than was held", err, fault.Internal)
	wantSum(t, db, w.ID)
}

func creditsRollback(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	boom := errors.New("boom")
	err := db.Tx(ctx, func(ctx context.Context, _ *store.Tx) error {
		b, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: "run", Amount: 10, Until: far})
		wantCode(t, "hold", err, "")
		if b.Left != 0 || b.Held != 10 {
			t.Errorf("within: %+v", b)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("error = %v", err)
	}
	if b, err := s.Balance(ctx, w.ID, ""); err != nil || b.Left != 10 || b.Held != 0 {
		t.Errorf("afterwards: %+v, %v", b, err)
	}
}

func creditsLapsed(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	hold := func(id string, amount int64, until time.Time) error {
		_, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: id, Amount: amount, Until: until})
		return err
	}
	wantCode(t, "hold that is over at once", hold("dead", 10, Epoch), "")
	wantCode(t, "another beside it", hold("a", 4, far), "")
	_, err := s.Settle(ctx, w.ID, "", "dead", []credits.Charge{{ID: "1", Amount: 7}})
	wantCode(t, "made again, but too little is left", err, fault.CreditsExhausted)
	b, err := s.Settle(ctx, w.ID, "", "dead", []credits.Charge{{ID: "1", Amount: 6}})
	wantCode(t, "made again", err, "")
	if b.Left != 0 || b.Held != 4 {
		t.Errorf("balance = %+v", b)
	}
	wantCode(t, "the other may be made smaller", hold("a", 1, far), "")
	wantCode(t, "but not larger than there is", hold("a", 5, far), fault.CreditsExhausted)
	b, err = s.Settle(ctx, w.ID, "", "a", nil)
	if err != nil || b.Left != 4 || b.Held != 0 {
		t.Errorf("released: %+v, %v", b, err)
	}
	wantSum(t, db, w.ID)
}

func creditsMonth(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	_, err := s.TopUp(ctx, activity.OperatorActor("root"), w.ID, 5)
	wantCode(t, "top up", err, "")
	setColumns(t, db, w.ID, "credits_resets_at = $2", Epoch.AddDate(0, -3, 0).UnixMicro())
	now, err := db.Now(ctx)
	wantCode(t, "clock", err, "")
	next := credits.NextReset(time.UnixMicro(now))
	for range 2 {
		b, err := s.Balance(ctx, w.ID, "")
		if err != nil || b.Left != 25 || b.Bucket != 20 || b.TopUp != 5 || !b.ResetsAt.Equal(next) {
			t.Errorf("balance = %+v, %v; want 20 and 5 until %s", b, err, next)
		}
		wantSum(t, db, w.ID)
		_, err = s.Settle(ctx, w.ID, "", "nothing", nil) // books the grant
		wantCode(t, "settle", err, "")
	}
	_, err = s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: "run", Amount: 25, Until: far})
	wantCode(t, "hold", err, "")
	setColumns(t, db, w.ID, "credits_resets_at = $2, credits_monthly = 2", Epoch.UnixMicro())
	b, err := s.Settle(ctx, w.ID, "", "run", []credits.Charge{{ID: "1", Amount: 24}})
	if err != nil || b.Left != 1 || b.Bucket != 0 || b.TopUp != 1 {
		t.Errorf("what was held over the boundary is not settled: %+v, %v", b, err)
	}
	wantSum(t, db, w.ID)
	endMonth(t, db, w.ID)
	mustBucket(t, db, w.ID, 9)
	if b := wantSum(t, db, w.ID); b.Bucket != 9 || !b.ResetsAt.Equal(next) {
		t.Errorf("a bucket set in a month not yet granted: %+v", b)
	}
}

func creditsKeyLimit(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	limit := int64(4)
	k := newKey(w.ID, "0000000a")
	k.SpendLimit = &limit
	wantCode(t, "insert", db.InsertKey(ctx, k, entry(w.ID, activity.KeyCreated, k.ID)), "")
	MustKey(t, db, w.ID, "0000000b")
	hold := func(key, id string, amount int64) error {
		_, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, KeyID: key, ID: id, Amount: amount, Until: far})
		return err
	}
	wantCode(t, "beyond the limit", hold(k.ID, "1", 5), fault.CreditsExhausted)
	wantCode(t, "within", hold(k.ID, "1", 3), "")
	wantCode(t, "beyond it with what is held", hold(k.ID, "2", 2), fault.CreditsExhausted)
	wantCode(t, "another key", hold("0000000b", "3", 7), "")
	b, err := s.Settle(ctx, w.ID, k.ID, "1", []credits.Charge{{ID: "1", Amount: 2}})
	if err != nil || b.KeyLeft == nil || *b.KeyLeft != 2 || *b.KeyLimit != 4 || b.Left != 1 {
		t.Errorf("balance = %+v, %v", b, err)
	}
	_, err = s.Settle(ctx, w.ID, "0000000b", "3", nil)
	wantCode(t, "release", err, "")
	wantCode(t, "beyond what is left of it", hold(k.ID, "4", 3), fault.CreditsExhausted)
	endMonth(t, db, w.ID)
	wantCode(t, "in the next month", hold(k.ID, "4", 4), "")
	if b, err := s.Balance(ctx, w.ID, k.ID); err != nil || *b.KeyLeft != 0 || b.Left != 16 {
		t.Errorf("balance = %+v, %v", b, err)
	}
	if b, err := s.Balance(ctx, w.ID, "0000000b"); err != nil || b.KeyLeft != nil || b.KeyLimit != nil {
		t.Errorf("a key without a limit: %+v, %v", b, err)
	}
	wantSum(t, db, w.ID)
}

func creditsPlan(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	setColumns(t, db, w.ID, "credits_resets_at = $2", Epoch.UnixMicro()) // so that the month's grant is booked now
	move := func(monthly int64) credits.Balance {
		_, err := db.UpdateWorkspace(ctx, w.ID, workspaces.Change{Monthly: &monthly}, entry(w.ID, activity.WorkspaceUpdated, w.ID))
		wantCode(t, "update", err, "")
		return wantSum(t, db, w.ID)
	}
	for i, c := range []struct{ monthly, bucket int64 }{{50, 50}, {20, 50}, {50, 50}, {60, 60}} {
		if b := move(c.monthly); b.Bucket != c.bucket || b.Monthly != c.monthly {
			t.Errorf("step %d: %+v, want %d of %d", i, b, c.bucket, c.monthly)
		}
	}
	mustBucket(t, db, w.ID, 3)
	move(20)
	if b := move(60); b.Bucket != 3 {
		t.Errorf("going down and up made credits: %+v", b)
	}
}

func creditsUnknown(t *testing.T, db *store.DB) {
	ctx, a, b, s := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b"), credits.New(db)
	MustKey(t, db, b.ID, "0000000b")
	for name, ref := range map[string][2]string{"workspace": {"nobody", ""}, "key": {a.ID, "00000000"}, "key of another workspace": {a.ID, "0000000b"}} {
		_, err := s.Hold(ctx, credits.Hold{WorkspaceID: ref[0], KeyID: ref[1], ID: "run", Amount: 1, Until: far})
		wantCode(t, "hold, unknown "+name, err, fault.NotFound)
		_, err = s.Balance(ctx, ref[0], ref[1])
		wantCode(t, "balance, unknown "+name, err, fault.NotFound)
	}
}

func creditsLedgerStays(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	for what, text := range map[string]string{
		"ledger": "UPDATE credit_ledger SET amount = 0 WHERE workspace_id = $1", "negative bucket": "UPDATE workspaces SET credits_balance = -1 WHERE id = $1",
		"negative top-ups": "UPDATE workspaces SET credits_topup = -1 WHERE id = $1",
	} {
		err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, text, w.ID)
			return err
		})
		wantCode(t, what, err, fault.Internal)
	}
	wantSum(t, db, w.ID)
}

func creditsRelease(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "a"), credits.New(db)
	_, err := s.Hold(ctx, credits.Hold{WorkspaceID: w.ID, ID: "run", Amount: 1, Until: far})
	wantCode(t, "hold", err, "")
	wantCode(t, "release", db.EndFormer(ctx), "")
	want := map[string]int64{"sqlite": 0, "postgres": 1}[db.Engine()] // on a shared database the holder may live
	if b, err := s.Balance(ctx, w.ID, ""); err != nil || b.Held != want {
		t.Errorf("held = %d, %v; want %d", b.Held, err, want)
	}
}

func creditsTopUpOnce(t *testing.T, db *store.DB) {
	ctx, w, s := context.Background(), MustWorkspace(t, db, "acme"), credits.New(db)
	var errs [4]error
	var booked atomic.Int32
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			_, added, err := s.TopUpOnce(ctx, activity.PersonActor("ann@example.com"), w.ID, "form-1", 40)
			if errs[i] = err; added {
				booked.Add(1)
			}
		})
	}
	all.Wait()
	if n := booked.Load(); n != 1 {
		t.Errorf("%d of the rivals were told that they booked, want 1", n)
	}
	wantCode(t, "top-ups", errors.Join(errs[:]...), "")
	b, _, err := s.TopUpOnce(ctx, activity.PersonActor("ann@example.com"), w.ID, "form-2", 2)
	wantCode(t, "another", err, "")
	log, err := db.ListActivity(ctx, w.ID, activity.Filter{Action: activity.CreditsToppedUp})
	wantCode(t, "log", err, "")
	if b.TopUp != 42 || len(log) != 2 {
		t.Errorf("topped up by %d in %d entries, want 42 in 2", b.TopUp, len(log))
	}
	whole, err := s.Ledger(ctx, w.ID, credits.Filter{})
	wantCode(t, "ledger", err, "")
	walked := []credits.Entry{}
	for before := ""; ; {
		page, err := s.Ledger(ctx, w.ID, credits.Filter{Before: before, Limit: 1})
		wantCode(t, "page", err, "")
		if len(page) == 0 {
			break
		}
		walked, before = append(walked, page...), page[0].ID
	}
	if d := cmp.Diff(whole, walked); d != "" || len(whole) != 3 {
		t.Errorf("%d rows; page by page they differ:\n%s", len(whole), d)
	}
	if rest, err := s.Ledger(ctx, w.ID, credits.Filter{Before: "nowhere"}); err != nil || len(rest) != 0 {
		t.Errorf("behind an unknown row: %d, %v", len(rest), err)
	}
}
