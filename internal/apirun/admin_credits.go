package apirun

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func (p *program) creditsCommand() *cobra.Command {
	return group("credits", "Show, list and top up what a workspace may spend", p.creditsShow(), p.creditsLedger(), p.creditsTopUp())
}

func (p *program) creditsShow() *cobra.Command {
	var ws, key string
	c := &cobra.Command{Use: "show --workspace ID [--key ID]", Short: "Print what can be spent now", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&key, "key", "", "also what this key (public id) can spend of its own limit")
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		b, err := a.Credits.Balance(ctx, w.ID, key)
		return b.View(), err
	})
	return c
}

func (p *program) creditsLedger() *cobra.Command {
	var ws string
	var f credits.Filter
	c := &cobra.Command{Use: "ledger --workspace ID", Short: "Print what came and went, newest first", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar((*string)(&f.Kind), "kind", "", "only this kind: charge, grant, reset, topup or adjust")
	c.Flags().StringVar(&f.KeyID, "key", "", "only what this key (public id) spent")
	c.Flags().StringVar(&f.JobID, "job", "", "only what this bulk job spent")
	c.Flags().IntVar(&f.Limit, "limit", 0, "at most this many rows; 0 = all")
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		if f.Kind != "" && !f.Kind.Valid() {
			return nil, fault.Invalid("kind", "must be a kind of row", credits.KindNames()...)
		}
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, err := a.Credits.Ledger(ctx, w.ID, f)
		if p.output == "table" {
			return views(list, rowOf), err
		}
		return views(list, credits.Entry.View), err
	})
	return c
}

func (p *program) creditsTopUp() *cobra.Command {
	var ws string
	var amount int64
	c := &cobra.Command{Use: "topup --workspace ID --amount N", Short: "Add credits that stay until they are spent; prints what can be spent then", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().Int64Var(&amount, "amount", 0, "how many (required)")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		b, err := a.Credits.TopUp(ctx, actor, w.ID, amount)
		return b.View(), err
	})
	return c
}

// ledgerRow is a row of the ledger for people: its id says again what stands in the other columns, at twice their width.
type ledgerRow struct {
	At       time.Time    `json:"at"`
	Kind     credits.Kind `json:"kind"`
	Amount   int64        `json:"amount"`
	Bucket   int64        `json:"bucket"`
	Provider string       `json:"provider"`
	Field    string       `json:"field"`
	RecordID string       `json:"record_id"`
	JobID    string       `json:"job_id"`
	KeyID    string       `json:"key_id"`
}

func rowOf(e credits.Entry) ledgerRow {
	return ledgerRow{e.At, e.Kind, e.Amount, e.Bucket, e.Provider, e.Field, e.RecordID, e.JobID, e.KeyID}
}
