package outbound_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

// seen records what a site was sent.
type seen struct {
	mu   sync.Mutex
	list []string
}

func (s *seen) add(r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a body that breaks off is a shorter one
	s.mu.Lock()
	defer s.mu.Unlock()
	line := r.Method + " " + r.Host + r.URL.RequestURI()
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Referer", "User-Agent"} {
		if v := r.Header.Get(name); v != "" {
			line += " " + name + "=" + v
		}
	}
	s.list = append(s.list, strings.TrimSpace(line+" "+string(body)))
}

func (s *seen) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

// hops is an internet of three sites that lead where their paths say.
func hops(t *testing.T) (*internet.Net, *seen) {
	n, log := internet.New(t), &seen{}
	site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.add(r)
		to := map[string]string{"/away": "https://b.test/end", "/back": "https://b.test/home", "/home": "https://a.test/end", "/within": "/end", "/sub": "https://x.a.test/end",
			"/loop": "/loop", "/down": "http://a.test/end", "/login": "https://u:p@b.test/end"}[r.URL.Path]
		if to == "" {
			_, _ = io.WriteString(w, "end") // the client may have left
			return
		}
		status := http.StatusTemporaryRedirect
		if r.URL.RawQuery == "see-other" {
			status = http.StatusSeeOther
		}
		http.Redirect(w, r, to, status)
	})
	for _, host := range []string{"a.test", "b.test", "x.a.test"} {
		n.Site(host, site)
	}
	return n, log
}

