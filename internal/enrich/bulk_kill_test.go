package enrich_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	bulkChildVariable = "UNSTUCK_TEST_BULK_CHILD" // set in a child: the JSON of a bulkWork
	bulkRecords       = 200
	// promised is within how long after a kill the work of the dead process goes on. It is the product's promise, and generous: the lease is 12 s.
	promised = 30 * time.Second
)

// bulkWork is where a child finds its work.
type bulkWork struct {
	DataDir, DatabaseURL, WorkspaceID string
}

// TestBulkChild is no test of its own: in a child process it works on jobs, with the times that the product has, until its standard input ends.
func TestBulkChild(t *testing.T) {
	raw := os.Getenv(bulkChildVariable)
	if raw == "" {
		return
	}
	var c bulkWork
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		t.Fatal(err)
	}
	db := open(t, store.Config{DataDir: c.DataDir, DatabaseURL: c.DatabaseURL})
	d := &depot{world: worldOf(db, c.WorkspaceID), lease: 12 * time.Second}
	d.plan = planFor(channels, entry("p", 1, knows(func() { fmt.Println("asked"); time.Sleep(40 * time.Millisecond) })))
	d.run(t, db, d.newBulk(db))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// bulkChild is a process that works on jobs.
type bulkChild struct {
	cmd   *exec.Cmd
	stdin io.Closer
	asked *bufio.Scanner // a line for each time that the provider was asked
}

func startBulkChild(t *testing.T, w bulkWork) *bulkChild {
	t.Helper()
	raw, _ := json.Marshal(w) // a struct of texts
	c := &bulkChild{cmd: exec.Command(os.Args[0], "-test.run=^TestBulkChild$")}
	c.cmd.Env, c.cmd.Stderr = append(os.Environ(), bulkChildVariable+"="+string(raw)), os.Stderr
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.stdin, c.asked = stdin, bufio.NewScanner(out)
	t.Cleanup(func() { _ = c.cmd.Process.Kill(); _ = c.cmd.Wait() })
	return c
}

// await reads until the provider was asked n times.
func (c *bulkChild) await(t *testing.T, n int) {
	t.Helper()
	for n > 0 && c.asked.Scan() {
		if strings.HasPrefix(c.asked.Text(), "asked") {
			n--
		}
	}
	if n > 0 {
		t.Fatalf("the process ended with %d lookups to go", n)
	}
}

// kill ends the process as kill -9 does.
func (c *bulkChild) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// TestKilledProcessesLoseNothing kills the process of a job of 200 records in the middle, and another one goes on: within the promised time every
// record is done, and each is paid for once. With a second process beside it the job goes on without a new one.
func TestKilledProcessesLoseNothing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killBulk(t, store.Config{DataDir: t.TempDir()}, 1) })
	t.Run("postgres", func(t *testing.T) { killBulk(t, store.Config{DatabaseURL: pgtest.URL(t)}, 1) })
	t.Run("postgres, two processes", func(t *testing.T) { killBulk(t, store.Config{DatabaseURL: pgtest.URL(t)}, 2) })
}

func killBulk(t *testing.T, c store.Config, processes int) {
	db := open(t, c)
	d := newDepot(t, db, bulkRecords)
	d.topUp(t, bulkRecords) // and 10 more than they cost
	work := bulkWork{c.DataDir, c.DatabaseURL, d.caller.WorkspaceID}
	first := startBulkChild(t, work)
	for range processes - 1 {
		go startBulkChild(t, work).drain()
	}
	j := d.start(t, wire.EnrichRecords{IDs: d.ids})
	first.await(t, bulkRecords/(4*processes))
	first.kill()
	killed := time.Now()
	at := d.job(t, wire.GetEnrichmentJob{ID: j.ID})
	if at.State.Final() || at.Remaining == 0 {
		t.Fatalf("the process was killed too late: %+v", at)
	}
	if processes == 1 {
		go startBulkChild(t, work).drain()
	}
	d.await(t, j.ID, final)
	took := time.Since(killed)
	fmt.Fprintf(os.Stdout, "bulk job of %d records, killed with %d to go, %d processes, %s: done %.1f s after\n", bulkRecords, at.Remaining, processes, db.Engine(), took.Seconds())
	if took > promised {
		t.Errorf("the job was done %v after the kill, promised are %v", took, promised)
	}
	d.check(t, j.ID, tally{State: wire.JobDone, Enriched: bulkRecords, Used: bulkRecords, Left: 10})
	if sum, rows := d.spent(t); sum != bulkRecords || len(rows) != bulkRecords {
		t.Errorf("charged %d in %d rows, want %d", sum, len(rows), bulkRecords)
	}
	for _, id := range d.ids {
		found, err := db.EnrichableByID(context.Background(), d.caller.WorkspaceID, wire.KindLead, []string{id})
		if err != nil || len(found) != 1 || found[0].Lead.Phone != phoneOf(found[0].Lead.WorkEmail) {
			t.Errorf("the lead %s is %+v, %v", id, found, err)
		}
	}
}

// drain reads what the process prints until it ends.
func (c *bulkChild) drain() {
	for c.asked.Scan() {
	}
}
