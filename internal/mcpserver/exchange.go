package mcpserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const sendDeadline = 10 * time.Second // for one write to a client

// exchange is one HTTP request with its answer.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	who      identity
	allow    string // the method that the path serves
	bodyRead bool   // to its end
	lingers  bool   // after the answer, over a body that was not read
	streams  bool   // the answer has begun, as a stream of events
}

// refuse writes the problem document of e.
func (x *exchange) refuse(e *fault.Error) {
	h := x.w.Header()
	switch e.Code.Status() {
	case http.StatusMethodNotAllowed:
		h.Set("Allow", x.allow)
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	p := e.Problem(x.who.requestID)
	if p.RetryAfter > 0 {
		h.Set("Retry-After", fmt.Sprint(p.RetryAfter))
	}
	body, _ := json.Marshal(p)
	x.send(p.Status, fault.ContentType, body)
}

// send writes a whole answer within the time for one write.
func (x *exchange) send(status int, kind string, body []byte) {
	x.leave()
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(sendDeadline))
	if kind != "" {
		x.w.Header().Set("Content-Type", kind)
		x.w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body)
}
