package apirun

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
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
		w, err := a.workspace(ctx, args[0])
		if err != nil {
			return nil, err
		}
		w, err = a.Workspaces.Set(ctx, actor, w.ID, change)
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

func workspaceFlag(c *cobra.Command, ws *string) {
	c.Flags().StringVar(ws, "workspace", "", "id or slug of the workspace (required)")
	_ = c.MarkFlagRequired("workspace")
}

// workspace finds the workspace that an operator names by id or slug, and says where to look when there is none.
func (a *App) workspace(ctx context.Context, ref string) (workspaces.Workspace, error) {
	w, err := a.Workspaces.Find(ctx, ref)
	if fault.CodeOf(err) == fault.NotFound {
		return w, fault.New(fault.NotFound, "there is no such workspace; `api admin workspace list` shows them")
	}
	return w, err
}
