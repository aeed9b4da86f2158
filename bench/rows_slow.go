package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// slowness is how long the API of G10 takes to answer.
const slowness = 20 * time.Millisecond

// slowAPI answers each call with the body after slowness; what concerns the key itself goes to the real API at once.
func (s *stage) slowAPI(a service, body string) (string, error) {
	target, err := url.Parse(a.url)
	if err != nil {
		return "", err
	}
	access := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{ReadHeaderTimeout: wireTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/access") {
			access.ServeHTTP(w, r)
			return
		}
		time.Sleep(slowness)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(body))
	})}
	go func() { _ = server.Serve(l) }()
	s.onEnd(server.Close)
	return "http://" + l.Addr().String(), nil
}

// slowCalls is G10: calls a second over stdio with n in flight on an API that is slow, beside n clients of that API.
func slowCalls(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		slow, err := s.slowAPI(a, a.body)
		if err != nil {
			return pair{}, err
		}
		open, err := s.opener(ctx, "cmd/mcp-server", "UNSTUCK_API_KEY="+a.key, "UNSTUCK_API_URL="+slow)
		if err != nil {
			return pair{}, err
		}
		p, err := s.kept(open)
		if err != nil {
			return pair{}, err
		}
		if _, err := p.ask(fmt.Sprintf(listTools, 2)); err != nil {
			return pair{}, err
		}
		arguments := fmt.Sprintf(`{"id":%q}`, a.account)
		direct, err := s.callers(n, slow, request("GET", slow+lookup(a.account), "", a.bearer()), 200, a.account)
		return pair{func(ctx context.Context) (float64, error) {
			return p.flight(ctx, n, max(s.span(), 20*slowness), "get_record", arguments)
		}, s.rate(direct)}, err
	}
}

// lookup is the route of get_record.
func lookup(id string) string { return "/v1/records/lookup?id=" + id }
