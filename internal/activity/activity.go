// Package activity is the vocabulary of the activity log: who did what to which object, never with which value.
//
// An entry is written in the transaction of the change that it tells of, so the log has a row exactly when the change
// was made. The stores of the domain packages therefore take the entry along with the change.
package activity

import (
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/token"
)

// Kind says what sort of actor made a change. The zero value is invalid.
type Kind string

// The kinds of actor.
const (
	Person   Kind = "person"   // a signed-in member of the workspace
	Operator Kind = "operator" // somebody at the server's own command line
	ByKey    Kind = "key"      // an API key
)

// Badge is shown beside an actor that is an API key.
const Badge = "API key"

// Actor is who made a change.
type Actor struct {
	Kind  Kind
	Name  string // a person's email, "operator:<os user>", or the key's name
	KeyID string // public id of the key; only for ByKey
}

// PersonActor returns the actor for a member, named by email.
func PersonActor(email string) Actor { return Actor{Kind: Person, Name: email} }

// OperatorActor returns the actor for somebody at the server's command line, logged as "operator:<os user>".
func OperatorActor(osUser string) Actor { return Actor{Kind: Operator, Name: "operator:" + osUser} }

// KeyActor returns the actor for an API key with the given public id and name.
func KeyActor(id, name string) Actor { return Actor{Kind: ByKey, Name: name, KeyID: id} }

// Action is the stable name of a change.
type Action string

// The actions of the log. Each has its words in words.go.
const (
	KeyCreated       Action = "key.created"
	KeyRotated       Action = "key.rotated"
	KeyRevoked       Action = "key.revoked"
	SignalsPushed    Action = "signals.pushed"
	RecordsImported  Action = "records.imported"
	RecordCorrected  Action = "record.corrected"
	RecordDeleted    Action = "record.deleted"
	RecordEnriched   Action = "record.enriched"
	ReferenceStored  Action = "reference.stored"
	ReferenceRemoved Action = "reference.removed"
	WorkspaceCreated Action = "workspace.created"
	WorkspaceUpdated Action = "workspace.updated"
	MemberAdded      Action = "member.added"
	MemberRemoved    Action = "member.removed"
	MemberUpdated    Action = "member.updated" // another role
	MemberInvited    Action = "member.invited" // anew, by another setup link
	MemberSignedIn   Action = "member.signed_in"
	PasswordSet      Action = "password.set"
	PasskeyAdded     Action = "passkey.added"
	PasskeyRemoved   Action = "passkey.removed"
	LoginRevoked     Action = "login.revoked"

	EnrichmentJobCreated  Action = "enrichment_job.created"
	EnrichmentJobCanceled Action = "enrichment_job.canceled"
	EnrichmentJobStopped  Action = "enrichment_job.stopped" // for want of credits, or of a key
	CreditsToppedUp       Action = "credits.topped_up"
	SettingsUpdated       Action = "settings.updated"

	DestinationCreated   Action = "destination.created"
	DestinationUpdated   Action = "destination.updated"
	DestinationConfirmed Action = "destination.confirmed"
	DestinationTested    Action = "destination.tested"
	DestinationRotated   Action = "destination.rotated"  // its signing secret
	DestinationDisabled  Action = "destination.disabled" // its receiver said that it is gone
	DestinationDeleted   Action = "destination.deleted"
	DeliveryResent       Action = "delivery.resent"
	AudienceSynced       Action = "audience.synced"

	RecordsQualified     Action = "records.qualified"         // at once
	QualificationStarted Action = "qualification_job.created" // in the background

	AudienceCreated Action = "audience.created"
	AudienceUpdated Action = "audience.updated"
	AudienceDeleted Action = "audience.deleted"

	WaitlistCreated   Action = "waitlist.created"
	WaitlistUpdated   Action = "waitlist.updated"
	SubscriberAdded   Action = "subscriber.added"
	SubscriberRemoved Action = "subscriber.removed"
)

// The types of object that an entry may point at.
const (
	ObjectKey       = "key"
	ObjectSignals   = "signals"
	ObjectRecords   = "records"
	ObjectAccount   = "account"
	ObjectLead      = "lead"
	ObjectReference = "reference"
	ObjectWorkspace = "workspace"
	ObjectMember    = "member"
	ObjectLogin     = "login"
	ObjectPasskey   = "passkey"

	ObjectEnrichmentJob = "enrichment_job"
	ObjectSettings      = "settings"
	ObjectDestination   = "destination"

	ObjectQualificationJob = "qualification_job"
	ObjectWaitlist         = "waitlist"
	ObjectSubscriber       = "subscriber"
	ObjectAudience         = "audience"
)

// Entry is one row of the log. Rows are never changed nor deleted.
type Entry struct {
	ID          string // UUIDv7
	WorkspaceID string
	At          time.Time // UTC, whole microseconds
	Actor       Actor
	Source      Source // when it is left out, that of the context under which the entry is written
	Action      Action
	ObjectType  string
	ObjectID    string
	Detail      map[string]string // counts, names and old values of settings; never a secret nor a record's content
}

// New returns an entry with a fresh id for a change made at the given time. The detail map is kept, not copied. A text that holds an API key, which
// people paste into names and file names, keeps the redacted form alone.
func New(workspaceID string, at time.Time, actor Actor, action Action, objectType, objectID string, detail map[string]string) Entry {
	for name, value := range detail {
		detail[name] = token.Scrub(value)
	}
	actor.Name = token.Scrub(actor.Name)
	return Entry{
		ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: workspaceID, At: at.UTC().Truncate(time.Microsecond),
		Actor: actor, Action: action, ObjectType: objectType, ObjectID: token.Scrub(objectID), Detail: detail,
	}
}
