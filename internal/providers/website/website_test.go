package website_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/providers/website"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const acme = `<!doctype html><html><head>
<title>Acme &amp; Co | The best anvils</title>
<meta name="description" content="Anvils   for
 everyone"><meta property="og:site_name" content="ACME Online"><meta property="og:description" content="Short">
<meta name="generator" content="WordPress 6.4"><link rel="stylesheet" href="/wp-content/themes/a.css">
<script src="https://js.stripe.com/v3/"></script>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
 {"@type":"WebSite","name":"Site","publisher":{"@type":"Organization","name":"Agency","url":"https://agency.test"}},
 {"@type":["Corporation","Thing"],"name":"Acme Corporation","url":"https://www.acme.test/","description":"Makers of anvils.",
  "foundingDate":"1998-04-01","numberOfEmployees":{"@type":"QuantitativeValue","value":"1,250"},
  "address":{"@type":"PostalAddress","addressLocality":"Berlin","addressCountry":{"@type":"Country","name":"Germany"}}}]}</script>
</head><body><a href="/about/team">Team</a> <a href="/contact">Contact</a> <a href="https://agency.test/team">x</a>
<a href="mailto:info@acme.test">mail</a> <a href="mailto:Jane.Doe@acme.test?subject=hi">Jane</a></body></html>`

func subject(domain string) enrich.Subject {
	return enrich.Subject{Kind: wire.KindAccount, Domain: domain}
}

func person(domain, first, last string) enrich.Subject {
	return enrich.Subject{Kind: wire.KindLead, Domain: domain, FirstName: first, LastName: last}
}

// show writes answers in one line each.
func show(answers []enrich.Answer) (lines []string) {
	for _, a := range answers {
		lines = append(lines, fmt.Sprintf("%s %s %.2f", a.Field, a.Value, a.Confidence))
	}
	return lines
}

func TestCompany(t *testing.T) {
	n := internet.New(t)
	n.Page("acme.test", acme)
	n.Add("acme.test. 60 IN MX 10 aspmx.l.google.com.")
	n.Page("graph.test", `<title>Graph – home</title><meta property="og:description" content="Open graph"><script type="application/ld+json">{"@type":"Product","name":"No company"}</script>`)
	n.Site("www.bare.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Server", "nginx/1.2")
		http.SetCookie(w, &http.Cookie{Name: "PHPSESSID", Value: "1"})
		_, _ = io.WriteString(w, "<meta charset=windows-1252><meta name=description content='caf\xe9'>")
	}))
	n.Site("old.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<meta name=description content=Old>`)
	}))
	n.Site("moved.test", http.RedirectHandler("https://www.moved.example/", http.StatusMovedPermanently))
	n.Page("www.moved.example", `<title>Moved</title>`)
	p := website.New(n.Client(t, outbound.Config{}), domaindns.New(n.Resolver()))
	for domain, want := range map[string][]string{
		"acme.test": {`name "Acme Corporation" 0.80`, `description "Makers of anvils." 0.80`, `founded_year 1998 0.80`, `employee_count 1250 0.80`, `hq_city "Berlin" 0.80`,
			`hq_country "DE" 0.80`, `tech_stack ["Google Workspace","Stripe","WordPress"] 0.75`},
		"graph.test": {`name "Graph" 0.40`, `description "Open graph" 0.60`},
		"bare.test":  {`description "café" 0.60`, `tech_stack ["nginx","PHP"] 0.75`},
		"old.test":   {`description "Old" 0.45`},
		"moved.test": {`name "Moved" 0.40`},
	} {
		answers, err := p.Lookup(t.Context(), subject(domain), enrich.AccountFields())
		if diff := cmp.Diff(want, show(answers)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", domain, err, diff)
		}
	}
	answers, err := p.Lookup(t.Context(), subject("acme.test"), []enrich.Field{enrich.HQCity, enrich.FundingStage})
	if diff := cmp.Diff([]string{`hq_city "Berlin" 0.80`}, show(answers)); diff != "" || err != nil {
		t.Errorf("only what is wanted: %v %s", err, diff)
	}
}

