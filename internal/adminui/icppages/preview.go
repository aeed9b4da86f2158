package icppages

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// sampleSize is how many records a preview shows.
const sampleSize = 5

// maxParameters is how many are looked at: each costs a question to the store, and more are refused when they are saved.
const maxParameters = 30

// preview is who a form would let in.
type preview struct {
	Over    filter.Kind
	Total   int
	Sample  []sampled
	Problem string // why it cannot be told yet
}

// sampled is a record that would be in, with its score.
type sampled struct {
	ID, Name string
	Score    int64
	Band     qualify.Band
	Held     []string // names of the score parameters that hold
}

// previewPart is the preview for htmx, of the form as it is being typed.
func (p pages) previewPart(r *ui.Request) error {
	f, _ := read(r.PostForm)
	v, err := p.preview(r, target{ICP: r.Value("icp"), Person: r.Value("icp") != "" && r.Value("person") != ""}, f)
	if err != nil {
		return err
	}
	return r.Fragment(previewBody(v))
}

// preview counts who would be in by the form's filters and excludes, a persona's only in companies that its ICP lets in, and scores a few of them.
func (p pages) preview(r *ui.Request, t target, f form) (preview, error) {
	v := preview{Over: t.over()}
	err := p.fill(r, t, f, &v)
	if e := fault.From(err); e != nil && e.Code == fault.ValidationFailed {
		v.Problem, err = problemOf(e), nil
	}
	return v, err
}

func problemOf(e *fault.Error) string {
	if len(e.Fields) == 0 {
		return e.Detail
	}
	return e.Fields[0].Path + " " + e.Fields[0].Message
}

func (p pages) fill(r *ui.Request, t target, f form, v *preview) error {
	if n := len(f.Parameters); n == 0 || n > maxParameters {
		return fault.Invalid("parameters", "must be 1 to 30, at least one of them a filter or a score")
	}
	passes, err := f.passes(t.over())
	if err != nil {
		return err
	}
	if t.Person {
		s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		of := target{ICP: t.ICP}
		if icp := of.find(s); icp != nil {
			company, err := begin(of.over(), *icp).passes(of.over())
			if err != nil {
				return err
			}
			if len(company) > 0 {
				passes = append(passes, map[string]any{"account": map[string]any{"all": company}})
			}
		}
	}
	if err := p.sample(r, v, all(passes)); err != nil {
		return err
	}
	return p.score(r, f, v)
}

// passes returns what must hold of a record for it to be scored.
func (f form) passes(over filter.Kind) (out []any, err error) {
	in, err := f.of(over, wire.ModeFilter)
	if err != nil {
		return nil, err
	}
	for _, c := range in {
		out = append(out, c)
	}
	not, err := f.of(over, wire.ModeExclude)
	for _, c := range not {
		out = append(out, map[string]any{"not": c})
	}
	return out, err
}

// all is the filter of conditions that all must hold; none for all records.
func all(conditions []any) wire.Condition {
	if len(conditions) == 0 {
		return wire.Condition{}
	}
	return wire.Condition{Filter: patch(map[string]any{"all": conditions})}
}

// sample counts the records that fulfil the condition, and takes the first of them.
func (p pages) sample(r *ui.Request, v *preview, c wire.Condition) error {
	size := sampleSize
	page := wire.Page{Limit: &size}
	if v.Over == filter.Leads {
		found, err := p.Search.Leads(r.Context(), r.Workspace.ID, wire.FindLeads{Condition: c, Page: page})
		for _, l := range found.Items {
			v.Sample = append(v.Sample, sampled{ID: l.ID, Name: cmp.Or(l.Name, l.WorkEmail, l.LinkedInURL, l.Handle, l.ID)})
		}
		v.Total = found.Total
		return err
	}
	found, err := p.Search.Accounts(r.Context(), r.Workspace.ID, wire.FindAccounts{Condition: c, Page: page})
	for _, a := range found.Items {
		v.Sample = append(v.Sample, sampled{ID: a.ID, Name: cmp.Or(a.Name, a.Domain)})
	}
	v.Total = found.Total
	return err
}

// score scores the sample by the form's score parameters, each asked of it as it would be of every record.
func (p pages) score(r *ui.Request, f form, v *preview) error {
	ids := make([]string, len(v.Sample))
	for i, s := range v.Sample {
		ids[i] = s.ID
	}
	parameters, conditions, err := f.scoring(v.Over)
	if err != nil || len(ids) == 0 {
		return err
	}
	held := make([][]string, len(parameters))
	for i, c := range conditions {
		among := all([]any{c, map[string]any{"field": "id", "op": "in", "value": ids}})
		if held[i], err = p.Search.IDs(r.Context(), r.Workspace.ID, kindOf(v.Over), among, len(ids)); err != nil {
			return err
		}
	}
	for i := range v.Sample {
		v.Sample[i].rate(parameters, held)
	}
	slices.SortStableFunc(v.Sample, func(a, b sampled) int { return cmp.Compare(b.Score, a.Score) })
	return nil
}

// rate scores one record; held are the ids of those for which each parameter holds.
func (s *sampled) rate(parameters []qualify.Parameter, held [][]string) {
	holds := make([]bool, len(parameters))
	for i := range parameters {
		if holds[i] = slices.Contains(held[i], s.ID); holds[i] {
			s.Held = append(s.Held, parameters[i].Name)
		}
	}
	s.Score = qualify.FitOf("", parameters, holds).Score
	s.Band = qualify.BandOf(s.Score)
}

// scoring returns the score parameters with their conditions.
func (f form) scoring(over filter.Kind) (out []qualify.Parameter, conditions []json.RawMessage, err error) {
	for i, p := range f.Parameters {
		if p.Mode != wire.ModeScore {
			continue
		}
		weight, ok := number(p.Weight).(int64)
		if !ok || weight < 1 {
			return nil, nil, fault.Invalid(rowPath(i)+".weight", "must be 1 to 100")
		}
		out = append(out, qualify.Parameter{Name: p.Name, Mode: p.Mode, Weight: weight})
	}
	conditions, err = f.of(over, wire.ModeScore)
	return out, conditions, err
}

func kindOf(over filter.Kind) wire.Kind {
	if over == filter.Leads {
		return wire.KindLead
	}
	return wire.KindAccount
}
