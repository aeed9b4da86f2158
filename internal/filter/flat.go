package filter

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// FromAccounts returns what the flat parameters and the filter of find_accounts say, but for the query; last_days counts back from now. A domain
// that is none and a wrong filter give a validation_failed error.
func FromAccounts(in wire.FindAccounts, now time.Time) (Node, error) {
	b := builder{kind: Accounts}
	b.in("domain", b.domains("domain", in.Domain))
	b.in("name", in.Name)
	b.country(in.Country)
	b.in("country_code", in.CountryCode)
	b.in("state", in.State)
	b.in("city", in.City)
	b.in("industry", in.Industry)
	b.in("sector", in.Sector)
	b.in("size", in.Size)
	b.in("market_cap", in.MarketCap)
	b.in("ownership", in.Ownership)
	b.in("engagement_stage", in.Stage)
	b.tags(in.TagsAny, in.TagsAll, in.TagsNone)
	b.bound("founded_year", Gte, in.FoundedFrom)
	b.bound("founded_year", Lte, in.FoundedTo)
	return b.node(in.Filter, now)
}

// FromLeads is FromAccounts for find_leads.
func FromLeads(in wire.FindLeads, now time.Time) (Node, error) {
	b := builder{kind: Leads}
	b.in("name", in.Name)
	b.in("title", in.Title)
	b.in("seniority", in.Seniority)
	b.in("department", in.Department)
	b.accounts(in.AccountDomain)
	b.in("country_code", in.CountryCode)
	b.in("engagement_stage", in.Stage)
	return b.node(in.Filter, now)
}

// FromSignals is FromAccounts for list_signals.
func FromSignals(in wire.ListSignals, now time.Time) (Node, error) {
	b := builder{kind: Signals}
	b.in("signal_type", in.Types)
	b.accounts(in.AccountDomain)
	b.lead(in.Lead)
	b.in("source", in.Source)
	b.in("event_name", in.EventName)
	b.bound("occurred_at", Gte, micros(in.Since))
	b.bound("occurred_at", Lt, micros(in.Until))
	return b.node(in.Filter, now)
}

// builder gathers conditions that must all hold, and what is wrong with the values.
type builder struct {
	kind  Kind
	all   All
	wrong []fault.Field
}

// node returns all conditions, those of the tree included.
func (b *builder) node(tree json.RawMessage, now time.Time) (Node, error) {
	if len(b.wrong) > 0 {
		return nil, fault.InvalidFields(b.wrong...)
	}
	if len(tree) == 0 {
		return b.all, nil
	}
	n, err := Parse(b.kind, tree, now)
	if err != nil {
		return nil, err
	}
	return append(b.all, n), nil
}

// in demands that the field equals one of the values; no values demand nothing.
func (b *builder) in(field string, values []string) {
	if len(values) > 0 {
		b.all = append(b.all, isOneOf(Must(b.kind, field), values))
	}
}

func isOneOf(f Field, values []string) Leaf {
	if f.Type == Text {
		values = folded(values)
	}
	return Leaf{Field: f, Op: In, Values: distinct(values)}
}

func folded(values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = text.Fold(v)
	}
	return out
}

func distinct(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return once(out)
}

// domains returns the values in normal form and notes those that are none.
func (b *builder) domains(parameter string, values []string) []string {
	var normal []string
	for i, v := range values {
		d, err := identity.Domain(v)
		if err != nil {
			b.wrong = append(b.wrong, fault.Field{Path: parameter + "[" + strconv.Itoa(i) + "]", Message: err.Error()})
			continue
		}
		normal = append(normal, d)
	}
	return normal
}

func (b *builder) accounts(values []string) {
	if domains := b.domains("account_domain", values); len(domains) > 0 {
		b.all = append(b.all, Via{ToAccount, isOneOf(Must(Accounts, "domain"), domains)})
	}
}

// country takes codes and names. A name also finds accounts of which nothing but the name is known, in the spelling given or the usual one.
func (b *builder) country(values []string) {
	if len(values) == 0 {
		return
	}
	var codes []string
	names := values
	for _, v := range values {
		code, ok := identity.CountryCode(v)
		if !ok {
			continue
		}
		codes = append(codes, code)
		if name, ok := identity.CountryName(code); ok {
			names = append(names[:len(names):len(names)], name)
		}
	}
	either := Any{isOneOf(Must(b.kind, "country"), names)}
	if len(codes) > 0 {
		either = append(either, isOneOf(Must(b.kind, "country_code"), codes))
	}
	b.all = append(b.all, either)
}

// tags: an account without tags has none of any tags.
func (b *builder) tags(anyOf, allOf, noneOf []string) {
	hold := func(tags ...any) Leaf { return Leaf{Field: Must(b.kind, "tags"), Op: AnyOf, Values: tags} }
	if len(anyOf) > 0 {
		b.all = append(b.all, hold(distinct(folded(anyOf))...))
	}
	for _, t := range distinct(folded(allOf)) {
		b.all = append(b.all, hold(t))
	}
	if len(noneOf) > 0 {
		b.all = append(b.all, Not{hold(distinct(folded(noneOf))...)})
	}
}

func (b *builder) bound(field string, op Op, value *int64) {
	if value != nil {
		b.all = append(b.all, Leaf{Field: Must(b.kind, field), Op: op, Values: []any{*value}})
	}
}

// lead takes ids, external ids, emails and handles in any spelling. A signal whose person matched no lead is found by what it says of the person.
func (b *builder) lead(values []string) {
	if len(values) == 0 {
		return
	}
	var emails, handles []string
	for _, v := range values {
		if email, err := identity.Email(v); err == nil {
			emails = append(emails, email)
		}
		if handle, err := identity.Handle(v); err == nil {
			handles = append(handles, handle)
		}
	}
	who := Any{isOneOf(Must(Leads, "id"), values), isOneOf(Must(Leads, "external_id"), values)}
	var stranger Any
	if len(emails) > 0 {
		who = append(who, isOneOf(Must(Leads, "work_email"), emails), isOneOf(Must(Leads, "personal_email"), emails))
		stranger = append(stranger, isOneOf(Must(Signals, "identity.email"), emails))
	}
	if len(handles) > 0 {
		who = append(who, isOneOf(Must(Leads, "handle"), handles))
		stranger = append(stranger, isOneOf(Must(Signals, "identity.handle"), handles))
	}
	b.all = append(b.all, append(Any{Via{ToLead, who}}, stranger...))
}

// micros rounds up, so that a bound finer than a microsecond parts the same stored times.
func micros(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return &us
}
