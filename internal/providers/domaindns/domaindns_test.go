package domaindns_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

var _ emailcheck.Mail = (*domaindns.Provider)(nil)

// zone is a DNS with a company for each case.
func zone(t *testing.T) (*internet.Zone, *domaindns.Provider) {
	z := internet.NewZone(t)
	z.Add(
		"acme.test. 60 IN MX 20 alt1.aspmx.l.google.com.", "acme.test. 60 IN MX 10 ASPMX.L.google.com.",
		`acme.test. 60 IN TXT "v=spf1 include:_spf.google.com include:sendgrid.net ~all"`, `acme.test. 60 IN TXT "atlassian-domain-verification=abc"`,
		`acme.test. 60 IN TXT "google-site-verification=abc"`, `acme.test. 60 IN TXT "something=else"`,
		"refuses.test. 60 IN MX 0 .", `refuses.test. 60 IN TXT "v=spf1 -all"`,
		"silent.test. 60 IN NS ns.silent.test.",
		"literal.test. 60 IN MX 10 192.0.2.1.",
	)
	z.A("address.test", "11.0.0.1")
	z.Fail("lame.test", 2)
	z.Fail("mute.test", -1)
	for i := range 150 { // longer than a datagram, and than what is kept
		z.Add(fmt.Sprintf(`many.test. 60 IN TXT "filler-%d=%0200d"`, i, i))
	}
	z.Add(`many.test. 60 IN TXT "stripe-verification=late"`)
	return z, domaindns.New(z.Resolver())
}

func TestMail(t *testing.T) {
	_, p := zone(t)
	for domain, want := range map[string]domaindns.MailFacts{
		"acme.test":    {State: domaindns.TakesMail, Servers: []string{"aspmx.l.google.com", "alt1.aspmx.l.google.com"}, Provider: "Google Workspace"},
		"refuses.test": {State: domaindns.RefusesMail},
		"address.test": {State: domaindns.MayTakeMail},
		"silent.test":  {State: domaindns.NoMail},
		"nowhere.test": {State: domaindns.NoMail},
		"literal.test": {State: domaindns.NoMail},
	} {
		got, err := p.Mail(t.Context(), domain)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", domain, err, diff)
		}
		takes := want.State == domaindns.TakesMail || want.State == domaindns.MayTakeMail
		if got, err := p.TakesMail(t.Context(), domain); got != takes || err != nil {
			t.Errorf("%s: takes mail %t, %v", domain, got, err)
		}
	}
}

func TestLookup(t *testing.T) {
	_, p := zone(t)
	for domain, want := range map[string][]string{
		"acme.test":    {"Atlassian", "Google Search Console", "Google Workspace", "SendGrid"},
		"refuses.test": nil,
		"nowhere.test": nil,
		"many.test":    nil, // what lies beyond the bound is left out
	} {
		answers, err := p.Lookup(t.Context(), enrich.Subject{Domain: domain}, []enrich.Field{enrich.Name, enrich.TechStack})
		if err != nil || len(answers) != min(1, len(want)) {
			t.Fatalf("%s: %v, %v", domain, answers, err)
		}
		for _, a := range answers {
			var got []string
			if err := json.Unmarshal(a.Value, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || a.Field != enrich.TechStack || a.Confidence != 0.85 {
				t.Errorf("%s: %+v %s", domain, a, diff)
			}
		}
	}
}

// TestNoAnswer tells what cannot be asked from name servers that fail.
func TestNoAnswer(t *testing.T) {
	_, p := zone(t)
	for _, tc := range []struct {
		domain string
		wanted enrich.Field
		asked  bool
	}{{"", enrich.TechStack, false}, {"acme.test", enrich.Name, false}, {"lame.test", enrich.TechStack, true}} {
		_, err := p.Lookup(t.Context(), enrich.Subject{Domain: tc.domain}, []enrich.Field{tc.wanted})
		if errors.Is(err, enrich.ErrUnfit) == tc.asked || errors.Is(err, enrich.ErrUnreachable) != tc.asked || errors.Is(err, domaindns.ErrNoAnswer) != tc.asked {
			t.Errorf("%s: %v", tc.domain, err)
		}
	}
	if takes, err := p.TakesMail(t.Context(), "lame.test"); takes || !errors.Is(err, domaindns.ErrNoAnswer) {
		t.Error(takes, err)
	}
	if _, err := p.Mail(t.Context(), "lame.test"); !errors.Is(err, domaindns.ErrNoAnswer) {
		t.Error(err)
	}
}

// TestTheDeadlineHolds for name servers that never answer.
func TestTheDeadlineHolds(t *testing.T) {
	_, p := zone(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Lookup(ctx, enrich.Subject{Domain: "mute.test"}, []enrich.Field{enrich.TechStack}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := p.Mail(ctx, "acme.test"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
