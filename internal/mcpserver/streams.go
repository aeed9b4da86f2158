package mcpserver

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"sync/atomic"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// How many SSE streams may be open at once.
const (
	streamsPerKey       = 50
	streamsPerWorkspace = 200
	streamsPerProcess   = 12000
)

// stream is one open GET /sse.
type stream struct {
	id        string
	handle    handle
	watch     *watched
	workspace string
	ctx       context.Context // its cause says why the stream ended
	stop      context.CancelCauseFunc
	queue     chan []byte
	calls     *calls
	named     atomic.Pointer[string] // how the client named itself when it initialized
}

// streams are all open streams. While a key has any, one watch of it is held at the API.
type streams struct {
	server *Server
	secret [32]byte // ids are bound to keys under it

	mu         sync.Mutex
	all        map[string]*stream
	keys       map[handle]*watched
	perKey     *counter[handle]
	workspaces map[string]int
	stopping   bool
}

// watched is a key with open streams.
type watched struct {
	streams  int
	stop     context.CancelFunc
	planless bool // the streams were opened without a plan, so that its lack does not end them
}

// planPause is how often a key without a plan is asked about; no watch can be held for it.
const planPause = time.Second

func newStreams(s *Server) *streams {
	t := &streams{server: s, all: map[string]*stream{}, keys: map[handle]*watched{}, perKey: newCounter[handle](streamsPerKey), workspaces: map[string]int{}}
	_, _ = rand.Read(t.secret[:]) // never fails
	return t
}

// newID returns an id that find accepts from the same key alone.
func (t *streams) newID(h handle) string {
	name := rand.Text()
	return name + "." + t.bind(name, h)
}

func (t *streams) bind(name string, h handle) string {
	mac := hmac.New(sha256.New, t.secret[:])
	mac.Write(h[:])
	mac.Write([]byte{0})
	mac.Write([]byte(name))
	return hex.EncodeToString(mac.Sum(nil))
}

// find returns the stream of that id if the key opened it, else nil: whose it is makes no difference to anybody else.
func (t *streams) find(id string, h handle) *stream {
	const nameLength = 26
	if len(id) < nameLength+1 || !hmac.Equal([]byte(id[nameLength+1:]), []byte(t.bind(id[:nameLength], h))) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if st := t.all[id]; st != nil && st.handle == h {
		return st
	}
	return nil
}

// open adds a stream that ends with ctx. The error is too_many_streams or shutting_down.
func (t *streams) open(ctx context.Context, c *caller) (*stream, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.stopping:
		return nil, errShuttingDown
	case c.workspace != "" && t.workspaces[c.workspace] >= streamsPerWorkspace, len(t.all) >= streamsPerProcess, !t.perKey.enter(c.handle):
		return nil, &fault.Error{Code: fault.TooManyStreams, Detail: fault.TooManyStreams.Detail(), RetryAfter: time.Second}
	}
	st := &stream{id: t.newID(c.handle), handle: c.handle, workspace: c.workspace, queue: make(chan []byte, 16)}
	st.ctx, st.stop = context.WithCancelCause(ctx)
	st.calls = newCalls(st.ctx)
	t.all[st.id] = st
	t.workspaces[c.workspace]++
	key := t.keys[c.handle]
	if key == nil || key.planless && c.unusable == nil {
		key = t.watch(c)
		t.keys[c.handle] = key
	}
	st.watch = key
	key.streams++
	return st, nil
}

// watch ends the key's streams as soon as the API says that it is dead. An API that cannot be reached says nothing.
func (t *streams) watch(c *caller) *watched {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watched{stop: cancel, planless: c.unusable != nil}
	go func() {
		defer cancel()
		err := untilPlan(ctx, c)
		if err == nil {
			err = c.client.Watch(ctx, c.key)
		}
		if apiclient.Dead(err) {
			t.server.memory.drop(c.handle)
			t.died(c.handle, w, err)
		}
	}()
	return w
}

// untilPlan returns nil once the caller's plan allows keys, or the error of a key that died or of a context that ended.
func untilPlan(ctx context.Context, c *caller) error {
	for err := error(c.unusable); c.unusable != nil && err != nil; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(planPause):
		}
		if _, err = c.client.Access(ctx, c.key); apiclient.Dead(err) && fault.CodeOf(err) != fault.FeatureNotAllowed {
			return err
		}
	}
	return nil
}

// died ends the streams under w. A stream opened later, by a key that has come back, gets a watch of its own.
func (t *streams) died(h handle, w *watched, cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys[h] == w {
		delete(t.keys, h)
	}
	for _, st := range t.all {
		if st.watch == w {
			st.stop(cause)
		}
	}
}

func (t *streams) close(st *stream) {
	st.stop(nil)
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, st.id)
	t.perKey.leave(st.handle)
	if t.workspaces[st.workspace]--; t.workspaces[st.workspace] == 0 {
		delete(t.workspaces, st.workspace)
	}
	if st.watch.streams--; st.watch.streams == 0 {
		st.watch.stop()
		if t.keys[st.handle] == st.watch {
			delete(t.keys, st.handle)
		}
	}
}

// shutDown refuses new streams and ends each open one once its calls are answered or ctx ends.
func (t *streams) shutDown(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopping = true
	t.server.leave()
	for _, st := range t.all {
		go func() {
			select {
			case <-st.calls.close():
			case <-ctx.Done():
			}
			st.stop(errShuttingDown)
		}()
	}
}
