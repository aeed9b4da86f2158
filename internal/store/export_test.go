package store

import (
	"context"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/unstuckengine/unstuck/internal/search"
)

// Explaining is a search.Store that keeps the plans of the statements that count and page.
type Explaining struct {
	*DB
	Plans []string
}

// Read implements search.Store.
func (e *Explaining) Read(ctx context.Context, workspaceID string, fn func(ctx context.Context, r search.Reader) error) error {
	w := e.DB.Workspace(workspaceID)
	return w.View(ctx, func(ctx context.Context, q Q) error { return fn(ctx, w.snapshot(ctx, explainQ{q, e})) })
}

type explainQ struct {
	Q
	e *Explaining
}

func (q explainQ) Query(ctx context.Context, sql string, args ...any) (Rows, error) {
	if strings.Contains(sql, ` ORDER BY `) {
		if err := q.explain(ctx, "page", sql, args); err != nil {
			return nil, err
		}
	}
	return q.Q.Query(ctx, sql, args...)
}

func (q explainQ) QueryRow(ctx context.Context, sql string, args ...any) Row {
	if strings.HasPrefix(sql, `SELECT COUNT(*)`) || strings.Contains(sql, ` record_counts `) {
		if err := q.explain(ctx, "count", sql, args); err != nil {
			q.e.Plans = append(q.e.Plans, err.Error())
		}
	}
	return q.Q.QueryRow(ctx, sql, args...)
}

func (q explainQ) explain(ctx context.Context, what, sql string, args []any) error {
	plan, read := what+":\n", litePlan
	command := `EXPLAIN QUERY PLAN `
	if q.e.DB.dia == postgresDialect {
		command, read = `EXPLAIN (COSTS OFF) `, pgPlan
	}
	lines, err := collect(ctx, q.Q, read(), command+sql, args...)
	q.e.Plans = append(q.e.Plans, plan+strings.Join(lines, "\n"))
	return err
}

// litePlan reads the lines of a plan of SQLite, moved in as deep as they stand.
func litePlan() func(Row) (string, error) {
	depth := map[int64]int{0: 0}
	return func(row Row) (string, error) {
		var id, parent, unused int64
		var detail string
		err := row.Scan(&id, &parent, &unused, &detail)
		depth[id] = depth[parent] + 1
		return strings.Repeat("  ", depth[id]) + detail, err
	}
}

func pgPlan() func(Row) (string, error) {
	return func(row Row) (line string, err error) {
		err = row.Scan(&line)
		return "  " + line, err
	}
}

// GoMigrations returns the migrations that are written in Go.
func GoMigrations(engine goose.Dialect) ([]*goose.Migration, error) {
	if engine == goose.DialectPostgres {
		return goMigrations(postgresDialect)
	}
	return goMigrations(sqliteDialect)
}
