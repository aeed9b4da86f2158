package passkeys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
)

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
