package devicepages

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// asked is a request that waits for its decision, as it is shown.
type asked struct {
	Code, Client, Host, Source string
	At                         time.Time
	Scopes                     []scopeView // to choose from; one alone where a key is replaced
	Name, Expiry               string
	Old                        *oldKey           // the key to be replaced
	Errors                     map[string]string // by field
}

// scopeView is what a key of some permissions may do.
type scopeView struct {
	Value, Title string
	Lets         []string
	Tools        []toolView
	Chosen       bool
}

type toolView struct{ Name, Title, Badge string }

type oldKey struct{ Name, Redacted, Scope string }

func scopeOf(p scope.Preset, set scope.Set) scopeView {
	v := scopeView{Value: string(p), Title: p.Title()}
	for _, info := range scope.All() {
		if set.Allows(info.Permission) {
			v.Lets = append(v.Lets, info.Lets)
		}
	}
	for _, t := range tools.All() {
		if set.Allows(t.Permission) {
			v.Tools = append(v.Tools, toolView{t.Name, t.Title, badge(t)})
		}
	}
	return v
}

// badge marks what does more than read.
func badge(t *tools.Spec) string {
	switch {
	case t.Permission == scope.EnrichmentWrite && t.Changes():
		return "spends credits"
	case t.Effect == tools.Destroy:
		return "can remove"
	case t.Changes():
		return "changes data"
	}
	return ""
}

// viewOf shows a request for a new key.
func viewOf(l devicelogin.Login) asked {
	v := asked{Code: l.UserCode, Client: l.Client, Host: l.Host, Source: l.Source, At: l.CreatedAt, Name: l.KeyName, Expiry: string(l.Expiry)}
	for _, p := range devicelogin.Narrower(l.Preset) {
		set, _ := p.Set()
		s := scopeOf(p, set)
		s.Chosen = p == l.Preset
		v.Scopes = append(v.Scopes, s)
	}
	return v
}

// replacing turns v into a request to replace the key.
func (v asked) replacing(k keys.Key) asked {
	v.Old = &oldKey{k.Name, token.Redact(k.ID), k.Preset.Title()}
	v.Scopes = []scopeView{scopeOf(k.Preset, k.Permissions)}
	v.Scopes[0].Chosen = true
	return v
}

// chosen puts what an admin chose in place of what was asked for.
func (v asked) chosen(c devicelogin.Choice, errors map[string]string) asked {
	v.Name, v.Expiry, v.Errors = c.KeyName, string(c.Expiry), errors
	for i := range v.Scopes {
		v.Scopes[i].Chosen = v.Scopes[i].Value == string(c.Preset)
	}
	return v
}

func (v asked) expiries() []ui.Option {
	words := map[keys.Expiry]string{keys.ExpiryNever: "Never", keys.Expiry30: "In 30 days", keys.Expiry90: "In 90 days", keys.Expiry365: "In one year"}
	var out []ui.Option
	for _, e := range keys.Expiries() {
		out = append(out, ui.Option{Value: string(e), Label: words[e], Chosen: string(e) == v.Expiry})
	}
	return out
}

func codePage(typed, wrong string, status int) ui.Page {
	return ui.Page{Title: "Connect a program", Lead: "A program that shows a code asks for an API key. Enter the code to see what it wants.",
		Body: codeForm(typed, wrong), Status: status}
}

func askedPage(v asked, status int) ui.Page {
	title, lead := "Let this program have a key?", "A program asks for an API key of your workspace."
	if v.Old != nil {
		title, lead = "Let this program rotate its key?", "A program asks for a new API key in place of one that it has."
	}
	return ui.Page{Title: title, Lead: lead, Body: decision(v), Status: status}
}

func planPage() ui.Page {
	return ui.Page{Title: "No keys on this plan", Lead: "A program asks for an API key, and the plan of your workspace includes none.", Body: noPlan(), Status: 403}
}

func approvedPage() ui.Page {
	return ui.Page{Title: "Approved", Lead: "Go back to your terminal: the key arrives there by itself.", Body: approved()}
}

func deniedPage() ui.Page {
	return ui.Page{Title: "Denied", Lead: "The program gets no key. You can close this page.", Body: denied()}
}
