package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

var _ search.Store = (*DB)(nil)

// Read implements search.Store.
func (db *DB) Read(ctx context.Context, workspaceID string, fn func(ctx context.Context, r search.Reader) error) error {
	w := db.Workspace(workspaceID)
	return w.View(ctx, func(ctx context.Context, q Q) error { return fn(ctx, w.snapshot(ctx, q)) })
}

// snapshot is search.Reader over a transaction.
type snapshot struct {
	w      *Workspace
	q      Q
	undone bool // it may yet be: the transaction writes
}

// snapshot returns the reader over q, which is the transaction of ctx if there is one.
func (w *Workspace) snapshot(ctx context.Context, q Q) snapshot {
	return snapshot{w, q, txFrom(ctx, w.db) != nil}
}

// Vocabulary implements search.Reader.
func (s snapshot) Vocabulary(ctx context.Context, after int64) (v search.Vocabulary, err error) {
	var reset int64
	err = s.q.QueryRow(ctx, `SELECT short_id, words_version, words_reset, texts_version, texts_reset FROM workspaces WHERE id = $1`).
		Scan(&v.ShortID, &v.Version, &reset, &v.Texts, &v.TextsReset)
	if s.undone {
		v.Texts = search.NoTexts
	}
	if v.Reset = after < reset; v.Reset {
		after = 0
	}
	if err == nil && v.Version > after {
		v.Words, err = collect(ctx, s.q, func(row Row) (word string, err error) { return word, row.Scan(&word) },
			`SELECT word FROM words WHERE workspace_id = $1 AND version > $2`, after)
	}
	return v, op(err, "read the vocabulary")
}

// selection puts a statement on records together.
type selection struct {
	compiler
	from       string
	conditions []string
}

// selection begins a statement on the records of a kind that fulfil w, with the alias r.
func (s snapshot) selection(ctx context.Context, k filter.Kind, w search.Where) (*selection, error) {
	out := &selection{compiler: compiler{dia: s.w.db.dia}, from: tables[k] + ` r`}
	if asksIndex(k, w.Filter) {
		if err := s.q.QueryRow(ctx, `SELECT short_id FROM workspaces WHERE id = $1`).Scan(&out.short); err != nil {
			return nil, op(err, "read the workspace's short id")
		}
	}
	if w.Match != nil {
		text := s.w.db.dia.text
		from, condition := text.source(tables[k], out.arg(text.expression(w.Match)))
		out.from, out.conditions = from, []string{condition}
	}
	if !search.Always(w.Filter) {
		out.conditions = append(out.conditions, out.node(subject{k, "r"}, w.Filter))
	}
	return out, nil
}

func (s *selection) also(condition string) { s.conditions = append(s.conditions, condition) }

// text returns the statement; end follows the conditions.
func (s *selection) text(columns, end string) string {
	return `SELECT ` + columns + ` FROM ` + s.from + ` WHERE ` + strings.Join(append([]string{`r.workspace_id = $1`}, s.conditions...), ` AND `) + end
}

// limit returns the clause for at most n rows, or nothing for 0. It is spelt out, since SQLite compiles a statement anew each time a value is
// bound to its LIMIT.
func limit(n int) string {
	if n == 0 {
		return ""
	}
	return ` LIMIT ` + strconv.Itoa(n)
}

