package icppages

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// editView is the page of an ICP or a persona.
type editView struct {
	Target   target
	New      bool
	May      bool // the reader may change it
	Form     form
	Types    []string // of signals, to choose from
	Personas []row    // of an ICP
	Now      string   // what somebody else set meanwhile
	Preview  *preview // asked for by a button rather than by htmx
	Problems forms.Problems
	Confirm  string // what is wrong with the name typed to remove it
}

func (v editView) page() ui.Page {
	title := v.Form.Name
	switch {
	case v.New && v.Target.Person:
		title = "New persona"
	case v.New:
		title = "New ICP"
	case title == "":
		title = v.Target.code()
	}
	return ui.Page{Title: title, Lead: v.lead(), Body: editPage(v), Status: v.Problems.Status}
}

func (v editView) lead() string {
	if v.Target.Person {
		return "A persona: the people looked for in companies of the ICP " + v.Target.ICP + "."
	}
	return "An ICP (ideal customer profile): the companies looked for."
}

// view gathers what stands around a form.
func (p pages) view(r *ui.Request, t target, isNew bool, s wire.Settings, f form) editView {
	v := editView{Target: t, New: isNew, May: may(r), Form: f, Types: slices.Sorted(maps.Keys(s.SignalTypes))}
	if !isNew && !t.Person {
		v.Personas = personaRows(t.ICP, s.ICPs[t.ICP].Personas)
	}
	return v
}

// open returns the settings and what the request is about; not_found when that is not there, or not the ICP of a new persona.
func (p pages) open(r *ui.Request) (t target, isNew bool, s wire.Settings, err error) {
	t, isNew = targetOf(r)
	if s, err = p.Settings.Get(r.Context(), r.Workspace.ID); err != nil {
		return t, isNew, s, err
	}
	_, icp := s.ICPs[t.ICP]
	if t.ICP != "" && !icp || !isNew && t.find(s) == nil {
		return t, isNew, s, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return t, isNew, s, nil
}

func (p pages) create(r *ui.Request) error {
	t, isNew, s, err := p.open(r)
	if err != nil {
		return err
	}
	return r.Page(p.view(r, t, isNew, s, blank()).page())
}

func (p pages) show(r *ui.Request) error {
	t, isNew, s, err := p.open(r)
	if err != nil {
		return err
	}
	return r.Page(p.view(r, t, isNew, s, begin(t.over(), *t.find(s))).page())
}

func (p pages) save(r *ui.Request) error {
	t, isNew, s, err := p.openToSave(r)
	if err != nil {
		return err
	}
	f, do := read(r.PostForm)
	v := p.view(r, t, isNew, s, f)
	switch {
	case do == previewDo:
		seen, err := p.preview(r, t, f)
		if err != nil {
			return err
		}
		v.Preview = &seen
		return r.Page(v.page())
	case do != "":
		return r.Page(v.page())
	}
	if isNew {
		t = t.named(f.Code)
	}
	if err = p.keep(r, t, isNew, s, f); err == nil {
		return r.Done(fmt.Sprintf("The %s %s was saved.", t.word(), t.code()), t.path())
	}
	return p.again(r, v, t, err)
}

// openToSave is open, but lets a form be saved over what was removed meanwhile.
func (p pages) openToSave(r *ui.Request) (target, bool, wire.Settings, error) {
	t, isNew, s, err := p.open(r)
	if fault.CodeOf(err) == fault.NotFound && !t.Person {
		err = nil
	}
	return t, isNew, s, err
}

// keep saves the form.
func (p pages) keep(r *ui.Request, t target, isNew bool, s wire.Settings, f form) error {
	switch {
	case isNew && f.Code == "":
		return fault.Invalid(codeField, "must be given: 1 to 40 of a-z, 0-9, _ and -")
	case isNew && t.find(s) != nil:
		return fault.Invalid(codeField, "is the code of another "+t.word()+" already")
	}
	said, err := f.profile(t.over())
	if err != nil {
		return err
	}
	return p.put(r, t.thing, f.Digest, t.patch(said))
}

const codeField = "code"

// again shows the form with what is wrong with it.
func (p pages) again(r *ui.Request, v editView, t target, refused error) (err error) {
	at := t.at()
	v.Problems, err = problems(refused, at+".", append(v.Form.known(), codeField, at)...)
	if err != nil {
		return err
	}
	if wrong := v.Problems.Fields[at]; wrong != "" { // its code, or it as a whole
		v.Problems.Fields[codeField] = wrong
	}
	if v.Problems.Alert == meanwhile {
		s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		now := t.thing(s)
		v.Form.Digest, v.Now = digestOf(now), shown(now)
	}
	return r.Page(v.page())
}

func (p pages) remove(r *ui.Request) error {
	t, _, s, err := p.open(r)
	if err != nil {
		return err
	}
	if !forms.Confirmed(r.Value("confirm"), t.code()) {
		v := p.view(r, t, false, s, begin(t.over(), *t.find(s)))
		v.Confirm, v.Problems.Status = "Type "+t.code()+" to confirm.", http.StatusUnprocessableEntity
		return r.Page(v.page())
	}
	if _, err = p.Settings.Update(r.Context(), r.Workspace.ID, r.Actor(), t.patch(nil)); err != nil {
		return forms.Refused(err)
	}
	back := Path
	if t.Person {
		back = t.icpPath()
	}
	return r.Done(fmt.Sprintf("The %s %s was removed.", t.word(), t.code()), back)
}
