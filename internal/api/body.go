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
	raw, err := readBody(x.r)
	if err != nil {
		return nil, bodyError(x, err)
	}
	if len(raw) > maxBody {
		return nil, fault.New(fault.BodyTooLarge, "")
	}
	x.bodyRead = true
	x.readDeadline(0)
	return raw, nil
}

// readDeadline limits the time for the rest of the body to arrive; 0 lifts the limit. It fails, to no harm, only where
// there is no connection.
func (x *exchange) readDeadline(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	_ = http.NewResponseController(x.w).SetReadDeadline(at)
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
	lingerTime  = time.Second
	lingerBytes = 2 << 20
	smallBody   = 256 << 10 // what the library throws away by itself
)

// leave prepares for a refusal that comes before the body was read. A small body is thrown away, so that the connection
// can be used again; otherwise it is closed.
func (x *exchange) leave() {
	if x.r.ContentLength == 0 || x.bodyRead {
		return
	}
	x.readDeadline(lingerTime)
	if x.r.ContentLength < 0 || x.r.ContentLength > smallBody || x.r.Close {
		x.Header().Set("Connection", "close")
		x.lingers = x.r.Header.Get("Expect") == ""
	}
}

// linger throws away, within limits, what is still to come of a large body: a connection that is closed over unread bytes is
// reset, and the caller may lose the answer with it.
func (x *exchange) linger() {
	if x.lingers && http.NewResponseController(x.w).Flush() == nil {
		_, _ = io.CopyN(io.Discard, x.r.Body, lingerBytes) // best effort
	}
}

// stream is a body that its handler reads. Each part must arrive in time; the whole may take as long as it likes.
type stream struct {
	x       *exchange
	timeout time.Duration
	err     error // why the body ended early
}

func (s *Server) stream(x *exchange) *stream {
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Time{})
	return &stream{x: x, timeout: s.BodyTimeout}
}

// csv reports whether the body is CSV rather than JSON Lines.
func (b *stream) csv() bool { return mediaType(b.x.r) == "text/csv" }

// Read implements io.Reader.
func (b *stream) Read(p []byte) (int, error) {
	b.x.readDeadline(b.timeout)
	n, err := b.x.r.Body.Read(p)
	if b.x.bodyRead = err == io.EOF; err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// done lifts the limit on reading and gives the answer time to be written.
func (b *stream) done() {
	b.x.readDeadline(0)
	_ = http.NewResponseController(b.x.w).SetWriteDeadline(time.Now().Add(writeTimeout))
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
