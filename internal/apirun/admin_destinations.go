package apirun

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) destinationCommand() *cobra.Command {
	return group("destination", "List destinations, confirm pending ones, and rotate the secrets of webhooks",
		p.destinationList(), p.destinationConfirm(), p.destinationRotate(), p.destinationResend())
}

// destinationRow is a destination as it is printed. The secret is there this once, where one was made.
type destinationRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Status    string `json:"status"`
	URL       string `json:"url"`
	CreatedBy string `json:"created_by"`
	Via       string `json:"via"`
	Secret    string `json:"secret,omitempty"`
}

func destinationRowOf(d wire.Destination, secret settings.Secret) destinationRow {
	return destinationRow{d.ID, d.Name, d.Kind, d.Status, d.URL, d.CreatedBy, d.Via, secret.Reveal()}
}

func (p *program) destinationList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "List the destinations with their status, and who made them", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, err := a.Destinations.List(ctx, w.ID)
		return views(list, func(d wire.Destination) destinationRow { return destinationRowOf(d, settings.Secret{}) }), err
	})
	return c
}

func (p *program) destinationConfirm() *cobra.Command {
	return p.onDestination("confirm --workspace ID DESTINATION", "Let a pending destination be sent to; prints the signing secret of a new webhook, the only time",
		func(ctx context.Context, a *App, c destinations.Caller, id string) (any, error) {
			d, secret, err := a.Destinations.Confirm(ctx, c, id)
			return destinationRowOf(d, secret), err
		})
}

func (p *program) destinationRotate() *cobra.Command {
	return p.onDestination("rotate --workspace ID DESTINATION", "Give a webhook a new signing secret and print it; the former one counts for another 24 hours",
		func(ctx context.Context, a *App, c destinations.Caller, id string) (any, error) {
			d, secret, err := a.Destinations.Rotate(ctx, c, id)
			return destinationRowOf(d, secret), err
		})
}

func (p *program) destinationResend() *cobra.Command {
	return p.onDestination("resend --workspace ID DELIVERY", "Send a delivery that failed, or is held, again",
		func(ctx context.Context, a *App, c destinations.Caller, id string) (any, error) {
			return a.Destinations.Resend(ctx, c, id)
		})
}

// onDestination is what the operator does to the one thing that the only argument names.
func (p *program) onDestination(use, short string, do func(ctx context.Context, a *App, c destinations.Caller, id string) (any, error)) *cobra.Command {
	var ws string
	c := &cobra.Command{Use: use, Short: short, Args: exactly(1)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		out, err := do(ctx, a, destinations.Caller{WorkspaceID: w.ID, Actor: actor, Admin: true}, args[0])
		if err != nil {
			return nil, err
		}
		return out, nil
	})
	return c
}
