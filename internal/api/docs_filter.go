package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// docsFilter is the grammar of filters as the page shows it.
type docsFilter struct {
	Kinds     []docsKind
	Operators []docsOperators
	Bounds    string
}

// docsKind is what a condition on one kind of record may hold.
type docsKind struct {
	Name          string
	Forms, Fields []string
}

// docsOperators are operators that compare the same types of field with the same sort of value.
type docsOperators struct {
	Names       []string
	Types, With string
}

func newDocsFilter() (f docsFilter) {
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads, filter.Signals} {
		f.Kinds = append(f.Kinds, docsKind{string(k), filter.Forms(k), filter.Paths(k)})
	}
	for _, name := range filter.Operators() {
		row := docsOperators{[]string{name}, typesOf(name), operandOf(name)}
		if last := len(f.Operators) - 1; last >= 0 && f.Operators[last].Types == row.Types && f.Operators[last].With == row.With {
			f.Operators[last].Names = append(f.Operators[last].Names, name)
		} else {
			f.Operators = append(f.Operators, row)
		}
	}
	f.Bounds = fmt.Sprintf("At most %d bytes, %d levels, %d comparisons, %d conditions on other records, %d values in all and %d bytes in each.",
		filter.MaxBytes, filter.MaxDepth, filter.MaxLeaves, filter.MaxRelated, filter.MaxAllValues, filter.MaxText)
	return f
}

// typesOf names the types of field that an operator compares.
func typesOf(op string) string {
	var names []string
	for t := filter.Exact; t <= filter.JSON; t++ {
		if slices.Contains(filter.Operators(t), op) {
			names = append(names, types[t])
		}
	}
	return strings.Join(names, ", ")
}

func operandOf(op string) string {
	switch value, list := filter.Takes(op); {
	case list:
		return fmt.Sprintf("a list of 1 to %d", filter.MaxValues)
	case value:
		return "one value"
	}
	return "no value"
}
