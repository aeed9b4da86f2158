// Package filter is the one filter language: a small tree of conditions on the fields of a record, with exactly one meaning.
//
// A Leaf on a missing value is false, and Not is the complement, so a record is either in or out. Parse reads the tree that callers write in JSON;
// the flat parameters of the reading tools are sugar for such a tree (see Accounts, Leads and Signals). A store compiles a tree to SQL from the
// fields that this package lists, and from nothing else.
package filter

// Node is a condition: All, Any, Not, Via, Has or Leaf.
type Node interface{ isNode() }

// All holds when every one of its conditions holds; an empty one always holds.
type All []Node

// Any holds when one of its conditions holds; an empty one never holds.
type Any []Node

// Not holds when its condition does not.
type Not struct{ Node Node }

// Via holds when the record has the relation and the related record fulfils the condition, whose fields are that record's own.
type Via struct {
	To   Relation
	Node Node
}

// Has holds when the number of records of kind Of that belong to the record and fulfil Where lies in [Min, Max]: signals of an account or a lead,
// leads of an account. With Distinct it is the number of different values there, missing ones not counted. A record without any has 0 of them.
type Has struct {
	Of       Kind // Signals or Leads
	Where    Node // nil holds always
	Min, Max int64
	Distinct *Path // of the related record; text counts by its folded form
}

// NoMax is the Max of a Has without an upper bound.
const NoMax = -1

// Leaf compares one field with values.
type Leaf struct {
	Field Field
	Op    Op
	// Values are strings, or int64 for Int, Time and Bool, in the form that is compared: text folded, times in microseconds, JSON values encoded (see
	// Encode), but for Suffix and Phrase, which look at the folded text alone.
	Values []any
	At     string // of Fuzzy: where its value stands in the JSON form, for a refusal
}

func (All) isNode()  {}
func (Any) isNode()  {}
func (Not) isNode()  {}
func (Via) isNode()  {}
func (Has) isNode()  {}
func (Leaf) isNode() {}

// Op is how a Leaf compares. The zero value is invalid.
//
// These are what a store must know. The operators of the JSON form that are not here are told by them: eq is In of one value, ne is a present
// value that is not In, missing is Not Present, word is a Phrase for each word of the value, all_of an AnyOf for each value, none_of Not AnyOf.
type Op string

// The operators. In and AnyOf take any number of values, Present none, the others exactly one.
const (
	Present Op = "present" // a list: it has an element
	In      Op = "in"      // the field equals one of the values
	AnyOf   Op = "any_of"  // the list holds one of the values; another field counts as a list of one
	Gt      Op = "gt"      // of JSON, only values of the same JSON type are compared
	Gte     Op = "gte"
	Lt      Op = "lt"
	Lte     Op = "lte"
	Prefix  Op = "prefix" // the whole text begins with the value; a list, one of its elements
	Suffix  Op = "suffix"
	Phrase  Op = "phrase" // text.PhraseIn
	Fuzzy   Op = "fuzzy"  // each word of the value is, or is within the typing errors of text.MaxEdits of, a word of the text; stores never see it
)
