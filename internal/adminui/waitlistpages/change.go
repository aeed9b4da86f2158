package waitlistpages

import (
	"strconv"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

// form is a waitlist as its inputs have it.
type form struct{ Name, Boost string }

type newView struct {
	Form     form
	Problems forms.Problems
}

func (v newView) page() ui.Page {
	return ui.Page{Title: "New waitlist", Lead: "People join it by your backend, which signs them up with an API key.", Body: newPage(v), Status: v.Problems.Status}
}

func read(r *ui.Request) form { return form{r.Value("name"), r.Value(boostField)} }

const boostField = "referral_boost"

// boost reads the boost; what is none is refused as the service would.
func (f form) boost() (int, error) {
	n, err := strconv.Atoi(f.Boost)
	if err != nil || n == 0 {
		return 0, fault.Invalid(boostField, "must be from 1 to "+strconv.Itoa(waitlists.MaxBoost))
	}
	return n, nil
}

func (p pages) blank(r *ui.Request) error {
	return r.Page(newView{Form: form{Boost: strconv.Itoa(waitlists.DefaultBoost)}}.page())
}

func (p pages) create(r *ui.Request) error {
	v := newView{Form: read(r)}
	boost, err := v.Form.boost()
	if err == nil {
		var w waitlists.Waitlist
		if w, err = p.Waitlists.Create(r.Context(), r.Workspace.ID, r.Actor(), v.Form.Name, boost); err == nil {
			return r.Done("The waitlist was made. Sign people up under its id.", pathOf(w.ID))
		}
	}
	if v.Problems, err = forms.Of(err, "", "name", boostField); err != nil {
		return err
	}
	return r.Page(v.page())
}

// change renames a waitlist, or changes what later referrals are worth.
func (p pages) change(r *ui.Request) error {
	id, f := r.PathValue("id"), read(r)
	boost, err := f.boost()
	if err == nil {
		_, err = p.Waitlists.Update(r.Context(), r.Workspace.ID, r.Actor(), id, waitlists.Change{Name: &f.Name, ReferralBoost: &boost})
	}
	if err == nil {
		return r.Done("The waitlist was saved.", pathOf(id))
	}
	problems, err := forms.Of(err, "", "name", boostField)
	if err != nil {
		return err
	}
	v, err := p.view(r)
	if err != nil {
		return err
	}
	v.Form, v.Problems = f, problems
	return r.Page(v.page())
}

// archive closes a waitlist, or opens it again.
func (p pages) archive(r *ui.Request) error {
	id, archived := r.PathValue("id"), r.Value("archived") != ""
	if _, err := p.Waitlists.Update(r.Context(), r.Workspace.ID, r.Actor(), id, waitlists.Change{Archived: &archived}); err != nil {
		return err
	}
	if archived {
		return r.Done("The waitlist was archived. For API keys it is not there any more.", pathOf(id))
	}
	return r.Done("The waitlist is open again.", pathOf(id))
}

// removeView asks for the email of who is to be removed.
type removeView struct {
	List    waitlists.Waitlist
	One     waitlists.Subscriber
	Problem string
}

func (v removeView) page() ui.Page {
	page := ui.Page{Title: "Remove from the waitlist", Lead: v.One.Email + " leaves " + v.List.Name + ".", Body: removePage(v)}
	if v.Problem != "" {
		page.Status = fault.ValidationFailed.Status()
	}
	return page
}

func (p pages) askRemove(r *ui.Request) error {
	v, err := p.leaving(r)
	if err != nil {
		return err
	}
	return r.Page(v.page())
}

// leaving finds who is to be removed.
func (p pages) leaving(r *ui.Request) (v removeView, err error) {
	if v.List, err = p.Waitlists.Find(r.Context(), r.Workspace.ID, r.PathValue("id")); err != nil {
		return v, err
	}
	v.One, err = p.Subscriber(r.Context(), r.Workspace.ID, v.List.ID, r.PathValue("subscriber"))
	return v, err
}

func (p pages) remove(r *ui.Request) error {
	v, err := p.leaving(r)
	if err != nil {
		return err
	}
	if !forms.Confirmed(r.Value("confirm"), v.One.Email) {
		v.Problem = "Type " + v.One.Email + " to confirm."
		return r.Page(v.page())
	}
	if err = p.Waitlists.Remove(r.Context(), r.Workspace.ID, r.Actor(), v.List.ID, v.One.ID); err != nil {
		return err
	}
	return r.Done(v.One.Email+" was removed. Those behind moved up.", pathOf(v.List.ID))
}
