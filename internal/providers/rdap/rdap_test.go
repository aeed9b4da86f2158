package rdap_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/providers/rdap"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

// card writes the entity of a holder from the properties of its jCard.
func card(properties ...string) string {
	return `{"objectClassName":"entity","roles":["registrant"],"vcardArray":["vcard",[["version",{},"text","4.0"]` + strings.Join(append([]string{""}, properties...), ",") + `]]}`
}

func object(entities string, links ...string) string {
	return `{"objectClassName":"domain","ldhName":"x","events":[{"eventAction":"registration","eventDate":"1998-04-01T00:00:00Z"}],"links":[` + strings.Join(links, ",") + `],"entities":[` + entities + `]}`
}

func org(name string) string { return fmt.Sprintf(`["org",{},"text",%q]`, name) }

func adr(parameters, country string) string {
	return fmt.Sprintf(`["adr",%s,"text",["","","Street","Berlin","","10115",%q]]`, parameters, country)
}

// related is a link to the registrar's answer.
func related(url string) string {
	return `{"rel":"self","type":"application/rdap+json","href":"https://self.test/"},{"rel":"related","type":"application/rdap+json","href":"` + url + `"}`
}

// registry is an internet with the registry of registries, one registry for .test and a registrar.
type registry struct {
	*internet.Net
	bootstraps atomic.Int64
	down       atomic.Bool
}

