// Package mapping says which of our values go into which fields of a receiver: what may be named, and the values of a message.
//
// A mapping is a map of our paths by their fields. Paths are those of a record as answers show it, last_signal.<field> of its newest signal, and a few
// that tell of the audience: see Paths.
package mapping

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// MaxFields is the most fields that one mapping may have.
const MaxFields = 100

// Rule is what a receiver asks of a mapping.
type Rule struct {
	Fits   func(their string) bool // whether it may have a field of the name
	Form   string                  // how its names look, for a refusal; "" says it in general
	Ranked bool                    // it gets all members in their order, and so can be told their positions
	Keyed  bool                    // it finds a record by a field, which must therefore be mapped
}

// Check returns what is wrong with a mapping over records of the kind; the paths of the fields at fault begin with at. A nil mapping, which means that of
// the destination or of its kind, is right.
func Check(m map[string]string, k filter.Kind, r Rule, at string) (wrong []fault.Field) {
	if m == nil {
		return nil
	}
	if len(m) == 0 || len(m) > MaxFields {
		return []fault.Field{{Path: at, Message: "give 1 to 100 fields"}}
	}
	for _, their := range slices.Sorted(maps.Keys(m)) {
		place := strictjson.Join(at, strictjson.Name(their))
		if !r.Fits(their) {
			wrong = append(wrong, fault.Field{Path: place, Message: r.form()})
		}
		if !known(k, m[their]) && (!r.Ranked || m[their] != AudiencePosition) {
			wrong = append(wrong, fault.Field{Path: place, Message: "is filled with no value of " + string(k) + "; take", Allowed: near(m[their], k)})
		}
	}
	if len(wrong) == 0 && r.Keyed && Key(k, m) == "" {
		wrong = append(wrong, fault.Field{Path: at, Message: "one field must take a value by which the record is found there", Allowed: keyPaths(k)})
	}
	return wrong
}

func (r Rule) form() string {
	if r.Form != "" {
		return r.Form
	}
	return "the receiver cannot have a field of this name"
}

// Column reports whether a file may have a column of the name: 1 to 100 visible characters that do not begin as a formula does.
func Column(name string) bool {
	return name != "" && len(name) <= 100 && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, unicode.IsControl) && !strings.ContainsAny(name[:1], "=+-@")
}

// Key returns the field by which a receiver finds a record of the kind: that which takes our id, or else the one that takes the work email of a person
// or the domain of a company. "" when there is none.
func Key(k filter.Kind, m map[string]string) string {
	for _, path := range keyPaths(k) {
		for _, their := range slices.Sorted(maps.Keys(m)) {
			if m[their] == path {
				return their
			}
		}
	}
	return ""
}

func keyPaths(k filter.Kind) []string {
	if k == filter.Leads {
		return []string{RecordID, "id", "work_email"}
	}
	return []string{RecordID, "id", "domain"}
}
