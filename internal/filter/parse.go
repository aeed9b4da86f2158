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

const maxWrong = 10 // places named in one refusal

// Parse reads a filter on records of the kind from JSON, which must have passed strictjson.Check. last_days counts back from now. The error is
// validation_failed and names up to ten places at fault, each with what is allowed there; their paths begin with "filter".
func Parse(k Kind, raw json.RawMessage, now time.Time) (Node, error) {
	if len(raw) > MaxBytes {
		return nil, fault.Invalid("filter", "at most "+strconv.Itoa(MaxBytes)+" bytes")
	}
	p := parser{now: now}
	n := p.condition(k, "filter", raw, 1)
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

func (p *parser) refuse(path, message string, allowed ...string) Node {
	if len(p.wrong) < maxWrong {
		p.wrong = append(p.wrong, fault.Field{Path: path, Message: message, Allowed: allowed})
	}
	return nil
}

// members returns the members of an object; nil when raw is none.
func members(raw json.RawMessage) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	if !strictjson.Members(raw, func(name, value []byte) { out[string(name)] = value }) {
		return nil
	}
	return out
}

// forms returns the members that make an object a condition on records of the kind, beside those of a leaf.
func forms(k Kind) []string {
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
		return p.refuse(path, "must be a condition, an object", append(forms(k), leafMembers...)...)
	case depth > MaxDepth:
		return p.refuse(path, "is nested more than "+strconv.Itoa(MaxDepth)+" deep")
	case m["field"] != nil || m["op"] != nil:
		if !p.only(path, m, leafMembers) {
			return nil
		}
		return p.leaf(k, path, m)
	case len(m) != 1:
		return p.refuse(path, "must hold one of these alone, or field and op", forms(k)...)
	}
	for name, value := range m {
		if slices.Contains(forms(k), name) {
			return p.form(k, path+"."+name, name, value, depth)
		}
		p.refuse(path+"."+strictjson.Name(name), "is no condition on "+string(k), append(forms(k), leafMembers...)...)
	}
	return nil
}

// only refuses members that are not allowed.
func (p *parser) only(path string, m map[string]json.RawMessage, allowed []string) bool {
	ok := true
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(allowed, name) {
			p.refuse(path+"."+strictjson.Name(name), "is not known here", allowed...)
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
		p.refuse(path, "more than "+strconv.Itoa(MaxRelated)+" conditions on other records; ask in parts")
	}
	return p.related <= MaxRelated
}

// has reads a condition on how many signals or leads there are.
func (p *parser) has(of Kind, path string, raw json.RawMessage, depth int) Node {
	allowed := []string{"min", "max", "distinct", "where"}
	if of == Signals {
		allowed = append([]string{"types", "from", "to", "last_days"}, allowed...)
	}
	m := members(raw)
	if m == nil {
		return p.refuse(path, "must be an object", allowed...)
	}
	if !p.relate(path) || !p.only(path, m, allowed) {
		return nil
	}
	h := Has{Of: of, Distinct: p.distinct(of, path+".distinct", m["distinct"])}
	h.Min, h.Max = p.bounds(path, m)
	var where All
	if m["types"] != nil {
		where = append(where, p.types(path+".types", m["types"]))
	}
	where = append(where, p.window(path, m)...)
	if m["where"] != nil {
		where = append(where, p.condition(of, path+".where", m["where"], depth+1))
	}
	if len(where) > 0 {
		h.Where = where
	}
	return h
}

// distinct reads the path of what is counted instead of the records.
func (p *parser) distinct(of Kind, path string, raw json.RawMessage) *Path {
	if raw == nil {
		return nil
	}
	var name string
	if json.Unmarshal(raw, &name) == nil {
		if via, f, ok := Lookup(of, name); ok && f.Type != List {
			return &Path{via, f}
		}
	}
	p.refuse(path, "is not a field of "+string(of)+" that can be counted", Sortable(of)...)
	return nil
}

func (p *parser) bounds(path string, m map[string]json.RawMessage) (least, most int64) {
	least, most = 1, NoMax
	if m["min"] != nil {
		least = p.whole(path+".min", m["min"], 0)
	} else if m["max"] != nil {
		least = 0
	}
	if m["max"] != nil {
		most = p.whole(path+".max", m["max"], 0)
	}
	switch {
	case most != NoMax && most < least:
		p.refuse(path+".max", "must not be less than min")
	case most == NoMax && least == 0:
		p.refuse(path+".min", "0 without max holds always; leave the condition out")
	}
	return least, most
}

// maxCount keeps counts and days within what can be reckoned with.
const maxCount = 1_000_000_000

func (p *parser) whole(path string, raw json.RawMessage, least int64) int64 {
	n, ok := wholeNumber(json.Number(raw))
	if !ok || n < least || n > maxCount {
		p.refuse(path, "must be a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.Itoa(maxCount))
	}
	return n
}

func (p *parser) types(path string, raw json.RawMessage) Node {
	var list []string
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 || len(list) > MaxValues {
		return p.refuse(path, "must be a list of 1 to "+strconv.Itoa(MaxValues)+" signal types")
	}
	return Leaf{Field: Must(Signals, "signal_type"), Op: In, Values: distinct(list)}
}

const maxDays = 36_500

// window reads the half-open span of a signals condition.
func (p *parser) window(path string, m map[string]json.RawMessage) (out All) {
	at := Must(Signals, "occurred_at")
	if raw := m["last_days"]; raw != nil {
		days := p.whole(path+".last_days", raw, 1)
		switch {
		case days > maxDays:
			p.refuse(path+".last_days", "at most "+strconv.Itoa(maxDays))
		case m["from"] != nil || m["to"] != nil:
			p.refuse(path+".last_days", "does not go together with from and to")
		}
		end := *micros(&p.now)
		return All{Leaf{at, Gte, []any{end - days*24*time.Hour.Microseconds()}}, Leaf{at, Lt, []any{end}}}
	}
	for _, side := range []struct {
		name string
		op   Op
	}{{"from", Gte}, {"to", Lt}} {
		if raw := m[side.name]; raw != nil {
			if t, ok := p.time(path+"."+side.name, raw); ok {
				out = append(out, Leaf{at, side.op, []any{*micros(&t)}})
			}
		}
	}
	return out
}

func (p *parser) time(path string, raw json.RawMessage) (time.Time, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if t, err := strictjson.ParseTime(s); err == nil {
			return t, true
		}
	}
	p.refuse(path, "must be an RFC 3339 time with a zone, such as 2026-01-31T00:00:00Z")
	return time.Time{}, false
}
