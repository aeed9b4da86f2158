package filter

import (
	"encoding/json"
	"slices"
	"strings"
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

// Operators returns the names of the operators of the JSON form that compare fields of each of the types, all of them when none is given, in the
// order of the contract.
func Operators(types ...Type) (names []string) {
	for _, o := range operators {
		if o.fits(types) {
			names = append(names, o.name)
		}
	}
	return names
}

func (o operator) fits(types []Type) bool {
	return !slices.ContainsFunc(types, func(t Type) bool { return !slices.Contains(o.types, t) })
}

// Takes tells whether an operator of the JSON form compares with a value, and whether that is a list of values.
func Takes(op string) (value, list bool) {
	for _, o := range operators {
		if o.name == op {
			return o.takes != takesNone, o.takes == takesList
		}
	}
	return false, false
}

// leaf reads a comparison.
func (p *parser) leaf(k Kind, path string, m map[string]json.RawMessage) Node {
	if p.leaves++; p.leaves > MaxLeaves {
		return p.refuse(path, atMost(MaxLeaves, "comparisons; ask in parts"))
	}
	via, f, found := p.field(k, path+".field", m["field"])
	types := []Type{f.Type}
	if !found {
		types = nil // any operator may be right
	}
	o, ok := p.operator(path+".op", m["op"], types...)
	if !found || !ok {
		return nil
	}
	values, ok := p.operand(path+".value", o, f, m["value"])
	if !ok {
		return nil
	}
	return build(via, f, o.name, values, path+".value")
}

func (p *parser) field(k Kind, path string, raw json.RawMessage) (via Relation, f Field, ok bool) {
	name, isText := asText(raw)
	if isText {
		if via, f, ok = Lookup(k, name); ok {
			return via, f, true
		}
	}
	if isText {
		wrong := NoField(k, path, name)
		p.refuse(path, wrong.Message, wrong.Allowed...)
	} else {
		p.refuse(path, "must be the path of a field of "+string(k), Paths(k)...)
	}
	return "", Field{}, false
}

// operator reads an operator that compares fields of the type, if one is given.
func (p *parser) operator(path string, raw json.RawMessage, types ...Type) (operator, bool) {
	name, _ := asText(raw)
	allowed := Operators(types...)
	if !slices.Contains(allowed, name) {
		message := "must be an operator"
		if len(types) > 0 {
			message = "must be an operator that fits the field"
		}
		p.refuse(path, message, allowed...)
		return operator{}, false
	}
	return operators[slices.IndexFunc(operators, func(o operator) bool { return o.name == name })], true
}

// build says an operator of the JSON form in those that a store knows. at is the path of the value.
func build(via Relation, f Field, op string, values []any, at string) Node {
	leaf := func(op Op, values ...any) Node { return Leaf{Field: f, Op: op, Values: values} }
	switch op {
	case "eq", "in":
		return through(via, equal(f, In, values))
	case "ne", "not_in":
		return through(via, All{leaf(Present), Not{equal(f, In, values)}})
	case "missing":
		return Not{through(via, leaf(Present))}
	case "any_of":
		return through(via, equal(f, AnyOf, values))
	case "all_of":
		return through(via, each(f, AnyOf, values))
	case "none_of":
		if f.Type == List { // a set, which is empty when it is missing
			return Not{through(via, equal(f, AnyOf, values))}
		}
		return through(via, All{leaf(Present), Not{equal(f, AnyOf, values)}})
	case "word":
		return through(via, each(f, Phrase, words(values)))
	case "fuzzy":
		return through(via, Leaf{Field: f, Op: Fuzzy, Values: values, At: at})
	}
	return through(via, leaf(Op(op), values...))
}

// equal never holds when there is nothing that could be equal.
func equal(f Field, op Op, values []any) Node {
	if len(values) == 0 {
		return Any(nil)
	}
	return Leaf{Field: f, Op: op, Values: values}
}

func each(f Field, op Op, values []any) Node {
	all := make(All, len(values))
	for i, v := range values {
		all[i] = Leaf{Field: f, Op: op, Values: []any{v}}
	}
	return all
}

// words returns the words of a folded text.
func words(values []any) (out []any) {
	s, _ := values[0].(string)
	for _, w := range strings.Fields(s) {
		out = append(out, w)
	}
	return once(out)
}

func through(via Relation, n Node) Node {
	if via == "" {
		return n
	}
	return Via{via, n}
}
