package mcpserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	maxBody      = 1 << 20
	bodyDeadline = 15 * time.Second
	sendDeadline = 10 * time.Second // for one write to a client
)

// exchange is one HTTP request with its answer.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	who   identity
	allow string // the method that the path serves
}

// body reads the message within its limits.
func (x *exchange) body() ([]byte, error) {
	if x.r.ContentLength > maxBody {
		return nil, fault.Wrap(fault.BodyTooLarge, nil)
	}
	control := http.NewResponseController(x.w)
	_ = control.SetReadDeadline(time.Now().Add(bodyDeadline)) // an HTTP/2 or test writer may not know deadlines
	data, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	_ = control.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.Wrap(fault.BodyTooLarge, nil)
	case err != nil:
		return nil, fault.Wrap(fault.RequestTimeout, err)
	}
	return data, nil
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
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(sendDeadline))
	if kind != "" {
		x.w.Header().Set("Content-Type", kind)
		x.w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body)
}
