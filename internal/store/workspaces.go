package store

import (
	"context"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var _ workspaces.Store = (*DB)(nil)

const workspaceColumns = `id, slug, name, plan, rate_per_minute, burst, credits_balance, credits_monthly, credits_resets_at, created_at`

func scanWorkspace(row Row) (w workspaces.Workspace, err error) {
	var resets, created int64
	err = row.Scan(&w.ID, &w.Slug, &w.Name, &w.Plan, &w.Limits.RatePerMinute, &w.Limits.Burst,
		&w.Credits.Balance, &w.Credits.Monthly, &resets, &created)
	w.Credits.ResetsAt, w.CreatedAt = fromMicros(resets), fromMicros(created)
	return w, err
}

// shortIDAttempts bounds how often two workspaces made at once may draw the same short id before one is refused.
const shortIDAttempts = 20

// InsertWorkspace implements workspaces.Store. It also gives the workspace the short id of its text index: the next
// after the highest, drawn again when a workspace made at the same moment took it.
func (db *DB) InsertWorkspace(ctx context.Context, w workspaces.Workspace, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		if err := notTaken(ctx, tx, w); err != nil {
			return err
		}
		for range shortIDAttempts {
			n, err := tx.Exec(ctx, `INSERT INTO workspaces (`+workspaceColumns+`, short_id)
				SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COALESCE(MAX(short_id), 0) + 1 FROM workspaces WHERE TRUE
				ON CONFLICT (short_id) DO NOTHING`,
				w.ID, w.Slug, w.Name, string(w.Plan), w.Limits.RatePerMinute, w.Limits.Burst,
				w.Credits.Balance, w.Credits.Monthly, w.Credits.ResetsAt.UnixMicro(), w.CreatedAt.UnixMicro())
			if err != nil {
				return op(err, "insert workspace %q", w.ID)
			}
			if n == 1 {
				return insertLedger(ctx, db.Workspace(w.ID).bind(tx), []credits.Entry{credits.Opening(w.CreatedAt, w.Credits.Balance)})
			}
		}
		return fault.New(fault.Conflict, fault.Conflict.Detail())
	})
}

