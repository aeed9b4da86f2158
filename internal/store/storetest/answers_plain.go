package storetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// holds says in the plainest way whether a record fulfils a condition, given as decoded JSON. now is what last_days counts back from.
func (e *entity) holds(condition any, now time.Time) bool {
	c, _ := condition.(map[string]any)
	if path, ok := c["field"].(string); ok {
		return e.leaf(path, c["op"].(string), c["value"])
	}
	for name, part := range c {
		holds := func(part any) bool { return e.holds(part, now) }
		switch name {
		case "all":
			return !slices.ContainsFunc(part.([]any), func(part any) bool { return !holds(part) })
		case "any":
			return slices.ContainsFunc(part.([]any), holds)
		case "not":
			return !holds(part)
		case "account", "lead":
			other := e.to[filter.Relation(name)]
			return other != nil && other.holds(part, now)
		case "signals", "leads":
			return e.has(filter.Kind(name), part.(map[string]any), now)
		}
	}
	panic(fmt.Sprint("no condition: ", condition))
}

// has counts what points at the record.
func (e *entity) has(k filter.Kind, c map[string]any, now time.Time) bool {
	n, distinct := int64(0), map[string]bool{}
	for _, other := range e.from[k] {
		if !other.within(c, now) || c["where"] != nil && !other.holds(c["where"], now) {
			continue
		}
		n++
		if path, ok := c["distinct"].(string); ok {
			if v := other.at(path); v != nil {
				distinct[fmt.Sprintf("%T %v", v, v)] = true
			}
		}
	}
	if c["distinct"] != nil {
		n = int64(len(distinct))
	}
	bound := func(name string, otherwise int64) int64 {
		if number, ok := c[name].(json.Number); ok {
			otherwise, _ = number.Int64()
		}
		return otherwise
	}
	least := int64(1)
	if c["max"] != nil {
		least = 0
	}
	return n >= bound("min", least) && n <= bound("max", n)
}

// within looks at type and time.
func (e *entity) within(c map[string]any, now time.Time) bool {
	if types, ok := c["types"].([]any); ok && !slices.Contains(types, e.members["signal_type"]) {
		return false
	}
	if e.kind != filter.Signals {
		return true
	}
	at := e.at("occurred_at").(time.Time)
	if days, ok := c["last_days"].(json.Number); ok {
		n, _ := days.Int64()
		return at.Before(now) && !at.Before(now.Add(-time.Duration(n)*24*time.Hour))
	}
	return (c["from"] == nil || !at.Before(moment(c["from"]))) && (c["to"] == nil || at.Before(moment(c["to"])))
}

func moment(v any) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, v.(string))
	return t
}

// leaf compares the value at a path; a missing one fulfils nothing but missing, and none_of where it is a set.
func (e *entity) leaf(path, op string, operand any) bool {
	_, f, _ := filter.Lookup(e.kind, path)
	have := e.at(path)
	operands, _ := operand.([]any)
	if operands == nil {
		operands = []any{operand}
	}
	equal := func(v any) bool {
		return slices.ContainsFunc(operands, func(o any) bool { return same(v, whole(f, o)) })
	}
	element := func(o any) bool {
		return slices.ContainsFunc(elements(have), func(v any) bool { return same(v, whole(f, o)) })
	}
	switch op {
	case "missing":
		return have == nil
	case "none_of":
		return (have != nil || f.Type == filter.List) && !slices.ContainsFunc(operands, element)
	}
	if have == nil {
		return false
	}
	switch op {
	case "present":
		return true
	case "eq", "in":
		return equal(have)
	case "ne", "not_in":
		return !equal(have)
	case "any_of":
		return slices.ContainsFunc(operands, element)
	case "all_of":
		return !slices.ContainsFunc(operands, func(o any) bool { return !element(o) })
	case "gt", "gte", "lt", "lte":
		c, comparable := order(have, part(f, operand))
		return comparable && map[string]bool{"gt": c > 0, "gte": c >= 0, "lt": c < 0, "lte": c <= 0}[op]
	}
	return e.inText(f, have, op, operand.(string))
}

