package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func validIdempotencyKey(k string) bool { return wire.ValidIdempotencyKey(k) }

// body reads the whole body, at most maxBody bytes.
func (s *Server) body(x *exchange) ([]byte, error) {
	if x.r.ContentLength == 0 {
		return nil, nil
	}
	rc := http.NewResponseController(x.w)
	_ = rc.SetReadDeadline(time.Now().Add(s.BodyTimeout)) // fails only where there is no connection
	raw, err := readBody(x.r)
	if err != nil {
		return nil, bodyError(x, err)
	}
	_ = rc.SetReadDeadline(time.Time{})
	if len(raw) > maxBody {
		x.Header().Set("Connection", "close")
		return nil, fault.New(fault.BodyTooLarge, "")
	}
	return raw, nil
}

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	raw := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, raw)
	return raw, err
}

// bodyError says why a body did not arrive. The connection cannot be used any more.
func bodyError(x *exchange, err error) error {
	x.Header().Set("Connection", "close")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.Wrap(fault.RequestTimeout, err)
	}
	e := fault.Wrap(fault.InvalidRequest, err)
	e.Detail = "The body did not arrive whole. Send it again."
	return e
}

const (
	lingerBytes = 2 << 20
	lingerTime  = time.Second
)

// linger throws away what is still to come of a refused body, within limits: a connection that is closed over unread bytes
// is reset, and the caller may lose the answer with it.
func (x *exchange) linger() {
	if x.fault == nil || x.r.ContentLength == 0 || x.fault.Code == fault.RequestTimeout || x.r.Header.Get("Expect") != "" {
		return
	}
	rc := http.NewResponseController(x.w)
	if rc.Flush() == nil && rc.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, x.r.Body, lingerBytes) // best effort
		_ = rc.SetReadDeadline(time.Time{})
	}
}

// stream is a body that its handler reads. Each part must arrive in time; the whole may take as long as it likes.
type stream struct {
	x       *exchange
	rc      *http.ResponseController
	timeout time.Duration
	err     error // why the body ended early
}

func (s *Server) stream(x *exchange) *stream {
	b := &stream{x: x, rc: http.NewResponseController(x.w), timeout: s.BodyTimeout}
	_ = b.rc.SetWriteDeadline(time.Time{})
	return b
}

// csv reports whether the body is CSV rather than JSON Lines.
func (b *stream) csv() bool { return mediaType(b.x.r) == "text/csv" }

// Read implements io.Reader.
func (b *stream) Read(p []byte) (int, error) {
	_ = b.rc.SetReadDeadline(time.Now().Add(b.timeout))
	n, err := b.x.r.Body.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// done lifts the deadlines and gives the answer time to be written.
func (b *stream) done() {
	_ = b.rc.SetReadDeadline(time.Time{})
	_ = b.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
}

// withoutMember cuts the member with the name, which needs no escapes, from an object in canonical form.
func withoutMember(text []byte, name string) []byte {
	needle := []byte(`"` + name + `":`)
	start, depth := -1, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if depth == 1 && start < 0 && bytes.HasPrefix(text[i:], needle) {
				start = i
			}
			i = stringEnd(text, i)
		}
		if start >= 0 && (depth == 0 || depth == 1 && text[i] == ',') {
			return cut(text, start, i)
		}
	}
	return text
}

// stringEnd returns the index of the quote that closes the string at i.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// cut removes the member from start to the comma or brace at end, with one of its commas.
func cut(text []byte, start, end int) []byte {
	switch {
	case text[end] == ',':
		end++
	case text[start-1] == ',':
		start--
	}
	return append(append(make([]byte, 0, len(text)), text[:start]...), text[end:]...)
}
