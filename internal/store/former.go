package store

import "context"

// formerEnds are the statements that end what a process held which is no more: its reservations of credits, and its claims of runs.
var formerEnds = []string{
	`DELETE FROM credit_holds WHERE workspace_id = $1`,
	`UPDATE idempotency SET leased_until = 0 WHERE workspace_id = $1 AND status IS NULL AND leased_until > 0`,
}

// EndFormer ends the reservations and the claims of runs that an earlier process left behind. On the embedded store none outlives the process that
// held the data directory, so that a server calls this when it starts there; on a shared database their holders may be alive, and it does nothing.
func (db *DB) EndFormer(ctx context.Context) error {
	if db.dia != sqliteDialect {
		return nil
	}
	all, err := db.ListWorkspaces(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		err := db.Workspace(w.ID).Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
			for _, text := range formerEnds {
				if _, err := q.Exec(ctx, text); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return op(err, "end what an earlier process held")
		}
	}
	return nil
}
