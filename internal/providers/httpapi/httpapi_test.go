package httpapi_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/httpapi"
	"github.com/unstuckengine/unstuck/internal/settings"
)

const secret = "s3cr3t-0123456789"

// vendor is a local server, and a client that may reach it.
func vendor(t testing.TB, h http.HandlerFunc) (url string, client *outbound.Client) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client = outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots})
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return server.URL, client
}

// described returns settings for the server, changed as the test needs.
func described(url string, change func(*settings.HTTPProvider)) settings.HTTPProvider {
	s := settings.HTTPProvider{URL: url + "/find?d={domain}", Method: http.MethodGet, Secret: settings.NewSecret(secret), SecretHeader: "X-Api-Key",
		Response: ".", Fields: []enrich.Field{enrich.WorkEmail, enrich.Phone, enrich.TechStack, enrich.EmployeeCount}, Confidence: 0.6}
	if change != nil {
		change(&s)
	}
	return s
}

var jane = enrich.Subject{FirstName: "Jané", LastName: "O'Neil & Co", Email: "jane+x@acme.com", LinkedInURL: "https://www.linkedin.com/in/jane", Domain: "acme.com"}

func ask(t testing.TB, s settings.HTTPProvider, c httpapi.Client, subject enrich.Subject) ([]enrich.Answer, error) {
	t.Helper()
	p, err := httpapi.New(s, c)
	if err != nil {
		t.Fatal(err)
	}
	return p.Lookup(context.Background(), subject, []enrich.Field{enrich.WorkEmail})
}

func TestWhatIsSent(t *testing.T) {
	var got *http.Request
	var body []byte
	url, client := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		fmt.Fprint(w, `{}`)
	})
	s := described(url, func(s *settings.HTTPProvider) {
		s.URL, s.Method = url+"/people/{first_name}/{last_name}?e={email}&l={linkedin_url}", http.MethodPost
		s.Headers, s.SecretHeader, s.SecretPrefix = map[string]string{"X-Version": "3"}, "Authorization", "Bearer "
		s.Request = `{who: .first_name, at: .domain, none: .title, wanted, env: env, also: $ENV}`
	})
	if _, err := ask(t, s, client, jane); err != nil {
		t.Fatal(err)
	}
	if want := "/people/Jan%C3%A9/O%27Neil%20%26%20Co?e=jane%2Bx%40acme.com&l=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane"; got.RequestURI != want {
		t.Errorf("asked %s, want %s", got.RequestURI, want)
	}
	if got.Method != http.MethodPost || got.Header.Get("Authorization") != "Bearer "+secret || got.Header.Get("X-Version") != "3" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v", got.Method, got.Header)
	}
	if want := `{"also":{},"at":"acme.com","env":{},"none":null,"wanted":["work_email"],"who":"Jané"}`; string(body) != want {
		t.Errorf("sent %s, want %s", body, want)
	}
	s = described(url, func(s *settings.HTTPProvider) { s.SecretHeader, s.SecretQuery = "", "api key" })
	if _, err := ask(t, s, client, jane); err != nil || got.RequestURI != "/find?d=acme.com&api+key="+secret || got.Header.Get("X-Api-Key") != "" || len(body) != 0 {
		t.Errorf("asked %s with %v, %v", got.RequestURI, got.Header, err)
	}
}

