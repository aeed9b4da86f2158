package store

import (
	"context"
	"database/sql"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
)

var _ chain.Store = (*DB)(nil)

// Unsealed implements chain.Store.
func (db *DB) Unsealed(ctx context.Context) ([]string, error) {
	out, err := collect(ctx, db.q(ctx), scanText, `SELECT DISTINCT workspace_id FROM activity_pending ORDER BY workspace_id`)
	return out, op(err, "look for entries outside of the chain")
}

// Extend implements chain.Store. The lock is the row of the head.
func (db *DB) Extend(ctx context.Context, workspaceID string, most int, link func(chain.Head, []activity.Entry) ([]chain.Link, error)) (n int, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		head, err := lockHead(ctx, q)
		if err != nil {
			return err
		}
		entries, err := w.unsealed(ctx, q, most)
		if n = len(entries); err != nil || n == 0 {
			return err
		}
		links, err := link(head, entries)
		if err != nil {
			return err
		}
		return w.keepLinks(ctx, tx, q, links)
	})
	return n, op(err, "extend the chain of the activity log")
}

// unsealed returns entries that wait. They are taken by id, which grows with time: by an index of the few that wait, however long the log is.
func (w *Workspace) unsealed(ctx context.Context, q Q, most int) ([]activity.Entry, error) {
	ids, err := collect(ctx, q, scanText, `SELECT id FROM activity_pending WHERE workspace_id = $1 ORDER BY id`+limit(most))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return collect(ctx, q, scanActivity, `SELECT `+activityColumns+` FROM activity WHERE workspace_id = $1 AND `+w.db.dia.anyOf("id", "$2")+`
		AND NOT EXISTS (SELECT 1 FROM activity_chain c WHERE c.workspace_id = $1 AND c.entry_id = activity.id) ORDER BY at, id`, w.db.dia.list(ids))
}

// lockHead returns the end of the chain, and keeps others from adding to it until the transaction ends.
func lockHead(ctx context.Context, q Q) (h chain.Head, err error) {
	var hash []byte
	err = q.QueryRow(ctx, `INSERT INTO activity_heads AS h (workspace_id, seq, hash) VALUES ($1, 0, $2)
		ON CONFLICT (workspace_id) DO UPDATE SET seq = h.seq RETURNING seq, hash`, h.Hash[:]).Scan(&h.Seq, &hash)
	h.Hash = hashOf(hash)
	return h, err
}

// hashOf returns the zero Hash, which nothing has, for bytes that are none.
func hashOf(b []byte) (h chain.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}

var linkColumns = []column{{"seq", intColumn}, {"entry_id", textColumn}, {"hash", bytesColumn}, {"seal", bytesColumn}}

func (w *Workspace) keepLinks(ctx context.Context, tx *Tx, q Q, links []chain.Link) error {
	rows, ids := make([][]any, len(links)), make([]string, len(links))
	for i, l := range links {
		rows[i], ids[i] = []any{l.Seq, l.EntryID, l.Hash[:], l.Seal}, l.EntryID
	}
	if _, err := w.insertMany(ctx, tx, bulk{table: "activity_chain", columns: linkColumns, rows: rows}); err != nil {
		return err
	}
	last := links[len(links)-1]
	if _, err := q.Exec(ctx, `UPDATE activity_heads SET seq = $2, hash = $3 WHERE workspace_id = $1`, last.Seq, last.Hash[:]); err != nil {
		return err
	}
	_, err := q.Exec(ctx, `DELETE FROM activity_pending WHERE workspace_id = $1 AND `+w.db.dia.anyOf("id", "$2"), w.db.dia.list(ids))
	return err
}

// ReadChain implements chain.Store.
func (db *DB) ReadChain(ctx context.Context, workspaceID string, fn func(ctx context.Context, r chain.Reader) error) error {
	return db.Workspace(workspaceID).View(ctx, func(ctx context.Context, q Q) error { return fn(ctx, chainReader{q}) })
}

// chainReader is a chain.Reader over one snapshot.
type chainReader struct{ q Q }

// Links implements chain.Reader.
func (r chainReader) Links(ctx context.Context, after int64, most int) ([]chain.Found, error) {
	out, err := collect(ctx, r.q, scanLink, `SELECT `+linkedColumns+linkedEntry+`
		FROM activity_chain c LEFT JOIN activity a ON a.workspace_id = c.workspace_id AND a.id = c.entry_id
		WHERE c.workspace_id = $1 AND c.seq > $2 ORDER BY c.seq`+limit(most), after)
	return out, op(err, "read the chain of the activity log")
}

