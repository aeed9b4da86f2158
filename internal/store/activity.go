package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// recorded runs fn and writes the entry in one transaction, so that both are kept or neither.
func (db *DB) recorded(ctx context.Context, e activity.Entry, fn func(ctx context.Context, tx *Tx) error) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		return db.Workspace(e.WorkspaceID).Record(ctx, e)
	})
}

// Record appends e to the workspace's activity log, within the transaction that ctx carries where there is one.
// fault.Conflict when the entry's id is taken. The entry's own workspace is overruled by the handle's.
func (w *Workspace) Record(ctx context.Context, e activity.Entry) error {
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	text, err := json.Marshal(detail) // keys come out sorted
	if err != nil {
		return fmt.Errorf("encode the detail of an activity entry: %w", err)
	}
	_, err = w.q(ctx).Exec(ctx, `INSERT INTO activity (workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.At.UnixMicro(), string(e.Actor.Kind), e.Actor.Name, e.Actor.KeyID, string(e.Action), e.ObjectType, e.ObjectID, string(text))
	return op(err, "record %s", e.Action)
}

// Activity returns the entries that pass the filter, newest first: by time descending, then id descending.
// An unknown Before gives an empty list.
func (w *Workspace) Activity(ctx context.Context, f activity.Filter) ([]activity.Entry, error) {
	where, args := activityWhere(f)
	text := `SELECT workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail
		FROM activity WHERE workspace_id = $1` + where + ` ORDER BY at DESC, id DESC` + limit(f.Limit)
	out, err := collect(ctx, w.q(ctx), scanActivity, text, args...)
	return out, op(err, "list the activity log")
}

// activityWhere returns further conditions; their placeholders begin after the workspace's.
func activityWhere(f activity.Filter) (string, []any) {
	var b strings.Builder
	var args []any
	add := func(condition string, arg any) {
		args = append(args, arg)
		fmt.Fprintf(&b, condition, len(args)+1)
	}
	if f.Actor != "" {
		add(` AND actor_name = $%d`, f.Actor)
	}
	if f.Action != "" {
		add(` AND action = $%d`, string(f.Action))
	}
	if !f.From.IsZero() {
		add(` AND at >= $%d`, f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		add(` AND at < $%d`, f.To.UnixMicro())
	}
	if f.Before != "" {
		add(` AND (at, id) < (SELECT at, id FROM activity WHERE workspace_id = $1 AND id = $%d)`, f.Before)
	}
	return b.String(), args
}

func scanActivity(row Row) (e activity.Entry, err error) {
	var at int64
	var detail string
	err = row.Scan(&e.WorkspaceID, &e.ID, &at, &e.Actor.Kind, &e.Actor.Name, &e.Actor.KeyID, &e.Action, &e.ObjectType, &e.ObjectID, &detail)
	if err != nil {
		return e, err
	}
	e.At = fromMicros(at)
	if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
		return e, fmt.Errorf("read the detail of activity entry %s: %w", e.ID, err)
	}
	return e, nil
}

// ListActivity is Workspace.Activity for callers that hold no handle.
func (db *DB) ListActivity(ctx context.Context, workspaceID string, f activity.Filter) ([]activity.Entry, error) {
	return db.Workspace(workspaceID).Activity(ctx, f)
}
