package destinations

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Sender is what a kind of destination can do. It is safe for concurrent use.
type Sender interface {
	// Check returns what is wrong with a target that is to be saved, by the paths url, options.<name>, secrets.<name> and headers[i].name. It may look
	// names up, and connects to nothing.
	Check(ctx context.Context, t Target) []fault.Field
	// Defaults returns the mapping for records of the kind where none is set; nil sends the record as a whole.
	Defaults(kind filter.Kind) Mapping
	// Rule is what a mapping to the receiver must keep to.
	Rule() mapping.Rule
	// Send delivers a message, once, and returns the HTTP status of the receiver, 0 when none came. The error is nil when the receiver took it,
	// ErrSkipped when the message is nothing for it, else a *Failure.
	Send(ctx context.Context, t Target, m Message) (status int, err error)
}

// Target is a destination opened for sending.
type Target struct {
	WorkspaceID   string
	DestinationID string
	URL           string // whole
	Headers       []TargetHeader
	Options       map[string]string
	Secrets       map[string]settings.Secret // by name; the names are the kind's own
	Signing       []settings.Secret          // of a webhook: the newest first, and the one before while it still counts
}

// TargetHeader is a header with its value.
type TargetHeader struct {
	Name  string
	Value settings.Secret
}

// Type is what a message is about.
type Type string

// The types.
const (
	MemberAdded    Type = "audience.member_added"
	MemberRemoved  Type = "audience.member_removed"
	MemberReranked Type = "audience.member_reranked"
	Ping           Type = "ping" // a test; it has no audience and no record
)

// Message is one delivery as it is sent: the record is as it is now, not as it was when the audience changed.
type Message struct {
	ID         string // the same at each attempt
	Type       Type
	At         time.Time // of the change
	EventID    string    // of the audience; "" when somebody asked for all members
	Change     audiences.Change
	Audience   Audience
	Kind       filter.Kind
	RecordID   string
	Account    *wire.Account // exactly one of both is set; neither when the record was erased, and in a ping
	Lead       *wire.Lead
	LastSignal *wire.Signal // of the record; nil when there is none
	Mapping    Mapping      // that holds for the audience; nil sends the record as a whole
	position   int64        // among the members in the order of the ranking, from 1; 0 where it is not known
}

// Audience names an audience.
type Audience struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Values returns what the mapping makes of the message.
func (m Message) Values() []mapping.Value {
	return mapping.Values(m.Mapping, mapping.Source{
		RecordID: m.RecordID, Account: m.Account, Lead: m.Lead, Signal: m.LastSignal,
		AudienceID: m.Audience.ID, AudienceName: m.Audience.Name, Change: m.Change, Position: m.position,
	})
}

// ErrSkipped says that a message is nothing for the receiver, which therefore was not asked.
var ErrSkipped = errors.New("destinations: nothing to send")

// Class is why an attempt failed, for the log.
type Class string

// The classes.
const (
	ClassForbidden   Class = "forbidden_address" // it leads inside, or is no https
	ClassRedirect    Class = "redirect"
	ClassUnreachable Class = "unreachable"
	ClassNoSuchName  Class = "no_such_name"
	ClassCertificate Class = "certificate"
	ClassTimeout     Class = "timeout"
	ClassStatus      Class = "status"       // any but 2xx that has no class of its own
	ClassGone        Class = "gone"         // 410
	ClassRateLimited Class = "rate_limited" // 429
	ClassCredentials Class = "credentials"  // the receiver does not accept them
	ClassField       Class = "field"        // the receiver does not know or take a field
	ClassAnswer      Class = "answer"       // it said what cannot be read
	ClassSecret      Class = "secret"       // a secret of ours cannot be opened
)

// Failure is an attempt that came to nothing.
type Failure struct {
	Class      Class
	Field      string        // of the receiver, at ClassField: its name, never a value
	RetryAfter time.Duration // what the receiver asked for; 0 for nothing
	Final      bool          // another attempt would fail alike: none is made
}

// Error implements error; the text holds nothing of the receiver but the field's name.
func (f *Failure) Error() string {
	text := "destinations: the delivery failed: " + string(f.Class)
	if f.Field != "" {
		text += " " + f.Field
	}
	return text
}
