package ingest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Bounds of what a line may bring, in bytes of UTF-8 unless said otherwise.
const (
	maxText      = 1000
	maxLongText  = 20_000
	maxObject    = 64 << 10
	maxListItems = 200
)

// target ties the names under which a line may give a field to its place in a record of type T. The place's type says
// what is wanted: *string, **int64, **bool, *[]string or *json.RawMessage (an object).
type target[T any] struct {
	name  string // of the wire
	alias string // of the data files; "" where it is the same
	at    func(*T) any
	check func(place any) *note // brings the value into normal form, or says what is wrong
	most  int                   // bytes of a text; 0 means maxText
}

// read puts the members that have a place into it and returns the others. A member that does not fit is noted and left
// out; null and empty texts count as absent. The wire's name goes before the alias, which then is one of the others.
func read[T any](targets map[string]*target[T], m members, into *T) (rest members, notes []note) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v := m[name]
		notes = append(notes, v.notes...)
		if v.absent() {
			continue
		}
		t := targets[name]
		if t == nil || name == t.alias && !m[t.name].absent() {
			if rest == nil {
				rest = members{}
			}
			rest[name] = v
			continue
		}
		place := t.at(into)
		n := assign(place, v, cmp.Or(t.most, maxText))
		if n == nil && t.check != nil {
			n = t.check(place)
		}
		if n != nil {
			clearPlace(place)
			notes = append(notes, note{n.code, name, n.message})
		}
	}
	return rest, notes
}

// byName returns the targets under each of their names.
func byName[T any](list []target[T]) map[string]*target[T] {
	out := map[string]*target[T]{}
	for i := range list {
		t := &list[i]
		out[t.name] = t
		if t.alias != "" {
			out[t.alias] = t
		}
	}
	return out
}

func assign(place any, v value, most int) *note {
	var ok bool
	want := ""
	switch p := place.(type) {
	case *string:
		want = "a text"
		if *p, ok = v.string(); ok && len(*p) > most {
			return tooLong(most)
		}
	case **int64:
		want = "an integer"
		var n int64
		n, ok = v.integer()
		*p = &n
	case **bool:
		want = "true or false"
		var b bool
		b, ok = v.boolean()
		*p = &b
	case *[]string:
		want = "a list of texts"
		if *p, ok = v.list(); ok {
			return listTooLong(*p)
		}
	case *json.RawMessage:
		want = "an object"
		if *p, ok = v.object(); ok && len(*p) > maxObject {
			return tooLong(maxObject)
		}
	}
	if !ok {
		return &note{wire.CodeInvalidField, "", "must be " + want + "; it was left out"}
	}
	return nil
}

func tooLong(most int) *note {
	return &note{code: wire.CodeTooLong, message: fmt.Sprintf("is longer than %d bytes; it was left out", most)}
}

func listTooLong(list []string) *note {
	if len(list) > maxListItems {
		return &note{code: wire.CodeTooLong, message: fmt.Sprintf("has more than %d items; it was left out", maxListItems)}
	}
	for _, s := range list {
		if len(s) > maxText {
			return tooLong(maxText)
		}
	}
	return nil
}

func clearPlace(place any) {
	switch p := place.(type) {
	case *string:
		*p = ""
	case **int64:
		*p = nil
	case **bool:
		*p = nil
	case *[]string:
		*p = nil
	case *json.RawMessage:
		*p = nil
	}
}

// join adds the members that had no place to an object, whose own members go first, and returns its canonical text.
func join(field string, object json.RawMessage, rest members) (json.RawMessage, *note) {
	if len(rest) == 0 && len(object) == 0 {
		return nil, nil
	}
	all := map[string]json.RawMessage{}
	for name, v := range rest {
		all[name] = v.raw()
	}
	if len(object) > 0 {
		if err := json.Unmarshal(object, &all); err != nil {
			return nil, &note{wire.CodeInvalidField, field, "must be an object; it was left out"}
		}
	}
	maps.DeleteFunc(all, func(_ string, raw json.RawMessage) bool { return string(raw) == "null" })
	if len(all) == 0 {
		return nil, nil
	}
	out, err := strictjson.CanonicalValue(all)
	if err != nil || len(out) > maxObject {
		n := tooLong(maxObject)
		return nil, &note{n.code, field, "with all unknown fields " + n.message}
	}
	return out, nil
}

// normalised returns a check that brings a text into normal form, or notes the code and the error's fixed text.
func normalised(code string, normal func(string) (string, error)) func(any) *note {
	return func(place any) *note {
		s := place.(*string)
		out, err := normal(*s)
		if err != nil {
			return &note{code: code, message: err.Error() + "; it was left out"}
		}
		*s = out
		return nil
	}
}

// between returns a check for an integer.
func between(least, most int64) func(any) *note {
	return func(place any) *note {
		if n := **place.(**int64); n < least || n > most {
			return &note{code: wire.CodeInvalidField, message: fmt.Sprintf("must be from %d to %d; it was left out", least, most)}
		}
		return nil
	}
}
