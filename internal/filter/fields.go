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
	Bool // 0 or 1
	List // texts, compared folded; cannot be sorted by
	JSON // a JSON value: text, number, true or false, or a list of them. Compared in the form of Encode
)

// Form is a spelling to which values are brought before they are compared. The zero value takes them as they are.
type Form int

// The forms, by the functions of package identity. A value that has no such form is compared as it is.
const (
	AsIs Form = iota
	DomainForm
	EmailForm
	HandleForm
	LinkedInForm
)

// Field is one place of a record that can be compared or sorted by.
type Field struct {
	Name     string // the wire's name
	Type     Type
	Column   string // the store's name, where it is another one
	Member   string // of JSON: the member of the column's JSON object; inner objects are parted by dots
	Form     Form
	Required bool // never missing
}

// Path is a field of a record or of a related one.
type Path struct {
	Via   Relation // the zero value is the record itself
	Field Field
}

// Kept returns the name of the column that holds the field as it came in.
func (f Field) Kept() string {
	if f.Column == "" {
		return f.Name
	}
	return f.Column
}

// Stored returns the name of the column that is compared: for Text and List the folded form, a List as a JSON array; for JSON the object that
// Index returns.
func (f Field) Stored() string {
	switch f.Type {
	case Text, List, JSON:
		return f.Kept() + "_f"
	}
	return f.Kept()
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
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "domain", Form: DomainForm, Required: true}},
		fields(Text, "name", "description", "industry", "sector", "size", "employees_text", "revenue_band", "market_cap", "ownership", "symbol", "country",
			"state", "city", "location_text", "funding_stage"),
		fields(Exact, "website", "country_code", "last_funding_date", "icp_code", "engagement_stage"),
		fields(Int, "employee_count", "founded_year", "total_raised_usd", "icp_score", "engagement_score"),
		fields(List, "tags", "aliases", "tech_stack", "sources"), times),
	Leads: slices.Concat(
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "account.domain", Column: "account_domain", Form: DomainForm}},
		fields(Text, "name", "first_name", "last_name", "title", "seniority", "department", "company"),
		[]Field{{Name: "handle", Type: Text, Form: HandleForm}, {Name: "company_domain", Form: DomainForm}, {Name: "work_email", Form: EmailForm},
			{Name: "personal_email", Form: EmailForm}, {Name: "linkedin_url", Form: LinkedInForm}, {Name: "synthetic", Type: Bool}},
		fields(Text, "state", "city", "source"),
		fields(Exact, "phone", "country_code", "icp_code", "persona_code", "engagement_stage"),
		fields(Int, "icp_score", "persona_score", "engagement_score"), times),
	Signals: slices.Concat(
		[]Field{{Name: "id", Required: true}, {Name: "external_id"}, {Name: "signal_type", Required: true},
			{Name: "account.domain", Column: "account_domain", Form: DomainForm},
			{Name: "source", Type: Text, Required: true}, {Name: "occurred_at", Type: Time, Required: true}},
		fields(Text, "event_name", "title"),
		[]Field{{Name: "identity.email", Column: "email", Form: EmailForm}, {Name: "identity.linkedin_url", Column: "linkedin_url", Form: LinkedInForm},
			{Name: "identity.handle", Type: Text, Column: "handle", Form: HandleForm},
			{Name: "identity.company_domain", Column: "company_domain", Form: DomainForm},
			{Name: "identity.first_name", Type: Text, Column: "first_name"}, {Name: "identity.last_name", Type: Text, Column: "last_name"},
			{Name: "identity.title", Type: Text, Column: "person_title"},
			{Name: "qualification.icp_code", Column: "icp_code"}, {Name: "qualification.icp_score", Type: Int, Column: "icp_score"},
			{Name: "qualification.persona_code", Column: "persona_code"}, {Name: "qualification.persona_score", Type: Int, Column: "persona_score"},
			{Name: "created_at", Type: Time, Required: true}}),
}

// objects are the columns that hold a JSON object of the caller's own making; any member of one is a field.
var objects = map[Kind]string{Accounts: "custom", Leads: "custom", Signals: "context"}

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
	if member, ok := strings.CutPrefix(name, objects[k]+"."); ok && objects[k] != "" {
		return Field{Name: name, Type: JSON, Column: objects[k], Member: member}, validMember(member)
	}
	i := slices.IndexFunc(table[k], func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return table[k][i], true
}

// MaxMember is the length in bytes of the longest member path that can be asked for.
const MaxMember = 200

// validMember refuses what the engines' JSON paths cannot name alike.
func validMember(member string) bool {
	return member != "" && len(member) <= MaxMember && strings.Count(member, ".") < MaxSegments && !strings.ContainsFunc(member, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
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
func Sortable(k Kind) []string { return Paths(k, scalars...) }

// Paths returns the paths that a filter on records of the kind can name: of fields of the given types, of all when none is given. Those of the
// caller's own members, which are JSON, stand as a pattern.
func Paths(k Kind, types ...Type) []string {
	if len(types) == 0 {
		types = every
	}
	out := names(k, "", types)
	for _, r := range relations[k] {
		for _, name := range names(r.Target(), string(r)+".", types) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

func names(k Kind, prefix string, types []Type) (out []string) {
	for _, f := range table[k] {
		if slices.Contains(types, f.Type) && (prefix == "" || !strings.Contains(f.Name, ".")) {
			out = append(out, prefix+f.Name)
		}
	}
	if slices.Contains(types, JSON) {
		out = append(out, prefix+objects[k]+".<name>")
	}
	return out
}
