package mcpserver

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	stdioWorkers = 100
	// stdioDrain is how long running calls may take once the client has closed its end or the process was told to stop.
	stdioDrain = 10 * time.Second
	// complaintWait is how long the end of input waits for the first look at the key.
	complaintWait = time.Second
)

// stdio is one client on two pipes.
type stdio struct {
	*Server
	logins func() credentials.Login
	slots  chan struct{}
	calls  *calls
	named  atomic.Pointer[string] // how the client named itself at the start
	mu     sync.Mutex             // of out
	out    io.Writer
}

// ServeStdio serves one client: a message a line on in, answers on out, nothing else. logins is asked for each message, so
// that a changed key counts at once. The key is looked up at the start, which also opens the connection that the first list
// will need; when it cannot be used, complain is called once.
//
// It returns nil when in ends or ctx does, after the answers that were due were written or ten seconds have passed; or the
// error of out.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer, logins func() credentials.Login, complain func(error)) error {
	t := &stdio{Server: s, logins: logins, slots: make(chan struct{}, stdioWorkers), out: out}
	work, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	t.calls = newCalls(work)
	looked := make(chan struct{})
	if who := t.identity(); who.err != nil {
		complain(who.err)
		close(looked)
	} else {
		go func() {
			defer close(looked)
			if c := t.admit(work, who, &message{}); c.unusable != nil && work.Err() == nil {
				complain(c.unusable)
			}
		}()
	}
	err := t.read(ctx, work, stop, newLineReader(in))
	select { // a client that is done at once shall read the complaint too
	case <-looked:
	case <-ctx.Done():
	case <-work.Done():
	case <-time.After(complaintWait):
	}
	t.drain(stop)
	if cause := context.Cause(work); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

// read takes lines until in or ctx ends or an answer cannot be written.
func (t *stdio) read(ctx, work context.Context, stop context.CancelCauseFunc, lines lineReader) error {
	type line struct {
		text []byte
		err  error
	}
	next := make(chan line)
	go func() { // waits in Read, which nothing interrupts, and ends with the process or with in
		for {
			text, err := lines.next()
			select {
			case next <- line{text, err}:
			case <-work.Done():
				return
			}
			if err != nil && !errors.Is(err, errLongLine) {
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-work.Done():
			return nil
		case l := <-next:
			switch {
			case errors.Is(l.err, io.EOF):
				return nil
			case errors.Is(l.err, errLongLine):
				t.write(stop, reply{body: refuseParse.encode(nil)})
			case l.err != nil:
				return nil // a pipe that breaks is a client that left
			default:
				t.take(work, stop, parse(l.text))
			}
		}
	}
}

// take starts a request, or does what a notification asks.
func (t *stdio) take(work context.Context, stop context.CancelCauseFunc, m *message) {
	switch {
	case m.refusal != nil && m.id == nil:
		t.write(stop, reply{body: m.refusal.encode(nil)})
		return
	case m.response():
		return
	case m.notification():
		if m.method == string(mcp.MethodNotificationCancelled) {
			t.calls.cancel(string(m.cancels))
		}
		return
	}
	t.meet(m)
	select {
	case t.slots <- struct{}{}:
	case <-work.Done():
		return
	}
	ctx, call, err := t.calls.begin(context.Background(), m)
	if err != nil { // only after the end, as slots are fewer than the calls allowed
		return
	}
	go func() {
		defer func() { <-t.slots }()
		defer t.calls.end(call)
		if r := t.serve(ctx, stop, m); !call.cancelled() {
			t.write(stop, r)
		}
	}()
}

// meet remembers how the client names itself.
func (t *stdio) meet(m *message) {
	if name := m.program(); name != "" && m.method == string(mcp.MethodInitialize) {
		t.named.Store(&name)
	}
}

func (t *stdio) serve(ctx context.Context, stop context.CancelCauseFunc, m *message) (r reply) {
	defer func() {
		if cause := recover(); cause != nil {
			t.panicked(&caller{}, cause)
			r = refused(m, refuseOurs)
		}
	}()
	if !m.isCall() && m.method != string(mcp.MethodToolsList) { // says nothing that depends on the key
		return t.answer(ctx, &caller{}, m)
	}
	c := t.admit(ctx, t.identity(), m).reporting(m, func(text []byte) { t.write(stop, reply{body: text}) })
	return t.answer(ctx, c, m)
}

func (t *stdio) identity() identity {
	login := t.logins()
	who := identity{key: login.Key, requestID: newRequestID()}
	if name := t.named.Load(); name != nil {
		who.program = *name
	}
	if login.Err != nil {
		who.err = fault.From(login.Err)
		return who
	}
	who.handle = t.memory.handle(login.Key)
	who.client = t.client
	if login.APIURL != t.client.Address() {
		if client, err := t.client.At(login.APIURL); err == nil {
			who.client = client
		} else {
			who.err = fault.From(err)
		}
	}
	return who
}

// write sends one message a Write, so that lines never mix.
func (t *stdio) write(stop context.CancelCauseFunc, r reply) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, text := range append(r.notes, r.body) {
		if _, err := t.out.Write(append(text, '\n')); err != nil {
			stop(err)
			return
		}
	}
}

// drain waits for the calls that run, then ends those that still do.
func (t *stdio) drain(stop context.CancelCauseFunc) {
	t.leave()
	select {
	case <-t.calls.close():
	case <-time.After(stdioDrain):
		stop(nil)
		<-t.calls.close()
	}
}
