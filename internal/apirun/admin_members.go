package apirun

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func (p *program) memberCommand() *cobra.Command {
	return group("member", "Add, invite, list and remove the people of a workspace", p.memberAdd(), p.memberInvite(), p.memberList(), p.memberRemove())
}

func (p *program) memberAdd() *cobra.Command {
	var ws, email, role string
	c := &cobra.Command{Use: "add --workspace ID --email EMAIL --role ROLE", Short: "Add a member; prints the address for the first sign-in once", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&email, "email", "", "the person's email (required)")
	c.Flags().StringVar(&role, "role", "", "admin, manager, operator or viewer (required)")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		m, setup, err := a.Workspaces.AddMember(ctx, actor, w.ID, email, workspaces.Role(role), named(a.Config.publicURL()))
		if fault.CodeOf(err) == fault.Conflict {
			return nil, fault.New(fault.Conflict, "this email is a member already; for a new link: `api admin member invite --workspace ID EMAIL`")
		}
		return m.View(setup), err
	})
	return c
}

// memberInvite is the way back for a sole admin who lost the link or the password.
func (p *program) memberInvite() *cobra.Command {
	return p.onMember("invite --workspace ID MEMBER", "Print a new address, once, at which a member (id or email) sets a password; using it ends the member's logins, and the address before is void",
		func(ctx context.Context, a *App, actor activity.Actor, m workspaces.Member) (any, error) {
			m, setup, err := a.Workspaces.Reinvite(ctx, actor, m.WorkspaceID, m.ID, named(a.Config.publicURL()))
			return m.View(setup), err
		})
}

// onMember is an action on the member named by the only argument.
func (p *program) onMember(use, short string, do func(ctx context.Context, a *App, actor activity.Actor, m workspaces.Member) (any, error)) *cobra.Command {
	var ws string
	c := &cobra.Command{Use: use, Short: short, Args: exactly(1)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		m, err := a.Workspaces.FindMember(ctx, w.ID, args[0])
		if fault.CodeOf(err) == fault.NotFound {
			return nil, fault.New(fault.NotFound, "the workspace has no such member; `api admin member list` shows them")
		}
		if err != nil {
			return nil, err
		}
		return do(ctx, a, actor, m)
	})
	return c
}

// memberRow is a member in a table for people, where no link is ever told.
type memberRow struct {
	ID    string          `json:"id"`
	Email string          `json:"email"`
	Role  workspaces.Role `json:"role"`
}

func (p *program) memberList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "List the members", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, err := a.Workspaces.ListMembers(ctx, w.ID)
		if p.output == "table" {
			return views(list, func(m workspaces.Member) memberRow { return memberRow{m.ID, m.Email, m.Role} }), err
		}
		return views(list, func(m workspaces.Member) workspaces.MemberView { return m.View("") }), err
	})
	return c
}

// removed is a removed member with the keys that it leaves behind, which go on working until somebody revokes them.
type removed struct {
	workspaces.MemberView
	Keys []keys.View `json:"keys"`
}

func (p *program) memberRemove() *cobra.Command {
	return p.onMember("remove MEMBER --workspace ID", "Remove a member (id or email); prints the keys that the member made, which stay alive",
		func(ctx context.Context, a *App, actor activity.Actor, m workspaces.Member) (any, error) {
			if _, err := a.Workspaces.RemoveMember(ctx, actor, m.WorkspaceID, m.ID); err != nil {
				return nil, err
			}
			list, now, err := a.Keys.List(ctx, m.WorkspaceID)
			out := removed{MemberView: m.View(""), Keys: []keys.View{}}
			for _, k := range list {
				if k.CreatedBy == m.Email && k.Status(now) == keys.Active {
					out.Keys = append(out.Keys, keys.ViewOf(k, now))
				}
			}
			return out, err
		})
}
