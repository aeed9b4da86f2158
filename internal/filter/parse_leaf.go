package filter

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
)

// operator is an operator of the JSON form.
type operator struct {
	name  string
	takes operand
	types []Type // of the fields that it compares
}

type operand int

const (
	takesNone operand = iota
	takesOne
	takesList
)

var (
	every   = []Type{Exact, Text, Int, Time, Bool, List, JSON}
	scalars = []Type{Exact, Text, Int, Time, Bool, JSON}
	ordered = []Type{Exact, Text, Int, Time, JSON}
	texts   = []Type{Exact, Text, List, JSON}
	folding = []Type{Text, JSON}
)

// operators are those of the contract, in its order.
var operators = []operator{
	{"eq", takesOne, scalars}, {"ne", takesOne, scalars}, {"in", takesList, scalars}, {"not_in", takesList, scalars},
	{"gt", takesOne, ordered}, {"gte", takesOne, ordered}, {"lt", takesOne, ordered}, {"lte", takesOne, ordered},
	{"present", takesNone, every}, {"missing", takesNone, every},
	{"prefix", takesOne, texts}, {"suffix", takesOne, texts},
	{"word", takesOne, folding}, {"phrase", takesOne, folding}, {"fuzzy", takesOne, folding},
	{"any_of", takesList, texts}, {"all_of", takesList, texts}, {"none_of", takesList, texts},
}

// Operators returns the names of the operators of the JSON form, in the order of the contract; those that compare fields of a type when types are
// given.
func Operators(types ...Type) (names []string) {
	for _, o := range operators {
		if len(types) == 0 || slices.Contains(o.types, types[0]) {
			names = append(names, o.name)
		}
	}
	return names
}

// leaf reads a comparison.
func (p *parser) leaf(k Kind, path string, m map[string]json.RawMessage) Node {
	p.leaves++
	if p.leaves > MaxLeaves {
		return p.refuse(path, "more than "+strconv.Itoa(MaxLeaves)+" comparisons; ask in parts")
	}
	var name, opName string
	if m["field"] == nil || json.Unmarshal(m["field"], &name) != nil {
		return p.refuse(path+".field", "must be the path of a field", Paths(k)...)
	}
	via, f, ok := Lookup(k, name)
	if !ok {
		return p.refuse(path+".field", "is not a field of "+string(k), Paths(k)...)
	}
	_ = json.Unmarshal(m["op"], &opName) // what is no text is no operator
	i := slices.IndexFunc(operators, func(o operator) bool { return o.name == opName && slices.Contains(o.types, f.Type) })
	if i < 0 {
		return p.refuse(path+".op", "must be an operator for this field", Operators(f.Type)...)
	}
	values, ok := p.operand(path+".value", operators[i], f, m["value"])
	if !ok {
		return nil
	}
	return build(via, f, opName, values)
}

