package conditions

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// Shown is a row within a page.
type Shown struct {
	Row
	Name     string            // before the names of its inputs, such as "c0"
	Path     string            // where its condition stands in what is refused
	Problems map[string]string // what is wrong, by path
}

func (f Form) shown(i int, problems map[string]string) Shown {
	return Shown{f.Rows[i], rowPrefix + strconv.Itoa(i), f.path(i), problems}
}

// wrong is what is wrong with one input; with the row as a whole for "".
func (s Shown) wrong(input string) string {
	for _, p := range places[s.Shape] {
		if p.input == input {
			return s.Problems[s.Path+"."+p.path]
		}
	}
	return s.Problems[s.Path]
}

// field is an input of the row.
func (s Shown) field(input, label, value string) ui.Field {
	return ui.Field{Name: s.Name + "." + input, Label: label, Value: value, Error: s.wrong(input)}
}

// operators are the operators as people read them, in the order of the language: those that may be kept, which what is nearly a word may not.
func (s Shown) operators() (out []ui.Option) {
	names := slices.DeleteFunc(filter.Operators(), func(name string) bool { return name == "fuzzy" })
	if s.Op != "" && !slices.Contains(names, s.Op) { // it stays, to be refused
		names = append(names, s.Op)
	}
	for _, name := range names {
		out = append(out, ui.Option{Value: name, Label: cmp.Or(said[name], name), Chosen: name == s.Op})
	}
	return out
}

var said = map[string]string{"eq": "is", "ne": "is known, but not", "in": "is one of", "not_in": "is known, but none of", "gt": "is more than", "gte": "is at least",
	"lt": "is less than", "lte": "is at most", "present": "is known", "missing": "is not known", "prefix": "begins with", "suffix": "ends with",
	"word": "holds the words", "phrase": "holds the phrase", "any_of": "holds one of", "all_of": "holds all of", "none_of": "holds none of"}

// fields are the paths offered for a field. Members of the workspace's own stand as their beginning.
func fields(over filter.Kind) (out []string) {
	for _, path := range filter.Paths(over) {
		out = append(out, strings.TrimSuffix(path, "<name>"))
	}
	return out
}

func lines(text string) string { return strconv.Itoa(min(max(strings.Count(text, "\n")+1, 1), 24)) }

func things(over filter.Kind) string {
	if over == filter.Leads {
		return "people"
	}
	return "companies"
}
