package audiencepages

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type editView struct {
	Form     form
	Offered  offered
	Problems forms.Problems
	Preview  *preview // asked for by a button rather than by htmx
}

func (v editView) page() ui.Page {
	title := "New audience of " + things(v.Form.Over)
	if v.Form.ID != "" {
		title = "Change an audience"
	}
	return ui.Page{Title: title, Body: editPage(v), Status: v.Problems.Status}
}

func (p pages) create(r *ui.Request) error {
	over := overOf(r.URL.Query().Get("over"))
	return p.again(r, editView{Form: begin(wire.Audience{Over: wire.Over(over), Filter: everyone})})
}

func (p pages) edit(r *ui.Request) error {
	a, err := p.Audiences.Get(r.Context(), r.Workspace.ID, wire.GetAudience{ID: r.PathValue("id")})
	if err != nil {
		return err
	}
	return p.again(r, editView{Form: begin(a)})
}

// again shows the form with what it offers.
func (p pages) again(r *ui.Request, v editView) (err error) {
	if v.Offered, err = p.offered(r); err != nil {
		return err
	}
	return r.Page(v.page())
}

func (p pages) save(r *ui.Request) error {
	f, do := read(r.PostForm)
	f.ID = r.PathValue("id")
	var before wire.Audience
	if f.ID != "" {
		var err error
		if before, err = p.Audiences.Get(r.Context(), r.Workspace.ID, wire.GetAudience{ID: f.ID}); err != nil {
			return err
		}
		f.Over = overOf(string(before.Over)) // never changes, whatever the form says
		f.Conditions.Over = f.Over
	}
	v := editView{Form: f}
	switch do {
	case previewDo:
		seen, err := p.preview(r, f)
		if err != nil {
			return err
		}
		v.Preview = &seen
		return p.again(r, v)
	case againDo:
		return p.again(r, v)
	}
	in, err := f.input(before)
	var out wire.Audience
	if err == nil {
		out, _, err = p.Audiences.Save(r.Context(), r.Workspace.ID, r.Actor(), in)
	}
	if err == nil {
		return r.Done("The audience "+out.Name+" was saved.", audiencePath(out.ID))
	}
	if v.Problems, err = forms.Of(err, "filter.", f.known()...); err != nil {
		return err
	}
	return p.again(r, v)
}

// preview is who a form would let in.
type preview struct {
	wire.AudiencePreview
	Ranking []wire.Sort
	Problem string // why it cannot be told yet
}

// previewPart is the preview for htmx, of the form as it is being typed.
func (p pages) previewPart(r *ui.Request) error {
	f, _ := read(r.PostForm)
	v, err := p.preview(r, f)
	if err != nil {
		return err
	}
	return r.Fragment(previewBody(v))
}

func (p pages) preview(r *ui.Request, f form) (v preview, err error) {
	v.Over, v.Ranking = wire.Over(f.Over), f.Ranking
	in, err := f.rules()
	if err == nil {
		v.AudiencePreview, err = p.Audiences.Preview(r.Context(), r.Workspace.ID, in)
	}
	if e := fault.From(err); e != nil && e.Code == fault.ValidationFailed {
		v.Problem, err = e.Detail, nil
		if len(e.Fields) > 0 {
			v.Problem = e.Fields[0].Path + " " + e.Fields[0].Message
		}
	}
	return v, err
}

// gap is what the records lack of one thing that they should have.
type gap struct {
	Name    string
	Missing int64
}

// gaps are in the order in which things can be asked for.
func (v preview) gaps() (out []gap) {
	for _, f := range audiences.Enrichable(filter.Kind(v.Over)) {
		if n, asked := v.Enrichment.Missing[f]; asked {
			out = append(out, gap{ui.Words(f), n})
		}
	}
	return out
}

// choices are what members can be enriched with.
func (f form) choices() (out []ui.Option) {
	for _, name := range audiences.Enrichable(f.Over) {
		out = append(out, ui.Option{Value: name, Label: ui.Words(name), Chosen: slices.Contains(f.Enrich, name)})
	}
	return out
}

// ranks are the rows of the ranking: those that are set, then empty ones.
func (f form) ranks() []wire.Sort {
	return append(slices.Clone(f.Ranking), make([]wire.Sort, max(0, wire.MaxRanking-len(f.Ranking)))...)
}

// attachable is a destination that can be ticked.
type attachable struct {
	wire.Destination
	On      bool
	Mapping string
	Problem string
}

// label is its name with what else there is to know before it is ticked.
func (a attachable) label() string {
	var more []string
	if a.Kind != "" {
		more = append(more, a.Kind)
	}
	if a.Status != "active" {
		more = append(more, a.Status)
	}
	if len(more) == 0 {
		return a.Name
	}
	return a.Name + " (" + strings.Join(more, ", ") + ")"
}

// destinations are those offered, and ticked ones that are gone.
func (v editView) destinations() (out []attachable) {
	for _, d := range v.Offered.Destinations {
		out = append(out, v.attachable(d))
	}
	for _, a := range v.Form.Attached {
		if !slices.ContainsFunc(v.Offered.Destinations, func(d wire.Destination) bool { return d.ID == a.ID }) {
			out = append(out, v.attachable(wire.Destination{ID: a.ID, Name: a.ID, Status: "gone"}))
		}
	}
	return out
}

func (v editView) attachable(d wire.Destination) attachable {
	i := slices.IndexFunc(v.Form.Attached, func(a attachment) bool { return a.ID == d.ID })
	if i < 0 {
		return attachable{Destination: d}
	}
	return attachable{d, true, v.Form.Attached[i].Mapping, v.Problems.Fields[attachPath(i)]}
}
