package apirun

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func (p *program) workspaceCommand() *cobra.Command {
	return group("workspace", "Make, list and set workspaces", p.workspaceCreate(), p.workspaceList(), p.workspaceSet())
}

func (p *program) workspaceCreate() *cobra.Command {
	var name, slug, plan string
	c := &cobra.Command{Use: "create --name NAME [--plan PLAN]", Short: "Make a workspace", Args: exactly(0)}
	c.Flags().StringVar(&name, "name", "", "name that people read (required)")
	c.Flags().StringVar(&slug, "slug", "", "short name for addresses; derived from the name when left out")
	c.Flags().StringVar(&plan, "plan", string(workspaces.Free), "free, pro or team; keys need pro or team")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.Workspaces.Create(ctx, actor, name, workspaces.Plan(plan), slug)
		return w.View(), err
	})
	return c
}

func (p *program) workspaceList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the workspaces", Args: exactly(0),
		RunE: p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
			list, err := a.Workspaces.List(ctx)
			return views(list, workspaces.Workspace.View), err
		})}
}

// views maps a list to its JSON forms; never nil.
func views[T, V any](list []T, view func(T) V) []V {
	out := make([]V, 0, len(list))
	for _, item := range list {
		out = append(out, view(item))
	}
	return out
}

func (p *program) workspaceSet() *cobra.Command {
	var plan string
	var rate, burst int
	var credits int64
	c := &cobra.Command{Use: "set ID", Short: "Change plan, rate limit or credits of a workspace (id or slug)", Args: exactly(1)}
	c.Flags().StringVar(&plan, "plan", "", "free, pro or team")
	c.Flags().IntVar(&rate, "rate-per-minute", 0, "sustained requests a minute; 0 = unlimited")
	c.Flags().IntVar(&burst, "burst", 0, "requests that may come at once")
	c.Flags().Int64Var(&credits, "credits", 0, "what is left of this month's bucket; top-ups are kept apart (see: api admin credits)")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		var change workspaces.Change
		given(c, "plan", &change.Plan, workspaces.Plan(plan))
		given(c, "rate-per-minute", &change.RatePerMinute, rate)
		given(c, "burst", &change.Burst, burst)
		given(c, "credits", &change.Credits, credits)
		if change.Empty() {
			return nil, config.Fail(config.ExitUsage, "give at least one of --plan, --rate-per-minute, --burst, --credits")
		}
		w, err := a.Workspaces.Set(ctx, actor, args[0], change)
		return w.View(), err
	})
	return c
}

// given points target at value when the flag was used.
func given[T any](c *cobra.Command, flag string, target **T, value T) {
	if c.Flags().Changed(flag) {
		*target = &value
	}
}

func (p *program) memberCommand() *cobra.Command {
	return group("member", "Add, list and remove the people of a workspace", p.memberAdd(), p.memberList(), p.memberRemove())
}

func (p *program) memberAdd() *cobra.Command {
	var ws, email, role string
	c := &cobra.Command{Use: "add --workspace ID --email EMAIL --role ROLE", Short: "Add a member; prints the address for the first sign-in once", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&email, "email", "", "the person's email (required)")
	c.Flags().StringVar(&role, "role", "", "admin, manager, operator or viewer (required)")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		m, setup, err := a.Workspaces.AddMember(ctx, actor, ws, email, workspaces.Role(role), named(a.Config.publicURL()))
		return m.View(setup), err
	})
	return c
}

func workspaceFlag(c *cobra.Command, ws *string) {
	c.Flags().StringVar(ws, "workspace", "", "id or slug of the workspace (required)")
	_ = c.MarkFlagRequired("workspace")
}

func (p *program) memberList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "List the members", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		list, err := a.Workspaces.ListMembers(ctx, ws)
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
	var ws string
	c := &cobra.Command{Use: "remove MEMBER --workspace ID", Short: "Remove a member (id or email); prints the keys that the member made, which stay alive", Args: exactly(1)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		m, err := a.Workspaces.RemoveMember(ctx, actor, ws, args[0])
		if err != nil {
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
	return c
}
