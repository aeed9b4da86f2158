package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// compared returns the value of a field that conditions and sorts look at: folded, or encoded (see filter.Encode); NULL when it is missing.
func (c *compiler) compared(alias string, f filter.Field) string {
	column := alias + "." + f.Stored()
	if f.Type != filter.JSON {
		return column
	}
	return `NULLIF(` + c.dia.value.member(column, c.arg(c.dia.value.key(f.Member))) + `, '[]')` // an empty list is missing, in sorts too
}

// kept returns the value of a field as it came in, a JSON member as its JSON text; NULL when it is missing.
func (c *compiler) kept(alias string, f filter.Field) string {
	column := alias + "." + f.Kept()
	if f.Type != filter.JSON {
		return column
	}
	return c.spelt(column, f.Member, c.dia.value.raw)
}

// plain returns the text of a JSON member that is one, as it came in.
func (c *compiler) plain(alias string, f filter.Field) string {
	return c.spelt(alias+"."+f.Kept(), f.Member, c.dia.value.member)
}

// spelt returns what read finds first under the spellings of a member.
func (c *compiler) spelt(column, member string, read func(column, p string) string) string {
	var places []string
	for _, names := range spellings(member) {
		places = append(places, read(column, c.arg(c.dia.value.key(names...))))
	}
	if len(places) == 1 {
		return places[0]
	}
	return `COALESCE(` + strings.Join(places, ", ") + `)`
}

// spellings returns the ways of names through objects that come to one member path, in the order in which filter.Index lets them count: the
// outermost first, then by the bytes of their names.
func spellings(member string) (out [][]string) {
	parts := strings.Split(member, ".")
	for cuts := range 1 << (len(parts) - 1) {
		names := []string{parts[0]}
		for i, part := range parts[1:] {
			if cuts&(1<<i) != 0 {
				names = append(names, part)
			} else {
				names[len(names)-1] += "." + part
			}
		}
		out = append(out, names)
	}
	slices.SortFunc(out, func(a, b []string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	return out
}

// leaf returns the condition on one field.
func (c *compiler) leaf(at subject, l filter.Leaf) string {
	switch l.Field.Type {
	case filter.List:
		return c.list(at, l)
	case filter.JSON:
		return c.member(at, l)
	}
	column := at.alias + "." + l.Field.Stored()
	if l.Op == filter.Present {
		return column + ` IS NOT NULL`
	}
	condition := c.test(column, l.Op, l.Values)
	if l.Op == filter.Phrase {
		condition = c.indexed(at, l) + condition
	}
	if l.Field.Required {
		return condition
	}
	return `(` + column + ` IS NOT NULL AND ` + condition + `)`
}

// test compares an expression, which is not NULL, with values.
func (c *compiler) test(expression string, op filter.Op, values []any) string {
	switch op {
	case filter.In, filter.AnyOf:
		return c.oneOf(expression, values)
	case filter.Prefix:
		s, _ := values[0].(string)
		return c.begins(expression, s)
	case filter.Suffix:
		s, _ := values[0].(string)
		return c.dia.value.tail(expression, utf8.RuneCountInString(s)) + ` = ` + c.arg(s)
	case filter.Phrase:
		s, _ := values[0].(string)
		return c.dia.value.phrase(expression, c.arg(c.dia.value.phraseArg(s)))
	}
	return expression + operators[op] + c.arg(values[0])
}

var operators = map[filter.Op]string{filter.Gt: " > ", filter.Gte: " >= ", filter.Lt: " < ", filter.Lte: " <= "}

// begins asks for a range, which an index can answer.
func (c *compiler) begins(expression, prefix string) string {
	condition := `(` + expression + ` >= ` + c.arg(prefix)
	if end := successor(prefix); end != "" {
		condition += ` AND ` + expression + ` < ` + c.arg(end)
	}
	return condition + `)`
}

// successor returns the first text after all that begin with s, by code points; "" when there is none.
func successor(s string) string {
	for s != "" {
		last, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
		switch {
		case last == utf8.MaxRune:
			continue
		case last == 0xD7FF: // surrogates are no characters
			return s + "\uE000"
		}
		return s + string(last+1)
	}
	return ""
}

// manyValues is the number from which on values are bound as one list.
const manyValues = 20

func (c *compiler) oneOf(expression string, values []any) string {
	if texts := asTexts(values); len(texts) > manyValues {
		return c.dia.anyOf(expression, c.arg(c.dia.list(texts)))
	}
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = c.arg(v)
	}
	if len(places) == 1 {
		return expression + ` = ` + places[0]
	}
	return expression + ` IN (` + strings.Join(places, ", ") + `)`
}

// asTexts returns the values if all are texts.
func asTexts(values []any) (out []string) {
	for _, v := range values {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}

// list asks for an element that fulfils the condition. Tags have a table of their own.
func (c *compiler) list(at subject, l filter.Leaf) string {
	if l.Field.Name == "tags" && c.few {
		return c.tagsFew(at, l)
	}
	if l.Field.Name == "tags" {
		text := at.alias + `.id IN (SELECT g.account_id FROM account_tags g WHERE g.workspace_id = $1`
		if l.Op != filter.Present {
			text += ` AND ` + c.test(`g.tag_f`, l.Op, l.Values)
		}
		return text + `)`
	}
	column := at.alias + "." + l.Field.Stored()
	if l.Op == filter.Present {
		return `(` + column + ` IS NOT NULL AND ` + column + ` <> '[]')`
	}
	return c.anElement(column, l.Op, l.Values)
}

func (c *compiler) anElement(array string, op filter.Op, values []any) string {
	elements, value := c.dia.value.elements(array)
	return `EXISTS (SELECT 1 FROM ` + elements + ` WHERE ` + c.test(value, op, values) + `)`
}

// member compares an encoded value (see filter.Encode). Values of another JSON type are neither less nor greater.
func (c *compiler) member(at subject, l filter.Leaf) string {
	value := func() string { return c.compared(at.alias, l.Field) }
	var condition string
	switch l.Op {
	case filter.Present:
		return value() + ` IS NOT NULL`
	case filter.AnyOf, filter.Prefix, filter.Suffix: // of a list, one of its elements
		array := `CASE WHEN ` + value() + ` >= '[' AND ` + value() + ` < '\' THEN ` + value() + ` END`
		elements, element := c.dia.value.elements(array)
		return `(COALESCE(` + c.encoded(value, l) + `, FALSE) OR EXISTS (SELECT 1 FROM ` + elements + ` WHERE ` +
			c.encoded(func() string { return element }, l) + `))`
	case filter.Gt, filter.Gte, filter.Lt, filter.Lte:
		s, _ := l.Values[0].(string)
		condition = c.test(value(), l.Op, l.Values) + ` AND ` + c.begins(value(), s[:1])
	default:
		condition = c.encoded(value, l)
	}
	return `COALESCE(` + condition + `, FALSE)`
}

// encoded tests one encoded value. What is looked for within a text stands behind the byte that says that it is one.
func (c *compiler) encoded(value func() string, l filter.Leaf) string {
	if l.Op == filter.Suffix || l.Op == filter.Phrase {
		return value() + ` >= 's' AND ` + c.test(`substr(`+value()+`, 2)`, l.Op, l.Values)
	}
	return c.test(value(), l.Op, l.Values)
}
