package ingest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// AccountFields returns the names of the fields that SetAccount takes. The domain is what an account is, so it is none of them.
func AccountFields() []string { return settable(accountTargets, "domain") }

// LeadFields returns the names of the fields that SetLead takes.
func LeadFields() []string { return settable(leadTargets, "") }

// SetAccount puts a text into a field as an import reads the cell of a CSV file, in normal form and within the same bounds; nil clears the field.
// Errors: validation_failed, with the names that are allowed where there is no such field.
func SetAccount(a *wire.Account, field string, value *string) error {
	return set(accountTargets, AccountFields(), a, field, value)
}

// SetLead is SetAccount for leads.
func SetLead(l *wire.Lead, field string, value *string) error {
	return set(leadTargets, LeadFields(), l, field, value)
}

// settable returns the wire's names of the targets but for the fixed one, sorted.
func settable[T any](targets map[string]*target[T], fixed string) (out []string) {
	for name, t := range targets {
		if name == t.name && name != fixed {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func set[T any](targets map[string]*target[T], allowed []string, into *T, field string, text *string) error {
	if !slices.Contains(allowed, field) {
		return fault.Invalid(cmp.Or(strictjson.Name(field), "field"), "is none that can be changed", allowed...)
	}
	clearPlace(targets[field].at(into))
	if text == nil {
		return nil
	}
	cell := value{text: []byte(*text), cell: true}
	if strings.TrimSpace(*text) == "" {
		return fault.Invalid(field, "must not be empty; to clear a field unset it")
	}
	if _, notes := read(targets, members{field: cell}, into); len(notes) > 0 {
		return fault.Invalid(field, strings.TrimSuffix(notes[0].message, "; it was left out"))
	}
	return canonical(targets[field].at(into))
}

// canonical gives an object the text in which it is stored and compared.
func canonical(place any) (err error) {
	if raw, ok := place.(*json.RawMessage); ok {
		*raw, err = strictjson.CanonicalValue(*raw)
	}
	return err
}
