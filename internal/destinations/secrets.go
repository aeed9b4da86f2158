package destinations

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// The names under which secrets are sealed. They are bound to them, so none can stand in for another.
const (
	querySecret   = "query"          // of the URL
	signingSecret = "signing"        // the newest
	formerSecret  = "signing_before" // counts for bothSign after a rotation
	headerSecret  = "header."        // and the header's name in lower case
	kindSecret    = "secret."        // and the name that the kind gives it
)

// bothSign is how long messages are signed with the former secret too, for receivers to change over.
const bothSign = 24 * time.Hour

// signingBytes is the length of a signing secret; 24 to 64 are allowed.
const signingBytes = 32

// newSigning returns a secret in the form that the receivers' libraries take.
func newSigning() settings.Secret {
	b := make([]byte, signingBytes)
	_, _ = rand.Read(b) // never fails
	return settings.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(b))
}

// put seals a secret of the destination.
func (s *Service) put(d *Destination, name, plain string, until time.Time) error {
	sealed, err := s.Seal.Seal([]byte(plain), d.WorkspaceID, "destination", d.ID, name)
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	if d.Sealed == nil {
		d.Sealed = map[string]Sealed{}
	}
	d.Sealed[name] = Sealed{sealed, until}
	return nil
}

// open returns a secret; the zero Secret when there is none.
func (s *Service) open(d Destination, name string) (settings.Secret, error) {
	kept, ok := d.Sealed[name]
	if !ok {
		return settings.Secret{}, nil
	}
	plain, err := s.Seal.Open(kept.Text, d.WorkspaceID, "destination", d.ID, name)
	return settings.NewSecret(string(plain)), err
}

// target opens a destination for sending at the time. The error says that a secret cannot be opened.
func (s *Service) target(d Destination, now time.Time) (t Target, err error) {
	t = Target{WorkspaceID: d.WorkspaceID, DestinationID: d.ID, URL: d.URL, Options: d.Options, Secrets: map[string]settings.Secret{}}
	open := func(name string) (secret settings.Secret) {
		if err == nil {
			secret, err = s.open(d, name)
		}
		return secret
	}
	if query := open(querySecret); !query.IsZero() {
		t.URL += "?" + query.Reveal()
	}
	for _, h := range d.Headers {
		value := settings.NewSecret(h.Value)
		if h.Secret {
			value = open(headerSecret + strings.ToLower(h.Name))
		}
		t.Headers = append(t.Headers, TargetHeader{h.Name, value})
	}
	for name := range d.Sealed {
		if own, ok := strings.CutPrefix(name, kindSecret); ok {
			t.Secrets[own] = open(name)
		}
	}
	for _, name := range []string{signingSecret, formerSecret} {
		kept, ok := d.Sealed[name]
		if ok && (kept.Until.IsZero() || now.Before(kept.Until)) {
			t.Signing = append(t.Signing, open(name))
		}
	}
	return t, err
}

// rotate gives a webhook a new signing secret, beside which the one before counts for a while, and returns it.
func (s *Service) rotate(d *Destination, now time.Time) (settings.Secret, error) {
	before, err := s.open(*d, signingSecret)
	if err == nil && !before.IsZero() {
		err = s.put(d, formerSecret, before.Reveal(), now.Add(bothSign))
	}
	if err != nil { // the former one cannot be opened: it could not sign any more either
		delete(d.Sealed, formerSecret)
	}
	fresh := newSigning()
	d.RotatedAt = now
	return fresh, s.put(d, signingSecret, fresh.Reveal(), time.Time{})
}
