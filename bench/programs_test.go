package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/token"
)

// testStage is a stage whose programs are really built and started.
func testStage(t *testing.T) *stage {
	t.Helper()
	l, err := newLab(options{rounds: 1, quick: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{lab: l}
	t.Cleanup(func() { s.end(); l.close() })
	return s
}

func TestEchoOverStdio(t *testing.T) {
	s, ctx := testStage(t), context.Background()
	open, err := s.opener(ctx, "bench/ref/echo")
	if err != nil {
		t.Fatal(err)
	}
	if ms, err := start(open, true); err != nil || ms <= 0 {
		t.Fatalf("start took %v ms, %v", ms, err)
	}
	p, err := s.kept(open)
	if err != nil {
		t.Fatal(err)
	}
	if rate, err := p.flight(ctx, 8, 50*time.Millisecond, "echo", `{"text":"x"}`); err != nil || rate <= 0 {
		t.Errorf("%v calls a second, %v", rate, err)
	}
	if _, err := p.ask(fmt.Sprintf(callTool, 3, "echo", `{"text":1}`)); err == nil {
		t.Error("a failed tool was taken for an answer")
	}
	if runtime.GOOS == "linux" {
		mb, err1 := memory(p.pid(), "VmRSS")
		spent, err2 := cpu(p.pid())
		if err := errors.Join(err1, err2); err != nil || mb < 1 || spent < 0 {
			t.Errorf("%v MB, %v, %v", mb, spent, err)
		}
	}
	if err := new(surface).read(p); err == nil {
		t.Error("a second greeting that lists one tool was taken for a surface")
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if _, err := p.ask(initialize); err == nil {
		t.Error("a stopped server answered")
	}
}

func TestPlainBesideItself(t *testing.T) {
	s, ctx := testStage(t), context.Background()
	url, err := s.plain(ctx, 401, `{"code":"invalid_api_key"}`)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.besidePlain(ctx, 2, url, request("GET", url+"/v1/x", ""), 401, `{"code":"invalid_api_key"}`, "invalid_api_key")
	if err != nil {
		t.Fatal(err)
	}
	r := measure(ctx, s.lab, rowOf(higher, 0.01, 0, false, p, nil))
	if r.Verdict != met {
		t.Errorf("got %+v", r)
	}
	wrong, err := s.caller(url, request("GET", url+"/", ""), 200, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := drive(ctx, []call{wrong}, time.Second); err == nil || !strings.Contains(err.Error(), "status 401") {
		t.Errorf("a wrong status gave %v", err)
	}
}

func TestProxyPassesOn(t *testing.T) {
	s, ctx := testStage(t), context.Background()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("Authorization")) }))
	defer upstream.Close()
	bin, err := s.binary(ctx, "bench/ref/proxy")
	if err != nil {
		t.Fatal(err)
	}
	_, url, err := s.server(bin, "url", nil, "127.0.0.1:0", upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	one, err := s.caller(url, request("GET", url+"/", "", "Authorization: Bearer k"), 200, "Bearer k")
	if err != nil {
		t.Fatal(err)
	}
	if err := repeat(one, 3); err != nil {
		t.Error(err)
	}
}

func TestServerThatIsNeverReady(t *testing.T) {
	s := testStage(t)
	bin, err := s.binary(context.Background(), "bench/ref/plain")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.server(bin, "url", nil, "127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "give an address") {
		t.Errorf("a server that ends at once gave %v", err)
	}
}

func TestClientReadsBothFramings(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			fmt.Fprint(w, long[:10])
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, long[10:])
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, long)
	}))
	defer server.Close()
	s := &stage{lab: &lab{}}
	defer s.end()
	c, err := s.dial(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		path   string
		status int
	}{{"/chunked", 200}, {"/whole", 202}, {"/chunked", 200}} {
		status, body, err := c.do(request("POST", server.URL+want.path, "{}"))
		if err != nil || status != want.status || string(body) != long {
			t.Errorf("%s: status %d, %d bytes, %v", want.path, status, len(body), err)
		}
	}
}

func TestTyposAreMalformed(t *testing.T) {
	for range 1000 {
		secret, err := token.Mint(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := token.Parse(typo(secret.Reveal())); err == nil {
			t.Fatal("a typo passed")
		}
	}
}

func TestMistypedKeysReadNothing(t *testing.T) {
	if err := refusedUnread(); err != nil {
		t.Error(err)
	}
}

func TestNothingIsLeft(t *testing.T) {
	l, err := newLab(options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{lab: l}
	if _, err := s.folder(); err != nil {
		t.Fatal(err)
	}
	s.end()
	left, err := os.ReadDir(l.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%d entries left, %v", len(left), err)
	}
	l.close()
	if _, err := os.Stat(l.dir); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
}

func TestWorld(t *testing.T) {
	s, ctx := testStage(t), context.Background()
	w, err := s.world(ctx, sqlite, 100)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.world(ctx, sqlite, 100); again != w || err != nil {
		t.Errorf("the world was made twice, %v", err)
	}
	c, err := s.dial(w.url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.want(request("POST", w.url+"/v1/insights", `{"over":"signals","measures":[{"fn":"count"}]}`, w.bearer()), 200)
	if err != nil || !strings.Contains(string(body), fmt.Sprint(100*signalsEach)) || len(w.accounts) != 100 {
		t.Errorf("%d accounts, signals %s, %v", len(w.accounts), body, err)
	}
	for _, g := range growing {
		one, err := g.call(s, w)
		if err == nil {
			err = one()
		}
		if err != nil {
			t.Errorf("%s: %v", g.what, err)
		}
	}
	ours, err1 := s.searcher(ctx, w)
	bare, err2 := s.bareSearcher(ctx, w)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ours(), bare()); err != nil {
		t.Error(err)
	}
}

// TestKeyedBesideOpen: the API without a door starts over the same file and gives the same records.
func TestKeyedBesideOpen(t *testing.T) {
	s, ctx := testStage(t), context.Background()
	p, err := keyed(1)(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if r := measure(ctx, s.lab, rowOf(higher, 0.01, 0, false, p, nil)); r.Verdict != met {
		t.Errorf("got %+v", r)
	}
}
