package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	keepAlive   = 20 * time.Second
	eventStream = "text/event-stream"
)

// openStream serves GET /sse: it names the place for messages, then writes answers until the client leaves, the key dies or
// the server stops.
func (f *front) openStream(x *exchange) error {
	if _, err := f.body(x); err != nil { // there should be none
		return err
	}
	c := f.admit(x.r.Context(), x.who, &message{method: "open"})
	if err := barred(c.unusable); err != nil {
		return err
	}
	st, err := f.streams.open(x.r.Context(), c)
	if err != nil {
		return err
	}
	defer f.streams.close(st)
	h := x.w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("X-Accel-Buffering", "no")
	x.w.WriteHeader(http.StatusOK)
	if !x.stream(event("endpoint", []byte(PathMessage+"?sessionId="+st.id))) {
		return nil
	}
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		text := []byte(": keep-alive\n\n")
		select {
		case <-st.ctx.Done():
			x.farewell(st)
			return nil
		case text = <-st.queue:
		case <-tick.C:
		}
		if !x.stream(text) {
			return nil
		}
	}
}

// stream writes a piece of the stream and reports whether the client takes it.
func (x *exchange) stream(text []byte) bool {
	control := http.NewResponseController(x.w)
	_ = control.SetWriteDeadline(time.Now().Add(sendDeadline))
	_, err := x.w.Write(text)
	return errors.Join(err, control.Flush()) == nil
}

// farewell tells why the stream ends, after the answers that are due when the server stops.
func (x *exchange) farewell(st *stream) {
	e := fault.From(context.Cause(st.ctx))
	if e.Code == fault.Internal { // the client left
		return
	}
	for e.Code == fault.ShuttingDown && len(st.queue) > 0 {
		if !x.stream(<-st.queue) {
			return
		}
	}
	x.stream(event("close", []byte(`{"code":"`+string(e.Code)+`"}`)))
}

// postMessage serves POST /message: 202 at once, the answer on the stream. The key is asked about before, since after 202
// there is no way left to say 401.
func (f *front) postMessage(x *exchange) error {
	var st *stream
	if ids := x.r.URL.Query()["sessionId"]; len(ids) == 1 {
		st = f.streams.find(ids[0], x.who.handle)
	}
	if st == nil {
		return f.ifAlive(x, fault.New(fault.NotFound, "There is no such session. Open /sse again."))
	}
	data, err := f.body(x)
	if err != nil {
		return err
	}
	m := parse(data)
	if m.refusal == nil && m.modern() && m.method != string(mcp.MethodServerDiscover) || m.refusal != nil && m.refusal.Code == mcp.UNSUPPORTED_PROTOCOL_VERSION {
		m.refusal = refuseVersion(mcp.LegacyProtocolVersions())
	}
	c := f.admit(x.r.Context(), st.meet(x.who, m).asking(), m)
	if err := barred(c.unusable); err != nil {
		return err
	}
	switch {
	case m.notification() || m.response():
		if m.method == string(mcp.MethodNotificationCancelled) {
			st.calls.cancel(string(m.cancels))
		}
	case m.refusal != nil && m.id == nil:
		x.send(http.StatusBadRequest, "application/json", m.refusal.encode(nil))
		return nil
	default:
		ctx, call, err := st.calls.begin(context.WithoutCancel(x.r.Context()), m)
		if err != nil {
			return err
		}
		go f.reply(ctx, st, call, c, m)
	}
	x.send(http.StatusAccepted, "", nil)
	return nil
}

// meet remembers how the client names itself when it initializes, and returns who with the name that is known.
func (st *stream) meet(who identity, m *message) identity {
	if name := m.program(); name != "" && m.method == string(mcp.MethodInitialize) {
		st.named.Store(&name)
	}
	if name := st.named.Load(); name != nil {
		who.program = *name
	}
	return who
}

// reply runs the call and queues its answer. The call ends with the stream.
func (f *front) reply(ctx context.Context, st *stream, call *call, c *caller, m *message) {
	defer st.calls.end(call)
	send := func(text []byte) {
		select {
		case st.queue <- event("message", text):
		case <-ctx.Done():
		}
	}
	r := f.answer(server.WithSupportedProtocolVersions(ctx, mcp.LegacyProtocolVersions()), c.reporting(m, send), m)
	if ctx.Err() != nil {
		return
	}
	for _, text := range append(r.notes, r.body) {
		send(text)
	}
}