// linkedEntry is activityColumns of an entry a that may not be there.
const linkedEntry = `COALESCE(a.workspace_id, ''), COALESCE(a.id, ''), COALESCE(a.at, 0), COALESCE(a.actor_kind, ''), COALESCE(a.actor_name, ''),
	COALESCE(a.actor_key_id, ''), COALESCE(a.action, ''), COALESCE(a.object_type, ''), COALESCE(a.object_id, ''), COALESCE(a.detail, ''), a.door, a.address`

// linkedColumns are those of a link c; they come before linkedEntry, and say whether the entry is there.
const linkedColumns = `c.seq, c.entry_id, c.hash, c.seal, a.id, `

// linkRow reads a link with its entry.
type linkRow struct {
	f          chain.Found
	hash, prev []byte
	id         sql.NullString
	entry      activityRow
}

func (r *linkRow) dest(before ...any) []any {
	return r.entry.dest(append(before, &r.f.Seq, &r.f.EntryID, &r.hash, &r.f.Seal, &r.id)...)
}

// found returns what was read; an entry whose detail is no JSON is none, with the error.
func (r *linkRow) found() (chain.Found, error) {
	r.f.Hash, r.f.Prev = hashOf(r.hash), hashOf(r.prev)
	if !r.id.Valid {
		return r.f, nil
	}
	e, err := r.entry.entry()
	if err == nil {
		r.f.Entry = &e
	}
	return r.f, err
}

func scanLink(row Row) (chain.Found, error) {
	var r linkRow
	if err := row.Scan(r.dest()...); err != nil {
		return r.f, err
	}
	f, _ := r.found() // what cannot be read is told of by the chain
	return f, nil
}

func scanSealed(row Row) (chain.Found, error) {
	var r linkRow
	if err := row.Scan(r.dest(&r.prev)...); err != nil {
		return r.f, err
	}
	return r.found()
}

// Head implements chain.Reader. Where no entry was ever sealed there is no row, and nothing to lose.
func (r chainReader) Head(ctx context.Context) (h chain.Head, err error) {
	heads, err := collect(ctx, r.q, func(row Row) (h chain.Head, err error) {
		var hash []byte
		err = row.Scan(&h.Seq, &hash)
		h.Hash = hashOf(hash)
		return h, err
	}, `SELECT seq, hash FROM activity_heads WHERE workspace_id = $1`)
	if len(heads) > 0 {
		h = heads[0]
	}
	return h, op(err, "read the end of the chain of the activity log")
}

// Loose implements chain.Reader.
func (r chainReader) Loose(ctx context.Context) (l chain.Loose, err error) {
	err = r.q.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM activity_pending WHERE workspace_id = $1),
		(SELECT COALESCE(MIN(a.id), '') FROM activity a WHERE a.workspace_id = $1
			AND NOT EXISTS (SELECT 1 FROM activity_chain c WHERE c.workspace_id = $1 AND c.entry_id = a.id)
			AND NOT EXISTS (SELECT 1 FROM activity_pending p WHERE p.workspace_id = $1 AND p.id = a.id)),
		(SELECT COALESCE(MIN(p.id), '') FROM activity_pending p WHERE p.workspace_id = $1
			AND NOT EXISTS (SELECT 1 FROM activity a WHERE a.workspace_id = $1 AND a.id = p.id)),
		(SELECT COALESCE(MIN(p.id), '') FROM activity_pending p WHERE p.workspace_id = $1
			AND EXISTS (SELECT 1 FROM activity_chain c WHERE c.workspace_id = $1 AND c.entry_id = p.id))`).Scan(&l.Waiting, &l.Stray, &l.Lost, &l.Twice)
	return l, op(err, "look at what is outside of the chain of the activity log")
}

// Sealed implements chain.Store.
func (db *DB) Sealed(ctx context.Context, workspaceID string, f activity.Filter, after int64, most int) ([]chain.Found, error) {
	f.Before = ""
	where, args := activityWhere(f, after)
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), scanSealed, `SELECT
		(SELECT p.hash FROM activity_chain p WHERE p.workspace_id = $1 AND p.seq = c.seq - 1), `+linkedColumns+linkedEntry+`
		FROM activity_chain c JOIN activity a ON a.workspace_id = c.workspace_id AND a.id = c.entry_id
		WHERE c.workspace_id = $1 AND c.seq > $2`+where+` ORDER BY c.seq`+limit(most), args...)
	return out, op(err, "read the sealed entries")
}

// HashAt implements chain.Store.
func (db *DB) HashAt(ctx context.Context, workspaceID string, seq int64) (chain.Hash, error) {
	var hash []byte
	err := db.Workspace(workspaceID).q(ctx).QueryRow(ctx, `SELECT hash FROM activity_chain WHERE workspace_id = $1 AND seq = $2`, seq).Scan(&hash)
	return hashOf(hash), op(err, "read a link of the chain of the activity log")
}
