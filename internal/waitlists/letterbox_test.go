package waitlists_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// lone is a store with a waitlist and nothing else.
type lone struct{ waitlists.Store }

func (lone) Waitlist(context.Context, string, string) (waitlists.Waitlist, error) {
	return waitlists.Waitlist{}, nil
}

// asked is a DNS that counts its questions by domain.
type asked struct {
	mail
	err   error
	count map[string]int
}

func (a *asked) TakesMail(ctx context.Context, domain string) (bool, error) {
	a.count[domain]++
	if a.err != nil {
		return false, a.err
	}
	return a.mail.TakesMail(ctx, domain)
}

func admitting(a *asked) func(email string) error {
	s := waitlists.New(waitlists.Config{Store: lone{}, Mail: a, Throttle: func(context.Context, string, time.Duration, int) (time.Duration, error) { return 0, nil }})
	return func(email string) error {
		return s.Admit(context.Background(), "w", wire.CreateSubscriber{ID: "wl_1", Email: email})
	}
}

// TestADomainIsAskedAboutOnceInAWhile however many sign up from it.
func TestADomainIsAskedAboutOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dns := &asked{mail: mail{"acme.com": true, "gmail.com": true}, count: map[string]int{}}
		admit := admitting(dns)
		for range 3 {
			if err := admit("ada@acme.com"); err != nil {
				t.Fatal(err)
			}
			wantField(t, "lost", admit("ada@lost.com"), "email")
		}
		if dns.count["acme.com"] != 1 || dns.count["lost.com"] != 1 || dns.count["gmail.com"] != 1 {
			t.Error(dns.count)
		}
		time.Sleep(10*time.Minute + time.Second)
		dns.mail["lost.com"] = true
		if err := admit("ada@lost.com"); err != nil || dns.count["lost.com"] != 2 {
			t.Error(err, dns.count)
		}
	})
}

// TestADNSThatDoesNotTellRefusesNobody, neither one that is silent nor one that knows nothing of the world outside.
func TestADNSThatDoesNotTellRefusesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dns := &asked{mail: mail{}, count: map[string]int{}}
		admit := admitting(dns)
		if err := admit("ada@closed.com"); err != nil { // nor does it know gmail.com
			t.Error(err)
		}
		dns.mail["gmail.com"], dns.err = true, errors.New("silent")
		if err := admit("ada@silent.com"); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute + time.Second)
		dns.err = nil
		wantField(t, "it speaks again", admit("ada@silent.com"), "email")
	})
}
