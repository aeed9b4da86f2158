package apirun

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func (p *program) activityCommand() *cobra.Command {
	var ws string
	var f activityFilter
	c := &cobra.Command{Use: "activity --workspace ID", Short: "Print the activity log, newest first", Args: exactly(0)}
	workspaceFlag(c, &ws)
	f.flags(c)
	c.Flags().IntVar(&f.Limit, "limit", 0, "at most this many rows; 0 = all")
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		filter, err := f.filter()
		if err != nil {
			return nil, err
		}
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, err := a.DB.ListActivity(ctx, w.ID, filter)
		return views(list, activity.Entry.View), err
	})
	c.AddCommand(p.activityExport(), p.activityVerify())
	return c
}

// activityFilter is a filter as flags give it.
type activityFilter struct {
	activity.Filter
	from, to string
}

func (f *activityFilter) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.Actor, "actor", "", "only what this actor did: an email, operator:NAME, or a key's name or id")
	c.Flags().StringVar((*string)(&f.Action), "action", "", "only this action, such as key.created, or a group, such as key.*")
	c.Flags().StringVar(&f.ObjectType, "object-type", "", "only what was done to objects of this type, such as key")
	c.Flags().StringVar(&f.ObjectID, "object", "", "only what was done to the object with this id")
	c.Flags().StringVar(&f.from, "from", "", "only from this time on, such as 2027-01-31T00:00:00Z")
	c.Flags().StringVar(&f.to, "to", "", "only before this time")
}

// filter returns what the flags say.
func (f *activityFilter) filter() (activity.Filter, error) {
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", f.from, &f.From}, {"--to", f.to, &f.To}} {
		if t.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return f.Filter, fault.Invalid(t.flag, "must be a time with its zone, such as 2027-01-31T00:00:00Z")
		}
		*t.into = at
	}
	return f.Filter, nil
}

func (p *program) activityExport() *cobra.Command {
	var ws, format string
	var f activityFilter
	c := &cobra.Command{Use: "export --workspace ID [--format FORMAT]", Args: exactly(0),
		Short: "Write the activity log to the standard output, oldest first, with what proves it"}
	workspaceFlag(c, &ws)
	f.flags(c)
	c.Flags().StringVar(&format, "format", string(chain.Lines), "ndjson, which `api admin activity verify --file` checks, or csv")
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		filter, err := f.filter()
		if err != nil {
			return nil, err
		}
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		n, err := a.Activity.Export(ctx, p.stdout, w.ID, chain.Format(format), filter)
		if err == nil {
			fmt.Fprintf(p.stderr, "%d entries\n", n)
		}
		return printed{}, err
	})
	return c
}

func (p *program) activityVerify() *cobra.Command {
	var ws, file string
	c := &cobra.Command{Use: "verify (--workspace ID | --file FILE | both)", Args: exactly(0),
		Short: "Prove that the activity log, or an export of it, is what was written; with both, that the log still holds what the file tells"}
	c.Flags().StringVar(&ws, "workspace", "", "id or slug of the workspace")
	c.Flags().StringVar(&file, "file", "", "an export in ndjson; - reads the standard input")
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		if ws == "" && file == "" {
			return nil, config.Fail(config.ExitUsage, "give --workspace, --file, or both")
		}
		id := ""
		if ws != "" {
			w, err := a.workspace(ctx, ws)
			if err != nil {
				return nil, err
			}
			id = w.ID
		}
		if file != "" {
			return p.verifyFile(ctx, a, file, id)
		}
		r, err := a.Activity.Verify(ctx, id)
		return p.verdict(r, r, err)
	})
	return c
}

func (p *program) verifyFile(ctx context.Context, a *App, name, workspaceID string) (any, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, config.Fail(config.ExitError, "cannot read the export: %w", err)
		}
		defer file.Close()
	}
	f, err := a.Activity.VerifyFile(ctx, file, workspaceID)
	return p.verdict(f, f.Result, err)
}

// verdict prints what was found, and fails when it is not what was written.
func (p *program) verdict(found any, r chain.Result, err error) (any, error) {
	if err != nil || r.Intact {
		return found, err
	}
	if err := p.print(found); err != nil {
		return nil, err
	}
	return nil, config.Fail(config.ExitError, "the activity log is not intact: %s", r.Broken.Sentence)
}
