// Package search answers the reading tools: find accounts and leads, list signals, get one record.
//
// It turns the flat parameters into a filter, the query into a Text that is told in words of the workspace's vocabulary, and the cursor into a
// position; the store answers exactly that. Everything that gives words a meaning is done here, so that every store finds the same.
package search

import (
	"slices"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Field says in which part of a record a word stands. Its value is the letter of the index token, always a small one: an engine may fold case.
type Field byte

// The parts of a record that are told apart in the index.
const (
	InName  Field = 'n'
	InAlias Field = 'a' // an account's aliases and domain
	InAll   Field = 't' // anything that is searched, the two above included
)

// beginnings are the letters of the tokens that hold the first two, and the first three, letters of each word of a field: what begins with so
// little is much of the vocabulary, and would cost an engine more than any other question.
var beginnings = map[Field]Field{InName: 'm', InAlias: 'b', InAll: 'p'}

const shortest, longest = 2, 3 // letters of a beginning

// PartOf says in which part of the index the words of a field stand; ok is false for a field that is not searched. The index need not tell them
// from those of another field.
func PartOf(k filter.Kind, field string) (part Field, ok bool) {
	switch {
	case k == filter.Signals:
		return 0, false
	case field == "name":
		return InName, true
	case k == filter.Accounts && field == "description", k == filter.Leads && (field == "title" || field == "company"):
		return InAll, true
	}
	return 0, false
}

// Doc is what the text index holds of a record: each list has every word once.
type Doc struct {
	Name, Alias, All []string
	NameWords        int // words in the name, repetitions counted: the column name_words
}

// AccountDoc returns the words of an account from its texts as they are stored; a missing one is empty.
func AccountDoc(name string, aliases []string, domain, description string) Doc {
	var alias []string
	for _, a := range aliases {
		alias = append(alias, text.Tokens(a)...)
	}
	return newDoc(text.Tokens(name), append(alias, text.Tokens(domain)...), text.Tokens(description))
}

// LeadDoc returns the words of a lead from its texts as they are stored; a missing one is empty.
func LeadDoc(name, title, company string) Doc {
	return newDoc(text.Tokens(name), nil, append(text.Tokens(title), text.Tokens(company)...))
}

func newDoc(name, alias, rest []string) Doc {
	return Doc{Name: text.Unique(name), Alias: text.Unique(alias), All: text.Unique(slices.Concat(name, alias, rest)), NameWords: len(name)}
}

// Tokens returns the index tokens, each with the workspace's short id and the letter of its field in front.
func (d Doc) Tokens(shortID int64) []string {
	out := make([]string, 0, 3*(len(d.Name)+len(d.Alias)+len(d.All)))
	for _, part := range []struct {
		field Field
		words []string
	}{{InName, d.Name}, {InAlias, d.Alias}, {InAll, d.All}} {
		for _, w := range part.words {
			out = append(out, Token(shortID, part.field, w))
		}
		var begun []string
		for _, w := range part.words {
			begun = append(begun, beginningsOf(w)...)
		}
		for _, w := range text.Unique(begun) {
			out = append(out, Token(shortID, beginnings[part.field], w))
		}
	}
	return out
}

// beginningsOf returns the first two, and the first three, letters of a word, as far as it has them.
func beginningsOf(word string) (out []string) {
	n := 0
	for i := range word {
		if n == shortest || n == longest {
			out = append(out, word[:i])
		}
		n++
	}
	if n == shortest || n == longest {
		out = append(out, word)
	}
	return out
}

// Words returns every word of the record once, for the workspace's vocabulary.
func (d Doc) Words() []string { return d.All }

// Token returns the index token of a word in a field.
func Token(shortID int64, f Field, word string) string {
	return strconv.FormatInt(shortID, 10) + string(f) + word
}