// notTaken answers fault.Conflict when the id or slug is taken, before the insert would end a PostgreSQL transaction.
func notTaken(ctx context.Context, tx *Tx, w workspaces.Workspace) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM workspaces WHERE id = $1 OR slug = $2`, w.ID, w.Slug).Scan(&n); err != nil {
		return op(err, "look for workspace %q", w.ID)
	}
	if n > 0 {
		return fault.New(fault.Conflict, fault.Conflict.Detail())
	}
	return nil
}

// FindWorkspace implements workspaces.Store.
func (db *DB) FindWorkspace(ctx context.Context, ref string) (workspaces.Workspace, error) {
	w, err := scanWorkspace(db.q(ctx).QueryRow(ctx, `SELECT `+workspaceColumns+` FROM workspaces WHERE id = $1 OR slug = $1`, ref))
	return w, op(err, "find the workspace")
}

// ListWorkspaces implements workspaces.Store.
func (db *DB) ListWorkspaces(ctx context.Context) ([]workspaces.Workspace, error) {
	out, err := collect(ctx, db.q(ctx), scanWorkspace, `SELECT `+workspaceColumns+` FROM workspaces ORDER BY created_at, id`)
	return out, op(err, "list workspaces")
}

// UpdateWorkspace implements workspaces.Store.
func (db *DB) UpdateWorkspace(ctx context.Context, id string, c workspaces.Change, e activity.Entry) (out workspaces.Workspace, err error) {
	err = db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		if err := db.setCredits(ctx, id, c); err != nil {
			return err
		}
		out, err = scanWorkspace(tx.QueryRow(ctx, `UPDATE workspaces SET plan = COALESCE($2, plan), rate_per_minute = COALESCE($3, rate_per_minute),
			burst = COALESCE($4, burst) WHERE id = $1 RETURNING `+workspaceColumns,
			id, orNull((*string)(c.Plan)), orNull(c.RatePerMinute), orNull(c.Burst)))
		return op(err, "update workspace %q", id)
	})
	return out, err
}

// setCredits changes grant and bucket by the ledger, where the change names them.
func (db *DB) setCredits(ctx context.Context, id string, c workspaces.Change) error {
	if c.Monthly == nil && c.Credits == nil {
		return nil
	}
	return db.ChangeCredits(ctx, credits.Ref{WorkspaceID: id}, func(ctx context.Context, a *credits.Account) error {
		a.CatchUp() // before it is asked what was granted this month
		if c.Monthly != nil {
			granted, err := db.Workspace(id).granted(ctx, credits.MonthOf(a.ResetsAt))
			if err != nil {
				return err
			}
			a.SetMonthly(*c.Monthly, granted)
		}
		if c.Credits != nil {
			a.SetBucket(*c.Credits)
		}
		return nil
	})
}

// granted returns what was granted since the time.
func (w *Workspace) granted(ctx context.Context, since time.Time) (sum int64, err error) {
	err = w.q(ctx).QueryRow(ctx, `SELECT CAST(COALESCE(SUM(bucket), 0) AS BIGINT) FROM credit_ledger WHERE workspace_id = $1 AND kind = $2 AND at >= $3`,
		string(credits.Granted), since.UnixMicro()).Scan(&sum)
	return sum, op(err, "add up the grants")
}

// InsertMember implements workspaces.Store.
func (db *DB) InsertMember(ctx context.Context, m workspaces.Member, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		var hash any
		if m.SetupTokenHash != [32]byte{} {
			hash = m.SetupTokenHash[:]
		}
		_, err := tx.Exec(ctx, `INSERT INTO members (id, workspace_id, email, role, setup_token_hash, setup_expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			m.ID, m.WorkspaceID, m.Email, string(m.Role), hash, micros(m.SetupExpiresAt), m.CreatedAt.UnixMicro())
		return op(err, "insert member %q", m.ID)
	})
}

// ListMembers implements workspaces.Store.
func (db *DB) ListMembers(ctx context.Context, workspaceID string) ([]workspaces.Member, error) {
	out, err := collect(ctx, db.q(ctx), scanMember,
		`SELECT `+memberColumns+` FROM members WHERE workspace_id = $1 ORDER BY created_at, id`, workspaceID)
	return out, op(err, "list members")
}

const memberColumns = `id, workspace_id, email, role, setup_token_hash, COALESCE(setup_expires_at, 0), created_at, COALESCE(last_seen_at, 0), password_hash IS NOT NULL`

func scanMember(row Row) (m workspaces.Member, err error) {
	var hash []byte
	var expires, created, seen int64
	err = row.Scan(&m.ID, &m.WorkspaceID, &m.Email, &m.Role, &hash, &expires, &created, &seen, &m.SetUp)
	copy(m.SetupTokenHash[:], hash)
	m.SetupExpiresAt, m.CreatedAt, m.LastSeenAt = fromMicros(expires), fromMicros(created), fromMicros(seen)
	return m, err
}

// RemoveMember implements workspaces.Store.
func (db *DB) RemoveMember(ctx context.Context, workspaceID, memberID string, e activity.Entry) error {
	return db.recorded(ctx, e, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM members WHERE workspace_id = $1 AND id = $2`, workspaceID, memberID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		return op(err, "remove member %q", memberID)
	})
}

// ShortID returns the number that stands before each of the workspace's tokens in the text index.
func (w *Workspace) ShortID(ctx context.Context) (id int64, err error) {
	err = w.q(ctx).QueryRow(ctx, `SELECT short_id FROM workspaces WHERE id = $1`).Scan(&id)
	return id, op(err, "read the workspace's short id")
}

// orNull returns what p points at, or NULL.
func orNull[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// op names the operation of an error; its code stays. nil stays nil.
func op(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
