package qualify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// fill adds n accounts, of which every third is in Germany, and a lead to each.
func (w *world) fill(t testing.TB, n int) { w.fillFrom(t, 0, n) }

func (w *world) fillFrom(t testing.TB, from, n int) {
	t.Helper()
	accounts, leads := make([]wire.Account, n), make([]wire.Lead, n)
	for i := range n {
		domain := fmt.Sprintf("c%04d.example", from+i)
		accounts[i] = wire.Account{Domain: domain, CountryCode: []string{"DE", "US", "CH"}[i%3]}
		leads[i] = wire.Lead{WorkEmail: "boss@" + domain, CompanyDomain: domain, Title: []string{"CTO", "Clerk"}[i%2]}
	}
	storetest.MustAccounts(t, w.db, w.workspace, accounts...)
	storetest.MustLeads(t, w.db, w.workspace, leads...)
}

// run works on jobs until stop is called.
func (w *world) run(fail func(error)) (stop func(), err error) {
	j, err := w.db.RunJobs(context.Background(), store.JobsConfig{Handlers: map[string]store.JobHandler{qualify.JobKind: w.service.Work}, Workers: 2, Drain: 20 * time.Second})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		w.service.Watch(ctx, fail)
	}()
	return func() {
		cancel()
		<-watched
		_ = j.Stop(context.Background())
	}, nil
}

// await returns the job once it is over.
func (w *world) await(t testing.TB, id string) qualify.Job {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		j, err := w.service.Job(context.Background(), w.workspace, id)
		if err != nil {
			t.Fatal(err)
		}
		if !j.FinishedAt.IsZero() {
			return j
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job stays %+v", j)
		}
	}
}

func (w *world) mustRun(t testing.TB) {
	t.Helper()
	stop, err := w.run(func(err error) { t.Errorf("watch: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// fitting counts the records that the store says fit an ICP, and those of them that fit a persona.
func (w *world) fitting(t testing.TB, over wire.Over) (icp, persona int64) {
	t.Helper()
	count := func(field string) int64 {
		out, err := countWhere(w, over, `{"field":"`+field+`","op":"present"}`)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if icp = count("icp_code"); over == wire.OverLeads {
		persona = count("persona_code")
	}
	return icp, persona
}

func TestAJobQualifiesWhatItsFilterLetsThrough(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		w.fill(t, 250)
		j, err := w.service.Start(context.Background(), w.workspace, tester, wire.QualifyLeads, json.RawMessage(`{"field":"account.country_code","op":"in","value":["DE","US"]}`))
		if err != nil || j.Total != 250 || j.State != wire.QualificationPending {
			t.Fatalf("%+v, %v", j, err)
		}
		w.mustRun(t)
		got := w.await(t, j.ID)
		if got.State != wire.QualificationDone || got.Done != 250 || got.Matched != 167 || got.Fitting != 84 {
			t.Errorf("%+v", got)
		}
		if icp, persona := w.fitting(t, wire.OverLeads); icp != 84 || persona != 42 {
			t.Errorf("%d leads fit, %d a persona", icp, persona)
		}
		if _, err := w.service.Start(context.Background(), w.workspace, tester, wire.QualifyLeads, json.RawMessage(`{"field":"nope","op":"present"}`)); fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("a bad filter: %v", err)
		}
	})
}

// TestANewerChangeReplacesAnOlderOne: of the jobs that changes of the settings begin, the newest alone is done.
func TestANewerChangeReplacesAnOlderOne(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		w.fill(t, 120)
		asked, err := w.service.Start(context.Background(), w.workspace, tester, wire.QualifyAccounts, nil)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for range 3 {
			id, err := w.service.Requalify(context.Background(), w.workspace)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		w.mustRun(t)
		for i, id := range ids {
			want := wire.QualificationReplaced
			if i == len(ids)-1 {
				want = wire.QualificationDone
			}
			if j := w.await(t, id); j.State != want || want == wire.QualificationDone && (j.Done != 240 || j.Fitting != 80) {
				t.Errorf("job %d is %+v", i, j)
			}
		}
		if j := w.await(t, asked.ID); j.State != wire.QualificationDone || j.Done != 120 {
			t.Errorf("the job that was asked for is %+v", j)
		}
	})
}

func TestAnEmptyWorkspaceIsSoonDone(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "w")
		id, err := w.service.Requalify(context.Background(), w.workspace)
		if err != nil {
			t.Fatal(err)
		}
		w.mustRun(t)
		if j := w.await(t, id); j.State != wire.QualificationDone || j.Total+j.Done != 0 {
			t.Errorf("%+v", j)
		}
		if _, err := w.service.Job(context.Background(), w.workspace, "none"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown job: %v", err)
		}
	})
}