func TestRedirectsCarryNoSecrets(t *testing.T) {
	n, log := hops(t)
	c := n.Client(t, outbound.Config{})
	const secrets = " Authorization=Bearer s3cret Cookie=id=s3cret X-Api-Key=s3cret"
	for _, tc := range []struct {
		name, method, url, body string
		want                    []string
		err                     error
	}{
		{"within a host all goes along", "GET", "https://a.test/within?key=s3cret", "", []string{"GET a.test/within?key=s3cret" + secrets + " User-Agent=test", "GET a.test/end" + secrets + " User-Agent=test"}, nil},
		{"from http to https on a host too", "GET", "http://a.test/within", "", []string{"GET a.test/within" + secrets + " User-Agent=test", "GET a.test/end" + secrets + " User-Agent=test"}, nil},
		{"another host sees no secret", "GET", "https://a.test/away?key=s3cret", "", []string{"GET a.test/away?key=s3cret" + secrets + " User-Agent=test", "GET b.test/end User-Agent=test"}, nil},
		{"nor does one below", "GET", "https://a.test/sub", "", []string{"GET a.test/sub" + secrets + " User-Agent=test", "GET x.a.test/end User-Agent=test"}, nil},
		{"nor the first when another sent us back", "GET", "https://a.test/back", "", []string{"GET a.test/back" + secrets + " User-Agent=test", "GET b.test/home User-Agent=test", "GET a.test/end User-Agent=test"}, nil},
		{"a body stays within a host", "POST", "https://a.test/within", "person", []string{"POST a.test/within" + secrets + " User-Agent=test person", "POST a.test/end" + secrets + " User-Agent=test person"}, nil},
		{"and does not leave it", "POST", "https://a.test/away", "person", []string{"POST a.test/away" + secrets + " User-Agent=test person"}, outbound.ErrRedirect},
		{"unless it is dropped", "POST", "https://a.test/away?see-other", "person", []string{"POST a.test/away?see-other" + secrets + " User-Agent=test person", "GET b.test/end User-Agent=test"}, nil},
		{"never from https to http", "GET", "https://a.test/down", "", []string{"GET a.test/down" + secrets + " User-Agent=test"}, outbound.ErrRedirect},
		{"never with a user's name", "GET", "https://a.test/login", "", []string{"GET a.test/login" + secrets + " User-Agent=test"}, outbound.ErrForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req, err := http.NewRequest(tc.method, tc.url, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			for name, v := range map[string]string{"Authorization": "Bearer s3cret", "Cookie": "id=s3cret", "X-Api-Key": "s3cret", "User-Agent": "test"} {
				req.Header.Set(name, v)
			}
			answer, err := c.Do(t.Context(), req, outbound.Limit{})
			if !errors.Is(err, tc.err) || (err == nil) != (tc.err == nil) {
				t.Fatal(err)
			}
			if err == nil && (string(answer.Body) != "end" || !strings.HasSuffix(answer.URL.Path, "/end")) {
				t.Errorf("%s at %s", answer.Body, answer.URL)
			}
			if diff := cmp.Diff(tc.want, log.take()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedirectsEnd(t *testing.T) {
	n, log := hops(t)
	if _, err := get(n.Client(t, outbound.Config{}), "https://a.test/loop"); !errors.Is(err, outbound.ErrRedirect) {
		t.Error(err)
	}
	if got := len(log.take()); got != outbound.MaxRedirects+1 {
		t.Errorf("%d requests", got)
	}
}

func TestHTTPSOnly(t *testing.T) {
	n, log := hops(t)
	c := n.Client(t, outbound.Config{})
	req := httptest.NewRequest(http.MethodGet, "http://a.test/end", nil)
	req.RequestURI = ""
	if _, err := c.Do(t.Context(), req, outbound.Limit{HTTPSOnly: true}); !errors.Is(err, outbound.ErrForbidden) {
		t.Error(err)
	}
	if got := log.take(); len(got) > 0 {
		t.Error(got)
	}
}

// TestTheProxyOfTheMachineIsNotUsed: a proxy would dial for us, unjudged.
func TestTheProxyOfTheMachineIsNotUsed(t *testing.T) {
	w := newWatch(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+w.ports[0])
	}
	w.Page("good.test", "good")
	if answer, err := get(w.Client(t, outbound.Config{Dial: w.dial}), "http://good.test/"); err != nil || string(answer.Body) != "good" || w.reached.Load() != 0 {
		t.Errorf("%v, %d connections", err, w.reached.Load())
	}
}

// TestAnswersAreBounded asks sites that say too much, too late, or nonsense; no error quotes the request or the answer.
func TestAnswersAreBounded(t *testing.T) {
	n := internet.New(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	stall := func(r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}
	bomb := &bytes.Buffer{}
	z := gzip.NewWriter(bomb)
	for range 8 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write := func(w io.Writer, s string) { _, _ = io.WriteString(w, s) } // the client may have left
	for host, site := range map[string]http.HandlerFunc{
		"exact.test": func(w http.ResponseWriter, _ *http.Request) { write(w, strings.Repeat("x", 1000)) },
		"large.test": func(w http.ResponseWriter, _ *http.Request) { write(w, strings.Repeat("x", 1001)) },
		"bomb.test": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, bomb.String())
		},
		"header.test": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Large", strings.Repeat("s3cret", 40_000))
		},
		"silent.test": func(_ http.ResponseWriter, r *http.Request) { stall(r) },
		"drip.test": func(w http.ResponseWriter, r *http.Request) {
			write(w, "s3cret")
			_ = http.NewResponseController(w).Flush()
			stall(r)
		},
		"broken.test": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"garbled.test": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, "s3cret is no gzip")
		},
	} {
		n.Site(host, site)
	}
	n.A("closed.test", "11.9.9.9")
	n.Fail("lame.test", 2)
	n.Fail("mute.test", -1)
	c := n.Client(t, outbound.Config{Timeout: 300 * time.Millisecond})
	patient := n.Client(t, outbound.Config{})
	for _, tc := range []struct {
		host string
		c    *outbound.Client
		want error
	}{
		{"exact.test", patient, nil}, {"large.test", patient, outbound.ErrTooLarge}, {"bomb.test", patient, outbound.ErrTooLarge},
		{"header.test", patient, outbound.ErrUnreachable}, {"broken.test", patient, outbound.ErrUnreachable}, {"garbled.test", patient, outbound.ErrUnreachable},
		{"silent.test", c, outbound.ErrTimeout}, {"drip.test", c, outbound.ErrTimeout}, {"mute.test", c, outbound.ErrTimeout},
		{"nowhere.test", patient, outbound.ErrNoSuchName}, {"lame.test", patient, outbound.ErrUnreachable},
	} {
		t.Run(tc.host, func(t *testing.T) {
			for _, scheme := range []string{"http", "https"} {
				req, err := http.NewRequest(http.MethodGet, scheme+"://"+tc.host+"/?key=s3cret", nil)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := tc.c.Do(t.Context(), req, outbound.Limit{Body: 1000})
				if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
					t.Fatalf("%s: %v", scheme, err)
				}
				if err == nil && len(answer.Body) != 1000 {
					t.Errorf("%d bytes", len(answer.Body))
				}
				if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), tc.host)) {
					t.Errorf("%v quotes", err)
				}
			}
		})
	}
	req, err := http.NewRequest(http.MethodGet, "https://bomb.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "br") // ours to choose
	answer, err := patient.Do(t.Context(), req, outbound.Limit{Body: 5000, Truncate: true})
	if err != nil || !answer.Truncated || len(answer.Body) != 5000 || answer.Body[0] != 0 {
		t.Errorf("%v: the beginning of what is too large", err)
	}
}

// TestTheCallerMayLeave tells a caller that left from a server that is late.
func TestTheCallerMayLeave(t *testing.T) {
	n := internet.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	n.Site("silent.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	req, err := http.NewRequest(http.MethodGet, "https://silent.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Client(t, outbound.Config{}).Do(ctx, req, outbound.Limit{}); !errors.Is(err, context.Canceled) || errors.Is(err, outbound.ErrTimeout) {
		t.Error(err)
	}
}

func TestStrangersDoNotVouch(t *testing.T) {
	n := internet.New(t)
	n.Page("good.test", "")
	c := outbound.New(outbound.Config{Resolver: n.Resolver(), Dial: n.Dial}) // trusts the machine's authorities alone
	defer c.Close()
	if _, err := get(c, "https://good.test/"); !errors.Is(err, outbound.ErrCertificate) || !errors.Is(err, outbound.ErrUnreachable) {
		t.Error(err)
	}
}
