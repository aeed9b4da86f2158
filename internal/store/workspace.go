package store

import "context"

// Workspace is a handle on the rows of one workspace, the only way to the tenant tables. Every statement it runs has
// the workspace's id as $1, before the arguments given.
type Workspace struct {
	db *DB
	id string
}

// Workspace returns the handle for the workspace id; whether it exists is not looked up.
func (db *DB) Workspace(id string) *Workspace { return &Workspace{db: db, id: id} }

// ID returns the workspace's id.
func (w *Workspace) ID() string { return w.id }

// Tx is DB.Tx with a Q whose $1 is the workspace.
func (w *Workspace) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx, q Q) error) error {
	return w.db.Tx(ctx, func(ctx context.Context, tx *Tx) error { return fn(ctx, tx, w.bind(tx)) })
}

// View is DB.View with a Q whose $1 is the workspace.
func (w *Workspace) View(ctx context.Context, fn func(ctx context.Context, q Q) error) error {
	return w.db.View(ctx, func(ctx context.Context, q Q) error { return fn(ctx, w.bind(q)) })
}

// q returns the transaction of ctx or the primary, bound to the workspace.
func (w *Workspace) q(ctx context.Context) Q { return w.bind(w.db.q(ctx)) }

// briefQ returns the transaction of ctx, the replica or the primary, bound to the workspace, for what brief is for.
func (w *Workspace) briefQ(ctx context.Context) Q { return w.bind(brief(w.db.readQ(ctx))) }

func (w *Workspace) bind(q Q) Q { return workspaceQ{q, w.id} }

// workspaceQ puts the workspace's id in front of the arguments of every statement.
type workspaceQ struct {
	q  Q
	id string
}

func (w workspaceQ) args(args []any) []any {
	return append(append(make([]any, 0, len(args)+1), w.id), args...)
}

// Exec implements Q.
func (w workspaceQ) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	return w.q.Exec(ctx, sql, w.args(args)...)
}

// Query implements Q.
func (w workspaceQ) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	return w.q.Query(ctx, sql, w.args(args)...)
}

// QueryRow implements Q.
func (w workspaceQ) QueryRow(ctx context.Context, sql string, args ...any) Row {
	return w.q.QueryRow(ctx, sql, w.args(args)...)
}
