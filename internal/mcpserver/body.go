package mcpserver

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	maxBody     = 1 << 20
	smallBody   = 64 << 10 // what is read before the key is known to live
	bodyTimeout = 15 * time.Second
)

// What bodies that still arrive may hold at once: 64 MiB from senders whose keys nobody has checked, 64 MiB from others.
const (
	strangersAtOnce = 1024 // small bodies of keys never seen alive
	largeAtOnce     = 64   // bodies beyond smallBody
	largePerKey     = 16
)

var errTooManyLarge = &fault.Error{Code: fault.RateLimited, Detail: "Too many large requests arrive at once. Send it again shortly, or in smaller parts.", RetryAfter: time.Second}

// intake counts the bodies that are being read.
type intake struct {
	strangers, large *counter[struct{}]
	keys             *counter[handle]
}

func newIntake() intake {
	return intake{newCounter[struct{}](strangersAtOnce), newCounter[struct{}](largeAtOnce), newCounter[handle](largePerKey)}
}

// body reads the message within its limits of size, time and memory. Why it cannot is told to the holder of a living key
// alone.
func (f *front) body(x *exchange) ([]byte, error) {
	if x.r.ContentLength > maxBody {
		return nil, f.ifAlive(x, fault.Wrap(fault.BodyTooLarge, nil))
	}
	var start []byte
	if x.r.ContentLength <= smallBody {
		var err error
		if start, err = f.bodyStart(x); err != nil || x.bodyRead {
			return start, err
		}
	}
	return f.largeBody(x, start)
}

// bodyStart reads up to smallBody bytes. When strangers send too many at once, a key is asked about before its body is read.
func (f *front) bodyStart(x *exchange) ([]byte, error) {
	if _, known := f.memory.recall(x.who.handle); !known {
		if f.intake.strangers.enter(struct{}{}) {
			defer f.intake.strangers.leave(struct{}{})
		} else if err := f.ifAlive(x, nil); err != nil {
			return nil, err
		}
	}
	return f.readBody(x, nil, smallBody)
}

// largeBody reads on after start, for a key that lives and within what it and all may have at once.
func (f *front) largeBody(x *exchange, start []byte) ([]byte, error) {
	if _, known := f.memory.recall(x.who.handle); !known {
		if err := f.ifAlive(x, nil); err != nil {
			return nil, err
		}
	}
	if !f.intake.keys.enter(x.who.handle) {
		return nil, errTooManyLarge
	}
	defer f.intake.keys.leave(x.who.handle)
	if !f.intake.large.enter(struct{}{}) {
		return nil, errTooManyLarge
	}
	defer f.intake.large.leave(struct{}{})
	data, err := f.readBody(x, start, maxBody+1)
	if err == nil && !x.bodyRead {
		return nil, f.ifAlive(x, fault.Wrap(fault.BodyTooLarge, nil))
	}
	return data, err
}

// readBody returns start with what follows it, up to most bytes in all; x.bodyRead tells whether the body ended before.
func (f *front) readBody(x *exchange, start []byte, most int) ([]byte, error) {
	x.readDeadline(f.cfg.BodyTimeout)
	rest, err := io.ReadAll(io.LimitReader(x.r.Body, int64(most-len(start))))
	if err != nil {
		x.w.Header().Set("Connection", "close") // so that nothing waits for the rest
		return nil, f.ifAlive(x, bodyError(err))
	}
	x.readDeadline(0)
	data := rest
	if len(start) > 0 {
		data = append(start, rest...)
	}
	x.bodyRead = len(data) < most
	return data, nil
}

// bodyError says why a body did not arrive.
func bodyError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fault.Wrap(fault.RequestTimeout, err)
	}
	return &fault.Error{Code: fault.InvalidRequest, Detail: "The body did not arrive whole. Send it again.", Cause: err}
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

const (
	lingerTime  = time.Second
	lingerBytes = 2 << 20
	drained     = 256 << 10 // what the library throws away by itself
)

// leave prepares for an answer that comes before the body was read; without it, the library would wait for the body as long
// as its sender likes. A small one is thrown away, so that the connection can be used again; otherwise it is closed.
func (x *exchange) leave() {
	if x.r.ContentLength == 0 || x.bodyRead {
		return
	}
	x.readDeadline(lingerTime)
	if x.r.ContentLength < 0 || x.r.ContentLength > drained || x.r.Close {
		x.w.Header().Set("Connection", "close")
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
