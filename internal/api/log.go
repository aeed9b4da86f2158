package api

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// finish ends an exchange: a panic becomes a problem document, and what happened goes to the metrics and the log.
// It must be deferred itself, since it recovers.
func (s *Server) finish(x *exchange) {
	if v := recover(); v != nil {
		s.recovered(x, v)
	}
	took := time.Since(x.begun)
	s.metrics.observe(x, took)
	s.count(x)
	log, level := s.Log, zerolog.DebugLevel
	switch {
	case x.r.Context().Err() != nil: // nobody waits for the answer any more; what failed, failed for that
	case x.broken && (x.fault == nil || x.fault.Code.Status() < 500): // the caller stood still, or may not go on
		level = zerolog.InfoLevel
	case x.broken:
		level = zerolog.ErrorLevel
	case x.status >= 500 && x.fault != nil && x.fault.Code != fault.ShuttingDown:
		level = zerolog.ErrorLevel
	case x.status >= 400:
		if level = zerolog.InfoLevel; x.caller.KeyID == "" {
			log = s.noisy
		}
	}
	s.record(log.WithLevel(level), x, took)
	x.linger()
	if x.broken {
		x.cut()
	}
}

// cut closes the connection so that the caller sees a broken answer. HTTP/1.0 knows no end but the connection's, which is reset then.
func (x *exchange) cut() {
	if conn := x.conn(); conn != nil && !x.r.ProtoAtLeast(1, 1) {
		_ = conn.SetLinger(0) // the connection may be closed already
	}
	panic(http.ErrAbortHandler)
}

// record writes the line of the access log. It holds no query string, header or body: those may be secret.
func (s *Server) record(e *zerolog.Event, x *exchange, took time.Duration) {
	e = e.Str("method", x.r.Method).Str("route", x.route).Int("status", x.status).Int("bytes", x.bytes).Dur("ms", took).Str("request_id", x.id)
	if x.caller.KeyID != "" {
		e = e.Str("key_id", x.caller.KeyID).Str("workspace_id", x.caller.WorkspaceID)
	}
	if f := x.fault; f != nil {
		e = e.Str("code", string(f.Code))
		if f.Cause != nil && (x.status >= 500 || x.broken) {
			e = e.Str("cause", token.Scrub(f.Cause.Error()))
		}
	}
	e.Msg("request")
}

// recovered answers 500 where nothing was sent yet, and otherwise cuts the connection, so that no half answer looks whole.
func (s *Server) recovered(x *exchange, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Log.Error().Str("request_id", x.id).Str("route", x.route).
		Str("panic", token.Scrub(fmt.Sprint(v))).Str("stack", token.Scrub(string(debug.Stack()))).Msg("panic")
	if x.status != 0 {
		panic(http.ErrAbortHandler)
	}
	x.refuse(fault.New(fault.Internal, ""))
}