func newRegistry(t *testing.T) *registry {
	n := &registry{Net: internet.New(t)}
	n.Site("boot.example", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n.bootstraps.Add(1)
		if n.down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"version":"1.0","publication":"2026-01-01T00:00:00Z","services":[[["test"],["https://dead.example/","https://rdap.example/"]],[["http"],["http://rdap.example/"]],[["lying"],["https://lying.example/"]]]}`)
	}))
	answers := map[string]string{
		"/domain/acme.test":     object(card(`["fn",{},"text","Jane Doe"]`, org("Acme  GmbH"), adr(`{"cc":"DE"}`, ""))),
		"/domain/words.test":    object(card(`["kind",{},"text","org"]`, `["fn",{},"text","Words Ltd"]`, adr(`{}`, "United Kingdom"))),
		"/domain/someone.test":  object(card(`["kind",{},"text","individual"]`, `["fn",{},"text","Jane Doe"]`)),
		"/domain/redacted.test": object(card(org("REDACTED FOR PRIVACY"), adr(`{}`, "Iceland"))),
		"/domain/proxy.test":    object(card(`["fn",{},"text","Domains By Proxy, LLC"]`, adr(`{"cc":"US"}`, ""))),
		"/domain/nobody.test":   object(""),
		"/domain/thin.test":     object(`{"objectClassName":"entity","roles":["registrar"]}`, related("https://registrar.example/domain/thin.test")),
		"/domain/inside.test":   object("", related("https://169.254.169.254/domain/inside.test")),
		"/domain/plain.test":    object("", related("http://registrar.example/domain/thin.test")),
		"/domain/array.test":    `[]`,
		"/domain/broken.test":   `{"objectClassName":"domain","entities":[{"roles":["registrant"],"vcardArray":["vcard",[["fn"],["adr",{},"text",{}]]]}]}`,
		"/domain/odd.test":      object(card(`["adr",{"cc":["ZZ"]},"text",[]]`, `["org",{},"text",[["Acme",null],1]]`)),
		"/domain/ip.test":       `{"objectClassName":"ip network"}`,
	}
	serve := func(answers map[string]string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer, ok := answers[r.URL.Path]
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/rdap+json")
			_, _ = io.WriteString(w, answer)
		})
	}
	n.Site("rdap.example", serve(answers))
	n.Site("registrar.example", serve(map[string]string{"/domain/thin.test": object(card(org("Thin Inc"), adr(`{}`, "US")))}))
	n.Site("dead.example", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	n.Site("lying.example", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("[", 3<<20)) }))
	return n
}

func (n *registry) provider(t *testing.T) *rdap.Provider {
	t.Helper()
	p, err := rdap.New(n.Client(t, outbound.Config{}), "https://boot.example/rdap")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func show(answers []enrich.Answer) (lines []string) {
	for _, a := range answers {
		lines = append(lines, fmt.Sprintf("%s %s %.1f", a.Field, a.Value, a.Confidence))
	}
	return lines
}

func TestLookup(t *testing.T) {
	n := newRegistry(t)
	p := n.provider(t)
	for _, tc := range []struct {
		domain string
		want   []string
	}{
		{"acme.test", []string{`name "Acme GmbH" 0.4`, `hq_country "DE" 0.5`}},
		{"shop.acme.test", []string{`name "Acme GmbH" 0.4`, `hq_country "DE" 0.5`}},
		{"words.test", []string{`name "Words Ltd" 0.4`, `hq_country "GB" 0.5`}},
		{"thin.test", []string{`name "Thin Inc" 0.4`, `hq_country "US" 0.5`}},
		{"odd.test", []string{`name "Acme 1" 0.4`}},
		{"someone.test", nil}, {"redacted.test", nil}, {"proxy.test", nil}, {"nobody.test", nil}, {"unknown.test", nil}, {"broken.test", nil},
		{"inside.test", nil}, {"plain.test", nil}, {"acme.norecord", nil},
	} {
		answers, err := p.Lookup(t.Context(), enrich.Subject{Domain: tc.domain}, enrich.AccountFields())
		if diff := cmp.Diff(tc.want, show(answers)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tc.domain, err, diff)
		}
	}
	answers, err := p.Lookup(t.Context(), enrich.Subject{Domain: "acme.test"}, []enrich.Field{enrich.HQCountry, enrich.FoundedYear})
	if diff := cmp.Diff([]string{`hq_country "DE" 0.5`}, show(answers)); diff != "" || err != nil {
		t.Errorf("only what is wanted: %v %s", err, diff)
	}
	if got := n.bootstraps.Load(); got != 1 {
		t.Errorf("the registry of registries was asked %d times", got)
	}
	for _, address := range n.Dialed() {
		if !strings.HasPrefix(address, "11.0.") {
			t.Errorf("dialled %s", address)
		}
	}
}

// TestNoAnswer tells what cannot be asked from registries that are no good.
func TestNoAnswer(t *testing.T) {
	p := newRegistry(t).provider(t)
	for _, tc := range []struct {
		domain string
		wanted enrich.Field
		asked  bool
	}{{"", enrich.Name, false}, {"test", enrich.Name, false}, {"acme.test", enrich.FoundedYear, false},
		{"acme.http", enrich.Name, true}, {"acme.lying", enrich.Name, true}, {"array.test", enrich.Name, true}, {"ip.test", enrich.Name, true}} {
		answers, err := p.Lookup(t.Context(), enrich.Subject{Domain: tc.domain}, []enrich.Field{tc.wanted})
		if errors.Is(err, enrich.ErrUnfit) == tc.asked || errors.Is(err, enrich.ErrUnreachable) != tc.asked || errors.Is(err, rdap.ErrNoAnswer) != tc.asked {
			t.Errorf("%s: %v, %v", tc.domain, show(answers), err)
		}
	}
}

// TestTheRegistryOfRegistriesIsLeftAlone after it did not answer.
func TestTheRegistryOfRegistriesIsLeftAlone(t *testing.T) {
	n := newRegistry(t)
	n.down.Store(true)
	p := n.provider(t)
	for range 3 {
		if _, err := p.Lookup(t.Context(), enrich.Subject{Domain: "acme.test"}, []enrich.Field{enrich.Name}); !errors.Is(err, rdap.ErrNoAnswer) {
			t.Error(err)
		}
	}
	if got := n.bootstraps.Load(); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestManyAtOnce: the library behind is for one caller at a time, the provider is not.
func TestManyAtOnce(t *testing.T) {
	n := newRegistry(t)
	p := n.provider(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			answers, err := p.Lookup(t.Context(), enrich.Subject{Domain: "acme.test"}, []enrich.Field{enrich.Name})
			if err != nil || len(answers) != 1 {
				t.Errorf("%v, %v", answers, err)
			}
		})
	}
	all.Wait()
	if got := n.bootstraps.Load(); got != 1 {
		t.Errorf("the registry of registries was asked %d times", got)
	}
}

// TestTheCallerMayLeave a registry of registries that stalls, and the turn for it.
func TestTheCallerMayLeave(t *testing.T) {
	n := newRegistry(t)
	ctx, cancel := context.WithCancel(t.Context())
	n.Site("boot.example", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
	p := n.provider(t)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := p.Lookup(ctx, enrich.Subject{Domain: "acme.test"}, []enrich.Field{enrich.Name}); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	both.Wait()
}

func TestNew(t *testing.T) {
	for bootstrap, good := range map[string]bool{"": true, "https://boot.example/": true, "boot.example": false, "://": false} {
		if _, err := rdap.New(outbound.New(outbound.Config{}), bootstrap); (err == nil) != good {
			t.Errorf("%q: %v", bootstrap, err)
		}
	}
}
