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
	Name   string
	Class  Class
	Weight int64  // see Terms
	About  string // one line for people and models
}

// Terms are how the signals of a type are taken and counted in a workspace.
type Terms struct {
	Enabled     bool
	Autoqualify bool  // each signal qualifies the record that it matched
	Weight      int64 // its strength, 0 to 100: what one signal of today adds to the engagement
	CreditCost  int64 // credits for each one taken, 0 to 3
	Class       Class
	About       string
}

// Terms returns those of a workspace that set nothing.
func (t Type) Terms() Terms {
	return Terms{Enabled: true, Weight: t.Weight, Class: t.Class, About: t.About}
}

// CustomWeight is the strength of a workspace's own type until it sets another.
const CustomWeight = 10

// BuiltinTypes returns the catalogue, sorted by name.
func BuiltinTypes() []Type { return slices.Clone(builtin) }

var builtin = []Type{
	{"acquisition", SecondParty, 15, "The company bought another or was bought."},
	{"ad_click", FirstParty, 8, "A person clicked an ad."},
	{"ad_viewed", FirstParty, 2, "A person saw an ad."},
	{"bug_bounty_launched", SecondParty, 8, "The company opened a public bug bounty programme."},
	{"comparison_page_visit", FirstParty, 20, "Somebody read a page that compares the product with others."},
	{"content_download", FirstParty, 12, "A person downloaded a paper, template or recording."},
	{"custom_event", FirstParty, 10, "An event that the workspace names itself, by event_name."},
	{"demo_viewed", FirstParty, 30, "A person watched a demo."},
	{"email_click", FirstParty, 8, "A person followed a link in an email."},
	{"email_open", FirstParty, 2, "A person opened an email."},
	{"end_of_life", SecondParty, 10, "A version of a product reaches its end of life; often known in advance."},
	{"event_attended", FirstParty, 20, "A person came to a webinar or an event."},
	{"form_fill", ZeroParty, 25, "A person filled a form."},
	{"funding", SecondParty, 20, "The company raised money."},
	{"hiring", SecondParty, 10, "The company was seen hiring."},
	{"hiring_stopped", SecondParty, 2, "The company left a list of those who hire."},
	{"import", FirstParty, 5, "An event brought in from a file."},
	{"index_added", SecondParty, 5, "The company joined a stock index."},
	{"index_removed", SecondParty, 2, "The company left a stock index."},
	{"job_change", SecondParty, 15, "A person changed employer or role."},
	{"keyword_mention", SecondParty, 8, "A post mentioned one of the workspace's keywords."},
	{"landscape_listed", SecondParty, 5, "The company or its product was added to a public landscape."},
	{"landscape_removed", SecondParty, 2, "The company or its product was taken off a public landscape."},
	{"layoff", SecondParty, 5, "The company laid people off."},
	{"leadership_change", SecondParty, 15, "The company has a new executive."},
	{"maintainer_added", SecondParty, 4, "A person became maintainer of a project."},
	{"meeting_booked", ZeroParty, 45, "A person booked a meeting."},
	{"membership_joined", SecondParty, 6, "The company joined a foundation or an association."},
	{"newsletter_signup", ZeroParty, 10, "A person subscribed to a newsletter."},
	{"page_follow", SecondParty, 5, "A person followed the company's page."},
	{"post_engagement", SecondParty, 6, "A person liked, shared or commented on a post."},
	{"pricing_page_visit", FirstParty, 25, "Somebody read the pricing page."},
	{"product_launch", SecondParty, 10, "The company launched a product or a version line."},
	{"product_usage", FirstParty, 15, "A person used the product."},
	{"profile_view", SecondParty, 5, "A person viewed a profile."},
	{"project_milestone", SecondParty, 6, "A project reached a stage, such as graduation."},
	{"referral", ZeroParty, 25, "A person was referred by another."},
	{"release", SecondParty, 4, "The company released a version."},
	{"reply", ZeroParty, 35, "A person replied to a message."},
	{"review", SecondParty, 15, "A person reviewed the product or a rival's."},
	{"security_breach", SecondParty, 15, "Data of the company leaked."},
	{"security_vulnerability", SecondParty, 10, "A vulnerability in the company's product is known to be exploited."},
	{"technology_adopted", SecondParty, 12, "The company began to use a technology."},
	{"technology_dropped", SecondParty, 10, "The company stopped using a technology."},
	{"trial_started", FirstParty, 40, "A person began a trial."},
	{"waitlist_signup", ZeroParty, 25, "A person joined a waitlist."},
	{"webhook", FirstParty, 10, "An event that another system sent."},
	{"website_visit", FirstParty, 5, "Somebody visited the website."},
}

// maxAllowed bounds the list of types in a refusal.
const maxAllowed = 100

// Types are the signal types of one workspace by name: those built in and its own.
type Types map[string]Terms

// DefaultTypes returns those of a workspace that set nothing.
func DefaultTypes() Types {
	out := make(Types, len(builtin))
	for _, t := range builtin {
		out[t.Name] = t.Terms()
	}
	return out
}

// Builtin returns the built-in type of the name, if there is one.
func Builtin(name string) (Type, bool) {
	i, found := slices.BinarySearchFunc(builtin, name, func(t Type, name string) int { return strings.Compare(t.Name, name) })
	if !found {
		return Type{}, false
	}
	return builtin[i], true
}

// Enabled reports whether signals of the type are taken.
func (t Types) Enabled(name string) bool { return t[name].Enabled }

// Known reports whether the type exists, be it disabled.
func (t Types) Known(name string) bool {
	_, known := t[name]
	return known
}

// Names returns the enabled types, sorted.
func (t Types) Names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t)), func(name string) bool { return !t[name].Enabled })
}

// refuse returns the field error for a type that is not taken, with those that are, at most 100.
func (t Types) refuse() fault.Field {
	names := t.Names()
	return fault.Field{Path: "signal_type", Message: "is not an enabled signal type of this workspace; register it first, or use one of the allowed",
		Allowed: names[:min(len(names), maxAllowed)]}
}

// Classes returns the classes of source.
func Classes() []Class { return []Class{FirstParty, SecondParty, ZeroParty} }

// ValidTypeName reports whether name can be registered as a type: 1 to 64 of a-z, 0-9, underscore, hyphen and dot,
// beginning with a letter.
func ValidTypeName(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}
