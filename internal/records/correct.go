package records

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Assignment gives a field a value, spelt as in a cell of a CSV file. A field custom.<name> is a member of custom: a value that is JSON is taken as
// such, unless the member is a text now, and anything else is a text.
type Assignment struct{ Field, Value string }

// Change is what a correction does: it sets fields and clears others.
type Change struct {
	Set   []Assignment
	Unset []string
}

// Correction tells which fields a correction changed; those that had the value already are not among them.
type Correction struct {
	RecordType string   `json:"record_type"`
	ID         string   `json:"id"`
	Changed    []string `json:"changed"`
}

// Correct changes the record that the one hint names, with its row of the activity log, unless nothing differs. Errors: those of Get,
// validation_failed naming a field that cannot be changed or does not fit, conflict when another record is known by the new value.
func (s *Service) Correct(ctx context.Context, workspaceID string, actor activity.Actor, hint wire.GetRecord, c Change) (out Correction, err error) {
	steps, err := c.steps()
	if err != nil {
		return out, err
	}
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		ref, err := s.named(ctx, workspaceID, hint)
		if err != nil {
			return err
		}
		r, err := s.read(ctx, workspaceID, ref)
		if err != nil {
			return err
		}
		out = Correction{RecordType: ref.Type(), ID: ref.ID, Changed: []string{}}
		if ref.Kind == filter.Accounts {
			out.Changed, err = apply(r.Account, steps, ingest.SetAccount, func(a *wire.Account) *json.RawMessage { return &a.Custom })
		} else {
			out.Changed, err = apply(r.Lead, steps, ingest.SetLead, func(l *wire.Lead) *json.RawMessage { return &l.Custom })
		}
		if err != nil || len(out.Changed) == 0 {
			return err
		}
		if err := s.replace(ctx, workspaceID, r); err != nil {
			return err
		}
		return s.store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.RecordCorrected, ref.Type(), ref.ID,
			map[string]string{"fields": strings.Join(out.Changed, ",")}))
	})
	return out, err
}

func (s *Service) replace(ctx context.Context, workspaceID string, r wire.Record) error {
	if r.Account != nil {
		return s.store.ReplaceAccount(ctx, workspaceID, *r.Account)
	}
	l := r.Lead
	if l.Name+l.ExternalID+l.WorkEmail+l.PersonalEmail+l.LinkedInURL+l.Handle == "" {
		return fault.Invalid("field", "nothing would be left that the lead is known by; keep a name or a hint, or delete the record")
	}
	return s.store.ReplaceLead(ctx, workspaceID, *l)
}

// step is one field's new value; nil clears it.
type step struct {
	field string
	value *string
}

// steps returns what is to be done to each field, in the order given. A field that is named twice is refused.
func (c Change) steps() (out []step, err error) {
	for _, a := range c.Set {
		out = append(out, step{a.Field, &a.Value})
	}
	for _, name := range c.Unset {
		out = append(out, step{name, nil})
	}
	seen := map[string]bool{}
	for _, s := range out {
		if seen[s.field] {
			return nil, fault.Invalid(place(s.field), "is named more than once")
		}
		seen[s.field] = true
	}
	if len(out) == 0 {
		return nil, fault.Invalid("field", "set or unset at least one")
	}
	return out, nil
}

// apply does the steps to a record and returns the fields that differ from before.
func apply[T any](record *T, steps []step, set func(*T, string, *string) error, custom func(*T) *json.RawMessage) (changed []string, err error) {
	changed = []string{}
	for _, s := range steps {
		before, err := fieldOf(record, s.field)
		if err != nil {
			return nil, err
		}
		field, value := s.field, s.value
		if name, is := strings.CutPrefix(field, customPrefix); is && name != "" {
			field = "custom"
			if value, err = withMember(*custom(record), name, value); err != nil {
				return nil, err
			}
		}
		if err := set(record, field, value); err != nil {
			return nil, err
		}
		after, err := fieldOf(record, s.field)
		if err != nil {
			return nil, err
		}
		if before != after {
			changed = append(changed, s.field)
		}
	}
	return changed, nil
}

const customPrefix = "custom."

// place names a field in a refusal.
func place(field string) string {
	if name, is := strings.CutPrefix(field, customPrefix); is && name != "" {
		return strictjson.Join("custom", strictjson.Name(name))
	}
	return cmp.Or(strictjson.Name(field), "field")
}

// fieldOf returns the canonical JSON of a field of the record, or of a member of custom; "" when it is absent.
func fieldOf(record any, field string) (string, error) {
	raw, err := strictjson.CanonicalValue(record)
	for _, name := range strings.SplitN(field, ".", 2) {
		var object map[string]json.RawMessage
		if err != nil || json.Unmarshal(raw, &object) != nil {
			return "", err
		}
		raw = object[name]
	}
	return string(raw), err
}

// withMember returns the object with the member set or cleared; nil when none is left.
func withMember(object json.RawMessage, name string, value *string) (*string, error) {
	members := map[string]json.RawMessage{}
	if len(object) > 0 {
		if err := json.Unmarshal(object, &members); err != nil {
			return nil, fault.Wrap(fault.Internal, err)
		}
	}
	if value == nil {
		delete(members, name)
	} else {
		raw, err := memberValue(place(customPrefix+name), members[name], *value)
		if err != nil {
			return nil, err
		}
		members[name] = raw
	}
	if len(members) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(members)
	out := string(raw)
	return &out, err
}

// memberValue reads a value as Assignment says; at names the member.
func memberValue(at string, now json.RawMessage, value string) (json.RawMessage, error) {
	trimmed := strings.TrimSpace(value)
	switch {
	case trimmed == "" || trimmed == "null":
		return nil, fault.Invalid(at, "must not be empty; to clear it unset it")
	case !utf8.ValidString(trimmed):
		return nil, fault.Invalid(at, "must be valid UTF-8")
	case (len(now) == 0 || now[0] != '"') && json.Valid([]byte(trimmed)):
		return json.RawMessage(trimmed), nil
	}
	return json.Marshal(trimmed)
}
