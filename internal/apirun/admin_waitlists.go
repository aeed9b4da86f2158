package apirun

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/waitlists"
)

func (p *program) waitlistCommand() *cobra.Command {
	return group("waitlist", "Make, list, change and archive waitlists, and take people off them",
		p.waitlistCreate(), p.waitlistList(), p.waitlistSet(), p.waitlistArchive(), p.waitlistRestore(), p.waitlistRemove())
}

// waitlistRow is a waitlist as it is printed.
type waitlistRow struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	ReferralBoost int       `json:"referral_boost"`
	Archived      bool      `json:"archived"`
	CreatedAt     time.Time `json:"created_at"`
}

func waitlistRowOf(w waitlists.Waitlist) waitlistRow {
	return waitlistRow{w.ID, w.Name, w.ReferralBoost, w.Archived(), w.CreatedAt}
}

// countedWaitlist is one of a list, which tells how many wait.
type countedWaitlist struct {
	waitlistRow
	Subscribers int `json:"subscribers"`
}

func (p *program) waitlistCreate() *cobra.Command {
	var ws, name string
	var boost int
	c := &cobra.Command{Use: "create --workspace ID --name NAME", Short: "Make a waitlist; prints its id, which programs sign people up with", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&name, "name", "", "what people know it by (required)")
	c.Flags().IntVar(&boost, "referral-boost", waitlists.DefaultBoost, "by how much a referral raises the priority of who referred, 1 to 100")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		if boost == 0 { // which the service takes for none given
			return nil, fault.Invalid("referral_boost", "must be from 1 to 100")
		}
		out, err := a.Waitlists.Create(ctx, w.ID, actor, name, boost)
		return waitlistRowOf(out), err
	})
	return c
}

func (p *program) waitlistList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "List the waitlists with how many people wait on each", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, err := a.Waitlists.List(ctx, w.ID)
		return views(list, func(w waitlists.Waitlist) countedWaitlist { return countedWaitlist{waitlistRowOf(w), w.Subscribers} }), err
	})
	return c
}

func (p *program) waitlistSet() *cobra.Command {
	var name string
	var boost int
	var c *cobra.Command
	c = p.onWaitlist("set --workspace ID WAITLIST", "Change the name of a waitlist, or the boost of later referrals", func() waitlists.Change {
		var change waitlists.Change
		if c.Flags().Changed("name") {
			change.Name = &name
		}
		if c.Flags().Changed("referral-boost") {
			change.ReferralBoost = &boost
		}
		return change
	})
	c.Flags().StringVar(&name, "name", "", "the new name")
	c.Flags().IntVar(&boost, "referral-boost", 0, "by how much later referrals raise a priority, 1 to 100")
	return c
}

func (p *program) waitlistArchive() *cobra.Command {
	yes := true
	return p.onWaitlist("archive --workspace ID WAITLIST", "Close a waitlist: keys are answered 404 from then on; nobody on it is lost",
		func() waitlists.Change { return waitlists.Change{Archived: &yes} })
}

func (p *program) waitlistRestore() *cobra.Command {
	no := false
	return p.onWaitlist("restore --workspace ID WAITLIST", "Open an archived waitlist again", func() waitlists.Change { return waitlists.Change{Archived: &no} })
}

// onWaitlist is a change of the waitlist named by the only argument.
func (p *program) onWaitlist(use, short string, change func() waitlists.Change) *cobra.Command {
	var ws string
	c := &cobra.Command{Use: use, Short: short, Args: exactly(1)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		out, err := a.Waitlists.Update(ctx, w.ID, actor, args[0], change())
		return waitlistRowOf(out), noWaitlist(err)
	})
	return c
}

func (p *program) waitlistRemove() *cobra.Command {
	var ws, list string
	c := &cobra.Command{Use: "remove --workspace ID --waitlist WAITLIST SUBSCRIBER", Short: "Take a person (id) off a waitlist; their lead and signals stay, see `api admin record`", Args: exactly(1)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&list, "waitlist", "", "the waitlist's `id` (required)")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		err = a.Waitlists.Remove(ctx, w.ID, actor, list, args[0])
		return map[string]string{"id": args[0], "waitlist_id": list}, noWaitlist(err)
	})
	return c
}

func noWaitlist(err error) error {
	if fault.CodeOf(err) == fault.NotFound {
		return fault.New(fault.NotFound, "the workspace has no such waitlist, or nobody of that id is on it; `api admin waitlist list` shows the waitlists")
	}
	return err
}
