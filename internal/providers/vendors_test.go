package providers_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/httpapi"
	"github.com/unstuckengine/unstuck/internal/providers/judge"
)

var example = regexp.MustCompile("(?s)```json\n(.*?)```")

// documented returns the example for the vendor at the host, as the documentation prints it.
func documented(t *testing.T, host string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range example.FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[1], "https://"+host+"/") {
			return m[1]
		}
	}
	t.Fatalf("no example for %s", host)
	return ""
}

// vendor sets a workspace up as the documentation says, but for the host, and returns the provider that comes of it.
func (w world) vendor(name, host string, h http.HandlerFunc) enrich.Provider {
	w.t.Helper()
	server := httptest.NewTLSServer(h)
	w.t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots})
	w.t.Cleanup(client.Close)
	var patch struct{ Enrichment json.RawMessage }
	if err := json.Unmarshal([]byte(strings.ReplaceAll(documented(w.t, host), "https://"+host, server.URL)), &patch); err != nil {
		w.t.Fatal(err)
	}
	w.set(string(patch.Enrichment))
	if names := order(w.plan(), enrich.WorkEmail); !slices.Contains(strings.Fields(names), name) {
		w.t.Errorf("the order of work emails is %s", names)
	}
	section, err := w.settings.Enrichment(context.Background(), w.ws)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := httpapi.New(section.Providers[name], client)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// lookup returns the usable answers as field=value at confidence.
func lookup(t *testing.T, p enrich.Provider, s enrich.Subject) (out []string, err error) {
	t.Helper()
	answers, err := p.Lookup(context.Background(), s, enrich.ChannelFields())
	for _, a := range answers {
		if j, ok := judge.New(judge.Config{}).Judge(context.Background(), s, a); ok {
			out = append(out, fmt.Sprintf("%s=%s %v", j.Field, j.Value, j.Confidence))
		}
	}
	return out, err
}

var alexis = enrich.Subject{FirstName: "Alexis", LastName: "Ohanian", Domain: "reddit.com"}

func TestHunter(t *testing.T) {
	status, body := 200, ""
	p := setup(t).vendor("hunter", "api.hunter.io", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Method != http.MethodGet || r.URL.Path != "/v2/email-finder" || q.Get("domain") != "reddit.com" || q.Get("first_name") != "Alexis" ||
			q.Get("last_name") != "Ohanian" || r.Header.Get("X-API-KEY") != "YOUR_KEY" || len(q) != 3 {
			t.Errorf("asked %s %s with %v", r.Method, r.URL, r.Header)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	found := `{"data":{"first_name":"Alexis","last_name":"Ohanian","email":%s,"score":%s,"domain":"reddit.com","accept_all":false,"position":"Cofounder","twitter":null,
		"linkedin_url":null,"phone_number":null,"company":"Reddit","sources":[],"verification":{"date":"2021-06-14","status":%q}},
		"meta":{"params":{"first_name":"Alexis","last_name":"Ohanian","full_name":null,"domain":"reddit.com","company":null,"max_duration":null}}}`
	for _, c := range []struct {
		status int
		body   string
		want   []string
		fails  bool
	}{
		{200, fmt.Sprintf(found, `"alexis@reddit.com"`, "97", "valid"), []string{`work_email="alexis@reddit.com" 0.97`}, false},
		{200, fmt.Sprintf(found, `"alexis@reddit.com"`, "41", "accept_all"), []string{`work_email="alexis@reddit.com" 0.41`}, false},
		{200, fmt.Sprintf(found, `"alexis@reddit.com"`, "97", "invalid"), nil, false},
		{200, fmt.Sprintf(found, "null", "null", "unknown"), nil, false},
		{404, `{"errors":[{"id":"not_found","code":404,"details":"not found"}]}`, nil, false},
		{401, `{"errors":[{"id":"authentication_failed","code":401,"details":"No user found for the API key supplied"}]}`, nil, true},
		{429, `{"errors":[{"id":"too_many_requests","code":429,"details":"usage limit"}]}`, nil, true},
	} {
		status, body = c.status, c.body
		got, err := lookup(t, p, alexis)
		if d := cmp.Diff(c.want, got); d != "" || (err != nil) != c.fails {
			t.Errorf("%d %.60s: %v (-want +got):\n%s", c.status, c.body, err, d)
		}
	}
}

func TestPeopleDataLabs(t *testing.T) {
	status, body, sent := 200, "", map[string]any{}
	p := setup(t).vendor("pdl", "api.peopledatalabs.com", func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		sent = map[string]any{}
		if err != nil || json.Unmarshal(raw, &sent) != nil || r.Method != http.MethodPost || r.URL.Path != "/v5/person/enrich" || r.Header.Get("X-Api-Key") != "YOUR_KEY" {
			t.Errorf("asked %s %s with %v and %s", r.Method, r.URL, r.Header, raw)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	sean := `{"status":200,"likelihood":8,"data":{"id":"qEnOZ5Oh0poWnQ1luFBfVw_0000","full_name":"sean thorne","linkedin_url":"linkedin.com/in/seanthorne",` +
		`"work_email":"sean@peopledatalabs.com","personal_emails":["sean@gmail.com"],"mobile_phone":"+14155550132","job_title":"co-founder"}}`
	hidden := `{"status":200,"likelihood":6,"data":{"linkedin_url":"linkedin.com/in/seanthorne","work_email":true,"personal_emails":true,"mobile_phone":false}}`
	byProfile := enrich.Subject{LinkedInURL: "https://www.linkedin.com/in/seanthorne"}
	for _, c := range []struct {
		title   string
		subject enrich.Subject
		sent    map[string]any
		status  int
		body    string
		want    []string
		fails   bool
	}{
		{"found", byProfile, map[string]any{"profile": "https://www.linkedin.com/in/seanthorne", "min_likelihood": 6.0}, 200, sean,
			[]string{`work_email="sean@peopledatalabs.com" 0.8`, `personal_email="sean@gmail.com" 0.8`, `phone="+14155550132" 0.8`, `linkedin_url="https://www.linkedin.com/in/seanthorne" 0.8`}, false},
		{"a plan without contacts", alexis, map[string]any{"first_name": "Alexis", "last_name": "Ohanian", "company": "reddit.com", "min_likelihood": 6.0}, 200, hidden,
			[]string{`linkedin_url="https://www.linkedin.com/in/seanthorne" 0.6`}, false},
		{"not found", enrich.Subject{Email: "a@b.com"}, map[string]any{"email": "a@b.com", "min_likelihood": 6.0}, 404, `{"status":404,"error":{"type":"not_found","message":"No records were found matching your request"}}`, nil, false},
		{"no credits", enrich.Subject{Email: "a@b.com"}, map[string]any{"email": "a@b.com", "min_likelihood": 6.0}, 402, `{"status":402,"error":{"type":"payment_required","message":"x"}}`, nil, true},
		{"too little is known", enrich.Subject{FirstName: "Sean"}, map[string]any{}, 500, "", nil, true},
	} {
		status, body, sent = c.status, c.body, map[string]any{}
		got, err := lookup(t, p, c.subject)
		if d := cmp.Diff(c.want, got); d != "" || (err != nil) != c.fails {
			t.Errorf("%s: %v (-want +got):\n%s", c.title, err, d)
		}
		if d := cmp.Diff(c.sent, sent); d != "" {
			t.Errorf("%s: sent (-want +got):\n%s", c.title, d)
		}
	}
}