func TestWhatIsUnknownIsNotAsked(t *testing.T) {
	url, client := vendor(t, func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") })
	for title, s := range map[string]settings.HTTPProvider{
		"the URL needs it":          described(url, func(s *settings.HTTPProvider) { s.URL = url + "/{email}" }),
		"the program gives nothing": described(url, func(s *settings.HTTPProvider) { s.Method, s.Request = http.MethodPost, `select(.email)` }),
		"the program gives null":    described(url, func(s *settings.HTTPProvider) { s.Method, s.Request = http.MethodPost, `.email` }),
		"the program halts":         described(url, func(s *settings.HTTPProvider) { s.Method, s.Request = http.MethodPost, `halt` }),
		"it would leave the path":   described(url, func(s *settings.HTTPProvider) { s.URL = url + "/people/{first_name}/x" }),
	} {
		if got, err := ask(t, s, client, enrich.Subject{Domain: "acme.com", FirstName: ".."}); !errors.Is(err, enrich.ErrUnfit) || got != nil {
			t.Errorf("%s: %v, %v", title, got, err)
		}
	}
}

func TestWhatIsAnswered(t *testing.T) {
	body := ""
	url, client := vendor(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	for _, c := range []struct {
		title, body, program string
		want                 []string // field=value at confidence
		err                  error
	}{
		{"values as they are", `{"work_email":"j@acme.com","employee_count":12345678901234567890,"tech_stack":["a",1],"other":1,"phone":null}`, `.`,
			[]string{`work_email="j@acme.com" 0.6`, `tech_stack=["a",1] 0.6`, `employee_count=12345678901234567890 0.6`}, nil},
		{"values with a confidence", `{"d":{"mail":"j@acme.com","score":93}}`, `.d | {work_email: {value: .mail, confidence: (.score / 100)}}`, []string{`work_email="j@acme.com" 0.93`}, nil},
		{"a confidence that is none", `{}`, `{work_email: {value: "j@acme.com", confidence: "high"}, phone: {confidence: 1}}`, []string{`work_email="j@acme.com" 0.6`}, nil},
		{"a confidence in percent", `{}`, `{phone: {value: "1", confidence: 93}, work_email: {value: "j@acme.com", confidence: -3}}`, []string{`work_email="j@acme.com" 0.6`, `phone="1" 0.6`}, nil},
		{"a confidence that is whole", `{}`, `{phone: {value: "1", confidence: 1}}`, []string{`phone="1" 1`}, nil},
		{"not a number", `{}`, `{employee_count: nan}`, nil, nil},
		{"nothing", `{}`, `empty`, nil, nil},
		{"null", `null`, `.`, nil, nil},
		{"the first of several", `{}`, `{phone: "1"}, {phone: "2"}`, []string{`phone="1" 0.6`}, nil},
		{"no object", `[1]`, `.`, nil, httpapi.ErrAnswer},
		{"no JSON", `<html>`, `.`, nil, httpapi.ErrAnswer},
		{"two values", `{} {}`, `.`, nil, httpapi.ErrAnswer},
		{"an empty body", ``, `.`, nil, httpapi.ErrAnswer},
		{"a program that fails", `{"a":1}`, `.a.b`, nil, httpapi.ErrAnswer},
		{"a program that gives up", `{}`, `"secret stuff" | halt_error`, nil, httpapi.ErrAnswer},
		{"a program that never ends", `{}`, `def f: f; f`, nil, httpapi.ErrAnswer},
		{"a value that is too long", `{}`, `{phone: ("x" * 70000)}`, nil, httpapi.ErrAnswer},
		{"a value that holds itself 2^60 times", `{}`, `reduce range(60) as $i ("x"; [., .]) | {phone: .}`, nil, httpapi.ErrAnswer},
		{"a number that is too long", `{}`, `reduce range(20) as $i (10; . * .) | {employee_count: .}`, nil, httpapi.ErrAnswer},
		{"names that are too long", `{}`, `reduce range(60) as $i (1; {("x" * 500): ., y: .}) | {phone: [.]}`, nil, httpapi.ErrAnswer},
		{"an answer that is too long", `{"phone":"` + strings.Repeat("x", outbound.DefaultBody) + `"}`, `.`, nil, outbound.ErrTooLarge},
	} {
		body = c.body
		answers, err := ask(t, described(url, func(s *settings.HTTPProvider) { s.Response = c.program }), client, jane)
		var got []string
		for _, a := range answers {
			got = append(got, fmt.Sprintf("%s=%s %v", a.Field, a.Value, a.Confidence))
		}
		if d := cmp.Diff(c.want, got); !errors.Is(err, c.err) || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.title, err, d)
		}
	}
}

func TestStatuses(t *testing.T) {
	status := 0
	url, client := vendor(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			fmt.Fprint(w, `{"work_email":"j@acme.com"}`)
		}
	})
	for s, want := range map[int]error{
		200: nil, 201: nil, 204: nil, 404: nil, 410: nil, 451: nil, 401: httpapi.ErrMisconfigured, 403: httpapi.ErrMisconfigured, 402: httpapi.ErrExhausted, 429: httpapi.ErrExhausted,
		400: httpapi.ErrRefused, 409: httpapi.ErrRefused, 422: httpapi.ErrRefused, 500: httpapi.ErrFailed, 503: httpapi.ErrFailed, 202: httpapi.ErrFailed, 304: httpapi.ErrFailed, 408: httpapi.ErrFailed,
	} {
		status = s
		got, err := ask(t, described(url, nil), client, jane)
		if !errors.Is(err, want) || (len(got) == 1) != (s == 200 || s == 201) {
			t.Errorf("%d: %v, %v, want %v", s, got, err, want)
		}
		if silent := errors.Is(err, enrich.ErrUnreachable); silent != (want == httpapi.ErrRefused) {
			t.Errorf("%d says nothing of the provider's health: %v", s, silent)
		}
	}
}

