// Package filter is the one filter language: a small tree of conditions on the fields of a record, with exactly one meaning.
//
// A Leaf on a missing value is false, and Not is the complement, so a record is either in or out. The flat parameters of the reading tools are
// sugar for such a tree (see Accounts, Leads and Signals). A store compiles a tree to SQL from the fields that this package lists, and from
// nothing else.
package filter

// Node is a condition: All, Any, Not, Via or Leaf.
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

// Leaf compares one field with values.
type Leaf struct {
	Field  Field
	Op     Op
	Values []any // string, or int64 for Int and Time; in the form that is compared: text folded, times in microseconds
}

func (All) isNode()  {}
func (Any) isNode()  {}
func (Not) isNode()  {}
func (Via) isNode()  {}
func (Leaf) isNode() {}

// Op is how a Leaf compares. The zero value is invalid.
type Op string

// The operators. In and AnyOf take any number of values, the others exactly one.
const (
	In    Op = "in"     // the field equals one of the values
	AnyOf Op = "any_of" // the list holds one of the values
	Gte   Op = "gte"
	Lte   Op = "lte"
	Lt    Op = "lt"
)
