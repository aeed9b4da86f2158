package filter

import (
	"slices"
	"strings"
)

// Kind is the sort of record that is filtered. The zero value is invalid.
type Kind string

// The kinds.
const (
	Accounts Kind = "accounts"
	Leads    Kind = "leads"
	Signals  Kind = "signals"
)

// Relation is a way from a record to another one. The zero value stays at the record itself.
type Relation string

// The relations.
const (
	ToAccount Relation = "account" // of leads and signals
	ToLead    Relation = "lead"    // of signals
)

// Target returns the kind of record at the relation's end.
func (r Relation) Target() Kind {
	if r == ToLead {
		return Leads
	}
	return Accounts
}

// Type is what a field holds and how it is compared.
type Type int

// The types.
const (
	Exact Type = iota // a text that is compared as it is: ids, codes, addresses
	Text              // a text that is compared and sorted by its folded form
	Int
	Time // microseconds since 1970
	List // texts, compared folded; cannot be sorted by
)

// Field is one place of a record that can be compared or sorted by.
type Field struct {
	Name     string // the wire's name
	Type     Type
	Column   string // the store's name, where it is another one
	Required bool   // never missing
}

// Stored returns the name of the column that is compared.
func (f Field) Stored() string {
	column := f.Column
	if column == "" {
		column = f.Name
	}
	if f.Type == Text {
		return column + "_f"
	}
	return column
}

func fields(t Type, names ...string) (out []Field) {
	for _, n := range names {
		out = append(out, Field{Name: n, Type: t})
	}
	return out
}

var times = []Field{{Name: "created_at", Type: Time, Required: true}, {Name: "updated_at", Type: Time, Required: true}}

var table = map[Kind][]Field{
	Accounts: slices.Concat(
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "domain", Required: true}},
		fields(Text, "name", "industry", "sector", "size", "employees_text", "revenue_band", "market_cap", "ownership", "symbol", "country",
			"state", "city", "location_text", "funding_stage"),
		fields(Exact, "website", "country_code", "last_funding_date", "icp_code", "engagement_stage"),
		fields(Int, "employee_count", "founded_year", "total_raised_usd", "icp_score"),
		fields(List, "tags"), times),
	Leads: slices.Concat(
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "account.domain", Column: "account_domain"}},
		fields(Text, "name", "first_name", "last_name", "title", "seniority", "department", "company", "handle", "state", "city", "source"),
		fields(Exact, "company_domain", "work_email", "personal_email", "phone", "linkedin_url", "country_code", "icp_code", "persona_code", "engagement_stage"),
		fields(Int, "icp_score", "persona_score"), times),
	Signals: slices.Concat(
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "signal_type", Required: true}, {Name: "account.domain", Column: "account_domain"},
			{Name: "source", Type: Text, Required: true}, {Name: "occurred_at", Type: Time, Required: true}},
		fields(Text, "event_name", "title"),
		[]Field{{Name: "identity.email", Column: "email"}, {Name: "identity.linkedin_url", Column: "linkedin_url"},
			{Name: "identity.handle", Type: Text, Column: "handle"}, {Name: "identity.company_domain", Column: "company_domain"},
			{Name: "created_at", Type: Time, Required: true}}),
}

var relations = map[Kind][]Relation{Leads: {ToAccount}, Signals: {ToAccount, ToLead}}

// Lookup finds the field that a path names, and the relation by which it is reached from a record of the kind.
func Lookup(k Kind, path string) (Relation, Field, bool) {
	if f, ok := own(k, path); ok {
		return "", f, true
	}
	for _, r := range relations[k] {
		if name, ok := strings.CutPrefix(path, string(r)+"."); ok {
			f, ok := own(r.Target(), name)
			f.Required = false // the related record may be missing
			return r, f, ok
		}
	}
	return "", Field{}, false
}

func own(k Kind, name string) (Field, bool) {
	i := slices.IndexFunc(table[k], func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return table[k][i], true
}

// Must is Lookup of an own field that is known to exist.
func Must(k Kind, name string) Field {
	f, ok := own(k, name)
	if !ok {
		panic("filter: no field " + string(k) + "." + name)
	}
	return f
}

// Sortable returns the paths by which records of the kind can be sorted: every own field that is no list, then those of related records.
func Sortable(k Kind) []string {
	out := names(k, "")
	for _, r := range relations[k] {
		for _, name := range names(r.Target(), string(r)+".") {
			if !slices.Contains(out, name) && strings.Count(name, ".") == 1 {
				out = append(out, name)
			}
		}
	}
	return out
}

func names(k Kind, prefix string) (out []string) {
	for _, f := range table[k] {
		if f.Type != List {
			out = append(out, prefix+f.Name)
		}
	}
	return out
}
