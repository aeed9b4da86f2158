// Package api is the HTTP API: the only authority over what a key may do.
//
// Each request passes one chain of checks in an order that the contract fixes (see gate); the first failure is the answer,
// a problem document. Operations are mounted from the catalogue in internal/tools by one typed function (see handle), so
// that none lacks a permission. What a request needs from the rest of the system is named by Config.
package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// Server serves the API. It is safe for concurrent use.
type Server struct {
	Config
	mux      *http.ServeMux
	mounted  map[*tools.Spec]int
	methods  []string // that any route takes
	hosts    map[string]bool
	origins  map[string]bool
	loopback atomic.Bool // loopback names are served
	watches  *watches
	stopping chan struct{} // closed when Serve begins to stop
	drained  atomic.Bool
	metrics  *metrics
	noisy    zerolog.Logger // for refusals that strangers can cause at will
}

// New returns a Server. It fails when the Config lacks a part or an operation of the catalogue is not mounted exactly once.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		Config: c, mux: http.NewServeMux(), mounted: map[*tools.Spec]int{},
		hosts: lowerSet(c.AllowedHosts), origins: lowerSet(c.AllowedOrigins),
		watches: newWatches(c.KeyStates, c.WatchPoll), stopping: make(chan struct{}),
		noisy: c.Log.Sample(&zerolog.BurstSampler{Burst: strangerLines, Period: time.Second}),
	}
	if u, err := url.Parse(c.PublicURL); err != nil {
		return nil, fmt.Errorf("api: the public URL cannot be read")
	} else if u.Host != "" {
		s.hosts[strings.ToLower(u.Host)], s.origins[strings.ToLower(u.Scheme+"://"+u.Host)] = true, true
	}
	s.metrics = newMetrics(s.watches.count)
	s.loopback.Store(len(c.AllowedHosts) == 0)
	s.mountOperations()
	if err := s.mountPublic(); err != nil {
		return nil, err
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { x := w.(*exchange); x.end(s.unmatched(x)) })
	return s, s.everythingMounted()
}

// strangerLines is how many refusals a second that need no valid key are logged; the metrics count them all.
const strangerLines = 10

func lowerSet(words []string) map[string]bool {
	set := map[string]bool{}
	for _, w := range words {
		set[strings.ToLower(w)] = true
	}
	return set
}

func (s *Server) everythingMounted() error {
	for _, spec := range tools.Operations() {
		if n := s.mounted[spec]; n != 1 {
			return fmt.Errorf("api: operation %s is mounted %d times", spec.Name, n)
		}
	}
	if len(s.mounted) != len(tools.Operations()) {
		return fmt.Errorf("api: an operation is mounted that is not in the catalogue")
	}
	return nil
}

// route mounts h at one method and path.
func (s *Server) route(r tools.Route, h func(*exchange) error) {
	pattern := r.String()
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange) // ServeHTTP put it there
		x.route = pattern
		x.end(h(x))
	})
	for _, m := range s.methods {
		if m == r.Method {
			return
		}
	}
	s.methods = append(s.methods, r.Method)
}

// Handler returns the public handler.
func (s *Server) Handler() http.Handler {
	if s.Wrap != nil {
		return s.Wrap(s)
	}
	return s
}

// ServeHTTP answers one request. Call Handler for the handler to serve.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(w, r)
	defer s.finish(x)
	if s.drained.Load() {
		x.Header().Set("Connection", "close")
	}
	if r.ContentLength != 0 {
		x.readDeadline(s.BodyTimeout)
	}
	if s.Pages != nil && isPage(r.URL.Path) {
		s.page(x)
		return
	}
	if !exactPath(r) {
		x.end(fault.New(fault.NotFound, ""))
		return
	}
	s.mux.ServeHTTP(x, r)
}

// exactPath reports whether the mux may match the path as it stands. It would clean, unescape or redirect other forms.
func exactPath(r *http.Request) bool {
	p := r.URL.Path
	return len(p) > 1 && p[0] == '/' && p[len(p)-1] != '/' && r.URL.RawPath == "" && r.RequestURI != "*" &&
		!strings.Contains(r.RequestURI[:pathEnd(r.RequestURI)], "%") && !strings.Contains(p, "//") && !strings.Contains(p, "/.")
}

func pathEnd(uri string) int {
	if i := strings.IndexByte(uri, '?'); i >= 0 {
		return i
	}
	return len(uri)
}

// unmatched answers a request that no route takes.
func (s *Server) unmatched(x *exchange) error {
	allowed := s.allowed(x.r)
	if len(allowed) == 0 {
		return fault.New(fault.NotFound, "")
	}
	if x.r.Method == http.MethodOptions && s.preflight(x, allowed) {
		return nil
	}
	x.Header().Set("Allow", strings.Join(allowed, ", "))
	return fault.New(fault.MethodNotAllowed, "")
}

// allowed returns the methods that the path of r takes.
func (s *Server) allowed(r *http.Request) []string {
	var methods []string
	for _, m := range s.methods {
		if _, pattern := s.mux.Handler(&http.Request{Method: m, URL: r.URL, Host: r.Host}); pattern == "/" {
			continue
		}
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return methods
}
