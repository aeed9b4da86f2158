package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	root  = activity.OperatorActor("root")
	start = time.Date(2027, 2, 27, 23, 59, 58, 0, time.UTC)
)

// rig is the API over a real store in a file of its own, with a clock that stands still and a made-up world of records.
type rig struct {
	*testing.T
	db     *flaky
	spaces *workspaces.Service
	keys   *keys.Service
	world  *world
	server *api.Server
	url    string
	log    *logBuffer
	stop   context.CancelFunc
	served chan error

	mu  sync.Mutex
	now time.Time
}

// newRig starts a server. adjust changes its Config; nil leaves it.
func newRig(t *testing.T, adjust func(*api.Config)) *rig {
	t.Helper()
	r := &rig{T: t, world: newWorld(), log: &logBuffer{}, served: make(chan error, 1), now: start}
	dir := t.TempDir()
	r.must(os.CopyFS(dir, os.DirFS(migrated())))
	db, err := store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true, Clock: r.clock})
	r.must(err)
	t.Cleanup(func() { _ = db.Close() })
	r.db = &flaky{DB: db}
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{1}, keys.MinPepper)})
	r.must(err)
	now := func(context.Context) (time.Time, error) { return r.clock(), nil }
	r.spaces = workspaces.NewService(db, now)
	r.keys = keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: now})
	c := api.Config{
		Verifier:   keys.NewVerifier(keys.VerifierConfig{Store: r.db, Ring: ring, FailuresPerMinute: 20, Clock: r.clock}),
		KeyStates:  r.db.KeysForAuth,
		Limiter:    r.db,
		Workspaces: db.FindWorkspace,
		Credits:    credits.New(db).Balance,
		Replays:    r.db.replay,
		Outside:    r.db.outside,
		Search:     r.world, Insights: r.world, Signals: r.world, Import: r.world.Import, Ping: r.db.Ping,
		Enrich: r.world.Enrich(), Bulk: r.world.Enrich(), Settings: r.world.Settings(), Qualify: r.world.Qualify(), Audiences: r.world.Audiences(), Destinations: r.world.Destinations(), Waitlists: r.world.Waitlists(),
		PublicURL: "https://api.example.com", Log: zerolog.New(r.log).Level(zerolog.DebugLevel),
		GateTimeout: 20 * time.Second, WatchHold: 5 * time.Second, WatchPoll: 20 * time.Millisecond, // the machine may be busy
	}
	if adjust != nil {
		adjust(&c)
	}
	r.server, err = api.New(c)
	r.must(err)
	r.serve()
	return r
}

// migrated is a data directory with an empty database, made once: migrating takes longer than most tests.
var migrated = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	db, err := store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true})
	if err != nil {
		panic(err)
	}
	if err := db.Close(); err != nil {
		panic(err)
	}
	return dir
})

func (r *rig) serve() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	r.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	r.stop, r.url = cancel, "http://"+ln.Addr().String()
	go func() { r.served <- r.server.Serve(ctx, ln) }()
	r.Cleanup(func() {
		cancel()
		if err, open := <-r.served; err != nil && open {
			r.Errorf("Serve: %v", err)
		}
	})
}

// stopped waits for Serve to return, once; the clean-up then finds the channel closed.
func (r *rig) stopped() error {
	err := <-r.served
	close(r.served)
	return err
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) workspace(c workspaces.Change) workspaces.Workspace {
	r.Helper()
	w, err := r.spaces.Create(context.Background(), root, "Acme", workspaces.Team, "")
	r.must(err)
	if !c.Empty() {
		r.set(w.ID, c)
	}
	return w
}

func (r *rig) set(workspaceID string, c workspaces.Change) {
	r.Helper()
	_, err := r.spaces.Set(context.Background(), root, workspaceID, c)
	r.must(err)
}

func (r *rig) key(workspaceID string, q keys.CreateRequest) keys.Created {
	r.Helper()
	q.WorkspaceID, q.Name = workspaceID, "agent"
	if q.Preset == "" && q.Permissions == nil {
		q.Preset = scope.Full
	}
	c, err := r.keys.Create(context.Background(), root, q)
	r.must(err)
	return c
}

