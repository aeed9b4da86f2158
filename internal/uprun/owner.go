package uprun

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// ownerEmail names the person at this machine, who need not have a mailbox: nobody is sent anything there.
const ownerEmail = "owner@unstuck.localhost"

// owner sees to it that somebody can open the admin pages. While nobody of the workspace can sign in, it returns a setup link for the owner,
// whom it makes when the workspace has no admin; the link replaces that of an earlier run. "" when there is somebody, or an admin was invited who is
// still to come.
func (p *program) owner(ctx context.Context, app *apirun.App, ws workspaces.Workspace) (setupURL string, err error) {
	base := app.AdminURL(app.Config.Listener.Addr())
	members, err := app.Workspaces.ListMembers(ctx, ws.ID)
	if err != nil || slices.ContainsFunc(members, func(m workspaces.Member) bool { return m.SetUp || !m.LastSeenAt.IsZero() }) {
		return "", err
	}
	for _, m := range members {
		if m.Email == ownerEmail {
			_, setupURL, err = app.Workspaces.Reinvite(ctx, operator(), ws.ID, m.ID, base)
			return setupURL, err
		}
	}
	if slices.ContainsFunc(members, func(m workspaces.Member) bool { return m.Role == workspaces.Admin }) {
		return "", nil
	}
	_, setupURL, err = app.Workspaces.AddMember(ctx, operator(), ws.ID, ownerEmail, workspaces.Admin, base)
	return setupURL, err
}
