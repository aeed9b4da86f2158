package signin

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// noLink is what a link is answered with that opens nothing, whatever the reason.
const noLink = "This setup link was used already, was replaced by a newer one, or is more than 7 days old. Ask an Admin of your workspace for a new one."

func (p pages) linkPage(r *ui.Request) error { return r.Page(linkPage(linkView{})) }

// link takes the token of a setup link, or the whole link pasted. The session keeps the token's hash alone.
func (p pages) link(r *ui.Request) error {
	token := r.Value("link")
	if _, after, found := strings.Cut(token, "token="); found {
		token = after
	}
	hash := workspaces.HashSetupToken(token)
	_, err := p.Logins.Invitation(r.Context(), hash, visit(r))
	switch {
	case errors.Is(err, login.ErrNoLink):
		return r.Page(linkPage(linkView{Error: noLink, Status: http.StatusGone}))
	case err != nil:
		return err
	}
	if err := keep(r, inviteKey, hex.EncodeToString(hash[:])); err != nil {
		return err
	}
	return r.Redirect(setupPath + "/password")
}

// invited returns the hash of the token that this session has sent.
func invited(r *ui.Request) (hash [32]byte, ok bool) {
	var text string
	if !kept(r, inviteKey, &text) {
		return hash, false
	}
	n, err := hex.Decode(hash[:], []byte(text))
	return hash, err == nil && n == len(hash)
}

func (p pages) setupPage(r *ui.Request) error { return p.askPassword(r, setupView{}) }

// askPassword shows for whom the link is, and the form.
func (p pages) askPassword(r *ui.Request, v setupView) error {
	hash, ok := invited(r)
	if !ok {
		return r.Redirect(setupPath)
	}
	a, err := p.Logins.Invitation(r.Context(), hash, visit(r))
	switch {
	case errors.Is(err, login.ErrNoLink):
		drop(r, inviteKey)
		return r.Page(linkPage(linkView{Error: noLink, Status: http.StatusGone}))
	case err != nil:
		return err
	}
	v.Email, v.Workspace, v.Role, v.Again = a.Email, a.Workspace, a.Role, a.SetUp
	return r.Page(setupPage(v))
}

func (p pages) setUp(r *ui.Request) error {
	hash, ok := invited(r)
	if !ok {
		return r.Redirect(setupPath)
	}
	password := r.PostFormValue("password")
	if password != r.PostFormValue("again") {
		return p.askPassword(r, setupView{Errors: map[string]string{"again": "The two passwords differ. Type the same one twice."}})
	}
	id, err := p.Logins.SetUp(r.Context(), hash, password, visit(r))
	switch {
	case errors.Is(err, login.ErrNoLink):
		drop(r, inviteKey)
		return r.Page(linkPage(linkView{Error: noLink, Status: http.StatusGone}))
	case fault.CodeOf(err) == fault.ValidationFailed:
		return p.askPassword(r, setupView{Errors: fieldErrors(err)})
	case err != nil:
		return err
	}
	r.Note("You are set up and signed in.")
	if err := p.enter(r, id); err != nil {
		return err
	}
	return r.Redirect(ui.Home)
}

// fieldErrors says by field what is wrong.
func fieldErrors(err error) map[string]string {
	out := map[string]string{}
	for _, f := range fault.From(err).Fields {
		out[f.Path] = f.Message
	}
	return out
}
