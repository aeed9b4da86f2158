package apirun

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) recordCommand() *cobra.Command {
	return group("record", "Show, correct and erase single accounts and leads", p.recordGet(), p.recordCorrect(), p.recordDelete(), p.recordScrub())
}

const hintUsage = " --workspace ID (--id | --external-id | --email | --linkedin-url | --handle | --domain) HINT"

// onRecord is an action on the one record that a hint names.
func (p *program) onRecord(use, short string, do func(ctx context.Context, a *App, actor activity.Actor, workspaceID string, hint wire.GetRecord) (any, error)) *cobra.Command {
	var ws string
	var hint wire.GetRecord
	c := &cobra.Command{Use: use, Short: short, Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&hint.ID, "id", "", "the record's id")
	c.Flags().StringVar(&hint.ExternalID, "external-id", "", "its id in the source it was imported from")
	c.Flags().StringVar(&hint.Email, "email", "", "a lead's work or personal email")
	c.Flags().StringVar(&hint.LinkedInURL, "linkedin-url", "", "a lead's LinkedIn URL")
	c.Flags().StringVar(&hint.Handle, "handle", "", "a lead's handle, such as github:jane")
	c.Flags().StringVar(&hint.Domain, "domain", "", "an account's domain")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		return do(ctx, a, actor, w.ID, hint)
	})
	return c
}

func (p *program) recordGet() *cobra.Command {
	return p.onRecord("get"+hintUsage, "Print a record with its newest signals",
		func(ctx context.Context, a *App, _ activity.Actor, ws string, hint wire.GetRecord) (any, error) {
			return a.Records.Get(ctx, ws, hint)
		})
}

func (p *program) recordCorrect() *cobra.Command {
	var set []string
	var change records.Change
	c := p.onRecord("correct"+hintUsage+" [--set FIELD=VALUE ...] [--unset FIELD ...]", "Change or clear fields of a record; prints which differ now",
		func(ctx context.Context, a *App, actor activity.Actor, ws string, hint wire.GetRecord) (any, error) {
			for _, s := range set {
				field, value, ok := strings.Cut(s, "=")
				if !ok {
					return nil, config.Fail(config.ExitUsage, "--set takes FIELD=VALUE")
				}
				change.Set = append(change.Set, records.Assignment{Field: field, Value: value})
			}
			return a.Records.Correct(ctx, ws, actor, hint, change)
		})
	c.Flags().StringArrayVar(&set, "set", nil, "`FIELD=VALUE`: the field's new value; lists are parted by ; or ,; custom.NAME for a field of your own (repeatable)")
	c.Flags().StringArrayVar(&change.Unset, "unset", nil, "`FIELD` to clear (repeatable)")
	return c
}

func (p *program) recordDelete() *cobra.Command {
	var yes, noScrub bool
	c := p.onRecord("delete"+hintUsage+" [--yes] [--no-scrub]", "Erase a record with its signals; prints how much goes, and asks before",
		func(ctx context.Context, a *App, actor activity.Actor, ws string, hint wire.GetRecord) (any, error) {
			if !yes {
				if err := p.confirm(ctx, a, ws, hint); err != nil {
					return nil, err
				}
			}
			out, err := a.Records.Erase(ctx, ws, actor, hint)
			if err != nil || noScrub {
				return out, err
			}
			if err := a.Records.Scrub(ctx); err != nil {
				return nil, config.Fail(config.ExitUnavailable, "the record is erased, but its bytes may still be in the database's files (%s); run `api admin record scrub`", reason(err))
			}
			return out, nil
		})
	c.Flags().BoolVar(&yes, "yes", false, "erase without asking")
	c.Flags().BoolVar(&noScrub, "no-scrub", false, "do not rewrite the database's files; run scrub after the last of several")
	return c
}

// confirm prints what would be erased, and asks on a terminal. Anything but a yes is an error.
func (p *program) confirm(ctx context.Context, a *App, ws string, hint wire.GetRecord) error {
	preview, err := a.Records.Preview(ctx, ws, hint)
	if err != nil {
		return err
	}
	if err := p.print(preview); err != nil {
		return err
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) { // #nosec G115 -- file descriptors are small
		return config.Fail(config.ExitUsage, "nothing was erased: there is no terminal to ask on, so add --yes")
	}
	if !agreed(os.Stdin, p.stderr) {
		return config.Fail(config.ExitError, "nothing was erased")
	}
	return nil
}

// agreed asks and reports whether the answer is yes.
func agreed(in io.Reader, out io.Writer) bool {
	fmt.Fprint(out, "Erase this for good? Type yes: ")
	line, _ := bufio.NewReader(in).ReadString('\n') // no answer is no
	return strings.EqualFold(strings.TrimSpace(line), "yes")
}

// scrubbed is what scrub prints.
type scrubbed struct {
	Scrubbed bool `json:"scrubbed"`
}

func (p *program) recordScrub() *cobra.Command {
	return &cobra.Command{Use: "scrub", Short: "Rewrite the database's files, so that nothing erased or corrected stays in them; writers wait for it", Args: exactly(0),
		RunE: p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
			return scrubbed{true}, a.Records.Scrub(ctx)
		})}
}
