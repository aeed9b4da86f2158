package activitypages

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/token"
)

// form is the filter as the reader typed it.
type form struct {
	actor, kind, action, objectType, object, from, to string
	errors                                            map[string]string
}

func formOf(q url.Values) form {
	get := func(name string) string { return token.Scrub(strings.TrimSpace(q.Get(name))) } // people paste keys
	return form{actor: get("actor"), kind: get("kind"), action: get("action"), objectType: get("type"), object: get("object"), from: get("from"), to: get("to")}
}

// filter returns what the form asks for, or notes what is wrong with it.
func (f *form) filter() (activity.Filter, bool) {
	f.errors = map[string]string{}
	out := activity.Filter{
		Actor: named(f.actor), Kind: activity.Kind(f.kind), Action: activity.Action(f.action), ObjectType: f.objectType, ObjectID: f.object,
		From: f.time("from", &f.from), To: f.time("to", &f.to),
	}
	if len(f.errors) == 0 && !out.From.IsZero() && !out.To.IsZero() && !out.From.Before(out.To) {
		f.errors["to"] = "Must be later than the other time."
	}
	return out, len(f.errors) == 0
}

// named returns the actor as the log names it: people type emails in any case, and copy keys in their redacted form.
func named(typed string) string {
	if email, err := identity.Email(typed); err == nil {
		return email
	}
	return strings.TrimPrefix(typed, token.Redact(""))
}

// layouts are the spellings of times: those of date inputs, which have no zone and are meant as UTC, and RFC 3339.
var layouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04", time.RFC3339}

// time reads a time, and spells it as date inputs do.
func (f *form) time(name string, text *string) time.Time {
	if *text == "" {
		return time.Time{}
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, *text); err == nil {
			*text = strings.TrimSuffix(t.UTC().Format("2006-01-02T15:04:05"), ":00") // inputs refuse seconds that they did not make
			return t.UTC()
		}
	}
	f.errors[name] = "Write a time such as 2027-01-31T14:30."
	return time.Time{}
}

// narrowed reports whether the form asks for less than everything.
func (f form) narrowed() bool { return len(f.query()) > 0 }

// query returns the form as it stands in addresses.
func (f form) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"actor": f.actor, "kind": f.kind, "action": f.action, "type": f.objectType, "object": f.object, "from": f.from, "to": f.to} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (f form) with(root, name, value string) string {
	q := f.query()
	q.Set(name, value)
	return root + "?" + q.Encode()
}

func (f form) kinds() []ui.Option {
	return options(f.kind, []ui.Option{
		{Label: "Anybody"}, {Value: string(activity.Person), Label: "People"}, {Value: string(activity.ByKey), Label: "API keys"},
		{Value: string(activity.Operator), Label: "Operators at the server"},
	})
}

// actions offers each group before its actions.
func (f form) actions() []ui.Option {
	list, group := []ui.Option{{Label: "Anything"}}, ""
	for _, a := range activity.Actions() {
		of, what, _ := strings.Cut(string(a), ".")
		if of != group {
			group = of
			list = append(list, ui.Option{Value: of + ".*", Label: spaced(of) + ": all"})
		}
		list = append(list, ui.Option{Value: string(a), Label: spaced(of) + ": " + spaced(what)})
	}
	return options(f.action, list)
}

func (f form) types() []ui.Option {
	list := []ui.Option{{Label: "Any"}}
	for _, t := range activity.ObjectTypes() {
		list = append(list, ui.Option{Value: t, Label: spaced(t)})
	}
	return options(f.objectType, list)
}

// options marks the chosen one; a value of an address that is not on offer is put there.
func options(chosen string, list []ui.Option) []ui.Option {
	if !slices.ContainsFunc(list, func(o ui.Option) bool { return o.Value == chosen }) {
		list = append(list, ui.Option{Value: chosen, Label: chosen})
	}
	for i := range list {
		list[i].Chosen = list[i].Value == chosen
	}
	return list
}

func spaced(word string) string { return strings.ReplaceAll(word, "_", " ") }
