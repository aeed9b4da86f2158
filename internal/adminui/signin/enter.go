package signin

import (
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
)

func (p pages) signInPage(r *ui.Request) error {
	next := r.URL.Query().Get("next")
	if r.Person.MemberID != "" {
		return r.Redirect(ui.Local(next, ui.Home))
	}
	return r.Page(signInPage(p.signInView("", next)))
}

func (p pages) signInView(email, next string) signInView {
	v := signInView{Email: email, Next: next, Passkeys: p.Passkeys != nil}
	if p.OIDC != nil {
		v.Provider = p.OIDC.Provider.Host()
	}
	return v
}

func (p pages) signIn(r *ui.Request) error {
	v := p.signInView(r.Value("email"), r.Value("next"))
	in, err := p.Logins.SignIn(r.Context(), v.Email, r.PostFormValue("password"), visit(r))
	switch {
	case errors.Is(err, login.ErrWrong):
		v.Status, v.Error = http.StatusUnprocessableEntity, "This email and this password do not belong together. Check both, or ask an Admin of your workspace for a new setup link."
		return r.Page(signInPage(v))
	case fault.CodeOf(err) == fault.AuthThrottled:
		r.RetryAfter(err)
		v.Status, v.Error = http.StatusTooManyRequests, fault.From(err).Detail
		return r.Page(signInPage(v))
	case err != nil:
		return err
	}
	return p.goOn(r, in, login.ByPassword, v.Next)
}

func (p pages) goOn(r *ui.Request, in []login.Account, method login.Method, next string) error {
	to, err := p.admit(r, in, method, next)
	if err != nil {
		return err
	}
	return r.Redirect(to)
}

// admit lets in whom a proof has opened one account, and has the session ask which where it has opened several. It returns where to go on.
func (p pages) admit(r *ui.Request, in []login.Account, method login.Method, next string) (to string, err error) {
	if len(in) == 1 {
		id, err := p.Logins.Open(r.Context(), in[0], method, visit(r))
		if err != nil {
			return "", err
		}
		return ui.Local(next, ui.Home), p.enter(r, id)
	}
	open := proved{Next: next, Method: method, Until: r.Now().Add(chooseIn)}
	for _, a := range in {
		open.Accounts = append(open.Accounts, [3]string{a.WorkspaceID, a.ID, mark(a)})
	}
	return choosePath, keep(r, provedKey, open)
}

// choices returns what the session has proved, with each account as it is now.
func (p pages) choices(r *ui.Request) (open proved, accounts []login.Account, err error) {
	if !kept(r, provedKey, &open) || r.Now().After(open.Until) {
		return proved{}, nil, nil
	}
	for _, id := range open.Accounts {
		a, err := p.Logins.Account(r.Context(), id[0], id[1])
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return proved{}, nil, err
		}
		if err == nil && mark(a) == id[2] {
			accounts = append(accounts, a)
		}
	}
	return open, accounts, nil
}

func (p pages) choosePage(r *ui.Request) error {
	_, accounts, err := p.choices(r)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		return r.Redirect(ui.SignInPath)
	}
	return r.Page(choosePage(accounts))
}

func (p pages) choose(r *ui.Request) error {
	open, accounts, err := p.choices(r)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.ID == r.Value("member") {
			return p.goOn(r, []login.Account{a}, open.Method, open.Next)
		}
	}
	return r.Done("That took too long. Sign in once more.", ui.SignInPath)
}

func (p pages) signOut(r *ui.Request) error {
	if r.Person.LoginID != "" {
		if err := p.Logins.End(r.Context(), r.Person); err != nil {
			return err
		}
	}
	if err := r.SignOut(); err != nil {
		return err
	}
	return r.Redirect(ui.SignInPath)
}