// TestNothingShowsTheSecret fails in each way that there is, and reads what is told of it.
func TestNothingShowsTheSecret(t *testing.T) {
	url, client := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/drop":
			panic(http.ErrAbortHandler)
		case "/inside":
			http.Redirect(w, r, "https://10.0.0.1/?"+r.URL.RawQuery, http.StatusFound)
		case "/echo":
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, r.URL.RawQuery, r.Header)
		default:
			fmt.Fprintf(w, "%q", r.URL.RawQuery)
		}
	})
	urls := []string{url + "/drop", url + "/inside", url + "/echo", url + "/other", "https://127.0.0.1:1/closed", "https://10.0.0.1/forbidden", "http" + strings.TrimPrefix(url, "https"), "https://[broken"}
	for _, u := range urls {
		s := described(url, func(s *settings.HTTPProvider) { s.URL, s.SecretHeader, s.SecretQuery = u, "", "key" })
		p, err := httpapi.New(s, client)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Lookup(context.Background(), jane, nil)
		if err == nil {
			t.Errorf("%s: no error", u)
			continue
		}
		if told := fmt.Sprintf("%v %+v %#v %s", err, err, errors.Unwrap(err), fmt.Sprint(s.Secret, p)); strings.Contains(told, secret) || strings.Contains(told, "key=") {
			t.Errorf("%s tells %s", u, told)
		}
	}
}

func TestProgramsReachNothing(t *testing.T) {
	for _, program := range []string{"input", "inputs", "import \"a\" as a; .", "include \"a\"; .", "$__prog_args", "$x", "nosuch", ". |", "input_filename | debug", "get_search_list", strings.Repeat("(", 10_000)} {
		_, err := httpapi.New(settings.HTTPProvider{Method: http.MethodGet, URL: "https://acme.example/", Response: program}, nil)
		if !errors.Is(err, httpapi.ErrProgram) {
			t.Errorf("%.20q compiles: %v", program, err)
		}
	}
	if _, err := httpapi.New(settings.HTTPProvider{Method: http.MethodPost, URL: "https://acme.example/", Request: "input", Response: "."}, nil); !errors.Is(err, httpapi.ErrProgram) {
		t.Errorf("a request program compiles: %v", err)
	}
}

func TestTheCallerGoesAway(t *testing.T) {
	asked := make(chan struct{})
	url, client := vendor(t, func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
	})
	p, err := httpapi.New(described(url, nil), client)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() {
		<-asked
		cancel()
	}()
	if _, err := p.Lookup(ctx, jane, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestAnyAnswer lets the provider say anything: no panic, and values that are JSON, of the fields it has.
func TestAnyAnswer(t *testing.T) {
	body := ""
	url, client := vendor(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	s := described(url, func(s *settings.HTTPProvider) {
		s.Response = `{work_email: .a, phone: {value: .b, confidence: .c}, tech_stack: .d}`
	})
	p, err := httpapi.New(s, client)
	if err != nil {
		t.Fatal(err)
	}
	scalar := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e300, 1e300), func(f float64) any { return f }),
		rapid.Just[any](map[string]any{"value": []any{1, nil}, "confidence": -7}), rapid.Just[any](true), rapid.Just[any]([]any{"x", map[string]any{}}))
	rapid.Check(t, func(t *rapid.T) {
		text, err := json.Marshal(rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), scalar).Draw(t, "answer"))
		if err != nil {
			t.Fatal(err)
		}
		body = string(text)
		if rapid.IntRange(0, 4).Draw(t, "raw") == 0 {
			body = rapid.String().Draw(t, "text")
		}
		answers, err := p.Lookup(context.Background(), jane, nil)
		if err != nil && !errors.Is(err, httpapi.ErrAnswer) {
			t.Fatalf("%q: %v", body, err)
		}
		for _, a := range answers {
			if !json.Valid(a.Value) || math.IsNaN(a.Confidence) || a.Field == enrich.EmployeeCount {
				t.Fatalf("%q gives %s=%s at %v", body, a.Field, a.Value, a.Confidence)
			}
		}
	})
}
