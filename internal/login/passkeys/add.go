package passkeys

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

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
