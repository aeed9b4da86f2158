package filter

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// The bounds of a filter in JSON.
const (
	MaxBytes     = 64 << 10
	MaxDepth     = 12
	MaxLeaves    = 100
	MaxRelated   = 10  // conditions on other records: signals, leads, account, lead
	MaxValues    = 500 // of one leaf
	MaxAllValues = 2000
	MaxText      = 400 // bytes of one value
)

const (
	maxWrong = 10 // places named in one refusal
	longList = 20 // values allowed
)

// Parse reads a filter on records of the kind from JSON, which must have passed strictjson.Check. last_days counts back from now. The error is
// validation_failed and names up to ten places at fault, each with what is allowed there; their paths begin with "filter".
func Parse(k Kind, raw json.RawMessage, now time.Time) (Node, error) {
	return ParseAt("filter", k, raw, now)
}

// ParseAt is Parse of a filter that stands at another path.
func ParseAt(path string, k Kind, raw json.RawMessage, now time.Time) (Node, error) {
	if len(raw) > MaxBytes {
		return nil, fault.Invalid(path, atMost(MaxBytes, "bytes"))
	}
	p := parser{now: now}
	n := p.condition(k, path, raw, 1)
	if len(p.wrong) > 0 {
		return nil, fault.InvalidFields(p.wrong...)
	}
	return n, nil
}

// parser reads one filter and gathers what is wrong with it.
type parser struct {
	now     time.Time
	wrong   []fault.Field
	leaves  int
	related int
	values  int
}

// refuse notes a place at fault. What is allowed there is listed once when it is long.
func (p *parser) refuse(path, message string, allowed ...string) Node {
	same := func(earlier fault.Field) bool {
		return len(allowed) > longList && slices.Equal(earlier.Allowed, allowed)
	}
	if i := slices.IndexFunc(p.wrong, same); i >= 0 {
		message, allowed = message+"; those allowed are listed at "+p.wrong[i].Path, nil
	}
	if len(p.wrong) < maxWrong {
		p.wrong = append(p.wrong, fault.Field{Path: path, Message: message, Allowed: allowed})
	}
	return nil
}

// atMost says a bound.
func atMost(n int, of string) string { return "at most " + strconv.Itoa(n) + " " + of }

// members returns the members of an object; nil when raw is none.
func members(raw json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	if !strictjson.Members(raw, func(name, value []byte) { out[string(name)] = value }) {
		return nil
	}
	return out
}

// Forms returns the members that make an object a condition on records of the kind, beside those of a leaf.
func Forms(k Kind) []string {
	out := []string{"all", "any", "not"}
	switch k {
	case Accounts:
		return append(out, "signals", "leads")
	case Leads:
		return append(out, "signals", "account")
	}
	return append(out, "account", "lead")
}

var leafMembers = []string{"field", "op", "value"}

// condition reads a node of the tree.
func (p *parser) condition(k Kind, path string, raw json.RawMessage, depth int) Node {
	m := members(raw)
	switch {
	case m == nil:
		return p.refuse(path, "must be a condition, an object", append(Forms(k), leafMembers...)...)
	case depth > MaxDepth:
		return p.refuse(path, "is nested too deep; "+atMost(MaxDepth, "levels"))
	case m["field"] != nil || m["op"] != nil || m["value"] != nil:
		if !p.only(path, m, leafMembers) {
			return nil
		}
		return p.leaf(k, path, m)
	case len(m) != 1:
		return p.refuse(path, "must hold exactly one of these, or field, op and value", Forms(k)...)
	}
	for name, value := range m {
		if slices.Contains(Forms(k), name) {
			return p.form(k, path+"."+name, name, value, depth)
		}
		p.refuse(below(path, name), "is no condition on "+string(k), append(Forms(k), leafMembers...)...)
	}
	return nil
}

// below is the path of a member that the caller named.
func below(path, name string) string { return strictjson.Join(path, strictjson.Name(name)) }

// only refuses members that are not allowed.
func (p *parser) only(path string, m map[string]json.RawMessage, allowed []string) bool {
	ok := true
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(allowed, name) {
			p.refuse(below(path, name), "does not belong here", allowed...)
			ok = false
		}
	}
	return ok
}

// form reads the value of a member that makes a condition.
func (p *parser) form(k Kind, path, name string, raw json.RawMessage, depth int) Node {
	switch name {
	case "all", "any":
		return p.parts(k, path, name, raw, depth)
	case "not":
		return Not{p.condition(k, path, raw, depth+1)}
	case "account":
		return p.via(ToAccount, path, raw, depth)
	case "lead":
		return p.via(ToLead, path, raw, depth)
	case "leads":
		return p.has(Leads, path, raw, depth)
	}
	return p.has(Signals, path, raw, depth)
}

func (p *parser) parts(k Kind, path, name string, raw json.RawMessage, depth int) Node {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return p.refuse(path, "must be a list of at least one condition")
	}
	parts := make([]Node, len(list))
	for i, part := range list {
		parts[i] = p.condition(k, path+"["+strconv.Itoa(i)+"]", part, depth+1)
	}
	if name == "any" {
		return Any(parts)
	}
	return All(parts)
}

func (p *parser) via(to Relation, path string, raw json.RawMessage, depth int) Node {
	if !p.relate(path) {
		return nil
	}
	return Via{to, p.condition(to.Target(), path, raw, depth+1)}
}

// relate counts a condition on other records.
func (p *parser) relate(path string) bool {
	p.related++
	if p.related > MaxRelated {
		p.refuse(path, atMost(MaxRelated, "conditions on signals, leads, account and lead; ask in parts"))
	}
	return p.related <= MaxRelated
}
