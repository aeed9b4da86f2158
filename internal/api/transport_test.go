package api_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func TestPathsAndMethodsAreExact(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/v1/access", 200, ""},
		{"HEAD", "/v1/access", 200, ""},
		{"GET", "/", 404, ""},
		{"GET", "//v1/access", 404, ""},
		{"GET", "/v1//access", 404, ""},
		{"GET", "/v1/access/", 404, ""},
		{"GET", "/v1/./access", 404, ""},
		{"GET", "/v1/x/../access", 404, ""},
		{"GET", "/v1%2Faccess", 404, ""},
		{"GET", "/v1/%61ccess", 404, ""},
		{"GET", "/V1/access", 404, ""},
		{"GET", "/v1/access;x=1", 404, ""},
		{"GET", "/v1/accounts/a%2Fb", 404, ""},
		{"GET", "/v1/accounts/", 404, ""},
		{"GET", "/v1/accounts/a/b", 404, ""},
		{"GET", "/metrics", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
		{"POST", "/v1/access", 405, "GET, HEAD"},
		{"OPTIONS", "/v1/access", 405, "GET, HEAD"},
		{"get", "/v1/access", 405, "GET, HEAD"},
		{"PATCH", "/v1/accounts/a1", 405, "GET, HEAD"},
		{"GET", "/v1/accounts/search", 405, ""}, // see below
		{"PUT", "/v1/signals", 405, ""},
		{"POST", "/livez", 405, "GET, HEAD"},
		{"BREW", "/nothing", 404, ""},
	} {
		if c.path == "/v1/accounts/search" { // GET reads it as an id that nobody has
			c.status = 200
		}
		got := r.ask(c.method, c.path, key, "")
		if got.status != c.status || c.allow != "" && got.header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q, want %d, %q", c.method, c.path, got.status, got.header.Get("Allow"), c.status, c.allow)
		}
		if got.header.Get("Location") != "" {
			t.Errorf("%s %s redirects", c.method, c.path)
		}
	}
	if allow := r.ask("PUT", "/v1/signals", key, "").header.Get("Allow"); !strings.Contains(allow, "POST") || !strings.Contains(allow, "GET") {
		t.Errorf("Allow of /v1/signals: %q", allow)
	}
}

