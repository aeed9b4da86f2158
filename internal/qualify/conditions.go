package qualify

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
)

// list is the parameters of an ICP or a persona, their conditions as the store takes them.
type list struct {
	code       string
	parameters []Parameter
	conditions []filter.Node
	fields     [][]string // by parameter: what its condition looks at
}

// parametered is an ICP or a Persona.
type parametered interface{ coded() (string, []Parameter) }

func (i ICP) coded() (string, []Parameter)     { return i.Code, i.Parameters }
func (p Persona) coded() (string, []Parameter) { return p.Code, p.Parameters }

// Condition reads a condition that is held against records, which stands at a path. validation_failed names what is wrong with it; also what no record
// answers by itself: which words are nearly the one that is meant depends on the words that others have.
func Condition(path string, kind filter.Kind, raw json.RawMessage, now time.Time) (filter.Node, error) {
	n, err := filter.ParseAt(path, kind, raw, now)
	if err != nil {
		return nil, err
	}
	var wrong []fault.Field
	filter.Some(kind, n, func(_ filter.Kind, l filter.Leaf) bool {
		if l.Op == filter.Fuzzy {
			wrong = append(wrong, fault.Field{Path: l.At, Message: "fuzzy is for searches; use word, phrase, prefix or another exact operator"})
		}
		return false
	})
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	return n, nil
}

// lists reads the conditions of ICPs or personas.
func lists[T parametered](kind filter.Kind, of []T, now time.Time) ([]list, error) {
	out := make([]list, len(of))
	for i, one := range of {
		l := &out[i]
		l.code, l.parameters = one.coded()
		for _, p := range l.parameters {
			node, err := Condition("condition", kind, p.Condition, now)
			if err != nil { // it was read when it was set
				return nil, fault.Wrap(fault.Internal, err)
			}
			l.fields, l.conditions = append(l.fields, fieldsOf(node)), append(l.conditions, node)
		}
	}
	return out, nil
}

// held asks the store which conditions of the lists hold, in their order.
func (r *run) held(ctx context.Context, kind filter.Kind, all []list, ids []string) (map[string][]bool, error) {
	var conditions []filter.Node
	for _, l := range all {
		conditions = append(conditions, l.conditions...)
	}
	if len(conditions) == 0 || len(ids) == 0 {
		return nil, nil
	}
	return r.Store.Held(ctx, r.workspaceID, kind, conditions, ids)
}

// choose returns how the record fits each of the lists, of which held has the conditions in their order, and the best of those fits, which alone
// keeps its rows.
func choose(all []list, held []bool, record any) (fits []Fit, best *Fit, err error) {
	byCode := map[string]list{}
	for _, l := range all {
		fits = append(fits, FitOf(l.code, l.parameters, held[:len(l.parameters)]))
		byCode[l.code], held = l, held[len(l.parameters):]
	}
	if best = Best(fits); best != nil {
		err = best.showValues(record, byCode[best.Code].fields)
	}
	for i := range fits {
		if best != nil && fits[i].Code == best.Code {
			fits[i] = *best
		} else {
			fits[i].Rows = nil
		}
	}
	return fits, best, err
}
