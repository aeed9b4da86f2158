package qualify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	childVariable = "UNSTUCK_TEST_QUALIFY_CHILD" // set in the child: the JSON of a childWork
	killRecords   = 1200                         // accounts, and as many leads
	kills         = 4
)

// childWork is what the process that is killed does.
type childWork struct{ DataDir, DatabaseURL, WorkspaceID, JobID string }

func TestMain(m *testing.M) {
	if raw := os.Getenv(childVariable); raw != "" {
		os.Exit(child(raw))
	}
	os.Exit(m.Run())
}

// child works on the queue until the job is over. It ends with 0 only then.
func child(raw string) int {
	var work childWork
	if err := json.Unmarshal([]byte(raw), &work); err != nil {
		return failed("read the work", err)
	}
	db, err := store.Open(context.Background(), store.Config{DataDir: work.DataDir, DatabaseURL: work.DatabaseURL})
	if err != nil {
		return failed("open the store", err)
	}
	w := worldOf(db, work.WorkspaceID, europe())
	w.service.Silence = time.Second
	if _, err := w.run(func(err error) { failed("watch", err) }); err != nil {
		return failed("work on jobs", err)
	}
	for range 6000 {
		j, err := w.service.Job(context.Background(), work.WorkspaceID, work.JobID)
		if err == nil && !j.FinishedAt.IsZero() {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
	return failed("wait for the job", err)
}

func failed(what string, err error) int {
	fmt.Fprintln(os.Stderr, what+":", err)
	return 1
}

// TestKilledProcessesLeaveNoRecordOut kills the process that does a job, with SIGKILL and again and again: in the end every record was looked at, once
// by the job's own count, and fits what it fits.
func TestKilledProcessesLeaveNoRecordOut(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killJob(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { killJob(t, store.Config{DatabaseURL: pgtest.URL(t)}) })
}

func killJob(t *testing.T, c store.Config) {
	w := newWorld(t, open(t, c), "w")
	w.fill(t, killRecords)
	id, err := w.service.Requalify(context.Background(), w.workspace)
	if err != nil {
		t.Fatal(err)
	}
	work := childWork{c.DataDir, c.DatabaseURL, w.workspace, id}
	var last int64
	for range kills {
		kid := start(t, work)
		last = w.awaitDone(t, id, last+1+rand.Int64N(300))
		_ = kid.Process.Kill()
		_ = kid.Wait()
	}
	if err := start(t, work).Wait(); err != nil {
		t.Fatalf("the last process: %v", err)
	}
	j := w.await(t, id)
	if j.State != wire.QualificationDone || j.Total != 2*killRecords || j.Done != j.Total || j.Matched != j.Total || j.Fitting != 2*killRecords/3 {
		t.Errorf("the job is %+v", j)
	}
	if icp, _ := w.fitting(t, wire.OverAccounts); icp != killRecords/3 {
		t.Errorf("%d accounts fit", icp)
	}
	if icp, persona := w.fitting(t, wire.OverLeads); icp != killRecords/3 || persona != killRecords/6 {
		t.Errorf("%d leads fit, %d a persona", icp, persona)
	}
}

// awaitDone waits until the job has looked at so many records, and returns at how many it has.
func (w *world) awaitDone(t *testing.T, id string, n int64) int64 {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		j, err := w.service.Job(context.Background(), w.workspace, id)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the job is %+v, %v", j, err)
		}
		if j.Done >= n || !j.FinishedAt.IsZero() {
			return j.Done
		}
	}
}

func start(t *testing.T, work childWork) *exec.Cmd {
	t.Helper()
	raw, err := json.Marshal(work)
	if err != nil {
		t.Fatal(err)
	}
	kid := exec.Command(os.Args[0], "-test.run=^$") // #nosec G204 -- this test's own binary
	kid.Env = append(os.Environ(), childVariable+"="+string(raw))
	kid.Stderr = os.Stderr
	if err := kid.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kid.Process.Kill() })
	return kid
}