func TestPerson(t *testing.T) {
	n := internet.New(t)
	n.Site("acme.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, map[string]string{"/": acme, "/about/team": `<a href="https://de.linkedin.com/in/jane-doe-123?x=1">LI</a><a href="https://linkedin.com/in/john-roe">J</a>
			<a href="mailto:jroe@acme.test">J</a><a href="mailto:john.roe@gmail.test">J</a>
			<script type="application/ld+json">[{"@type":"Organization","employee":[{"@type":"Person","name":"Dr. Zoë van der Berg","email":"mailto:zoe@acme.test","telephone":"+49 30 1234567",
			"sameAs":["https://x.test/z","https://www.linkedin.com/in/zoe-berg"]},{"@type":"Person","name":"Zoë Other","email":"other@acme.test"}]}]</script>`}[r.URL.Path])
	}))
	p := website.New(n.Client(t, outbound.Config{}), nil)
	for _, tc := range []struct {
		first, last string
		want        []string
	}{
		{"Jane", "Doe", []string{`work_email "jane.doe@acme.test" 0.80`, `linkedin_url "https://www.linkedin.com/in/jane-doe-123" 0.60`}},
		{"John", "Roe", []string{`work_email "jroe@acme.test" 0.60`, `linkedin_url "https://www.linkedin.com/in/john-roe" 0.60`}},
		{"Zoe", "Van der Berg", []string{`work_email "zoe@acme.test" 0.80`, `phone "+49 30 1234567" 0.80`, `linkedin_url "https://www.linkedin.com/in/zoe-berg" 0.80`}},
		{"Max", "Nobody", nil},
	} {
		answers, err := p.Lookup(t.Context(), person("acme.test", tc.first, tc.last), enrich.ChannelFields())
		if diff := cmp.Diff(tc.want, show(answers)); diff != "" || err != nil {
			t.Errorf("%s %s: %v %s", tc.first, tc.last, err, diff)
		}
	}
}

// TestNothingIsAskedInVain: without a domain, without a name for a person's channels, or for fields that no page tells, no site is asked.
func TestNothingIsAskedInVain(t *testing.T) {
	n := internet.New(t)
	n.Page("acme.test", acme)
	p := website.New(n.Client(t, outbound.Config{}), nil)
	for _, tc := range []struct {
		s enrich.Subject
		f enrich.Field
	}{{subject(""), enrich.Name}, {person("acme.test", "Jane", ""), enrich.WorkEmail}, {person("acme.test", "!", "?"), enrich.WorkEmail},
		{person("acme.test", "Jane", "Doe"), enrich.PersonalEmail}, {subject("acme.test"), enrich.RevenueBand}} {
		if _, err := p.Lookup(t.Context(), tc.s, []enrich.Field{tc.f}); !errors.Is(err, enrich.ErrUnfit) {
			t.Errorf("%+v: %v", tc.s, err)
		}
	}
	if d := n.Dialed(); len(d) > 0 {
		t.Errorf("dialled %v", d)
	}
}

// TestSitesThatAreNoGood: nothing is told of them, and those that may be there at another time do not count against the provider.
func TestSitesThatAreNoGood(t *testing.T) {
	n := internet.New(t)
	n.Site("error.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, acme, http.StatusServiceUnavailable) }))
	n.Site("broken.test", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	n.Site("json.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, acme)
	}))
	n.Site("parked.test", http.RedirectHandler("https://market.example/parked", http.StatusFound))
	n.Page("market.example", acme)
	n.Site("inside.test", http.RedirectHandler("http://169.254.169.254/latest/meta-data", http.StatusFound))
	n.A("private.test", "10.0.0.1")
	n.A("www.private.test", "127.0.0.1")
	client := n.Client(t, outbound.Config{Allow: []netip.Prefix{}})
	p := website.New(client, nil)
	n.Fail("lame.test", 2)
	n.Site("refused.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, acme, http.StatusForbidden) }))
	for domain, want := range map[string]error{"error.test": enrich.ErrUnreachable, "lame.test": enrich.ErrUnreachable, "broken.test": enrich.ErrUnreachable, "refused.test": nil,
		"json.test": nil, "parked.test": nil, "inside.test": nil, "private.test": nil, "nowhere.test": nil, "xn--.test": nil} {
		answers, err := p.Lookup(t.Context(), subject(domain), enrich.AccountFields())
		if !errors.Is(err, want) || (err == nil) != (want == nil) || len(answers) > 0 {
			t.Errorf("%s: %v, %v", domain, show(answers), err)
		}
	}
	for _, address := range n.Dialed() {
		if !strings.HasPrefix(address, "11.0.") {
			t.Errorf("dialled %s", address)
		}
	}
}

// TestTheCallerMayLeave a site that stalls, which is no word on the site.
func TestTheCallerMayLeave(t *testing.T) {
	n := internet.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	n.Site("slow.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	_, err := website.New(n.Client(t, outbound.Config{}), nil).Lookup(ctx, subject("slow.test"), enrich.AccountFields())
	if !errors.Is(err, context.Canceled) || errors.Is(err, enrich.ErrUnreachable) {
		t.Error(err)
	}
}

// TestASiteThatStalls does not hold up the call beyond what the client gives it.
func TestASiteThatStalls(t *testing.T) {
	n := internet.New(t)
	n.Site("slow.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	p := website.New(n.Client(t, outbound.Config{Timeout: 100 * time.Millisecond}), nil)
	if _, err := p.Lookup(t.Context(), subject("slow.test"), enrich.AccountFields()); !errors.Is(err, enrich.ErrUnreachable) || !errors.Is(err, outbound.ErrTimeout) {
		t.Error(err)
	}
}

// TestOnlyTheBeginningOfALongPageIsRead keeps what stands there.
func TestOnlyTheBeginningOfALongPageIsRead(t *testing.T) {
	n := internet.New(t)
	n.Site("long.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<meta name=description content=Early>`)
		for range 4000 {
			_, _ = io.WriteString(w, strings.Repeat("<div>", 200))
		}
		_, _ = io.WriteString(w, `<meta property=og:site_name content=Late>`)
	}))
	answers, err := website.New(n.Client(t, outbound.Config{}), nil).Lookup(t.Context(), subject("long.test"), enrich.AccountFields())
	if diff := cmp.Diff([]string{`description "Early" 0.60`}, show(answers)); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
