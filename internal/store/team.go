package store

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// ChangeTeam implements workspaces.Store. The workspace's row is the lock, so that two who remove each other at once do so one after the other.
func (db *DB) ChangeTeam(ctx context.Context, workspaceID string, do func(now time.Time, members []workspaces.Member) (*workspaces.TeamChange, error)) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE workspaces SET plan = plan WHERE id = $1`, workspaceID)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, fault.NotFound.Detail())
		}
		if err != nil {
			return op(err, "lock the team")
		}
		members, err := db.ListMembers(ctx, workspaceID)
		if err != nil {
			return err
		}
		c, err := do(tx.Time(), members)
		if err != nil || c == nil {
			return err
		}
		if c.Remove {
			return db.RemoveMember(ctx, workspaceID, c.Member.ID, c.Entry)
		}
		return db.changeMember(ctx, tx, *c)
	})
}

// changeMember writes the role and the setup token of a member.
func (db *DB) changeMember(ctx context.Context, tx *Tx, c workspaces.TeamChange) error {
	m, hash := c.Member, any(nil)
	if m.SetupTokenHash != [32]byte{} {
		hash = m.SetupTokenHash[:]
	}
	_, err := tx.Exec(ctx, `UPDATE members SET role = $3, setup_token_hash = $4, setup_expires_at = $5 WHERE workspace_id = $1 AND id = $2`,
		m.WorkspaceID, m.ID, string(m.Role), hash, micros(m.SetupExpiresAt))
	if err != nil {
		return op(err, "change member %q", m.ID)
	}
	return db.Workspace(m.WorkspaceID).Record(ctx, c.Entry)
}