func TestRequestsThatTheLibraryWouldAnswerItself(t *testing.T) {
	r := newRig(t, nil)
	for _, c := range []struct{ name, text, want string }{
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404"},
		{"no Host", "GET /v1/access HTTP/1.0\r\n\r\n", "403"},
		{"absolute form", "GET http://evil.example/v1/access HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "403"},
		{"two keys", "GET /v1/access HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n", "400"},
		{"two content types", "POST /v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", "415"},
	} {
		got := r.raw(c.text)
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
		if err != nil || !strings.HasPrefix(resp.Status, c.want) || resp.Header.Get("Content-Type") != fault.ContentType {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if got := r.raw("GET /v1/access HTTP/1.1\r\nHost: localhost\r\nX-Pad: " + strings.Repeat("x", 64<<10) + "\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 431 ") {
		t.Errorf("64 KiB of headers: %.80q", got)
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		allowed         string
		served, refused []string
	}{
		{"", []string{"localhost", "LOCALHOST:1234", "127.0.0.1", "127.1.2.3:80", "[::1]:80", "api.example.com"}, // the last of the public URL
			[]string{"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::]", "localhost:80.evil.example", "127.0.0.1:x"}},
		{"Inside.example", []string{"inside.example", "inside.example:99", "localhost"}, []string{"outside.example"}}, // bound to loopback
		{"inside.example:99", []string{"inside.example:99"}, []string{"inside.example:98", "inside.example"}},
	} {
		r := newRig(t, func(a *api.Config) {
			if c.allowed != "" {
				a.AllowedHosts = []string{c.allowed}
			}
		})
		for status, hosts := range map[int][]string{200: c.served, 403: c.refused} {
			for _, host := range hosts {
				if got := r.ask("GET", "/livez", "", "", "Host: "+host); got.status != status {
					t.Errorf("%q is allowed, %q: %d, want %d", c.allowed, host, got.status, status)
				}
			}
		}
	}
}

func TestOrigins(t *testing.T) {
	r := newRig(t, func(a *api.Config) { a.AllowedOrigins = []string{"https://app.example.com"} })
	key := r.fullKey().Secret.Reveal()
	for origin, status := range map[string]int{
		"https://app.example.com": 200, "https://api.example.com": 200, "https://APP.example.com": 200, "http://app.example.com": 403,
		"https://app.example.com.evil.example": 403, "null": 403, "": 403,
	} {
		got := r.ask("GET", "/v1/access", key, "", "Origin: "+origin)
		if got.status != status {
			t.Errorf("Origin %q: %d, want %d", origin, got.status, status)
		}
		if allowed := got.header.Get("Access-Control-Allow-Origin"); (allowed != "") != (status == 200) || status == 200 && allowed != origin {
			t.Errorf("Origin %q: Access-Control-Allow-Origin %q", origin, allowed)
		}
	}
	pre := r.ask("OPTIONS", "/v1/signals", "", "", "Origin: https://app.example.com", "Access-Control-Request-Method: POST")
	if pre.status != 204 || !strings.Contains(pre.header.Get("Access-Control-Allow-Methods"), "POST") || !strings.Contains(pre.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", pre.status, pre.header)
	}
	if pre := r.ask("OPTIONS", "/v1/signals", "", "", "Origin: https://evil.example", "Access-Control-Request-Method: POST"); pre.status != 405 || pre.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight of a stranger: %d %v", pre.status, pre.header)
	}
}

func TestMediaTypes(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		contentType, accept string
		status              int
	}{
		{"application/json", "*/*", 200},
		{"application/json; charset=utf-8", "application/json", 200},
		{`Application/JSON;charset="UTF-8"`, "application/*;q=0.1", 200},
		{"application/json; charset=latin1", "*/*", 415},
		{"application/x-www-form-urlencoded", "*/*", 415},
		{"text/plain", "*/*", 415},
		{"", "*/*", 415},
		{"application/json", "text/html, application/xhtml+xml, */*;q=0.8", 200},
		{"application/json", "text/html", 406},
		{"application/json", "application/json;q=0, */*", 406},
		{"application/json", "application/*;q=0, application/json", 200},
		{"application/json", "nonsense", 406},
	} {
		got := r.ask("POST", "/v1/accounts/search", key, `{}`, "Content-Type: "+c.contentType, "Accept: "+c.accept)
		if got.status != c.status {
			t.Errorf("%q, Accept %q: %d, want %d", c.contentType, c.accept, got.status, c.status)
		}
	}
}

func TestBodiesMustNotBeCompressed(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for coding, status := range map[string]int{"identity": 200, "Identity": 200, "": 200, "gzip": 415, "GZIP": 415, "identity, br": 415, "unheard-of": 415} {
		if got := r.ask("POST", "/v1/accounts/search", key, `{}`, "Content-Encoding: "+coding); got.status != status {
			t.Errorf("%q: %d, want %d", coding, got.status, status)
		}
	}
}

func TestBodiesAreLimitedHoweverTheyAreSent(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	chunked := func(body string) answer {
		req, err := http.NewRequest("POST", r.url+"/v1/accounts/search", struct{ *strings.Reader }{strings.NewReader(body)})
		r.must(err)
		req.ContentLength = -1
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		return r.send(req)
	}
	if got := chunked(`{"limit":1}`); got.status != 200 {
		t.Errorf("chunked: %d %s", got.status, got.body)
	}
	whole := `{"limit":1}` + strings.Repeat(" ", 1<<20-len(`{"limit":1}`))
	if got := chunked(whole); got.status != 200 {
		t.Errorf("chunked, 1 MiB: %d %s", got.status, got.body)
	}
	if got := chunked(whole + " "); got.code() != fault.BodyTooLarge {
		t.Errorf("chunked, more than 1 MiB: %d %s", got.status, got.body)
	}
	if got := r.ask("POST", "/v1/accounts/search", key, whole); got.status != 200 {
		t.Errorf("1 MiB: %d %s", got.status, got.body)
	}
}

func TestBodiesThatDoNotArrive(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.BodyTimeout = 50 * time.Millisecond })
	key := r.fullKey().Secret.Reveal()
	head := "POST /v1/accounts/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + key + "\r\n"
	if got := r.raw(head + "Content-Length: 20\r\n\r\n{"); !strings.HasPrefix(got, "HTTP/1.1 408 ") || !strings.Contains(got, string(fault.RequestTimeout)) {
		t.Errorf("a body that does not come: %q", got)
	}
	if got := r.raw(head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, string(fault.InvalidRequest)) {
		t.Errorf("broken chunks: %q", got)
	}
	head = strings.NewReplacer("accounts/search", "records/import?kind=leads", "application/json", "text/csv").Replace(head)
	if got := r.raw(head + "Content-Length: 20\r\n\r\n{"); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("an import that stops: %q", got)
	}
}

// TestStrangersCannotHoldConnections shows that a refusal does not wait for a body that never comes.
func TestStrangersCannotHoldConnections(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.BodyTimeout = time.Hour })
	for _, size := range []string{"Content-Length: 20", "Content-Length: 1000000", "Transfer-Encoding: chunked"} {
		got := r.raw("POST /v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + size + "\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 401 ") || !strings.Contains(got, "\r\nConnection: close\r\n") {
			t.Errorf("%s: %q", size, got)
		}
	}
}

// TestSmallRefusedBodiesKeepTheConnection shows that a caller who is refused can go on with the next request.
func TestSmallRefusedBodiesKeepTheConnection(t *testing.T) {
	r := newRig(t, nil)
	one := "POST /v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n01234567890123456789"
	got := r.raw(one + strings.Replace(one, "Host:", "Connection: close\r\nHost:", 1))
	if strings.Count(got, "HTTP/1.1 401 ") != 2 {
		t.Errorf("got %q", got)
	}
}

// TestARefusedBodyIsNotAskedFor shows that a client that waits for leave to send its body gets the refusal instead.
func TestARefusedBodyIsNotAskedFor(t *testing.T) {
	r := newRig(t, nil)
	got := r.raw("POST /v1/signals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n")
	if strings.Contains(got, "100 Continue") || !strings.HasPrefix(got, "HTTP/1.1 401 ") {
		t.Errorf("got %q", got)
	}
}

func TestRequestIDs(t *testing.T) {
	r := newRig(t, nil)
	for given, kept := range map[string]bool{"abc-1.2_Z": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a b": false, "ä": false, "": false} {
		got := r.ask("GET", "/v1/access", "", "", "X-Request-Id: "+given)
		id := got.header.Get("X-Request-Id")
		if (id == given) != kept || id == "" || !strings.Contains(got.body, `"request_id":"`+id+`"`) {
			t.Errorf("%q became %q in %s", given, id, got.body)
		}
	}
	if a, b := r.ask("GET", "/livez", "", ""), r.ask("GET", "/livez", "", ""); a.header.Get("X-Request-Id") == b.header.Get("X-Request-Id") {
		t.Error("two requests have one id")
	}
}
