package mcpserver

import (
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// postMCP serves one message of Streamable HTTP. Nothing is written before the call has told whether the key lives.
func (f *front) postMCP(x *exchange) error {
	data, err := f.body(x)
	if err != nil {
		return err
	}
	m := parse(data)
	if m.refusal == nil {
		m.refusal = headersAgree(x.r.Header, m)
	}
	c := f.admit(x.r.Context(), x.who, m)
	if err := barred(c.unusable); err != nil {
		return err
	}
	legacy := !m.modern() && !mcp.IsModernProtocol(x.r.Header.Get(mcp.HeaderProtocolVersion))
	switch {
	case legacy && x.r.Header.Get("Mcp-Session-Id") != "":
		return fault.New(fault.NotFound, "There is no such session. This server keeps none; send the request without Mcp-Session-Id.")
	case m.notification() || m.response():
		x.send(http.StatusAccepted, "", nil) // cancelled included: a client cancels by closing its request
		return nil
	}
	if accepts(x.r.Header.Values("Accept"), eventStream) {
		c.reporting(m, x.note)
	}
	r := f.answer(x.r.Context(), c, m)
	if err := toldDead(c.outcome); err != nil && !x.streams {
		return err
	}
	switch {
	case x.streams:
		x.note(r.body)
	case r.refusal != nil:
		x.send(r.refusal.status(!legacy), "application/json", r.body)
	case len(r.notes) > 0:
		for _, text := range append(r.notes, r.body) {
			x.note(text)
		}
	default:
		x.send(http.StatusOK, "application/json", r.body)
	}
	return nil
}

// toldDead is barred for what a call itself brought to light: only a dead key or an outage is more than the call's result.
func toldDead(e *fault.Error) error {
	if e == nil || e.Code.Status() != http.StatusUnauthorized && e.Code != fault.StoreUnavailable && e.Code != fault.APIUnreachable && e.Code != fault.ShuttingDown {
		return nil
	}
	return e
}

// headersAgree holds the headers against the body, which alone decides. Legacy clients need send none of them, and an
// initialize is there to settle the version, whatever its headers say.
func headersAgree(h http.Header, m *message) *refusal {
	version := h.Get(mcp.HeaderProtocolVersion)
	known := version == "" || mcp.IsValidProtocolVersion(version)
	switch {
	case !m.modern() && !known && m.method == string(mcp.MethodInitialize):
		return nil
	case !known:
		return refuseVersion(mcp.ValidProtocolVersions)
	case !m.modern() && !mcp.IsModernProtocol(version):
		return nil
	}
	switch {
	case m.version == "":
		return refuseParams
	case version != m.version, h.Get(mcp.HeaderLastEventID) != "":
		return refuseHeaders
	case m.notification():
		return nil
	case mcp.ValidateStandardHeaders(h.Get, m.version, mcp.MCPMethod(m.method), m.params) != nil:
		return refuseHeaders
	}
	return nil
}

// note writes a message as an event of the answer, which becomes a stream of them that ends with the call.
func (x *exchange) note(text []byte) {
	if !x.streams {
		x.streams = true
		x.w.Header().Set("Content-Type", eventStream)
		x.w.WriteHeader(http.StatusOK)
	}
	x.stream(event("message", text))
}

func event(name string, data []byte) []byte {
	out := append([]byte("event: "+name+"\ndata: "), data...)
	return append(out, "\n\n"...)
}
