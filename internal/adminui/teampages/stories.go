package teampages

import (
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func stories() []ui.Story {
	at := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	ann := row{ID: "m1", Email: "ann@acme.example", Role: workspaces.Admin, Since: at, LastSeen: at.AddDate(0, 0, 20), You: true, Managed: true}
	bob := row{ID: "m2", Email: "bob@acme.example", Role: workspaces.Operator, Since: at, Pending: true, Managed: true}
	evil := row{ID: "m3", Email: `"<script>alert(1)</script>"@acme.example`, Role: workspaces.Viewer, Since: at, Managed: true}
	long := row{ID: "m4", Email: strings.Repeat("very-long-", 20) + "@acme.example", Role: workspaces.Manager, Since: at, LastSeen: at}
	all := roles(workspaces.Admin, workspaces.Viewer)
	left := []made{
		{ID: "a1b2c3d4", Name: "Nightly sync", Redacted: "unstuck_***_a1b2c3d4", LastUsed: at, Revoke: true},
		{ID: "b1b2c3d4", Name: `<img src=x onerror=alert(1)>`, Redacted: "unstuck_***_b1b2c3d4"},
	}
	refused := forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Fields: map[string]string{"email": "must be an email address"}, Status: http.StatusUnprocessableEntity}
	last := forms.Problems{Alert: "This is the last Admin of the workspace. Make somebody else an Admin first.", Status: http.StatusConflict}
	wrong := forms.Problems{Fields: map[string]string{"confirm": "Type bob@acme.example to confirm."}, Status: http.StatusUnprocessableEntity}
	return []ui.Story{
		{Name: "team/alone", Page: ui.Page{Title: "Team", Body: teamPage(teamView{Rows: []row{ann}, Roles: all})}},
		{Name: "team/full", Page: ui.Page{Title: "Team", Body: teamPage(teamView{Rows: []row{ann, bob, evil, long}, Roles: all})}},
		{Name: "team/refused", Page: ui.Page{Title: "Team", Body: teamPage(teamView{Rows: []row{ann, bob}, Email: "bob", Roles: all, Problems: refused})}},
		{Name: "team/invitation", Page: ui.Page{Title: "Invitation", Body: linkPage(linkView{Row: bob, URL: "https://unstuck.example/admin/setup#token=canned", New: true})}},
		{Name: "team/new-link", Page: ui.Page{Title: "Invitation", Body: linkPage(linkView{Row: ann, URL: "https://unstuck.example/admin/setup#token=canned"})}},
		{Name: "team/member", Page: ui.Page{Title: bob.Email, Body: memberPage(memberView{Row: bob, Roles: all})}},
		{Name: "team/last-admin", Page: ui.Page{Title: ann.Email, Body: memberPage(memberView{Row: ann, Roles: all, Problems: last})}},
		{Name: "team/remove", Page: ui.Page{Title: "Remove " + bob.Email, Body: leavingPage(leavingView{Row: bob, Keys: left, Decides: true})}},
		{Name: "team/remove-without-keys", Page: ui.Page{Title: "Remove " + evil.Email, Body: leavingPage(leavingView{Row: evil, Decides: true})}},
		{Name: "team/remove-by-manager", Page: ui.Page{Title: "Remove " + bob.Email, Body: leavingPage(leavingView{Row: bob, Keys: left})}},
		{Name: "team/remove-yourself", Page: ui.Page{Title: "Remove " + ann.Email, Body: leavingPage(leavingView{Row: ann, Keys: left, Decides: true, Problems: wrong})}},
	}
}
