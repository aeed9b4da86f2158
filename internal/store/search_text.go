package store

import (
	"encoding/json"
	"strings"

	"github.com/unstuckengine/unstuck/internal/search"
)

// textIndex is how an engine finds records by their index tokens. In its texts the record's table has the alias r.
type textIndex interface {
	// source returns the tables to read from, and the condition that the record matches the expression bound to p.
	source(table, p string) (from, condition string)
	// count returns a statement that counts the matches of the expression bound to $2.
	count(table string) string
	// places returns a statement that finds the places of the matches of the expression bound to $2.
	places(table string) string
	// list returns places as the argument of dialect.anyOf.
	list(places []any) any
	// holds returns the condition that the record with the alias matches the expression bound to p.
	holds(table, alias, p string) string
	// expression returns the argument for the others.
	expression(e search.Expr) string
	// forget returns a statement that takes the record with the id bound to $2 out of the index, or "" where it goes with its row.
	forget(table string) string
	// place returns the column by whose order records came in; matched tells whether source is read from.
	place(matched bool) string
}

// liteText is FTS5. The index is read first: the planner knows nothing of how few records it leaves.
type liteText struct{}

func (liteText) source(table, p string) (from, condition string) {
	return table + `_fts f CROSS JOIN ` + table + ` r ON r.doc = f.rowid`, table + `_fts MATCH ` + p
}

// count needs no record: the tokens themselves belong to the workspace, by its short id.
func (liteText) count(table string) string {
	return `SELECT COUNT(*) FROM ` + table + `_fts WHERE ` + table + `_fts MATCH $2 AND EXISTS (SELECT 1 FROM workspaces WHERE id = $1)`
}

func (liteText) places(table string) string {
	return `SELECT rowid FROM ` + table + `_fts WHERE ` + table + `_fts MATCH $2 AND EXISTS (SELECT 1 FROM workspaces WHERE id = $1)`
}

func (liteText) list(places []any) any {
	b, err := json.Marshal(places)
	if err != nil { // numbers always marshal
		return "[]"
	}
	return string(b)
}

func (liteText) holds(table, alias, p string) string {
	return alias + `.doc IN (SELECT rowid FROM ` + table + `_fts WHERE ` + table + `_fts MATCH ` + p + `)`
}

func (liteText) forget(table string) string {
	return `DELETE FROM ` + table + `_fts WHERE rowid = (SELECT doc FROM ` + table + ` WHERE workspace_id = $1 AND id = $2)`
}

// place is the index's own rowid where it can be: by r.doc everything would be found and then sorted.
func (liteText) place(matched bool) string {
	if matched {
		return "f.rowid"
	}
	return "r.doc"
}

func (liteText) expression(e search.Expr) string {
	return syntax{and: " AND ", or: " OR ", minus: " NOT ", quote: `"`, prefix: " *"}.text(e)
}

// pgText is a tsvector column under GIN.
type pgText struct{}

func (pgText) source(table, p string) (from, condition string) {
	return table + ` r`, `r.search @@ ` + p + `::text::tsquery`
}

func (pgText) count(table string) string {
	return `SELECT COUNT(*) FROM ` + table + ` r WHERE r.workspace_id = $1 AND r.search @@ $2::text::tsquery`
}

func (pgText) places(table string) string {
	return `SELECT r.id FROM ` + table + ` r WHERE r.workspace_id = $1 AND r.search @@ $2::text::tsquery`
}

func (pgText) list(places []any) any {
	ids := make([]string, len(places))
	for i, p := range places {
		ids[i], _ = p.(string) // as Places scanned it
	}
	return ids
}

func (pgText) holds(_, alias, p string) string { return alias + `.search @@ ` + p + `::text::tsquery` }

func (pgText) forget(string) string { return "" }

func (pgText) place(bool) string { return "r.id" }

func (pgText) expression(e search.Expr) string {
	return syntax{and: " & ", or: " | ", minus: " & !", quote: `'`, prefix: ":*"}.text(e)
}

// syntax spells expressions. Tokens hold letters and digits alone, so that quoting them is enough.
type syntax struct{ and, or, minus, quote, prefix string }

func (s syntax) text(e search.Expr) string {
	var b strings.Builder
	s.write(&b, e)
	return b.String()
}

func (s syntax) write(b *strings.Builder, e search.Expr) {
	switch e := e.(type) {
	case search.And:
		s.join(b, e, s.and)
	case search.Or:
		s.join(b, e, s.or)
	case search.Minus:
		s.join(b, []search.Expr{e.A, e.B}, s.minus)
	case search.Word:
		b.WriteString(s.quote + e.Token + s.quote)
		if e.Prefix {
			b.WriteString(s.prefix)
		}
	}
}

func (s syntax) join(b *strings.Builder, parts []search.Expr, operator string) {
	b.WriteByte('(')
	for i, p := range parts {
		if i > 0 {
			b.WriteString(operator)
		}
		s.write(b, p)
	}
	b.WriteByte(')')
}
