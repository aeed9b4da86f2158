package devicepages

import (
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
)

// show asks for the code, or shows what the program with the code asks for.
func (p pages) show(r *ui.Request) error {
	code := r.URL.Query().Get("user_code")
	switch {
	case !r.Workspace.Plan.AllowsKeys():
		return r.Page(planPage())
	case code == "":
		return r.Page(codePage("", "", http.StatusOK))
	}
	v, err := p.find(r, code)
	if err != nil {
		return p.refuse(r, code, err)
	}
	return r.Page(askedPage(v, http.StatusOK))
}

func (p pages) find(r *ui.Request, code string) (asked, error) {
	l, err := p.Logins.Find(r.Context(), r.Person, source(r).String(), code)
	if err != nil {
		return asked{}, err
	}
	v := viewOf(l)
	if l.Replaces == "" {
		return v, nil
	}
	k, _, err := p.Key(r.Context(), r.Person.WorkspaceID, l.Replaces)
	if errors.Is(err, &fault.Error{Code: fault.NotFound}) {
		return v, ui.Refuse(http.StatusNotFound, "Not a key of this workspace",
			"The program asks for a key in place of one that your workspace does not have. Sign in to the workspace that the key belongs to.")
	}
	return v.replacing(k), err
}

func (p pages) approve(r *ui.Request) error {
	code := r.Value("user_code")
	c := devicelogin.Choice{Preset: scope.Preset(r.Value("preset")), KeyName: r.Value("name"), Expiry: keys.Expiry(r.Value("expires")), RevokeOld: r.Value("revoke_old") != ""}
	err := p.Logins.Approve(r.Context(), r.Person, source(r).String(), code, c)
	if fault.CodeOf(err) == fault.ValidationFailed {
		return p.again(r, code, c, fault.From(err))
	}
	if err != nil {
		return p.refuse(r, code, err)
	}
	return r.Redirect(approvedPath)
}

// again shows the request anew with what is wrong with the choice.
func (p pages) again(r *ui.Request, code string, c devicelogin.Choice, e *fault.Error) error {
	v, err := p.find(r, code)
	if err != nil {
		return p.refuse(r, code, err)
	}
	wrong := map[string]string{}
	for _, f := range e.Fields {
		wrong[f.Path] = "This " + f.Message + "."
	}
	return r.Page(askedPage(v.chosen(c, wrong), http.StatusUnprocessableEntity))
}

func (p pages) deny(r *ui.Request) error {
	code := r.Value("user_code")
	if err := p.Logins.Deny(r.Context(), r.Person, source(r).String(), code); err != nil {
		return p.refuse(r, code, err)
	}
	return r.Redirect(deniedPath)
}

// refuse words what stands in the way.
func (p pages) refuse(r *ui.Request, code string, err error) error {
	var refusal *ui.Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case errors.Is(err, devicelogin.ErrNotAdmin):
		return ui.Refuse(http.StatusForbidden, "Not allowed", "Only an Admin of the workspace may let programs have keys. Ask one to open this page.")
	}
	switch e := fault.From(err); e.Code {
	case fault.NotFound:
		return r.Page(codePage(token.Scrub(code), e.Detail, http.StatusNotFound))
	case fault.FeatureNotAllowed:
		return r.Page(planPage())
	case fault.AlreadyRevoked:
		return ui.Refuse(http.StatusConflict, "The old key is revoked", "A revoked key cannot be rotated. Run `unstuck auth login` in the terminal for a key of its own.")
	}
	return err
}
