package store

import (
	"context"
	"database/sql"
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
	if e.Source == (activity.Source{}) {
		e.Source = activity.SourceOf(ctx)
	}
	err = w.Tx(ctx, func(ctx context.Context, _ *Tx, q Q) error {
		_, err := q.Exec(ctx, `INSERT INTO activity (`+activityColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			e.ID, e.At.UnixMicro(), string(e.Actor.Kind), e.Actor.Name, e.Actor.KeyID, string(e.Action), e.ObjectType, e.ObjectID, string(text),
			unlessEmpty(e.Source.Door), unlessEmpty(e.Source.Address))
		if err == nil {
			_, err = q.Exec(ctx, `INSERT INTO activity_pending (workspace_id, id) VALUES ($1, $2)`, e.ID)
		}
		return err
	})
	return op(err, "record %s", e.Action)
}

const activityColumns = `workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail, door, address`

// unlessEmpty returns s for a column that is NULL where there is nothing to say.
func unlessEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Activity returns the entries that pass the filter, newest first: by time descending, then id descending.
// An unknown Before gives an empty list.
func (w *Workspace) Activity(ctx context.Context, f activity.Filter) ([]activity.Entry, error) {
	where, args := activityWhere(f)
	text := `SELECT ` + activityColumns + ` FROM activity WHERE workspace_id = $1` + where + ` ORDER BY at DESC, id DESC` + limit(f.Limit)
	out, err := collect(ctx, w.q(ctx), scanActivity, text, args...)
	return out, op(err, "list the activity log")
}

// activityWhere returns further conditions; their placeholders begin after the workspace's.
func activityWhere(f activity.Filter, before ...any) (string, []any) {
	c := conditions{args: before}
	if f.Actor != "" {
		c.add(`(actor_name = $%[1]d OR actor_key_id = $%[1]d)`, f.Actor)
	}
	c.addText(`actor_kind = $%d`, string(f.Kind))
	if group, ok := f.Action.Group(); ok { // the byte after the point is the slash
		c.add(`action >= $%d`, group)
		c.add(`action < $%d`, strings.TrimSuffix(group, ".")+"/")
	} else {
		c.addText(`action = $%d`, string(f.Action))
	}
	c.addText(`object_type = $%d`, f.ObjectType)
	c.addText(`object_id = $%d`, f.ObjectID)
	if !f.From.IsZero() {
		c.add(`at >= $%d`, f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		c.add(`at < $%d`, f.To.UnixMicro())
	}
	c.addText(`(at, id) < (SELECT at, id FROM activity WHERE workspace_id = $1 AND id = $%d)`, f.Before)
	return c.text.String(), c.args
}

// conditions gathers what a row must meet; the first placeholder is the workspace's.
type conditions struct {
	text strings.Builder
	args []any
}

func (c *conditions) add(condition string, arg any) {
	c.args = append(c.args, arg)
	fmt.Fprintf(&c.text, ` AND `+condition, len(c.args)+1)
}

// addText adds nothing for an empty text.
func (c *conditions) addText(condition, arg string) {
	if arg != "" {
		c.add(condition, arg)
	}
}

func scanActivity(row Row) (activity.Entry, error) {
	var r activityRow
	if err := row.Scan(r.dest()...); err != nil {
		return activity.Entry{}, err
	}
	return r.entry()
}

// activityRow reads activityColumns.
type activityRow struct {
	e             activity.Entry
	at            int64
	detail        string
	door, address sql.NullString
}

func (r *activityRow) dest(before ...any) []any {
	e := &r.e
	return append(before, &e.WorkspaceID, &e.ID, &r.at, &e.Actor.Kind, &e.Actor.Name, &e.Actor.KeyID, &e.Action, &e.ObjectType, &e.ObjectID, &r.detail, &r.door, &r.address)
}

func (r *activityRow) entry() (activity.Entry, error) {
	r.e.At, r.e.Source = fromMicros(r.at), activity.Source{Door: r.door.String, Address: r.address.String}
	if err := json.Unmarshal([]byte(r.detail), &r.e.Detail); err != nil {
		return r.e, fmt.Errorf("read the detail of activity entry %s: %w", r.e.ID, err)
	}
	return r.e, nil
}

// ListActivity is Workspace.Activity for callers that hold no handle.
func (db *DB) ListActivity(ctx context.Context, workspaceID string, f activity.Filter) ([]activity.Entry, error) {
	return db.Workspace(workspaceID).Activity(ctx, f)
}
