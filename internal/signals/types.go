package signals

import (
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Class says how close a source is to the workspace.
type Class string

// The classes of source.
const (
	FirstParty  Class = "first_party"  // seen on the workspace's own pages, product and channels
	SecondParty Class = "second_party" // published by others: news, registries, repositories, boards
	ZeroParty   Class = "zero_party"   // told by the person
)

// Type is a kind of signal that every workspace has from the start.
type Type struct {
	Name  string
	Class Class
	About string // one line for people and models
}

// BuiltinTypes returns the catalogue, sorted by name.
func BuiltinTypes() []Type { return slices.Clone(builtin) }

var builtin = []Type{
	{"acquisition", SecondParty, "The company bought another or was bought."},
	{"ad_click", FirstParty, "A person clicked an ad."},
	{"ad_viewed", FirstParty, "A person saw an ad."},
	{"bug_bounty_launched", SecondParty, "The company opened a public bug bounty programme."},
	{"comparison_page_visit", FirstParty, "Somebody read a page that compares the product with others."},
	{"content_download", FirstParty, "A person downloaded a paper, template or recording."},
	{"custom_event", FirstParty, "An event that the workspace names itself, by event_name."},
	{"demo_viewed", FirstParty, "A person watched a demo."},
	{"email_click", FirstParty, "A person followed a link in an email."},
	{"email_open", FirstParty, "A person opened an email."},
	{"end_of_life", SecondParty, "A version of a product reaches its end of life; often known in advance."},
	{"event_attended", FirstParty, "A person came to a webinar or an event."},
	{"form_fill", ZeroParty, "A person filled a form."},
	{"funding", SecondParty, "The company raised money."},
	{"hiring", SecondParty, "The company was seen hiring."},
	{"hiring_stopped", SecondParty, "The company left a list of those who hire."},
	{"import", FirstParty, "An event brought in from a file."},
	{"index_added", SecondParty, "The company joined a stock index."},
	{"index_removed", SecondParty, "The company left a stock index."},
	{"job_change", SecondParty, "A person changed employer or role."},
	{"keyword_mention", SecondParty, "A post mentioned one of the workspace's keywords."},
	{"landscape_listed", SecondParty, "The company or its product was added to a public landscape."},
	{"landscape_removed", SecondParty, "The company or its product was taken off a public landscape."},
	{"layoff", SecondParty, "The company laid people off."},
	{"leadership_change", SecondParty, "The company has a new executive."},
	{"maintainer_added", SecondParty, "A person became maintainer of a project."},
	{"meeting_booked", ZeroParty, "A person booked a meeting."},
	{"membership_joined", SecondParty, "The company joined a foundation or an association."},
	{"newsletter_signup", ZeroParty, "A person subscribed to a newsletter."},
	{"page_follow", SecondParty, "A person followed the company's page."},
	{"post_engagement", SecondParty, "A person liked, shared or commented on a post."},
	{"pricing_page_visit", FirstParty, "Somebody read the pricing page."},
	{"product_launch", SecondParty, "The company launched a product or a version line."},
	{"product_usage", FirstParty, "A person used the product."},
	{"profile_view", SecondParty, "A person viewed a profile."},
	{"project_milestone", SecondParty, "A project reached a stage, such as graduation."},
	{"referral", ZeroParty, "A person was referred by another."},
	{"release", SecondParty, "The company released a version."},
	{"reply", ZeroParty, "A person replied to a message."},
	{"review", SecondParty, "A person reviewed the product or a rival's."},
	{"security_breach", SecondParty, "Data of the company leaked."},
	{"security_vulnerability", SecondParty, "A vulnerability in the company's product is known to be exploited."},
	{"technology_adopted", SecondParty, "The company began to use a technology."},
	{"technology_dropped", SecondParty, "The company stopped using a technology."},
	{"trial_started", FirstParty, "A person began a trial."},
	{"webhook", FirstParty, "An event that another system sent."},
	{"website_visit", FirstParty, "Somebody visited the website."},
}

// maxAllowed bounds the list of types in a refusal.
const maxAllowed = 100

// Types are the signal types of one workspace: the catalogue and what the workspace set itself.
type Types struct{ own map[string]bool }

// NewTypes returns the types for what Store.SignalTypes gave.
func NewTypes(own map[string]bool) Types { return Types{own} }

// Enabled reports whether signals of the type are taken.
func (t Types) Enabled(name string) bool {
	if enabled, set := t.own[name]; set {
		return enabled
	}
	return isBuiltin(name)
}

// Known reports whether the type exists, be it disabled.
func (t Types) Known(name string) bool {
	_, set := t.own[name]
	return set || isBuiltin(name)
}

func isBuiltin(name string) bool {
	_, found := slices.BinarySearchFunc(builtin, name, func(t Type, name string) int { return strings.Compare(t.Name, name) })
	return found
}

// Names returns the enabled types, sorted.
func (t Types) Names() []string {
	all := maps.Clone(t.own)
	if all == nil {
		all = map[string]bool{}
	}
	for _, b := range builtin {
		if _, set := all[b.Name]; !set {
			all[b.Name] = true
		}
	}
	maps.DeleteFunc(all, func(_ string, enabled bool) bool { return !enabled })
	return slices.Sorted(maps.Keys(all))
}

// refuse returns the field error for a type that is not taken, with those that are, at most 100.
func (t Types) refuse() fault.Field {
	names := t.Names()
	return fault.Field{Path: "signal_type", Message: "is not an enabled signal type of this workspace; register it first, or use one of the allowed",
		Allowed: names[:min(len(names), maxAllowed)]}
}

// ValidTypeName reports whether name can be registered as a type: 1 to 64 of a-z, 0-9, underscore, hyphen and dot,
// beginning with a letter.
func ValidTypeName(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}
