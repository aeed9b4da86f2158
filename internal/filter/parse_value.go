package filter

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
)

// decoded returns a JSON value as Go has it, numbers as json.Number.
func decoded(raw json.RawMessage) (v any) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	_ = dec.Decode(&v) // the text was checked
	return v
}

// asText returns a JSON value that is a text.
func asText(raw json.RawMessage) (string, bool) {
	s, ok := decoded(raw).(string)
	return s, ok
}

// once drops what was there before: one value costs the same however often it is sent.
func once(values []any) (out []any) {
	seen := make(map[any]bool, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// operand reads what an operator compares with, in the form that is compared; none when no stored value can equal it.
func (p *parser) operand(path string, o operator, f Field, raw json.RawMessage) (values []any, ok bool) {
	switch {
	case o.takes == takesNone && raw != nil:
		p.refuse(path, o.name+" takes no value; leave it out")
		return nil, false
	case o.takes == takesNone:
		return nil, true
	case raw == nil:
		p.refuse(path, o.name+" needs a value: "+o.wants(f))
		return nil, false
	case o.takes == takesOne:
		return p.value(path, o.name, f, raw)
	}
	list, ok := p.list(path, raw, "values"+o.single())
	if !ok {
		return nil, false
	}
	for i, each := range list {
		v, fits := p.value(path+"["+strconv.Itoa(i)+"]", o.name, f, each)
		values, ok = append(values, v...), ok && fits
	}
	return once(values), ok
}

// wants says what the value of an operator must be.
func (o operator) wants(f Field) string {
	if o.takes == takesList {
		return "a list of 1 to " + strconv.Itoa(MaxValues) + " values"
	}
	return wanted(f.Type, o.name)
}

// single says which operator takes one value, of those that take a list.
func (o operator) single() string {
	switch o.name {
	case "in":
		return "; for one value use eq"
	case "not_in":
		return "; for one value use ne"
	}
	return ""
}

// list reads a list that is neither empty nor too long.
func (p *parser) list(path string, raw json.RawMessage, of string) (list []json.RawMessage, ok bool) {
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 || len(list) > MaxValues {
		p.refuse(path, "must be a list of 1 to "+strconv.Itoa(MaxValues)+" "+of)
		return nil, false
	}
	return list, true
}

// wanted says what a single value must be.
func wanted(t Type, op string) string {
	switch t {
	case Int:
		return "a whole number"
	case Bool:
		return "true or false"
	case Time:
		return "an RFC 3339 time with a zone, such as 2026-01-31T00:00:00Z"
	case JSON:
		switch {
		case aboutText(op):
			return "a text"
		case aboutOrder(op):
			return "a text or a number"
		}
		return "a text, a number, true or false"
	}
	return "a text"
}

func aboutText(op string) bool {
	return slices.Contains([]string{"prefix", "suffix", "word", "phrase", "fuzzy"}, op)
}

func aboutOrder(op string) bool { return slices.Contains([]string{"gt", "gte", "lt", "lte"}, op) }

// value reads one value.
func (p *parser) value(path, op string, f Field, raw json.RawMessage) ([]any, bool) {
	if p.values++; p.values > MaxAllValues {
		p.refuse(path, atMost(MaxAllValues, "values in all; ask in parts"))
		return nil, false
	}
	if f.Type == Time {
		m, ok := p.moment(path, raw)
		return m.operand(op), ok
	}
	v := decoded(raw)
	if s, ok := v.(string); ok && len(s) > MaxText {
		p.refuse(path, atMost(MaxText, "bytes"))
		return nil, false
	}
	out, ok := compared(f, op, v)
	if !ok {
		p.refuse(path, "must be "+wanted(f.Type, op)+instead(op, v))
		return nil, false
	}
	if s, _ := v.(string); out == "" && aboutText(op) || op == "fuzzy" && len(text.Tokens(s)) == 0 {
		p.refuse(path, "must not be empty, and hold a letter or digit for fuzzy")
		return nil, false
	}
	return []any{out}, true
}

// instead names the operator that takes a list, if one was given.
func instead(op string, v any) string {
	if _, list := v.([]any); list {
		switch op {
		case "eq":
			return "; for a list use in"
		case "ne":
			return "; for a list use not_in"
		}
	}
	return ""
}

// compared brings a value to the form in which the field is compared; ok is false when it is of another type.
func compared(f Field, op string, v any) (out any, ok bool) {
	switch f.Type {
	case Int:
		n, _ := v.(json.Number)
		whole, ok := wholeNumber(n)
		return whole, ok
	case Bool:
		b, ok := v.(bool)
		if b {
			return int64(1), ok
		}
		return int64(0), ok
	case JSON:
		return member(op, v)
	}
	s, ok := v.(string)
	return f.text(op, s), ok
}

// wholeNumber returns the number, which may be spelt 2000.0 or 2e3, if it is whole and fits.
func wholeNumber(n json.Number) (int64, bool) {
	minus, digits, point := decompose(string(n))
	switch {
	case digits == "":
		return 0, n != ""
	case len(digits) > point || point > 19:
		return 0, false
	}
	sign := ""
	if minus {
		sign = "-"
	}
	v, err := strconv.ParseInt(sign+digits+strings.Repeat("0", point-len(digits)), 10, 64)
	return v, err == nil
}

// operand returns the whole microseconds that part stored times as m does. None equals a finer one.
func (m moment) operand(op string) []any {
	switch {
	case op == "gte" || op == "lt":
		return []any{m.up()}
	case op == "gt" || op == "lte":
		return []any{m.micros}
	case m.more:
		return nil
	}
	return []any{m.micros}
}

// member encodes a value that is compared with JSON members. Suffix and the operators on words look at the folded text alone.
func member(op string, v any) (any, bool) {
	s, isText := v.(string)
	_, isNumber := v.(json.Number)
	_, isBool := v.(bool)
	switch {
	case aboutText(op) && isText && (op != "prefix" || text.Fold(s) == ""):
		return text.Fold(s), true
	case aboutText(op) && !isText, aboutOrder(op) && isBool, !isText && !isNumber && !isBool:
		return nil, false
	}
	return Encode(v), true
}

// text brings a text to the form in which the field is compared. Only whole values have a normal form.
func (f Field) text(op, s string) string {
	if !aboutText(op) && !aboutOrder(op) {
		if n, ok := f.Form.normal(s); ok {
			return n
		}
	}
	if f.Type == Exact {
		return s
	}
	return text.Fold(s)
}

var forming = map[Form]func(string) (string, error){
	DomainForm: identity.Domain, EmailForm: identity.Email, HandleForm: identity.Handle, LinkedInForm: identity.LinkedIn,
}

// normal returns the normal form of a value, if it has one.
func (form Form) normal(s string) (string, bool) {
	by := forming[form]
	if by == nil {
		return "", false
	}
	n, err := by(s)
	return n, err == nil
}
