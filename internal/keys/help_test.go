package keys_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	ann    = activity.PersonActor("ann@example.com")
	root   = activity.OperatorActor("root")
	source = netip.MustParseAddr("192.0.2.7")
	start  = time.Date(2027, 2, 27, 23, 59, 58, 123456000, time.UTC)
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is everything a test of keys needs, over a real store in a file of its own.
type bench struct {
	*testing.T
	dir      string
	clock    *clock
	db       *store.DB
	ring     *keys.Keyring
	spaces   *workspaces.Service
	service  *keys.Service
	verifier *keys.Verifier
	w        workspaces.Workspace
}

func pepper(kid int) keys.Pepper {
	return keys.Pepper{KID: kid, Secret: bytes.Repeat([]byte{byte(kid)}, keys.MinPepper)}
}

func mustRing(t testing.TB, newest keys.Pepper, older ...keys.Pepper) *keys.Keyring {
	t.Helper()
	r, err := keys.NewKeyring(newest, older...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func openStore(t testing.TB, dir string, c *clock) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true, Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, clock: &clock{now: start}, ring: mustRing(t, pepper(1)), dir: t.TempDir()}
	b.db = openStore(t, b.dir, b.clock)
	b.spaces = workspaces.NewService(b.db, b.now)
	b.service = keys.NewService(keys.ServiceConfig{Store: b.db, Workspaces: b.db, Ring: b.ring, Now: b.now})
	b.verifier = b.newVerifier(keys.VerifierConfig{})
	var err error
	if b.w, err = b.spaces.Create(context.Background(), root, "Acme", workspaces.Pro, ""); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) now(ctx context.Context) (time.Time, error) {
	us, err := b.db.Now(ctx)
	return time.UnixMicro(us), err
}

// newVerifier fills what c leaves out.
func (b *bench) newVerifier(c keys.VerifierConfig) *keys.Verifier {
	if c.Store == nil {
		c.Store = b.db
	}
	if c.Ring == nil {
		c.Ring = b.ring
	}
	c.Clock = b.clock.Now
	return keys.NewVerifier(c)
}

func (b *bench) create(r keys.CreateRequest) keys.Created {
	b.Helper()
	r.WorkspaceID = b.w.ID
	if r.Name == "" {
		r.Name = "agent"
	}
	if r.Preset == "" && r.Permissions == nil {
		r.Preset = scope.ReadOnly
	}
	c, err := b.service.Create(context.Background(), ann, r)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// verify returns what b.verifier says of a key.
func (b *bench) verify(s token.Secret) (keys.Principal, error) {
	return b.verifier.Verify(context.Background(), "Bearer "+s.Reveal(), source)
}

func (b *bench) setPlan(p workspaces.Plan) {
	b.Helper()
	if _, err := b.spaces.Set(context.Background(), root, b.w.ID, workspaces.Change{Plan: &p}); err != nil {
		b.Fatal(err)
	}
}

// log returns what the activity log holds, newest first.
func (b *bench) log() []activity.Entry {
	b.Helper()
	list, err := b.db.ListActivity(context.Background(), b.w.ID, activity.Filter{})
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// wantCode fails the test unless err has the code; "" wants no error.
func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("%s: %v (cause %v), want code %q", what, err, errors.Unwrap(err), want)
	}
}

// forge returns another key with the public id of s and a right checksum.
func forge(t testing.TB, s token.Secret) token.Secret {
	t.Helper()
	for i := 0; ; i++ {
		raw := bytes.Repeat([]byte{byte(i), byte(i >> 8), 7}, 12)
		for j := range 4 {
			raw[32+j] = unhex(s.ID()[2*j])<<4 | unhex(s.ID()[2*j+1])
		}
		f, err := token.Mint(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if !f.Equal(s) {
			return f
		}
	}
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
