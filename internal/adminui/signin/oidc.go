package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/login/provider"
)

// OIDCPath is where the sign-in at the identity provider begins; OIDCBack is where the provider sends people back to.
const (
	OIDCPath = "/admin/oidc"
	OIDCBack = OIDCPath + "/back"
)

// OIDC is the sign-in at the organisation's identity provider.
type OIDC struct {
	Provider *provider.Provider
	Sealer   Sealer
	Secure   bool // browsers reach the pages by https
}

// Sealer keeps from the browser what it carries, and from anybody to change it. *sealing.Sealer is one.
type Sealer interface {
	Seal(plain []byte, place ...string) ([]byte, error)
	Open(sealed []byte, place ...string) ([]byte, error)
}

// carried is what the browser takes along to the provider and back.
type carried struct {
	provider.Pending
	Next string
}

// cookie is the one that comes along on the way back, as that of the session does not: it is for pages of ours that lead to pages of ours.
func (o *OIDC) cookie(value string, age int) *http.Cookie {
	c := &http.Cookie{Name: "unstuck_oidc", Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: o.Secure, SameSite: http.SameSiteLaxMode}
	if o.Secure {
		c.Name = "__Host-" + c.Name
	}
	return c
}

const carriedFor = 10 * 60 // seconds

func (p pages) oidcBegin(r *ui.Request) error {
	if p.OIDC == nil {
		return ui.NotFound("There is no identity provider here. Sign in with your password.")
	}
	if err := p.Logins.Attempt(r.Context(), visit(r)); err != nil {
		return err
	}
	address, pending, err := p.OIDC.Provider.Begin(r.Context())
	if err != nil {
		return notThere(err)
	}
	plain, err := json.Marshal(carried{pending, r.URL.Query().Get("next")})
	if err != nil {
		return err
	}
	sealed, err := p.OIDC.Sealer.Seal(plain, "oidc")
	if err != nil {
		return err
	}
	http.SetCookie(r.Writer(), p.OIDC.cookie(base64.RawURLEncoding.EncodeToString(sealed), carriedFor))
	return r.Redirect(address)
}

// notThere is for people who can do nothing about it; the cause is for the log.
func notThere(err error) error {
	return &fault.Error{Code: fault.StoreUnavailable, Detail: "The identity provider does not answer. Try again shortly, or sign in with your password.", Cause: err}
}

// taken reads the cookie, which is over with this.
func (p pages) taken(r *ui.Request) (c carried) {
	name := p.OIDC.cookie("", 0).Name
	http.SetCookie(r.Writer(), p.OIDC.cookie("", -1))
	cookie, err := r.Cookie(name)
	if err != nil {
		return carried{}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return carried{}
	}
	plain, err := p.OIDC.Sealer.Open(sealed, "oidc")
	if err != nil || json.Unmarshal(plain, &c) != nil {
		return carried{}
	}
	return c
}

func (p pages) oidcBack(r *ui.Request) error {
	if p.OIDC == nil {
		return ui.NotFound("There is no identity provider here. Sign in with your password.")
	}
	if err := p.Logins.Attempt(r.Context(), visit(r)); err != nil { // before the provider is asked on anybody's word
		return err
	}
	c := p.taken(r)
	email, err := p.OIDC.Provider.Finish(r.Context(), c.Pending, r.URL.Query())
	if err != nil {
		return refusedThere(err)
	}
	in, err := p.Logins.ByEmail(r.Context(), email, visit(r))
	if errors.Is(err, login.ErrWrong) {
		return ui.Refuse(http.StatusForbidden, "Not a member", "You signed in there as %s, who is no member of a workspace here. Ask an Admin to invite that email.", email)
	}
	if err != nil {
		return err
	}
	to, err := p.admit(r, in, login.ByOIDC, c.Next)
	if err != nil {
		return err
	}
	r.Writer().Header().Set("Refresh", "0; url="+to) // a redirect would still count as coming from the provider, and the session's cookie would not be sent
	return r.Page(onwardPage(to))
}

func refusedThere(err error) error {
	switch {
	case errors.Is(err, provider.ErrDenied):
		return ui.Refuse(http.StatusForbidden, "Not signed in", "The identity provider did not let you in. Try again, or ask who runs it.")
	case errors.Is(err, provider.ErrUnverified):
		return ui.Refuse(http.StatusForbidden, "Email not verified", "The identity provider does not vouch for your email. Verify it there, then sign in again.")
	case errors.Is(err, provider.ErrRefused):
		return ui.Refuse(http.StatusBadRequest, "Not signed in", "That answer of the identity provider does not belong to this browser, or came too late. Sign in once more.")
	}
	return notThere(err)
}
