package teampages

import (
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func (p pages) team(r *ui.Request) error {
	return p.showTeam(r, teamView{Roles: roles(r.Person.Role, workspaces.Viewer)})
}

func (p pages) showTeam(r *ui.Request, v teamView) (err error) {
	if v.Rows, err = p.rows(r); err != nil {
		return err
	}
	return r.Page(ui.Page{Title: "Team", Lead: "Who may open these pages, and how much they may do here.", Body: teamPage(v), Status: v.Problems.Status})
}

func (p pages) rows(r *ui.Request) (out []row, err error) {
	members, err := p.Members.ListMembers(r.Context(), r.Workspace.ID)
	for _, m := range members {
		out = append(out, rowOf(r, m))
	}
	return out, err
}

func rowOf(r *ui.Request, m workspaces.Member) row {
	return row{ID: m.ID, Email: m.Email, Role: m.Role, Since: m.CreatedAt, LastSeen: m.LastSeenAt, Pending: !m.SetUp && m.LastSeenAt.IsZero(),
		You: m.ID == r.Person.MemberID, Managed: r.Person.Role.Manages(m.Role)}
}

// one returns the member whom the path names and whoever asks manages.
func (p pages) one(r *ui.Request) (row, error) {
	all, err := p.rows(r)
	if err != nil {
		return row{}, err
	}
	i := slices.IndexFunc(all, func(m row) bool { return m.ID == r.PathValue("id") })
	switch {
	case i < 0:
		return row{}, ui.NotFound("There is no such member. Somebody may have removed them; the team page lists those who are there.")
	case !all[i].Managed:
		return row{}, ui.Refuse(http.StatusForbidden, "Not allowed", "Admins manage everybody, Managers manage Operators and Viewers. Ask an Admin to do this.")
	}
	return all[i], nil
}

func (p pages) invite(r *ui.Request) error {
	email, role := r.Value("email"), workspaces.Role(r.Value("role"))
	if role.Valid() && !r.Person.Role.Manages(role) {
		return ui.Refuse(http.StatusForbidden, "Not allowed", "Managers invite Operators and Viewers. Ask an Admin to invite a %s.", ui.Title(role))
	}
	m, link, err := p.Members.AddMember(r.Context(), r.Actor(), r.Workspace.ID, email, role, p.PublicURL)
	if err != nil {
		problems, err := forms.Of(err, "", "email", "role")
		if err != nil {
			return err
		}
		if problems.Status == http.StatusConflict {
			problems.Alert = "This person is a member already. Find them in the table above, for a new link or another role."
		}
		return p.showTeam(r, teamView{Email: email, Roles: roles(r.Person.Role, role), Problems: problems})
	}
	return r.Page(ui.Page{Title: "Invitation", Body: linkPage(linkView{Row: rowOf(r, m), URL: link, New: true})})
}

func (p pages) member(r *ui.Request) error {
	m, err := p.one(r)
	if err != nil {
		return err
	}
	return r.Page(ui.Page{Title: m.Email, Body: memberPage(memberView{Row: m, Roles: roles(r.Person.Role, m.Role)})})
}

func (p pages) setRole(r *ui.Request) error {
	m, err := p.one(r)
	if err != nil {
		return err
	}
	role := workspaces.Role(r.Value("role"))
	if _, err = p.Members.SetRole(r.Context(), r.Actor(), r.Workspace.ID, m.ID, role); err == nil {
		return r.Done(m.Email+" now has the role "+ui.Title(role)+".", p.after(r, m, role))
	}
	problems, err := forms.Of(err, "", "role")
	if err != nil {
		return err
	}
	return r.Page(ui.Page{Title: m.Email, Body: memberPage(memberView{m, roles(r.Person.Role, m.Role), problems}), Status: problems.Status})
}

// after returns where a change of role leads: to the team, unless whoever made it may no longer see it.
func (p pages) after(r *ui.Request, m row, role workspaces.Role) string {
	if m.You && !ui.Managers.Allows(role) {
		return ui.Home
	}
	return Path
}

func (p pages) link(r *ui.Request) error {
	m, err := p.one(r)
	if err != nil {
		return err
	}
	_, link, err := p.Members.Reinvite(r.Context(), r.Actor(), r.Workspace.ID, m.ID, p.PublicURL)
	if err != nil {
		return forms.Refused(err)
	}
	return r.Page(ui.Page{Title: "Invitation", Body: linkPage(linkView{Row: m, URL: link})})
}
