package api

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/token"
)

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 60 * time.Second
	writeTimeout  = 60 * time.Second // longer than a watch is held
)

// Serve answers requests on ln until ctx ends, then stops in order: /readyz says 503, watches end with shutting_down,
// requests in flight finish. It closes ln, and may be called once. The error is nil after a clean stop.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	if a, ok := ln.Addr().(*net.TCPAddr); ok && a.IP.IsLoopback() {
		s.loopback.Store(true)
	}
	srv := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, WriteTimeout: writeTimeout + s.WatchHold,
		MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true, ErrorLog: log.New(errorLog{s.noisy}, "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.drained.Store(true)
	close(s.stopping)
	time.Sleep(s.LameDuck)
	return stop(srv, s.DrainTime)
}

type connKey struct{}

// conn returns the connection of the request; nil where there is none of TCP.
func (x *exchange) conn() *net.TCPConn {
	c, _ := x.r.Context().Value(connKey{}).(*net.TCPConn)
	return c
}

func stop(srv *http.Server, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		_ = srv.Close()
		return fmt.Errorf("requests that still ran after %v were cut off", patience)
	}
	return err
}

// errorLog passes on what the HTTP library has to say of broken connections.
type errorLog struct{ log zerolog.Logger }

// Write implements io.Writer.
func (l errorLog) Write(line []byte) (int, error) {
	l.log.Info().Msg(token.Scrub(strings.TrimSpace(string(line))))
	return len(line), nil
}
