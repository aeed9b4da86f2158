package mcpserver

import (
	"context"
	"errors"
	stdlog "log"
	"net"
	"net/http"
	"time"
)

const (
	httpDrain   = 9 * time.Second // what runs may take that long once the server was told to stop
	streamDrain = 5 * time.Second
)

// Handler returns the HTTP transports behind their checks, and a function that ends open streams once their calls are
// answered or its context ends. Serve uses both; a test may mount the handler itself.
func (s *Server) Handler(cfg HTTPConfig) (http.Handler, func(context.Context)) {
	f := newFront(s, cfg)
	return f, f.streams.shutDown
}

// ServeHTTP serves the HTTP transports on l until ctx ends, then lets what runs finish, for ten seconds at most. It closes
// l. The error is that of a listener which failed, or of connections that had to be cut.
func (s *Server) Serve(ctx context.Context, l net.Listener, cfg HTTPConfig) error {
	handler, endStreams := s.Handler(cfg)
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          stdlog.New(s.log, "", 0),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), httpDrain)
	defer cancel()
	streams, cancelStreams := context.WithTimeout(drain, streamDrain)
	defer cancelStreams()
	endStreams(streams)
	err := srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	<-failed
	return err
}
