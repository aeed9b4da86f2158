// Package qualify tells how well a record fits what the workspace looks for: companies that fit an ideal customer profile (ICP), and people who fit
// a persona within the ICP of their company. What a parameter asks is a filter, worked out by the store with the one meaning that filters have; what
// follows from the answers is worked out here.
package qualify

import "encoding/json"

// ICP is one kind of company that is looked for.
type ICP struct {
	Code       string
	Name       string
	Parameters []Parameter // about accounts
	Personas   []Persona   // by code
}

// Persona is one kind of person within an ICP.
type Persona struct {
	Code       string
	Name       string
	Parameters []Parameter // about leads
}

// Parameter is one thing that is asked of a record.
type Parameter struct {
	Name      string // once in its list
	Mode      string // wire.ModeFilter, ModeScore or ModeExclude
	Weight    int64  // of mode score, 1 to 100
	Condition json.RawMessage
}
