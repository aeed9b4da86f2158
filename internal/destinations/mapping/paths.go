package mapping

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Group is which sort of value a path names.
type Group string

// The groups, in the order in which pages show them.
const (
	Standard  Group = "standard"       // what is known of the record
	Targeting Group = "targeting"      // what we think of it: codes, scores, stage, audience
	Context   Group = "signal_context" // what its newest signal tells
)

// Paths of what is no field of a record.
const (
	RecordID       = "record_id"       // there even when the record was erased
	Change         = "change"          // added, removed or reranked
	AudienceID     = "audience.id"     //
	AudienceName   = "audience.name"   // empty once the record has left
	AudienceMember = "audience.member" // true, or false once the record has left
	// AudiencePosition is the place in the order of the ranking, from 1, for receivers that get all members in that order.
	AudiencePosition = "audience.position"
	lastSignal       = "last_signal." // and a field of signals
)

var (
	beside    = []string{RecordID, Change, AudienceID, AudienceName, AudienceMember}
	targeting = []string{Change, AudienceID, AudienceName, AudienceMember, AudiencePosition, "icp_code", "icp_score", "persona_code", "persona_score", "engagement_score", "engagement_stage"}
	// ofAccount are the fields that a lead tells of its account.
	ofAccount = []string{"account.id", "account.external_id", "account.domain", "account.name"}
	// ofSignal are the fields of signals that answers show under the same path.
	ofSignal = []string{"id", "signal_type", "source", "occurred_at", "event_name", "title", "context.<name>"}
)

// GroupOf returns the group of a path.
func GroupOf(path string) Group {
	switch {
	case strings.HasPrefix(path, lastSignal):
		return Context
	case slices.Contains(targeting, path):
		return Targeting
	}
	return Standard
}

// Paths returns the paths that a mapping over records of the kind can name; one that ends with <name> stands for any of the caller's own members.
func Paths(k filter.Kind) (out []string) {
	for _, p := range filter.Paths(k) {
		if !strings.HasPrefix(p, "account.") {
			out = append(out, p)
		}
	}
	if k == filter.Leads {
		out = append(out, ofAccount...)
	}
	for _, p := range ofSignal {
		out = append(out, lastSignal+p)
	}
	return append(out, beside...)
}

// Membership returns what of a mapping tells a receiver that a record has left, with the field by which it finds the record; nil when the mapping has no
// field for that. Nothing else is said of a record that left.
func Membership(k filter.Kind, m map[string]string) map[string]string {
	out := map[string]string{}
	for their, path := range m {
		if path == AudienceMember || path == AudienceName || path == Change {
			out[their] = path
		}
	}
	key := Key(k, m)
	if len(out) == 0 || key == "" {
		return nil
	}
	out[key] = m[key]
	return out
}

// known reports whether the path names something that can be told of a record of the kind.
func known(k filter.Kind, path string) bool {
	if name, ok := strings.CutPrefix(path, lastSignal); ok {
		_, field, found := filter.Lookup(filter.Signals, name)
		return found && (field.Member != "" || slices.Contains(ofSignal, name))
	}
	if slices.Contains(Paths(k), path) {
		return !strings.HasSuffix(path, "<name>")
	}
	_, field, found := filter.Lookup(k, path)
	return found && field.Column == "custom" && field.Member != "" && strings.HasPrefix(path, "custom.")
}

// near returns the path that was probably meant, or else all there are.
func near(path string, k filter.Kind) []string {
	all := Paths(k)
	if name, ok := text.Nearest(path, all); ok {
		return []string{name}
	}
	return all
}
