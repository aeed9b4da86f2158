// Package passkeys signs members in by passkeys (WebAuthn): it makes the challenges and checks what devices answer.
package passkeys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/login"
)

// The reasons for which there is no passkey.
var (
	// ErrAddress means that browsers know no passkeys for the address of the pages: it is a number, or not protected by https.
	ErrAddress = errors.New("passkeys: they need https and a name, or localhost")
	// ErrRefused means that what the device answered proves nothing.
	ErrRefused = errors.New("passkeys: the answer was refused")
)

const (
	perMember = 20              // passkeys
	answerIn  = 5 * time.Minute // to a challenge
)

// Service makes challenges and checks the answers. The caller keeps each ceremony where the browser cannot write, and gives it back once.
type Service struct {
	store login.Passkeys
	now   func(ctx context.Context) (time.Time, error)
	rp    *webauthn.WebAuthn
}

// New returns a Service for the pages at publicURL, where browsers bind passkeys to the host's name. ErrAddress when they would not.
func New(store login.Passkeys, now func(ctx context.Context) (time.Time, error), publicURL string) (*Service, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, ErrAddress
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && host != "localhost" {
		return nil, ErrAddress
	}
	limit := webauthn.TimeoutConfig{Enforce: true, Timeout: answerIn, TimeoutUVD: answerIn}
	rp, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Unstuck", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
		Timeouts:               webauthn.TimeoutsConfig{Login: limit, Registration: limit},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", host, err)
	}
	return &Service{store, now, rp}, nil
}

// member is one as the library wants to see them.
type member struct {
	handle      []byte
	email, name string
	keys        []login.Passkey
}

// handleOf names a member of one workspace to a device: the two ids. Devices keep it beside the key and give it back at sign-in.
func handleOf(workspaceID, memberID string) ([]byte, error) {
	w, err := uuid.Parse(workspaceID)
	m, bad := uuid.Parse(memberID)
	return append(w[:], m[:]...), errors.Join(err, bad)
}

func (m member) WebAuthnID() []byte          { return m.handle }
func (m member) WebAuthnName() string        { return m.email }
func (m member) WebAuthnDisplayName() string { return m.name }
func (m member) WebAuthnCredentials() (out []webauthn.Credential) {
	for _, k := range m.keys {
		var c webauthn.Credential
		if json.Unmarshal(k.Credential, &c) == nil {
			out = append(out, c)
		}
	}
	return out
}

func (s *Service) member(ctx context.Context, p login.Person, workspace string) (member, error) {
	handle, err := handleOf(p.WorkspaceID, p.MemberID)
	if err != nil {
		return member{}, err
	}
	keys, err := s.store.ListPasskeys(ctx, p.WorkspaceID, p.MemberID)
	return member{handle, p.Email, p.Email + " (" + workspace + ")", keys}, err
}
