package devicelogin

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// Granted is the key, this once.
type Granted struct {
	keys.Created
	RevokeOld bool // the admin wants the replaced key revoked after Done
}

// Poll answers a program that asks whether its request was decided. The key is made, as the admin who approved, in the transaction that uses the
// request up: of many questions at once exactly one gets it. Every other answer is a Refusal. An admin who is none any more, and a plan without keys,
// refuse what was approved.
func (s *Service) Poll(ctx context.Context, deviceCode string) (out Granted, err error) {
	var refusal Refusal
	err = s.change(ctx, deviceCode, func(ctx context.Context, l *Login, now time.Time) error {
		out = Granted{} // of a try that was rolled back
		refusal = l.ask(now)
		if refusal != "" {
			return nil
		}
		var err error
		out, err = s.grant(ctx, l, now)
		if final(err) {
			l.State, refusal, err = Refused, Denied, nil
		}
		return err
	})
	if err == nil && refusal != "" {
		err = refusal
	}
	return out, err
}

// ask notes the question and returns why there is no key yet; "" when there is to be one.
func (l *Login) ask(now time.Time) Refusal {
	switch {
	case l.State == Used || l.State == Settled:
		return InvalidGrant
	case l.State == Refused:
		return Denied
	case !now.Before(l.ExpiresAt):
		return Expired
	case l.State == Approved:
		return ""
	}
	hasty := !l.PolledAt.IsZero() && now.Sub(l.PolledAt) < l.Interval-leeway
	if l.PolledAt = now; hasty {
		l.Interval += slower
		return SlowDown
	}
	return Pending
}

// grant makes the key. It fails with what final tells for good when it may not be made any more.
func (s *Service) grant(ctx context.Context, l *Login, now time.Time) (Granted, error) {
	actor, err := s.admin(ctx, l.WorkspaceID, l.MemberID)
	if err != nil {
		return Granted{}, err
	}
	created, err := s.mint(ctx, actor, *l)
	if err != nil {
		return Granted{}, err
	}
	l.State, l.KeyID, l.ExpiresAt = Used, created.Key.ID, now.Add(Life)
	return Granted{created, l.RevokeOld}, nil
}

func (s *Service) mint(ctx context.Context, actor activity.Actor, l Login) (keys.Created, error) {
	if l.Replaces != "" {
		return s.Keys.Rotate(ctx, actor, l.WorkspaceID, l.Replaces)
	}
	return s.Keys.Create(ctx, actor, keys.CreateRequest{WorkspaceID: l.WorkspaceID, Name: l.KeyName, Preset: l.Preset, Expiry: l.Expiry})
}

// final reports whether err is a refusal that asking again will not change, as against a failure of ours.
func final(err error) bool {
	var f *fault.Error
	return errors.Is(err, ErrNotAdmin) || errors.As(err, &f) && f.Code.Status() < 500
}

// Done tells that the new key, whose public id and workspace the caller has proved, works. The key that it replaces is then revoked, as the admin who
// approved, if that admin wanted it and still may: no key revokes another. Denied when not, InvalidGrant for another key's code. Telling it twice
// changes nothing more.
func (s *Service) Done(ctx context.Context, deviceCode, workspaceID, keyID string) error {
	return s.change(ctx, deviceCode, func(ctx context.Context, l *Login, now time.Time) error {
		switch {
		case l.KeyID == "" || l.KeyID != keyID || l.WorkspaceID != workspaceID:
			return InvalidGrant
		case l.State == Settled:
			return nil
		case !now.Before(l.ExpiresAt):
			return Expired
		case !l.RevokeOld:
			return Denied
		}
		return s.revokeOld(ctx, l)
	})
}

func (s *Service) revokeOld(ctx context.Context, l *Login) error {
	actor, err := s.admin(ctx, l.WorkspaceID, l.MemberID)
	if err == nil {
		_, err = s.Keys.Revoke(ctx, actor, l.WorkspaceID, l.Replaces)
	}
	switch {
	case errors.Is(err, &fault.Error{Code: fault.AlreadyRevoked}): // somebody was quicker
	case final(err):
		return Denied
	case err != nil:
		return err
	}
	l.State = Settled
	return nil
}

// change runs do over the request of a device code. An unknown code is InvalidGrant and costs no write.
func (s *Service) change(ctx context.Context, deviceCode string, do func(ctx context.Context, l *Login, now time.Time) error) error {
	hash := Hash(deviceCode)
	_, err := s.Store.DeviceLogin(ctx, hash)
	if err == nil {
		err = s.Store.ChangeDeviceLogin(ctx, hash, func(ctx context.Context, l *Login) error {
			now, err := s.now(ctx)
			if err != nil {
				return err
			}
			return do(ctx, l, now)
		})
	}
	if errors.Is(err, &fault.Error{Code: fault.NotFound}) {
		return InvalidGrant
	}
	return err
}
