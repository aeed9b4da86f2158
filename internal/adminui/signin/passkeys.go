package signin

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/login/passkeys"
)

// said is what a script is answered with: where to go, or what to tell the person.
type said struct {
	To    string `json:"to,omitempty"`
	Error string `json:"error,omitempty"`
}

// script puts before a handler for passkeys.js that there are passkeys at all, and words its refusals as the script reads them.
func (p pages) script(handle func(*ui.Request) error) func(*ui.Request) error {
	return func(r *ui.Request) error {
		if p.Passkeys == nil {
			return r.Script(http.StatusNotFound, said{Error: "Passkeys need https and a name as the address."})
		}
		err := handle(r)
		var f *fault.Error
		switch {
		case errors.Is(err, passkeys.ErrRefused), errors.Is(err, errNotAsked):
			return r.Script(http.StatusUnprocessableEntity, said{Error: "This passkey was not accepted. It may have been removed here; sign in with your password."})
		case errors.As(err, &f) && f.Code.Status() < http.StatusInternalServerError:
			r.RetryAfter(err)
			return r.Script(f.Code.Status(), said{Error: sentence(f)})
		}
		return err
	}
}

// sentence is what is wrong, for people.
func sentence(f *fault.Error) string {
	if len(f.Fields) > 0 {
		return "The " + f.Fields[0].Path + " " + f.Fields[0].Message + "."
	}
	return f.Detail
}

// errNotAsked says that an answer came to no challenge of this session.
var errNotAsked = errors.New("signin: no passkey was asked for")

// challenge keeps the ceremony and sends the browser what to ask.
func challenge(r *ui.Request, options, ceremony []byte, err error) error {
	if err != nil {
		return err
	}
	r.Session().Put(r.Context(), ceremonyKey, string(ceremony))
	return r.Script(http.StatusOK, json.RawMessage(options))
}

// answered takes the ceremony out of the session, once, and the browser's answer out of the form.
func answered(r *ui.Request) (ceremony, answer []byte, err error) {
	text := r.Session().PopString(r.Context(), ceremonyKey)
	if text == "" {
		return nil, nil, errNotAsked
	}
	return []byte(text), []byte(r.PostFormValue("answer")), nil
}

func (p pages) beginAdd(r *ui.Request) error {
	options, ceremony, err := p.Passkeys.BeginAdd(r.Context(), r.Person, r.Workspace.Name)
	return challenge(r, options, ceremony, err)
}

func (p pages) finishAdd(r *ui.Request) error {
	ceremony, answer, err := answered(r)
	if err != nil {
		return err
	}
	if err := p.Passkeys.FinishAdd(r.Context(), r.Person, r.Value("name"), ceremony, answer); err != nil {
		return err
	}
	r.Note("The passkey was added. Next time you can sign in with it.")
	return r.Script(http.StatusOK, said{To: ui.Profile})
}

func (p pages) beginSignIn(r *ui.Request) error {
	options, ceremony, err := p.Passkeys.BeginSignIn()
	return challenge(r, options, ceremony, err)
}

func (p pages) finishSignIn(r *ui.Request) error {
	ceremony, answer, err := answered(r)
	if err != nil {
		return err
	}
	if err := p.Logins.Attempt(r.Context(), visit(r)); err != nil {
		return err
	}
	workspaceID, memberID, err := p.Passkeys.FinishSignIn(r.Context(), ceremony, answer)
	if err != nil {
		return err
	}
	a, err := p.Logins.Account(r.Context(), workspaceID, memberID)
	if err != nil {
		return err
	}
	id, err := p.Logins.Open(r.Context(), a, login.ByPasskey, visit(r))
	if err != nil {
		return err
	}
	if err := p.enter(r, id); err != nil {
		return err
	}
	return r.Script(http.StatusOK, said{To: ui.Local(r.Value("next"), ui.Home)})
}
