// Package waitlists keeps lines of people who wait for something, each with a place that is worked out whenever it is read.
//
// Who has more priority stands first; among equals who joined earlier, then whose id is smaller. Priority comes from referrals alone: each raises that
// of the referrer by the boost that the waitlist has at that time. Who signs up again gets the answer that a new sign-up gets, with what is stored, and
// nothing changes.
package waitlists

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds of a boost.
const (
	DefaultBoost = 5
	MaxBoost     = 100
)

// Waitlist is one line.
type Waitlist struct {
	ID            string // wl_ and a UUIDv7
	Name          string
	ReferralBoost int
	CreatedAt     time.Time
	ArchivedAt    time.Time // zero while it takes sign-ups
	Subscribers   int       // how many there are; told by lists of waitlists alone
}

// Archived reports whether the waitlist takes no sign-ups and cannot be read with a key.
func (w Waitlist) Archived() bool { return !w.ArchivedAt.IsZero() }

// Subscriber is a person on a waitlist, as stored, with the place at the time of reading.
type Subscriber struct {
	wire.Subscriber
	ReferredBy string // id of a subscriber of the same waitlist, or ""
	Lifted     int    // by how much the sign-up raised the referrer's priority
}

// Query asks for a part of a waitlist, in the order of places.
type Query struct {
	Text   string // part of an email in lower case, or a whole referral code; "" = all
	Offset int    // only with a Limit
	Limit  int    // 0 = all
}

// Store keeps waitlists. Each method joins the transaction that its context carries. not_found stands for what is not there, or is another workspace's.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// Waitlists returns all with how many wait on each, the oldest first.
	Waitlists(ctx context.Context, workspaceID string) ([]Waitlist, error)
	// Waitlist returns one.
	Waitlist(ctx context.Context, workspaceID, id string) (Waitlist, error)
	// InsertWaitlist adds one.
	InsertWaitlist(ctx context.Context, workspaceID string, w Waitlist) error
	// ChangeWaitlist gives do the waitlist, with no rival until the transaction ends, and keeps what it left.
	ChangeWaitlist(ctx context.Context, workspaceID, id string, do func(now time.Time, w *Waitlist) error) error
	// RecordActivity appends to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
	Line
}

// Line keeps who waits.
type Line interface {
	// InsertSubscriber adds one; false when the email or the referral code is taken.
	InsertSubscriber(ctx context.Context, workspaceID, waitlistID string, s Subscriber) (added bool, err error)
	// SubscriberID returns whose the email is, and ReferrerID whose the code is.
	SubscriberID(ctx context.Context, workspaceID, waitlistID, email string) (string, error)
	ReferrerID(ctx context.Context, workspaceID, waitlistID, code string) (string, error)
	// Lift adds to the referrals and the priority of one; nothing happens when there is none with the id.
	Lift(ctx context.Context, workspaceID, waitlistID, id string, referrals, priority int) error
	// Subscriber returns one with the present place.
	Subscriber(ctx context.Context, workspaceID, waitlistID, id string) (Subscriber, error)
	// Subscribers gives each those that the query finds, and returns how many there are of them without its offset and limit. All of it is seen at one
	// moment. An error of each ends it.
	Subscribers(ctx context.Context, workspaceID, waitlistID string, q Query, each func(Subscriber) error) (total int, err error)
	// DeleteSubscriber removes one, and what kept answers tell of it; those it referred are referred by nobody from then on.
	DeleteSubscriber(ctx context.Context, workspaceID, waitlistID, id string) error
}

// Pusher keeps signals, in the transaction that ctx carries. *signals.Service is one.
type Pusher interface {
	Push(ctx context.Context, workspaceID string, actor activity.Actor, in wire.PushSignal) (out wire.Pushed, created bool, err error)
}

// Throttle counts one attempt under the name: burst at once, then one in every interval. It returns how long to wait before the next one is allowed;
// 0 when this one is.
type Throttle func(ctx context.Context, name string, every time.Duration, burst int) (wait time.Duration, err error)

// Config is what a Service needs; all of it must be set.
type Config struct {
	Store    Store
	Signals  Pusher
	Mail     emailcheck.Mail
	Throttle Throttle
}

// Service keeps waitlists. That the caller may do so is for the doors to check. It is safe for concurrent use.
type Service struct {
	Config
	letters *letterbox
}

// New returns a Service.
func New(c Config) *Service { return &Service{c, newLetterbox(c.Mail)} }
