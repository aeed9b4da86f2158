package enrich_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var kills = flag.Int("kills", 3, "how often the callers of TestKillsSpendNothingTwice are killed, on each engine")

const (
	childVariable = "UNSTUCK_TEST_ENRICH_CHILD" // set in the child: the JSON of a childWork
	callers       = 64
	killBudget    = 100
	killPeople    = 150 // more than the budget pays for
)

// childWork is what the process that is killed does.
type childWork struct{ DataDir, DatabaseURL, WorkspaceID string }

func (c childWork) store() store.Config {
	return store.Config{DataDir: c.DataDir, DatabaseURL: c.DatabaseURL, Migrate: true}
}

func TestMain(m *testing.M) {
	if raw := os.Getenv(childVariable); raw != "" {
		os.Exit(child(raw))
	}
	flag.Parse()
	os.Exit(m.Run())
}

// child enriches everybody with 64 callers at once until the credits are spent. It ends with 0 only then.
func child(raw string) int {
	var work childWork
	if err := json.Unmarshal([]byte(raw), &work); err != nil {
		return failed("read the work", err)
	}
	db, err := store.Open(context.Background(), work.store())
	if err != nil {
		return failed("open the store", err)
	}
	if db.Engine() == "sqlite" { // the dead process was the only other one
		if err := db.EndFormer(context.Background()); err != nil {
			return failed("end what the dead process held", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	w := killable(db, work.WorkspaceID)
	var all sync.WaitGroup
	errs := make([]error, callers)
	for c := range callers {
		all.Go(func() {
			for i := c; i < killPeople && errs[c] == nil; i += callers {
				errs[c] = w.insist(ctx, i)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return failed("enrich", err)
	}
	return 0
}

// childTime keeps a child from outliving the test for long, whatever happens to either.
const childTime = 2 * time.Minute

func failed(what string, err error) int {
	fmt.Fprintln(os.Stderr, what+":", err)
	return 1
}

// killable is a world whose provider answers within some milliseconds, and whose dead runs are taken over soon.
func killable(db *store.DB, workspaceID string) *world {
	w := &world{db: db, caller: enrich.Caller{WorkspaceID: workspaceID, Actor: activity.PersonActor("ann@example.com")}}
	p := &provider{do: func(_ context.Context, s enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
		time.Sleep(rand.N(10 * time.Millisecond))
		return []enrich.Answer{{Field: enrich.Phone, Value: json.RawMessage(`"` + phoneOf(s.Email) + `"`), Confidence: 0.9}}, nil
	}}
	w.plan = planFor(channels, entry("p", 1, p))
	w.service = enrich.New(enrich.Config{
		Store: db, Credits: credits.New(db), Timeout: time.Second, Grace: 10 * time.Second, Guards: enrich.GuardConfig{Patience: 5 * time.Second, Concurrency: callers},
		Plan: func(context.Context, string) (enrich.Plan, error) { return w.plan, nil },
	})
	return w
}

func person(i int) string { return fmt.Sprintf("person%d@acme.com", i) }

// phoneOf is the number that belongs to a person, so that a value at the wrong lead would show.
func phoneOf(email string) string {
	var n int
	_, _ = fmt.Sscanf(email, "person%d@", &n)
	return fmt.Sprintf("+49301000%03d", n)
}

// insist enriches a person until that is done or every credit is spent, as a client does that repeats a call under its key.
func (w *world) insist(ctx context.Context, i int) (err error) {
	for ctx.Err() == nil {
		if _, _, err = w.do(ctx, fmt.Sprint("key ", i), fmt.Sprint(i), byEmail(person(i), wire.Phone)); err == nil {
			return nil
		}
		if fault.CodeOf(err) == fault.CreditsExhausted {
			b, err := credits.New(w.db).Balance(ctx, w.caller.WorkspaceID, "")
			if err == nil && b.Left+b.Held == 0 {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("person %d: %w", i, err)
}

// TestKillsSpendNothingTwice kills the process of 64 callers at random moments, with SIGKILL, again and again: in the end exactly the balance was
// spent, the ledger says so, and each value that was charged is where it belongs.
func TestKillsSpendNothingTwice(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killRounds(t, childWork{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { killRounds(t, childWork{DatabaseURL: pgtest.URL(t)}) })
}

func killRounds(t *testing.T, work childWork) {
	workspaces, killed, early := 0, 0, 0
	for killed < *kills {
		work.WorkspaceID = newPurse(t, work, fmt.Sprint("w", workspaces))
		workspaces++
		for range min(3, *kills-killed) {
			if kill(t, work) {
				killed++
			} else {
				early++
				break
			}
		}
		if err := command(work).Run(); err != nil {
			t.Fatalf("the last child: %v", err)
		}
		checkPurse(t, work)
		if early > 5+*kills {
			t.Fatalf("the children ended before they were killed, %d times", early)
		}
	}
	fmt.Fprintf(os.Stdout, "enrichment under SIGKILL: %d kills over %d workspaces with %d credits each and %d callers, all spent exactly once\n", killed, workspaces, killBudget, callers)
}

// newPurse makes a workspace with the budget.
func newPurse(t *testing.T, work childWork, slug string) string {
	db := mustOpen(t, work)
	defer func() { _ = db.Close() }()
	w := storetest.MustWorkspace(t, db, slug)
	if _, err := credits.New(db).TopUp(context.Background(), activity.PersonActor("ann"), w.ID, killBudget-w.Credits.Balance); err != nil {
		t.Fatal(err)
	}
	return w.ID
}

func mustOpen(t *testing.T, work childWork) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), work.store())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func command(work childWork) *exec.Cmd {
	raw, _ := json.Marshal(work) // a struct of texts
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), childVariable+"="+string(raw)), os.Stderr
	return cmd
}

// kill starts a child and kills it a moment after its callers began; false when it had ended by then.
func kill(t *testing.T, work childWork) bool {
	cmd := command(work)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100*time.Millisecond + rand.N(400*time.Millisecond))
	_ = cmd.Process.Kill()
	return cmd.Wait() != nil
}

func checkPurse(t *testing.T, work childWork) {
	t.Helper()
	db := mustOpen(t, work)
	defer func() { _ = db.Close() }()
	id := work.WorkspaceID
	w := &world{db: db, caller: enrich.Caller{WorkspaceID: id}}
	sum, rows := w.spent(t)
	if sum != killBudget || len(rows) != killBudget || w.balance(t) != 0 {
		t.Errorf("spent %d in %d rows, left %d; want %d, %d, 0", sum, len(rows), w.balance(t), killBudget, killBudget)
	}
	stored := 0
	for i := range killPeople {
		found := w.lead(t, person(i))
		if found.Lead != nil && found.Lead.Phone != "" {
			stored++
			if got := string(found.Values[enrich.Phone].Value); found.Lead.Phone != phoneOf(person(i)) || got != `"`+found.Lead.Phone+`"` {
				t.Errorf("%s has %s and the trace %s", person(i), found.Lead.Phone, got)
			}
		}
	}
	for _, r := range rows {
		if found, err := db.EnrichableByID(context.Background(), id, wire.KindLead, []string{r.RecordID}); err != nil || len(found) != 1 || found[0].Lead.Phone == "" {
			t.Errorf("charged for %s, whose lead is %v, %v", r.RecordID, found, err)
		}
	}
	if stored != killBudget {
		t.Errorf("%d values are stored, %d were charged", stored, sum)
	}
}
