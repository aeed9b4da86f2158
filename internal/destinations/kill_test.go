package destinations_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/webhook"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	killMembers = flag.Int("members", 60, "how many members the audience of TestKilledSendersLoseNothing has")
	killTimes   = flag.Int("kills", 2, "how often its senders are killed")
)

const childVariable = "UNSTUCK_TEST_SENDER" // set in a child: the JSON of a sending

// sending is where a child finds its work, and the receiver.
type sending struct{ DataDir, DatabaseURL, Receiver string }

// TestSender is no test of its own: in a child process it sends until its standard input ends.
func TestSender(t *testing.T) {
	raw := os.Getenv(childVariable)
	if raw == "" {
		return
	}
	var w sending
	if err := json.Unmarshal([]byte(raw), &w); err != nil {
		t.Fatal(err)
	}
	db := open(t, store.Config{DataDir: w.DataDir, DatabaseURL: w.DatabaseURL})
	s := newService(db, db, webhook.New(straight(w.Receiver), time.Now), outbound.New(outbound.Config{}))
	jobs, err := db.RunJobs(context.Background(), store.JobsConfig{Workers: 2, Senders: 8, Drain: time.Second, Handlers: map[string]store.JobHandler{
		destinations.DeliveryKind: s.Work, destinations.SyncKind: s.WorkSync, destinations.ResumeKind: s.WorkResume}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go s.Watch(ctx, func(err error) { fmt.Fprintln(os.Stderr, err) })
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel()
	_ = jobs.Stop(context.Background())
}

// straight leads every request to one receiver of the test, over plain HTTP: which addresses are forbidden is shown elsewhere.
type straight string

func (s straight) Check(context.Context, *url.URL, outbound.Limit) error { return nil }

func (s straight) Do(ctx context.Context, req *http.Request, _ outbound.Limit) (*outbound.Answer, error) {
	to, err := http.NewRequestWithContext(ctx, req.Method, string(s), req.Body)
	if err != nil {
		return nil, err
	}
	to.Header = req.Header
	resp, err := http.DefaultClient.Do(to)
	if err != nil {
		return nil, outbound.ErrUnreachable
	}
	_ = resp.Body.Close()
	return &outbound.Answer{Status: resp.StatusCode, Header: resp.Header}, nil
}

// ledger is a receiver that takes its time, fails now and then, and keeps by id what it took.
type ledger struct {
	t      *testing.T
	secret string
	mu     sync.Mutex
	took   map[string]string // record by id
	failed map[string]bool   // once: the second time would be after minutes
	asked  int
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	time.Sleep(rand.N(30 * time.Millisecond))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := verify(l.secret, r.Header, body, time.Now()); err != nil {
		l.t.Errorf("%v: %s", err, body)
	}
	m := told(l.t, received{header: r.Header, body: body})
	if before, again := l.took[m.ID]; again && before != m.Data.RecordID {
		l.t.Errorf("the id %s is of %s and of %s", m.ID, before, m.Data.RecordID)
	}
	if l.asked++; l.asked%20 == 0 && !l.failed[m.ID] {
		l.failed[m.ID] = true
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	l.took[m.ID] = m.Data.RecordID
}

func (l *ledger) count() (asked, took int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked, len(l.took)
}

func startSender(t *testing.T, w sending) (kill func()) {
	t.Helper()
	raw, _ := json.Marshal(w) // a struct of texts
	cmd := exec.Command(os.Args[0], "-test.run=^TestSender$")
	cmd.Env, cmd.Stderr = append(os.Environ(), childVariable+"="+string(raw)), os.Stderr
	cmd.Stdout = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = stdin.Close() })
	t.Cleanup(kill)
	return kill
}

// TestKilledSendersLoseNothing kills the process that sends, with SIGKILL, in the middle of the changes and of a sync, while the receiver fails now and
// then: in the end everything that was eligible is delivered, under ids that stay the same, and verified by an implementation that is not ours.
func TestKilledSendersLoseNothing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killSenders(t, store.Config{DataDir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { killSenders(t, store.Config{DatabaseURL: pgtest.URL(t)}) })
}

func killSenders(t *testing.T, c store.Config) {
	ctx, box := context.Background(), &ledger{t: t, took: map[string]string{}, failed: map[string]bool{}}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	db := open(t, c)
	d := newDepotOn(t, db)
	d.service = newService(db, db, webhook.New(straight(server.URL), time.Now), outbound.New(outbound.Config{}))
	to, secret := d.hook(t, "hooks.example")
	box.secret = secret
	a, ids := d.audience(t, *killMembers, audiences.Attached{DestinationID: to.ID})
	work := sending{c.DataDir, c.DatabaseURL, server.URL}
	kill := startSender(t, work)
	for _, e := range d.events(a, audiences.Added, ids...) { // each in a transaction of its own, as a stream of signals makes them
		d.changed(t, e)
	}
	if _, err := d.service.Sync(ctx, d.key, wire.SyncAudience{ID: a.ID}); err != nil {
		t.Fatal(err)
	}
	eligible := 2 * *killMembers
	for n := range *killTimes {
		await(t, "the receiver is asked", func() bool { asked, _ := box.count(); return asked >= (n+1)*eligible/(*killTimes+2) })
		kill()
		kill = startSender(t, work)
	}
	await(t, "all is delivered", func() bool { return len(d.log(t, to.ID, "delivered")) == eligible })
	log := d.log(t, to.ID, "")
	asked, took := box.count()
	fmt.Fprintf(os.Stdout, "webhook deliveries under %d SIGKILLs, %s: eligible %d, delivered %d, requests %d, all signatures verified\n", *killTimes, db.Engine(), eligible, took, asked)
	if len(log) != eligible || took != eligible {
		t.Errorf("%d deliveries, %d taken, want %d", len(log), took, eligible)
	}
	for _, one := range log {
		if box.took[one.ID] != one.RecordID {
			t.Errorf("%s of %s was taken as of %s", one.ID, one.RecordID, box.took[one.ID])
		}
	}
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not happen that %s", strings.TrimSpace(what))
		}
	}
}
