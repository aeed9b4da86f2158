package audiences_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/store"
)

// childVariable is set in the process that is killed: the JSON of a childWork.
const childVariable = "UNSTUCK_TEST_KEEPER_CHILD"

// childWork is what that process does: it keeps the audiences of a store by the state in a file.
type childWork struct{ DataDir, DatabaseURL, State string }

func (c childWork) store() store.Config {
	return store.Config{DataDir: c.DataDir, DatabaseURL: c.DatabaseURL, Migrate: true}
}

func TestMain(m *testing.M) {
	if raw := os.Getenv(childVariable); raw != "" {
		os.Exit(child(raw))
	}
	os.Exit(m.Run())
}

// childTime keeps a child from outliving the test for long, whatever happens to either.
const childTime = 30 * time.Minute

func child(raw string) int {
	var work childWork
	err := json.Unmarshal([]byte(raw), &work)
	if err != nil {
		return failed("read the work", err)
	}
	db, err := store.Open(context.Background(), work.store())
	if err != nil {
		return failed("open the store", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	audiences.NewKeeper(audiences.KeeperConfig{
		Store: db, Listener: &heard{}, Pause: 20 * time.Millisecond,
		Now:    func() time.Time { return work.state().Now },
		Model:  func(context.Context, string) (engagement.Model, error) { return work.state().model(), nil },
		Failed: func(err error) { failed("keep", err) },
	}).Run(ctx)
	return 0
}

func failed(what string, err error) int {
	fmt.Fprintln(os.Stderr, what+":", err)
	return 1
}

// state reads the file, which is replaced as a whole.
func (c childWork) state() (s settled) {
	raw, err := os.ReadFile(c.State)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		failed("read the state", err)
	}
	return s
}

// publish writes the state for the child.
func (c childWork) publish(t testing.TB, s settled) {
	t.Helper()
	raw, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(c.State+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(c.State+".new", c.State)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start runs the child; kill ends it with SIGKILL wherever it is.
func (c childWork) start(t testing.TB) (kill func()) {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env, cmd.Stderr = append(os.Environ(), childVariable+"="+string(raw)), os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// TestMembersStayExact lets a stream of signals and everything else that changes records, audiences and time meet a keeper in another process, which is
// killed again and again. In the end every audience has exactly the members that a fresh search finds, and its events tell how that came about.
func TestMembersStayExact(t *testing.T) {
	onBothEngines(t, func(t *testing.T, c store.Config) {
		begun := time.Now()
		w := newWorld(t, c)
		work := childWork{DataDir: c.DataDir, DatabaseURL: c.DatabaseURL, State: filepath.Join(t.TempDir(), "state")}
		work.publish(t, w.state)
		s := newStream(w, *seed, *recorded, *watching)
		w.analyze()
		kill := work.start(t)
		t.Cleanup(func() { kill() })
		random, kills := rand.New(rand.NewPCG(*seed, 8)), 0
		for s.pushed < *streamed {
			s.next()
			work.publish(t, w.state)
			if s.pushed > *streamed*(kills+1)/(*killCount+1) && kills < *killCount {
				time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
				kill()
				kills++
				kill = work.start(t)
			}
		}
		streamedIn := time.Since(begun)
		kill()
		w.analyze()
		w.settle()
		members, events := w.check()
		t.Logf("%s: %d signals in %v, settled after %v; %d kills, %d audiences with %d members, %d events, all equal; %d writes were sent again as the store was held", w.db.Engine(), s.pushed, streamedIn.Round(time.Second),
			time.Since(begun).Round(time.Second), kills, len(s.saved), members, events, s.refused)
	})
}