// fullKey returns a key of a fresh workspace that may do everything.
func (r *rig) fullKey() keys.Created {
	r.Helper()
	return r.key(r.workspace(workspaces.Change{}).ID, keys.CreateRequest{})
}

func (r *rig) revoke(k keys.Key) {
	r.Helper()
	_, err := r.keys.Revoke(context.Background(), root, k.WorkspaceID, k.ID)
	r.must(err)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) code() fault.Code {
	var p fault.Problem
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return ""
	}
	return p.Code
}

// fields returns the paths of the fields at fault.
func (a answer) fields() string {
	var p fault.Problem
	_ = json.Unmarshal([]byte(a.body), &p)
	var paths []string
	for _, f := range p.Errors {
		paths = append(paths, f.Path)
	}
	return strings.Join(paths, " ")
}

// one sends requests without following redirects, each on a connection of its own.
var one = &http.Transport{DisableKeepAlives: true, DisableCompression: true}

// ask sends a request. Headers are given as "Name: value"; an empty key sends none; Content-Type is JSON with a body
// unless it is given.
func (r *rig) ask(method, path, key, body string, headers ...string) answer {
	r.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, r.url+path, in)
	r.must(err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	return r.send(req)
}

func (r *rig) send(req *http.Request) answer {
	r.Helper()
	resp, err := one.RoundTrip(req)
	r.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	r.must(err)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// raw sends bytes as they are and returns the status line and headers with the body.
func (r *rig) raw(text string) string {
	r.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	r.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	r.must(err)
	r.must(conn.SetReadDeadline(time.Now().Add(10 * time.Second)))
	out, _ := io.ReadAll(conn)
	return string(out)
}

// eventually waits until ok holds.
func (r *rig) eventually(what string, ok func() bool) {
	r.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("never: %s", what)
		}
	}
}

// flaky is the store, which can be switched off, in the API's words.
type flaky struct {
	*store.DB
	down     atomic.Bool
	hangs    atomic.Bool // it answers nobody
	limitOff atomic.Bool // the limiter alone
	reads    atomic.Int64
}

var errDown = fault.Wrap(fault.StoreUnavailable, net.ErrClosed)

func (f *flaky) KeyForAuth(ctx context.Context, id string) (keys.AuthRow, error) {
	f.reads.Add(1)
	if f.hangs.Load() {
		<-ctx.Done()
		return keys.AuthRow{}, ctx.Err()
	}
	if f.down.Load() {
		return keys.AuthRow{}, errDown
	}
	return f.DB.KeyForAuth(ctx, id)
}

func (f *flaky) KeysForAuth(ctx context.Context, ids []string) (map[string]keys.AuthRow, error) {
	if f.down.Load() {
		return nil, errDown
	}
	return f.DB.KeysForAuth(ctx, ids)
}

func (f *flaky) Ping(ctx context.Context) error {
	if f.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if f.down.Load() {
		return errDown
	}
	return f.DB.Ping(ctx)
}

func (f *flaky) Take(ctx context.Context, id string, perMinute, burst int) (api.Decision, error) {
	if f.down.Load() || f.limitOff.Load() {
		return api.Decision{}, errDown
	}
	d, err := f.DB.Take(ctx, id, perMinute, burst)
	return api.Decision(d), err
}

func (f *flaky) Quota(ctx context.Context, id string, perMinute, burst int) (api.Decision, error) {
	if f.down.Load() || f.limitOff.Load() {
		return api.Decision{}, errDown
	}
	d, err := f.DB.Quota(ctx, id, perMinute, burst)
	return api.Decision(d), err
}

func (f *flaky) replay(ctx context.Context, id, key string, hash []byte, fn func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
	r, replayed, err := f.Idempotent(ctx, id, key, hash, func(ctx context.Context) (store.Reply, error) {
		r, err := fn(ctx)
		return store.Reply(r), err
	})
	return api.Reply(r), replayed, err
}

func (f *flaky) outside(ctx context.Context, id, key string, hash []byte, before func(context.Context) error, fn func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
	r, replayed, err := f.IdempotentOutside(ctx, id, key, hash, before, func(ctx context.Context) (store.Reply, error) {
		r, err := fn(ctx)
		return store.Reply(r), err
	})
	return api.Reply(r), replayed, err
}

// logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
