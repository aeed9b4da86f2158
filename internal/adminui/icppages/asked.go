package icppages

import (
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// asked is what a form asks of records, read as qualification reads it.
type asked struct {
	parameters []wire.ParameterSettings
	conditions []filter.Node // of the parameters, in their order
}

// maxParameters is how many are looked at; more are refused when they are saved.
const maxParameters = 30

// asked reads the parameters of a form that may be half typed. The error is validation_failed with the path of what is missing or wrong.
func (f form) asked(over filter.Kind, now time.Time) (a asked, err error) {
	if n := len(f.Parameters); n == 0 || n > maxParameters {
		return a, fault.Invalid("parameters", "must be 1 to 30, at least one of them a filter or a score")
	}
	for i, p := range f.Parameters {
		one, condition, err := p.asked(rowPath(i), over, now)
		if err != nil {
			return a, err
		}
		a.parameters, a.conditions = append(a.parameters, one), append(a.conditions, condition)
	}
	return a, nil
}

func (p parameter) asked(path string, over filter.Kind, now time.Time) (out wire.ParameterSettings, condition filter.Node, err error) {
	out = wire.ParameterSettings{Name: p.Name, Mode: p.Mode}
	if modes := []string{wire.ModeFilter, wire.ModeScore, wire.ModeExclude}; !slices.Contains(modes, p.Mode) {
		return out, nil, fault.Invalid(path+".mode", "must be a mode", modes...)
	}
	if p.Mode == wire.ModeScore {
		weight, whole := number(p.Weight).(int64)
		if !whole || weight < 1 || weight > 100 {
			return out, nil, fault.Invalid(path+".weight", "must be 1 to 100")
		}
		out.Weight = &weight
	}
	path += ".condition"
	if out.Condition, err = p.Condition(over); err != nil || out.Condition == nil {
		return out, nil, fault.Invalid(path, "must be a condition")
	}
	condition, err = qualify.Condition(path, over, out.Condition, now)
	return out, condition, err
}

// scored returns the parameters as scores are worked out from.
func (a asked) scored() (out []qualify.Parameter) {
	for _, p := range a.parameters {
		q := qualify.Parameter{Name: p.Name, Mode: p.Mode, Condition: p.Condition}
		if p.Weight != nil {
			q.Weight = *p.Weight
		}
		out = append(out, q)
	}
	return out
}
