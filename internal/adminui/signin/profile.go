package signin

import (
	"fmt"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func (p pages) profilePage(r *ui.Request) error { return p.profile(r, profileView{}) }

// profile shows the page, with what was wrong in the form that was sent.
func (p pages) profile(r *ui.Request, v profileView) (err error) {
	v.Person, v.Workspace, v.Now = r.Person, r.Workspace.Name, r.Now()
	if v.Logins, err = p.Logins.List(r.Context(), r.Person); err != nil {
		return err
	}
	account, err := p.Logins.Account(r.Context(), r.Person.WorkspaceID, r.Person.MemberID)
	if err != nil {
		return err
	}
	v.HasPassword = account.SetUp
	if v.CanPasskey = p.Passkeys != nil; v.CanPasskey {
		if v.Passkeys, err = p.Passkeys.List(r.Context(), r.Person); err != nil {
			return err
		}
	}
	return r.Page(profilePage(v))
}

func (p pages) changePassword(r *ui.Request) error {
	password := r.PostFormValue("password")
	if password != r.PostFormValue("again") {
		return p.profile(r, profileView{Errors: map[string]string{"again": "The two passwords differ. Type the same one twice."}})
	}
	err := p.Logins.ChangePassword(r.Context(), r.Person, r.PostFormValue("old"), password, visit(r))
	if fault.CodeOf(err) == fault.ValidationFailed {
		return p.profile(r, profileView{Errors: fieldErrors(err)})
	}
	if err != nil {
		return err
	}
	return r.Done("Your password was changed. You are signed out everywhere else. Passkeys still work: remove those that you do not know.", ui.Profile)
}

func (p pages) endLogin(r *ui.Request) error {
	if err := p.Logins.Revoke(r.Context(), r.Person, r.PathValue("id")); err != nil {
		return err
	}
	return r.Done("That login has ended.", ui.Profile)
}

func (p pages) endOthers(r *ui.Request) error {
	n, err := p.Logins.RevokeOthers(r.Context(), r.Person)
	if err != nil {
		return err
	}
	return r.Done(fmt.Sprintf("Other logins ended: %d.", n), ui.Profile)
}

func (p pages) removePasskey(r *ui.Request) error {
	if p.Passkeys == nil {
		return ui.NotFound("Passkeys need https and a name as the address.")
	}
	if err := p.Passkeys.Remove(r.Context(), r.Person, r.PathValue("id")); err != nil {
		return err
	}
	return r.Done("The passkey was removed here. Delete it on your device too, so that it is not offered any more.", ui.Profile)
}
