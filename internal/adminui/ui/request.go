package ui

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// maxForm is the size of a form's body in bytes.
const maxForm = 256 << 10

// Request is one request for a page and the way to answer it.
type Request struct {
	*http.Request
	Person    login.Person         // the zero value when nobody is signed in; never so behind a route that is not for Anyone
	Workspace workspaces.Workspace // the person's

	w    http.ResponseWriter
	site *Site
	who  Access // of the route
}

// Actor returns the person for the activity log.
func (r *Request) Actor() activity.Actor { return r.Person.Actor() }

// Writer is where an answer that is no page goes, such as a download. Headers that keep it from caches and frames are set.
func (r *Request) Writer() http.ResponseWriter { return r.w }

// Session is where a few texts are kept between the requests of one browser, across its sign-in.
func (r *Request) Session() *scs.SessionManager { return r.site.sessions }

// Partial reports whether htmx asks for a part of a page.
func (r *Request) Partial() bool { return r.Header.Get("HX-Request") == "true" }

// Page answers with the page in its frame.
func (r *Request) Page(p Page) error {
	f := r.site.frame(r, p)
	return r.render(p.Status, Layout(f, p))
}

// Fragment answers with a part of a page, for htmx.
func (r *Request) Fragment(c templ.Component) error { return r.render(0, c) }

// Script answers a script of our own pages, in the session of its browser.
func (r *Request) Script(status int, v any) error {
	if err := r.commit(); err != nil {
		return err
	}
	return r.JSON(status, v)
}

func (r *Request) render(status int, c templ.Component) error {
	if status == 0 {
		status = http.StatusOK
	}
	var b strings.Builder
	if err := c.Render(withToken(r.Context(), r.token), &b); err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return r.send(status, b.String())
}

func (r *Request) send(status int, body string) error {
	if err := r.commit(); err != nil {
		return err
	}
	r.w.WriteHeader(status)
	_, _ = r.w.Write([]byte(body)) // a reader who left is nobody's error
	return nil
}

// Redirect sends the browser to a path of ours, by GET.
func (r *Request) Redirect(path string) error {
	if err := r.commit(); err != nil {
		return err
	}
	if r.Partial() {
		r.w.Header().Set("HX-Redirect", path)
		r.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	r.w.Header().Set("Location", path)
	r.w.WriteHeader(http.StatusSeeOther)
	return nil
}

const noteKey = "note"

// Note keeps one sentence for the next page, which says it above all else.
func (r *Request) Note(sentence string) { r.site.sessions.Put(r.Context(), noteKey, sentence) }

// Done is Note and Redirect.
func (r *Request) Done(sentence, path string) error {
	r.Note(sentence)
	return r.Redirect(path)
}

// Form returns the fields of the posted form, text cleaned of outer white space. A Refusal when it cannot be read.
func (r *Request) Form() (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		return nil, Refuse(http.StatusBadRequest, "Form not read", "The form is too large or damaged. Go back and send it again.")
	}
	return r.PostForm, nil
}

// Value returns one field of the posted form without outer white space; "" when it is missing or the form is unreadable.
func (r *Request) Value(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }

// Now is the time at which the page is made.
func (r *Request) Now() time.Time { return r.site.Now() }

const (
	tokenKey     = "token"
	strangerLife = 2 * time.Hour // of the session of somebody who has not signed in; SignIn makes it longer
)

// token returns the secret of the session that its forms carry.
func (r *Request) token() string {
	token := r.site.sessions.GetString(r.Context(), tokenKey)
	if token == "" {
		token = newToken()
		r.site.sessions.Put(r.Context(), tokenKey, token)
		if r.Person.MemberID == "" { // passers-by are many
			r.site.sessions.SetDeadline(r.Context(), time.Now().Add(strangerLife))
		}
	}
	return token
}

// CheckToken refuses a form that this session was not given. Routes that are not Large have it checked before they are called.
func (r *Request) CheckToken(given string) error {
	want := r.site.sessions.GetString(r.Context(), tokenKey)
	if want == "" || subtle.ConstantTimeCompare([]byte(want), []byte(given)) != 1 {
		return Refuse(http.StatusForbidden, "Form not accepted", "The form was made for another session, or too long ago. Load the page again and send it once more.")
	}
	return nil
}

const loginKey = "login"

// SignIn makes the session that of the login, under a new token of its own, so that a session planted before is worth nothing.
func (r *Request) SignIn(loginID string) error {
	if err := r.site.sessions.RenewToken(r.Context()); err != nil {
		return err
	}
	r.site.sessions.Remove(r.Context(), tokenKey)
	r.site.sessions.Put(r.Context(), loginKey, loginID)
	return nil
}

// SignOut ends the session of this browser. The login itself is for its caller to end.
func (r *Request) SignOut() error { return r.site.sessions.Destroy(r.Context()) }
