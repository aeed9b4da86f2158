package apirun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"text/tabwriter"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// adminCommand holds the operator's commands. They work straight on the store, also while a server runs.
func (p *program) adminCommand() *cobra.Command {
	c := &cobra.Command{Use: "admin", Short: "Manage workspaces, members, keys and data, straight on the store", Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.PersistentFlags().StringVarP(&p.output, "output", "o", "table", "`format` of what is printed: table or json")
	c.AddCommand(p.workspaceCommand(), p.memberCommand(), p.keyCommand(), p.creditsCommand(), p.importCommand(), p.recordCommand(), p.referenceCommand(), p.waitlistCommand(), p.destinationCommand(), p.activityCommand())
	return c
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(subs...)
	return c
}

// action is one operator's command over an open store. What it returns is printed.
type action func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error)

// run opens the store named by the environment, does the action, prints its result and closes the store.
func (p *program) run(do action) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		if p.output != "table" && p.output != "json" {
			return config.Fail(config.ExitUsage, "--output must be table or json")
		}
		if err := p.configure(func(*Config) {}); err != nil {
			return err
		}
		log, err := config.Logger(p.stderr, p.config.LogLevel, p.config.LogFormat)
		if err != nil {
			return err
		}
		if _, chosen := config.Environ(p.environ)["UNSTUCK_LOG_LEVEL"]; !chosen {
			log = log.Level(zerolog.WarnLevel) // a command prints its answer; what went as planned is no news
		}
		a, err := Open(c.Context(), p.config, log, false)
		if err != nil {
			return err
		}
		defer a.Close()
		out, err := do(activity.WithSource(c.Context(), activity.Source{Door: activity.DoorOperator}), a, operator(), args)
		var exit *config.Exit
		if errors.As(err, &exit) {
			return err
		}
		if err != nil {
			return refused(err)
		}
		if out == (printed{}) {
			return nil
		}
		return p.print(out)
	}
}

// printed is the result of an action that has written its answer itself.
type printed struct{}

// operator is the actor of the command line.
func operator() activity.Actor {
	name := "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return activity.OperatorActor(name)
}

// refused turns a refusal into one line: the code, what is wrong, and the values that are allowed.
func refused(err error) error {
	f := fault.From(err)
	line := string(f.Code) + ": "
	if len(f.Fields) == 0 {
		line += f.Detail
	}
	for _, field := range f.Fields {
		line += fmt.Sprintf("%s %s", field.Path, field.Message)
		if len(field.Allowed) > 0 {
			line += " (allowed: " + strings.Join(field.Allowed, ", ") + ")"
		}
		line += "; "
	}
	if f.Code == fault.Internal && f.Cause != nil {
		line += " (" + f.Cause.Error() + ")"
	}
	return config.Fail(config.ExitFor(f.Code), "%s", strings.TrimSuffix(line, "; "))
}

// print writes a result: JSON as asked, else one row per object.
func (p *program) print(out any) error {
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if p.output == "json" {
		_, err = fmt.Fprintf(p.stdout, "%s\n", text)
		return err
	}
	rows, columns, err := tabulate(text)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ToUpper(strings.Join(columns, "\t")))
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}