// operand reads what an operator compares with, in the form that is compared.
func (p *parser) operand(path string, o operator, f Field, raw json.RawMessage) (values []any, ok bool) {
	switch {
	case o.takes == takesNone && raw != nil:
		p.refuse(path, o.name+" takes no value")
		return nil, false
	case o.takes == takesNone:
		return nil, true
	case raw == nil:
		p.refuse(path, "is missing")
		return nil, false
	case o.takes == takesOne:
		v, ok := p.value(path, o.name, f, raw)
		return v, ok
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 || len(list) > MaxValues {
		p.refuse(path, "must be a list of 1 to "+strconv.Itoa(MaxValues)+" values; one alone goes with eq or ne")
		return nil, false
	}
	for i, each := range list {
		v, one := p.value(path+"["+strconv.Itoa(i)+"]", o.name, f, each)
		if !one {
			return nil, false
		}
		for _, value := range v {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
	}
	return values, true
}

// value reads one value; none when the comparison can never hold.
func (p *parser) value(path, op string, f Field, raw json.RawMessage) ([]any, bool) {
	p.values++
	if p.values > MaxAllValues {
		p.refuse(path, "more than "+strconv.Itoa(MaxAllValues)+" values in all; ask in parts")
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	_ = dec.Decode(&v) // the text was checked
	switch f.Type {
	case Int:
		n, ok := v.(json.Number)
		if whole, fits := wholeNumber(n); ok && fits {
			return []any{whole}, true
		}
		p.refuse(path, "must be a whole number")
		return nil, false
	case Bool:
		b, ok := v.(bool)
		if !ok {
			p.refuse(path, "must be true or false")
			return nil, false
		}
		if b {
			return []any{int64(1)}, true
		}
		return []any{int64(0)}, true
	case Time:
		t, ok := p.time(path, raw)
		return instant(t, op), ok
	case JSON:
		return p.member(path, op, v)
	}
	s, ok := v.(string)
	if !ok {
		p.refuse(path, "must be a text")
		return nil, false
	}
	return p.text(path, op, f, s)
}

// wholeNumber returns the number, which may be spelt 2000.0 or 2e3, if it is whole and fits.
func wholeNumber(n json.Number) (int64, bool) {
	minus, digits, point := decompose(string(n))
	switch {
	case digits == "":
		return 0, n != ""
	case len(digits) > point || point > 18:
		return 0, false
	}
	v, err := strconv.ParseInt(digits+strings.Repeat("0", point-len(digits)), 10, 64)
	if minus {
		v = -v
	}
	return v, err == nil
}

// instant brings a time to whole microseconds, so that it parts stored times as the exact one does; a finer one equals none.
func instant(t time.Time, op string) []any {
	up := *micros(&t)
	fine := t.Nanosecond()%1000 != 0
	switch {
	case !fine:
		return []any{up}
	case op == "gte" || op == "lt":
		return []any{up}
	case op == "gt" || op == "lte":
		return []any{up - 1}
	}
	return nil
}

// member encodes a value that is compared with JSON members.
func (p *parser) member(path, op string, v any) ([]any, bool) {
	s, isText := v.(string)
	_, isBool := v.(bool)
	switch op {
	case "suffix", "word", "phrase", "fuzzy", "prefix":
		if !isText {
			p.refuse(path, "must be a text")
			return nil, false
		}
		out, ok := p.text(path, op, Field{Type: Text}, s)
		if ok && op == "prefix" {
			out = []any{Encode(s)}
		}
		return out, ok
	case "gt", "gte", "lt", "lte":
		if isBool {
			p.refuse(path, "must be a number or a text")
			return nil, false
		}
	}
	switch v.(type) {
	case string, bool, json.Number:
		if len(s) > MaxText {
			p.refuse(path, "at most "+strconv.Itoa(MaxText)+" bytes")
			return nil, false
		}
		return []any{Encode(v)}, true
	}
	p.refuse(path, "must be a text, a number, true or false")
	return nil, false
}

// text brings a text to the form in which the field is compared.
func (p *parser) text(path, op string, f Field, s string) ([]any, bool) {
	if len(s) > MaxText {
		p.refuse(path, "at most "+strconv.Itoa(MaxText)+" bytes")
		return nil, false
	}
	folded := s
	if f.Type != Exact {
		folded = text.Fold(s)
	}
	whole := true
	switch op {
	case "prefix", "suffix", "gt", "gte", "lt", "lte":
		whole = false
	case "word", "phrase":
		whole = len(strings.Fields(folded)) > 0
	case "fuzzy":
		whole = len(text.Tokens(s)) > 0
	}
	switch {
	case folded == "" && (op == "prefix" || op == "suffix"), !whole && slices.Contains([]string{"word", "phrase", "fuzzy"}, op):
		p.refuse(path, "must not be empty")
		return nil, false
	case whole:
		folded = f.Form.normal(s, folded)
	}
	return []any{folded}, true
}

// normal returns the form of a value, or how it is compared when it has none.
func (form Form) normal(s, compared string) string {
	by := map[Form]func(string) (string, error){
		DomainForm: identity.Domain, EmailForm: identity.Email, HandleForm: identity.Handle, LinkedInForm: identity.LinkedIn,
	}[form]
	if by == nil {
		return compared
	}
	if n, err := by(s); err == nil {
		return n
	}
	return compared
}

// build says an operator of the JSON form in those that a store knows.
func build(via Relation, f Field, op string, values []any) Node {
	leaf := func(op Op, values ...any) Node { return Leaf{Field: f, Op: op, Values: values} }
	equal := func(op Op) Node {
		if len(values) == 0 {
			return Any(nil)
		}
		return leaf(op, values...)
	}
	each := func(op Op) Node {
		all := make(All, 0, len(values))
		for _, v := range values {
			all = append(all, leaf(op, v))
		}
		return all
	}
	var n Node
	switch op {
	case "eq", "in":
		n = equal(In)
	case "ne", "not_in":
		n = All{leaf(Present), Not{equal(In)}}
	case "missing":
		return Not{through(via, leaf(Present))}
	case "any_of":
		n = equal(AnyOf)
	case "all_of":
		n = each(AnyOf)
	case "none_of":
		n = noneOf(f, equal(AnyOf))
	case "word":
		words := strings.Fields(values[0].(string))
		all := make(All, len(words))
		for i, w := range words {
			all[i] = leaf(Phrase, w)
		}
		n = all
	default:
		n = leaf(Op(op), values...)
	}
	return through(via, n)
}

// noneOf: a list is a set, and one that is missing is empty; of anything else a missing value is none.
func noneOf(f Field, some Node) Node {
	if f.Type == List {
		return Not{some}
	}
	return All{Leaf{Field: f, Op: Present}, Not{some}}
}

func through(via Relation, n Node) Node {
	if via == "" {
		return n
	}
	return Via{via, n}
}