// Count implements search.Reader.
func (s snapshot) Count(ctx context.Context, k filter.Kind, w search.Where) (n int, err error) {
	if w.Match == nil && search.Always(w.Filter) { // see the migration that makes record_counts
		err = s.q.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM record_counts WHERE workspace_id = $1 AND kind = $2`, tables[k]).Scan(&n)
		return n, op(err, "count all %s", k)
	}
	sel, err := s.selection(ctx, k, w)
	if err != nil {
		return 0, err
	}
	text := sel.text(`COUNT(*)`, ``)
	if w.Match != nil && search.Always(w.Filter) {
		text = s.w.db.dia.text.count(tables[k])
	}
	err = s.q.QueryRow(ctx, text, sel.args...).Scan(&n)
	return n, op(err, "count %s", k)
}

// gatherCap is how many records are found first and then sorted. More are looked for in their order, of which a page is soon found.
const gatherCap = 1000

// Sorted implements search.Reader.
func (s snapshot) Sorted(ctx context.Context, k filter.Kind, w search.Where, l search.List) ([]search.Hit, error) {
	sel, err := s.selection(ctx, k, w)
	if err != nil {
		return nil, err
	}
	keys := sel.sortKeys(k, l.Order)
	sel.from += joins(l.Order)
	narrow := len(sel.conditions) > 0
	if l.After != nil {
		condition, err := sel.after(keys, l.After)
		if err != nil {
			return nil, err
		}
		sel.also(condition)
	} else if first := keys[0]; first.number && !first.nullable {
		sel.also(sel.anywhere(first))
	}
	text := ``
	if narrow && l.Total <= gatherCap {
		// The inner limit cuts nothing; it keeps the planner from walking all records in order.
		columns, sorted := aliased(keys)
		text = `SELECT * FROM (` + sel.text(columns, limit(gatherCap)) + `) found` + orderBy(sorted) + limit(l.Limit)
	} else {
		columns, _ := aliased(keys)
		text = sel.text(columns, orderBy(keys)+limit(l.Limit))
	}
	hits, err := collect(ctx, s.q, func(row Row) (search.Hit, error) { return scanHit(row, keys) }, text, sel.args...)
	return hits, op(err, "sort %s", k)
}

// aliased returns the columns of a hit, and the keys as they are called outside of that selection.
func aliased(keys []sortKey) (columns string, outside []sortKey) {
	columns = `r.id AS id`
	for i, key := range keys {
		name := `key` + strconv.Itoa(i)
		columns += `, ` + key.column + ` AS ` + name
		key.column = name
		outside = append(outside, key)
	}
	return columns, outside
}

func scanHit(row Row, keys []sortKey) (h search.Hit, err error) {
	cells := []any{&h.ID}
	for _, k := range keys {
		if k.number {
			cells = append(cells, new(*int64))
		} else {
			cells = append(cells, new(*string))
		}
	}
	if err := row.Scan(cells...); err != nil {
		return h, err
	}
	for _, c := range cells[1:] {
		h.Position = append(h.Position, valueOf(c))
	}
	return h, nil
}

// valueOf returns what a scanned cell holds, nil for NULL.
func valueOf(cell any) any {
	switch p := cell.(type) {
	case **int64:
		if *p != nil {
			return **p
		}
	case **string:
		if *p != nil {
			return **p
		}
	}
	return nil
}

// Values implements search.Reader.
func (s snapshot) Values(ctx context.Context, k filter.Kind, f filter.Field, limited int) ([]string, error) {
	c := compiler{dia: s.w.db.dia}
	value := c.compared("r", f)
	list, err := collect(ctx, s.q, func(row Row) (v string, err error) { return v, row.Scan(&v) },
		`SELECT DISTINCT `+value+` FROM `+tables[k]+` r WHERE r.workspace_id = $1 AND `+value+` IS NOT NULL`+limit(limited), c.args...)
	return list, op(err, "read the values of %s", k)
}

// candidateColumns are, by kind, what a candidate's place in the ranking is made of and, after the bar, its further texts.
var candidateColumns = map[filter.Kind][2]string{
	filter.Accounts: {`, r.id, COALESCE(r.name_f, ''), r.name_words, r.domain, r.external_id`, `, COALESCE(r.aliases, '[]'), COALESCE(r.description_f, '')`},
	filter.Leads:    {`, r.id, COALESCE(r.name_f, ''), r.name_words, r.account_domain, r.external_id`, `, COALESCE(r.title_f, ''), COALESCE(r.company_f, '')`},
}

// Places implements search.Reader.
func (s snapshot) Places(ctx context.Context, k filter.Kind, w search.Where, limited int) ([]any, error) {
	sel, err := s.selection(ctx, k, w)
	if err != nil {
		return nil, err
	}
	text := sel.text(s.w.db.dia.text.place(w.Match != nil), limit(limited))
	if w.Match != nil && search.Always(w.Filter) {
		text = s.w.db.dia.text.places(tables[k]) + limit(limited)
	}
	list, err := collect(ctx, s.q, func(row Row) (place any, err error) { return place, row.Scan(&place) }, text, sel.args...)
	return list, op(err, "find %s", k)
}

// Candidates implements search.Reader.
func (s snapshot) Candidates(ctx context.Context, k filter.Kind, w search.Where, span search.Span) ([]search.Candidate, error) {
	sel, err := s.selection(ctx, k, w)
	if err != nil {
		return nil, err
	}
	place := s.w.db.dia.text.place(w.Match != nil)
	for _, b := range []struct {
		operator string
		value    any
	}{{` > `, span.After}, {` <= `, span.Up}} {
		if b.value != nil {
			sel.also(place + b.operator + sel.arg(b.value))
		}
	}
	if span.At != nil {
		sel.also(s.w.db.dia.anyOf(place, sel.arg(s.w.db.dia.text.list(span.At))))
	}
	columns := place + candidateColumns[k][0]
	if span.Texts {
		columns += candidateColumns[k][1]
	}
	text := sel.text(columns, ` ORDER BY `+place+limit(span.Limit))
	list, err := collect(ctx, s.q, func(row Row) (search.Candidate, error) { return scanCandidate(row, k, span.Texts) }, text, sel.args...)
	return list, op(err, "rank %s", k)
}

// Texts implements search.Reader.
func (s snapshot) Texts(ctx context.Context, k filter.Kind, after int64, each func(search.Candidate) error) error {
	sel := selection{from: tables[k] + ` r`}
	if after > search.NoTexts { // else the condition would only mislead the planner
		sel.also(`r.texts_version > ` + sel.arg(after))
	}
	columns := s.w.db.dia.text.place(false) + candidateColumns[k][0] + candidateColumns[k][1]
	rows, err := s.q.Query(ctx, sel.text(columns, ``), sel.args...)
	if err != nil {
		return op(err, "read the texts of %s", k)
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanCandidate(rows, k, true)
		if err == nil {
			err = each(c)
		}
		if err != nil {
			return op(err, "read the texts of %s", k)
		}
	}
	return op(rows.Err(), "read the texts of %s", k)
}

func scanCandidate(row Row, k filter.Kind, texts bool) (c search.Candidate, err error) {
	cells := []any{&c.Place, &c.ID, &c.Name, &c.NameWords, &c.Domain, &c.ExternalID}
	if !texts {
		return c, row.Scan(cells...)
	}
	var first, second string
	if err := row.Scan(append(cells, &first, &second)...); err != nil {
		return c, err
	}
	if k == filter.Leads {
		c.Rest = []string{first, second}
		return c, nil
	}
	c.Alias, err = readList(first)
	c.Alias, c.Rest = append(c.Alias, *c.Domain), []string{second}
	return c, err
}
