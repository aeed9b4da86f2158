// Package passkeys signs members in by passkeys (WebAuthn): it makes the challenges and checks what devices answer.
package passkeys

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
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

// List returns the person's passkeys, oldest first.
func (s *Service) List(ctx context.Context, p login.Person) ([]login.Passkey, error) {
	return s.store.ListPasskeys(ctx, p.WorkspaceID, p.MemberID)
}

// BeginAdd returns what the browser is to be asked for a new passkey, and the ceremony to keep. conflict when the person has too many.
func (s *Service) BeginAdd(ctx context.Context, p login.Person, workspace string) (options, ceremony []byte, err error) {
	m, err := s.member(ctx, p, workspace)
	if err != nil {
		return nil, nil, err
	}
	if len(m.keys) >= perMember {
		return nil, nil, fault.Newf(fault.Conflict, "You have %d passkeys. Remove one that you do not use first.", perMember)
	}
	creation, session, err := s.rp.BeginRegistration(m, webauthn.WithExclusions(webauthn.Credentials(m.WebAuthnCredentials()).CredentialDescriptors()))
	return both(creation, session, err)
}

// both encodes what goes to the browser and what stays.
func both(options, ceremony any, err error) ([]byte, []byte, error) {
	if err != nil {
		return nil, nil, err
	}
	out, err := json.Marshal(options)
	kept, bad := json.Marshal(ceremony)
	return out, kept, errors.Join(err, bad)
}

// FinishAdd checks the browser's answer and keeps the passkey under the name. ErrRefused, conflict for a passkey that is there, validation_failed for
// the name.
func (s *Service) FinishAdd(ctx context.Context, p login.Person, name string, ceremony, answer []byte) error {
	if err := workspaces.CheckName("name", name); err != nil {
		return err
	}
	var session webauthn.SessionData
	if json.Unmarshal(ceremony, &session) != nil {
		return ErrRefused
	}
	m, err := s.member(ctx, p, "")
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return refused(err)
	}
	made, err := s.rp.CreateCredential(m, session, parsed)
	if err != nil {
		return refused(err)
	}
	return s.keep(ctx, p, name, made)
}

// refused keeps the library's reason for the log.
func refused(err error) error { return fmt.Errorf("%w: %w", ErrRefused, err) }

func (s *Service) keep(ctx context.Context, p login.Person, name string, made *webauthn.Credential) error {
	now, err := s.now(ctx)
	text, bad := json.Marshal(made)
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	k := login.Passkey{ID: idOf(made.ID), WorkspaceID: p.WorkspaceID, MemberID: p.MemberID, Name: name, Credential: text, CreatedAt: now}
	e := activity.New(p.WorkspaceID, now, p.Actor(), activity.PasskeyAdded, activity.ObjectPasskey, k.ID, map[string]string{"name": name})
	return s.store.InsertPasskey(ctx, k, e)
}

func idOf(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// Remove deletes one of the person's passkeys; it opens nothing any more. not_found when they have none of that id.
func (s *Service) Remove(ctx context.Context, p login.Person, id string) error {
	list, err := s.List(ctx, p)
	if err != nil {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	detail := map[string]string{}
	for _, k := range list {
		if k.ID == id {
			detail["name"] = k.Name
		}
	}
	return s.store.RemovePasskey(ctx, p.WorkspaceID, p.MemberID, id, activity.New(p.WorkspaceID, now, p.Actor(), activity.PasskeyRemoved, activity.ObjectPasskey, id, detail))
}

// BeginSignIn returns what any browser is to be asked, and the ceremony to keep.
func (s *Service) BeginSignIn() (options, ceremony []byte, err error) {
	assertion, session, err := s.rp.BeginDiscoverableLogin()
	return both(assertion, session, err)
}

// FinishSignIn checks the browser's answer and returns whose passkey it is. ErrRefused when it is nobody's, the signature is wrong, or the device's
// counter went back, as that of a copied device does.
func (s *Service) FinishSignIn(ctx context.Context, ceremony, answer []byte) (workspaceID, memberID string, err error) {
	var session webauthn.SessionData
	if json.Unmarshal(ceremony, &session) != nil {
		return "", "", ErrRefused
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", "", refused(err)
	}
	var stored error // the library does not part the store's failures from its own
	find := func(rawID, handle []byte) (webauthn.User, error) {
		m, err := s.byHandle(ctx, handle)
		if err != nil && !errors.Is(err, ErrRefused) {
			stored = err
		}
		return m, err
	}
	user, used, err := s.rp.ValidatePasskeyLogin(find, session, parsed)
	switch {
	case stored != nil:
		return "", "", stored
	case err != nil:
		return "", "", refused(err)
	case used.Authenticator.CloneWarning:
		return "", "", fmt.Errorf("%w: the counter of passkey %s went back", ErrRefused, idOf(used.ID))
	}
	return s.used(ctx, user.(member), used)
}

func (s *Service) byHandle(ctx context.Context, handle []byte) (member, error) {
	if len(handle) != 32 {
		return member{}, ErrRefused
	}
	w, m := uuid.UUID(handle[:16]), uuid.UUID(handle[16:])
	keys, err := s.store.ListPasskeys(ctx, w.String(), m.String())
	return member{handle: handle, keys: keys}, err
}

// used keeps the new counter. A rival with the same answer finds the old one gone.
func (s *Service) used(ctx context.Context, m member, c *webauthn.Credential) (workspaceID, memberID string, err error) {
	now, err := s.now(ctx)
	text, bad := json.Marshal(c)
	if err := errors.Join(err, bad); err != nil {
		return "", "", err
	}
	for _, k := range m.keys {
		if k.ID == idOf(c.ID) {
			old := k.Credential
			k.Credential, k.LastUsedAt = text, now
			return k.WorkspaceID, k.MemberID, s.store.UsePasskey(ctx, k, old)
		}
	}
	return "", "", ErrRefused
}
