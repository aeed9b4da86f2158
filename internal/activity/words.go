package activity

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/token"
)

// words says what an action did, for people; who did it comes before. {name} stands for the detail of that name, {object} and {type} for the object,
// {key} for the redacted form of a key, and {changed} for the names of what changed.
var words = map[Action]string{
	KeyCreated:       "made key {name} ({key})",
	KeyRotated:       "made key {name} ({key}) to replace {replaced}",
	KeyRevoked:       "revoked key {name} ({key})",
	SignalsPushed:    "pushed signals from {source}: {created} new",
	RecordsImported:  "imported {object} from {file}: {created} new, {updated} changed",
	RecordCorrected:  "corrected {fields} of {type} {object}",
	RecordDeleted:    "erased {type} {object}",
	RecordEnriched:   "enriched {type} {object} for {credits} credits",
	ReferenceStored:  "stored reference file {object} with {rows} rows",
	ReferenceRemoved: "removed reference file {object}",
	WorkspaceCreated: "made the workspace {name}",
	WorkspaceUpdated: "changed the workspace: {changed}",
	MemberAdded:      "added {email} as {role}",
	MemberRemoved:    "removed {email}, who was {role}",
	MemberUpdated:    "made {email} {role}, who was {role_before}",
	MemberInvited:    "invited {email} anew",
	MemberSignedIn:   "signed in",
	PasswordSet:      "set a password",
	PasskeyAdded:     "added a passkey",
	PasskeyRemoved:   "removed a passkey",
	LoginRevoked:     "ended a sign-in",

	EnrichmentJobCreated:  "began enrichment job {object} over {records} records",
	EnrichmentJobCanceled: "canceled enrichment job {object}",
	EnrichmentJobStopped:  "had enrichment job {object} stopped: {reason}",
	CreditsToppedUp:       "added {amount} credits",
	SettingsUpdated:       "changed settings: {changed}",

	DestinationCreated:   "made {kind} destination {name}",
	DestinationUpdated:   "changed the {parts} of destination {name}",
	DestinationConfirmed: "confirmed {kind} destination {name}",
	DestinationTested:    "tested {kind} destination {name}: {outcome}",
	DestinationRotated:   "gave destination {name} another signing secret",
	DestinationDisabled:  "had {kind} destination {name} disabled: its receiver is gone",
	DestinationDeleted:   "deleted {kind} destination {name}",
	DeliveryResent:       "sent a delivery to destination {name} again",
	AudienceSynced:       "sent all members of audience {name}",

	RecordsQualified:     "qualified {records} records",
	QualificationStarted: "started to qualify {over}, {records} records",

	AudienceCreated: "made audience {name} over {over}",
	AudienceUpdated: "changed the {parts} of audience {name}",
	AudienceDeleted: "deleted audience {name} with {members} members",

	WaitlistCreated:   "made waitlist {name}",
	WaitlistUpdated:   "changed waitlist {object}: {changed}",
	SubscriberAdded:   "signed {object} up for waitlist {name}",
	SubscriberRemoved: "removed subscriber {object} from waitlist {waitlist}",
}

// Actions returns every action of the log by its name.
func Actions() []Action { return slices.Sorted(maps.Keys(words)) }

// ObjectTypes returns the types of object that an entry may point at, by name.
func ObjectTypes() []string {
	return []string{
		ObjectAccount, ObjectAudience, ObjectDestination, ObjectEnrichmentJob, ObjectKey, ObjectLead, ObjectLogin, ObjectMember, ObjectPasskey, ObjectQualificationJob, ObjectRecords, ObjectReference, ObjectSettings,
		ObjectSignals, ObjectSubscriber, ObjectWaitlist, ObjectWorkspace,
	}
}

var slot = regexp.MustCompile(`\{[a-z_]+\}`)

// Words returns what e did, in words that follow the actor's name. Of an action that has none its name says it.
func (e Entry) Words() string {
	text, known := words[e.Action]
	if !known {
		text = strings.NewReplacer(".", " ", "_", " ").Replace(string(e.Action)) + ": {type} {object}"
	}
	return slot.ReplaceAllStringFunc(text, func(s string) string { return short(e.slot(s[1 : len(s)-1])) })
}

func (e Entry) slot(name string) string {
	switch name {
	case "object":
		return e.ObjectID
	case "type":
		return strings.ReplaceAll(e.ObjectType, "_", " ")
	case "key":
		return token.Redact(e.ObjectID)
	case "replaced":
		return token.Redact(e.Detail["replaces"])
	case "changed":
		return e.changed()
	}
	if value, told := e.Detail[name]; told {
		return value
	}
	return "unknown " + strings.ReplaceAll(name, "_", " ")
}

// fewNames is how many changed things are named in a sentence.
const fewNames = 3

func (e Entry) changed() string {
	var list []string
	for _, f := range e.Facts() {
		list = append(list, strings.ReplaceAll(f.Name, "_", " "))
	}
	if more := len(list) - fewNames; more > 0 {
		list = append(list[:fewNames], strconv.Itoa(more)+" more")
	}
	return strings.Join(list, ", ")
}

// longest is how many characters of a value a sentence holds.
const longest = 100

func short(value string) string {
	if r := []rune(value); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return value
}

// Fact is one detail of an entry. Changed facts also tell what was before.
type Fact struct {
	Name, Value string
	Changed     bool
	Before      string // only where Changed
}

const beforeSuffix = "_before"

// Facts returns the details of e by name, each new value with the old one.
func (e Entry) Facts() (out []Fact) {
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		base, old := strings.CutSuffix(name, beforeSuffix)
		_, both := e.Detail[base]
		switch before, changed := e.Detail[name+beforeSuffix]; {
		case !old:
			out = append(out, Fact{name, e.Detail[name], changed, before})
		case !both: // what was there is gone
			out = append(out, Fact{base, "", true, e.Detail[name]})
		}
	}
	return out
}
