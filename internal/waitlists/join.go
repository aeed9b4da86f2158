package waitlists

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// signalType is the built-in type of the signals that sign-ups push.
const signalType = "waitlist_signup"

// codeTries is how many codes are tried for a sign-up; that all are taken does not happen.
const codeTries = 20

// Join is Admit and Add.
func (s *Service) Join(ctx context.Context, workspaceID string, actor activity.Actor, in wire.CreateSubscriber) (wire.Subscriber, error) {
	if err := s.Admit(ctx, workspaceID, in); err != nil {
		return wire.Subscriber{}, err
	}
	return s.Add(ctx, workspaceID, actor, in)
}

// Add signs up a person that Admit let in, and returns the stored subscriber, whether it was there or not. A new one raises the referrer, pushes a signal
// for the lead with the email (unless the workspace disabled the type), and is logged, all in one transaction, or in the one that ctx carries. A code that
// nobody has is passed over. Errors: not_found, validation_failed, the store's.
func (s *Service) Add(ctx context.Context, workspaceID string, actor activity.Actor, in wire.CreateSubscriber) (wire.Subscriber, error) {
	email, err := addressOf(in)
	if err != nil {
		return wire.Subscriber{}, err
	}
	var id string
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		w, err := s.Store.Waitlist(ctx, workspaceID, in.ID)
		if err == nil && w.Archived() {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err != nil {
			return err
		}
		e := entering{s, workspaceID, actor, w, now}
		id, err = e.enter(ctx, email.Text, in.ReferralCode)
		return err
	})
	if err != nil {
		return wire.Subscriber{}, err
	}
	out, err := s.Store.Subscriber(ctx, workspaceID, in.ID, id)
	return out.Subscriber, err
}

// entering is one sign-up under way.
type entering struct {
	*Service
	workspaceID string
	actor       activity.Actor
	waitlist    Waitlist
	now         time.Time
}

// enter returns the id of the subscriber with the email, who is added if there is none.
func (e entering) enter(ctx context.Context, email, code string) (string, error) {
	one := Subscriber{Subscriber: wire.Subscriber{ID: uuid.Must(uuid.NewV7()).String(), Email: email, JoinedAt: e.now}}
	if err := e.refer(ctx, &one, code); err != nil {
		return "", err
	}
	for range codeTries {
		one.ReferralCode = newCode()
		added, err := e.Store.InsertSubscriber(ctx, e.workspaceID, e.waitlist.ID, one)
		if added && err == nil {
			err = e.tell(ctx, one)
		}
		if added || err != nil {
			return one.ID, err
		}
		there, err := e.Store.SubscriberID(ctx, e.workspaceID, e.waitlist.ID, email)
		if fault.CodeOf(err) != fault.NotFound {
			return there, err
		}
	}
	return "", fault.Newf(fault.Internal, "No referral code is free.")
}

// refer notes whose code it is.
func (e entering) refer(ctx context.Context, one *Subscriber, text string) error {
	code, ok := wire.ReferralCode(text)
	if !ok {
		return nil
	}
	id, err := e.Store.ReferrerID(ctx, e.workspaceID, e.waitlist.ID, code)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return nil
	case err == nil:
		one.ReferredBy, one.Lifted = id, e.waitlist.ReferralBoost
	}
	return err
}

// tell does what a new sign-up brings: last what others may wait for, the lock on new leads and the referrer's row.
func (e entering) tell(ctx context.Context, one Subscriber) error {
	err := e.Store.RecordActivity(ctx, activity.New(e.workspaceID, e.now, e.actor, activity.SubscriberAdded, activity.ObjectSubscriber, one.ID, map[string]string{
		"waitlist": e.waitlist.ID, "name": e.waitlist.Name, "referred": strconv.FormatBool(one.ReferredBy != ""),
	}))
	if err == nil {
		err = e.signal(ctx, one)
	}
	if err != nil || one.ReferredBy == "" {
		return err
	}
	return e.Store.Lift(ctx, e.workspaceID, e.waitlist.ID, one.ReferredBy, 1, one.Lifted)
}

// signal pushes what the sign-up says of the person. Without the type the sign-up stands alone.
func (e entering) signal(ctx context.Context, one Subscriber) error {
	about, err := json.Marshal(map[string]any{"waitlist": e.waitlist.Name, "waitlist_id": e.waitlist.ID, "referred": one.ReferredBy != ""})
	if err != nil {
		return err
	}
	_, _, err = e.Signals.Push(ctx, e.workspaceID, e.actor, wire.PushSignal{
		SignalType: signalType, Source: "waitlist", OccurredAt: one.JoinedAt, ExternalID: one.ID, Title: "Joined the waitlist " + e.waitlist.Name,
		Identity: wire.Identity{Email: one.Email}, Context: about,
	})
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Code == fault.ValidationFailed && len(refused.Fields) == 1 && refused.Fields[0].Path == "signal_type" {
		return nil
	}
	return err
}

// newCode returns a referral code. The alphabet has 32 characters, so that each is as likely as any.
func newCode() string {
	b := make([]byte, wire.CodeLength)
	rand.Read(b) // never fails
	for i := range b {
		b[i] = wire.CodeAlphabet[b[i]%byte(len(wire.CodeAlphabet))]
	}
	return string(b)
}
