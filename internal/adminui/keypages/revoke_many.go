package keypages

import (
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// revokingMany is the page before several keys are revoked.
type revokingMany struct {
	Keys    []keys.Key // none of them revoked
	By      string     // set when they are all that this person made
	Problem string
}

// phrase is what the admin types.
func (v revokingMany) phrase() string { return "revoke " + count(len(v.Keys), "key") }

func (v revokingMany) page(status int) ui.Page {
	p := ui.Page{Title: "Revoke " + count(len(v.Keys), "key"), Lead: "The next calls with them are refused. It cannot be undone.", Body: manyBody(v), Status: status}
	if v.By != "" {
		p.Title = "Revoke all keys of " + v.By
	}
	return p
}

// confirmMany lists the ticked keys, or all of a person, as the query says, and asks for the phrase.
func (p pages) confirmMany(r *ui.Request) error {
	q := r.URL.Query()
	v, err := p.chosen(r, q["id"], q.Get("by"))
	if err != nil {
		return err
	}
	if len(v.Keys) == 0 {
		return r.Done("There is nothing to revoke: tick at least one key that is not revoked yet.", root)
	}
	return r.Page(v.page(0))
}

// chosen returns those of the workspace's keys that are named or made by the person, and not revoked.
func (p pages) chosen(r *ui.Request, ids []string, by string) (v revokingMany, err error) {
	if by != "" {
		v.By = by
		v.Keys, err = p.Keys.MadeBy(r.Context(), r.Workspace.ID, by)
		return v, err
	}
	all, _, err := p.Keys.List(r.Context(), r.Workspace.ID)
	for _, k := range all {
		if k.RevokedAt.IsZero() && slices.Contains(ids, k.ID) {
			v.Keys = append(v.Keys, k)
		}
	}
	return v, err
}

// outcome is what became of one of several keys.
type outcome struct {
	keys.Revocation
	Name string // "" for a key that is not the workspace's
}

func (o outcome) words() (text, tone string) {
	switch fault.CodeOf(o.Err) {
	case "":
		return "Revoked", "good"
	case fault.AlreadyRevoked:
		return "Was revoked already", ""
	case fault.NotFound:
		return "Not found", "bad"
	}
	return "Not revoked; try again", "bad"
}

// revokeMany ends exactly the keys that the page before listed, and reports on each.
func (p pages) revokeMany(r *ui.Request) error {
	ids := r.PostForm["id"]
	if len(ids) == 0 {
		return r.Done("No key was ticked, so none was revoked.", root)
	}
	all, _, err := p.Keys.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	if typed(r.Value(confirmField)) != "revoke "+count(len(ids), "key") {
		v, err := p.chosen(r, ids, "")
		if err != nil {
			return err
		}
		v.Problem = "That is not the phrase. Nothing was revoked."
		return r.Page(v.page(http.StatusUnprocessableEntity))
	}
	var out []outcome
	for _, o := range p.Keys.RevokeEach(r.Context(), r.Actor(), r.Workspace.ID, ids) {
		k, _ := byID(all, o.ID)
		out = append(out, outcome{o, k.Name})
	}
	return r.Page(reportPage(out))
}

func reportPage(list []outcome) ui.Page {
	n := 0
	for _, o := range list {
		if o.Err == nil {
			n++
		}
	}
	lead := "Each of them has an entry of its own in the activity log."
	if n == 0 {
		lead = "Nothing was changed."
	}
	return ui.Page{Title: "Revoked " + count(n, "key"), Lead: lead, Body: reportBody(list)}
}
