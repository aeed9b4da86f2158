package api

import (
	"bytes"
	"cmp"
	"context"
	"html/template"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// mountPublic mounts what needs no key.
func (s *Server) mountPublic() error {
	description, err := describe(s.Config)
	if err != nil {
		return err
	}
	page, err := docsPage(cmp.Or(s.PublicURL, someHost))
	if err != nil {
		return err
	}
	s.public("/livez", "application/json", s.live)
	s.public("/readyz", "application/json", s.ready)
	s.public("/openapi.json", "application/json", func(x *exchange) error {
		x.Header()["Content-Type"] = typeJSON
		x.send(http.StatusOK, description)
		return nil
	})
	s.public("/docs", "text/html", func(x *exchange) error {
		h := x.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		x.send(http.StatusOK, s.addressed(page, x.r.Host))
		return nil
	})
	return nil
}

// addressed returns the page for a reader who came by the host, which was found allowed.
func (s *Server) addressed(page []byte, host string) []byte {
	if s.PublicURL != "" {
		return page
	}
	return bytes.ReplaceAll(page, []byte(someHost), []byte(template.HTMLEscapeString("http://"+host)))
}

func (s *Server) public(path, produces string, h func(*exchange) error) {
	f := form{bodySize: maxBody, produces: []string{produces}}
	s.route(tools.Route{Method: http.MethodGet, Path: path}, func(x *exchange) error {
		if err := s.transport(x, f); err != nil {
			return err
		}
		return h(x)
	})
}

// live says that the process runs, whatever the store does.
func (s *Server) live(x *exchange) error { return status(x, "alive") }

// ready says whether requests can be answered now.
func (s *Server) ready(x *exchange) error {
	if s.drained.Load() {
		return fault.New(fault.ShuttingDown, "")
	}
	ctx, cancel := context.WithTimeout(x.r.Context(), s.GateTimeout)
	defer cancel()
	if err := s.Ping(ctx); err != nil {
		return fault.Wrap(fault.StoreUnavailable, err)
	}
	return status(x, "ready")
}

func status(x *exchange, word string) error {
	h := x.Header()
	h["Content-Type"], h["Cache-Control"] = typeJSON, noStore
	x.send(http.StatusOK, []byte(`{"status":"`+word+`"}`))
	return nil
}
