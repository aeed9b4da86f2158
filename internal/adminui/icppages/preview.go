package icppages

import (
	"cmp"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// sampleSize is how many records a preview shows.
const sampleSize = 5

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
	v, err := p.preview(r, target{ICP: r.Value("icp"), Person: r.Value("person") != ""}, f)
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
	a, err := f.asked(v.Over, r.Now())
	if err != nil {
		return err
	}
	in := passes(a.parameters)
	if t.Person {
		s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		if company := passes(s.ICPs[t.ICP].Parameters); len(company) > 0 {
			in = append(in, map[string]any{"account": map[string]any{"all": company}})
		}
	}
	if err := p.sample(r, v, in); err != nil || len(v.Sample) == 0 {
		return err
	}
	return p.score(r, v, a)
}

// passes returns what must hold of a record for it to be scored.
func passes(parameters []wire.ParameterSettings) (conditions []any) {
	for _, p := range parameters {
		switch p.Mode {
		case wire.ModeFilter:
			conditions = append(conditions, p.Condition)
		case wire.ModeExclude:
			conditions = append(conditions, map[string]any{"not": p.Condition})
		}
	}
	return conditions
}

// sample counts the records for which all conditions hold, and takes the first of them.
func (p pages) sample(r *ui.Request, v *preview, conditions []any) error {
	size := sampleSize
	page, c := wire.Page{Limit: &size}, wire.Condition{}
	if len(conditions) > 0 {
		c.Filter = patch(map[string]any{"all": conditions})
	}
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

// score scores the sample as qualification would, the best first.
func (p pages) score(r *ui.Request, v *preview, a asked) error {
	ids := make([]string, len(v.Sample))
	for i, s := range v.Sample {
		ids[i] = s.ID
	}
	held, err := p.Held(r.Context(), r.Workspace.ID, v.Over, a.conditions, ids)
	if err != nil {
		return err
	}
	v.Sample = slices.DeleteFunc(v.Sample, func(s sampled) bool { return held[s.ID] == nil }) // erased since
	for i := range v.Sample {
		v.Sample[i].rate(qualify.FitOf("", a.scored(), held[v.Sample[i].ID]))
	}
	slices.SortStableFunc(v.Sample, func(a, b sampled) int { return cmp.Compare(b.Score, a.Score) })
	return nil
}

func (s *sampled) rate(f qualify.Fit) {
	s.Score, s.Band = f.Score, qualify.BandOf(f.Score)
	for _, row := range f.Rows {
		if row.Held && row.Mode == wire.ModeScore {
			s.Held = append(s.Held, row.Name)
		}
	}
}