func (e *entity) inText(f filter.Field, have any, op, operand string) bool {
	texts := []any{have}
	if f.Type == filter.List || op == "prefix" || op == "suffix" {
		texts = elements(have)
	}
	wanted := part(f, operand).(string)
	return slices.ContainsFunc(texts, func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return false
		}
		switch op {
		case "prefix":
			return strings.HasPrefix(s, wanted)
		case "suffix":
			return strings.HasSuffix(s, wanted)
		case "phrase":
			return text.PhraseIn(s, wanted)
		case "word":
			return !slices.ContainsFunc(strings.Fields(wanted), func(word string) bool { return !text.PhraseIn(s, word) })
		}
		return everyNear(text.Tokens(wanted), text.Tokens(s))
	})
}

// everyNear is fuzzy.
func everyNear(tokens, words []string) bool {
	return !slices.ContainsFunc(tokens, func(token string) bool {
		return !slices.ContainsFunc(words, func(word string) bool {
			_, near := text.Distance(token, word, text.MaxEdits(token))
			return near
		})
	})
}

// elements are those of a list; another value counts as a list of one.
func elements(v any) []any {
	if list, ok := v.([]any); ok || v == nil {
		return list
	}
	return []any{v}
}

// whole is an operand that is compared with whole values, in any spelling; part is one that is ordered or looked for within.
func whole(f filter.Field, operand any) any {
	s, _ := operand.(string)
	for form, normal := range map[filter.Form]func(string) (string, error){
		filter.DomainForm: identity.Domain, filter.EmailForm: identity.Email, filter.HandleForm: identity.Handle, filter.LinkedInForm: identity.LinkedIn,
	} {
		if n, err := normal(s); form == f.Form && err == nil {
			return n
		}
	}
	return part(f, operand)
}

func part(f filter.Field, operand any) any {
	switch f.Type {
	case filter.Exact:
		return operand
	case filter.Time:
		return moment(operand)
	}
	return plainValue(operand)
}

func same(a, b any) bool {
	_, isObject := a.(map[string]any)
	_, isList := a.([]any)
	if isObject || isList { // only that they are there can be asked
		return false
	}
	c, ok := order(a, b)
	return ok && c == 0
}

// order compares two values of one type.
func order(a, b any) (c int, ok bool) {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	case *big.Rat:
		if b, ok := b.(*big.Rat); ok {
			return a.Cmp(b), true
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b), true
		}
	case bool:
		b, ok := b.(bool)
		return btoi(a) - btoi(b), ok
	}
	return 0, false
}

// kindOf is the place of a value's type in the order of JSON types.
func kindOf(v any) int {
	return slices.IndexFunc([]func(any) bool{isA[[]any], isA[bool], isA[*big.Rat], isA[map[string]any], isA[string], isA[time.Time]}, func(is func(any) bool) bool { return is(v) })
}

func isA[T any](v any) bool { _, ok := v.(T); return ok }

// sorted returns the records that fulfil a condition in the order that is asked for; ties break by natural key.
func (w world) sorted(k filter.Kind, condition any, sorts []wire.Sort, now time.Time) (found []*entity) {
	for _, e := range w[k] {
		if condition == nil || e.holds(condition, now) {
			found = append(found, e)
		}
	}
	if len(sorts) == 0 && k == filter.Signals {
		sorts = []wire.Sort{{Field: "occurred_at", Dir: wire.Descending}}
	}
	natural := []wire.Sort{{Field: "account.domain"}, {Field: "external_id"}, {Field: "id"}}
	if k == filter.Accounts {
		natural = []wire.Sort{{Field: "domain"}}
	}
	sorts = slices.Concat(sorts, natural)
	keys := map[*entity][]any{}
	for _, e := range found {
		for _, s := range sorts {
			keys[e] = append(keys[e], e.at(s.Field))
		}
	}
	slices.SortStableFunc(found, func(a, b *entity) int {
		for i, s := range sorts {
			if c := missingLast(keys[a][i], keys[b][i], s.Dir); c != 0 {
				return c
			}
		}
		return 0
	})
	return found
}

func missingLast(a, b any, dir wire.Direction) int {
	if a == nil || b == nil {
		return btoi(a == nil) - btoi(b == nil)
	}
	c, comparable := order(a, b)
	if !comparable {
		c = cmp.Compare(kindOf(a), kindOf(b))
	}
	if dir == wire.Descending {
		return -c
	}
	return c
}
