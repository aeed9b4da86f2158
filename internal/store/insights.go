package store

import (
	"context"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var _ insights.Store = (*DB)(nil)

// Groups implements insights.Store.
func (db *DB) Groups(ctx context.Context, workspaceID string, ask func(context.Context, search.Reader) (insights.Question, error), each func(insights.Row) error) error {
	w := db.Workspace(workspaceID)
	return w.View(ctx, func(ctx context.Context, q Q) error {
		s := w.snapshot(ctx, q)
		question, err := ask(ctx, s)
		if err != nil {
			return err
		}
		return op(s.groups(ctx, question, each), "group %s", question.Kind)
	})
}

func (s snapshot) groups(ctx context.Context, q insights.Question, each func(insights.Row) error) error {
	sel, err := s.selection(ctx, q.Kind, search.Where{Filter: q.Filter})
	if err != nil {
		return err
	}
	_, lite := s.w.db.dia.value.(liteValue)
	g := grouping{selection: sel, layered: lite && readsMembers(q), places: map[string]string{}}
	g.join(q)
	for _, k := range q.Keys {
		if err := g.key(ctx, s, q, k); err != nil {
			return err
		}
	}
	for _, m := range q.Measures {
		g.measure(m)
	}
	rows, err := s.q.Query(ctx, g.statement(), g.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row, err := g.scan(rows, q)
		if err != nil {
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// grouping puts a grouped statement together.
type grouping struct {
	*selection
	columns []string
	by      string
	kinds   []cellKind // of the columns

	layered bool // fields are read by an inner statement, each once a row
	inner   []string
	places  map[string]string // the inner columns of what was read
	joined  string            // to the inner statement
}

// cellKind is how a column is read.
type cellKind int

const (
	cellText cellKind = iota
	cellInt
)

func (g *grouping) column(expression string, kind cellKind) {
	g.columns, g.kinds = append(g.columns, expression), append(g.kinds, kind)
}

// join adds the related records that the question looks at.
func (g *grouping) join(q insights.Question) {
	var order []search.Order
	for _, k := range q.Keys {
		order = append(order, search.Order{Via: k.Via})
	}
	for _, m := range q.Measures {
		if m.Expr != nil {
			order = append(order, search.Order{Via: m.Expr.Via})
		}
	}
	g.from += joins(order)
}

func aliasOf(via filter.Relation) string {
	if via == "" {
		return "r"
	}
	return string(via)
}

func kindOf(f filter.Field) cellKind {
	switch f.Type {
	case filter.Int, filter.Time, filter.Bool:
		return cellInt
	}
	return cellText
}

// key adds an expression to group by.
func (g *grouping) key(ctx context.Context, s snapshot, q insights.Question, e insights.Expr) error {
	alias, kind := aliasOf(e.Via), kindOf(e.Field)
	var expression string
	switch {
	case e.Unit != "":
		var err error
		if expression, err = g.bucket(ctx, s, q, e); err != nil {
			return err
		}
	case e.Field.Type == filter.List, e.Field.Type == filter.JSON:
		expression = g.elements(alias, e)
	default:
		expression = g.whole(alias, e)
	}
	g.column(expression, kind)
	if g.by == "" {
		g.by = ` GROUP BY `
	} else {
		g.by += `, `
	}
	g.by += placeholder(len(g.columns))[1:] // by ordinal: PostgreSQL takes the same expression with other placeholders for another one
	return nil
}

// elements joins the elements of a list, each once, and returns the expression of one. What is no list counts as itself.
func (g *grouping) elements(alias string, e insights.Expr) string {
	number := placeholder(len(g.columns) + 1)[1:]
	value := g.dia.value
	list := e.Field.Type == filter.List
	if list && e.Folded && e.Field.Name == "tags" {
		name := `g` + number
		g.from += ` LEFT JOIN account_tags ` + name + ` ON ` + name + `.workspace_id = $1 AND ` + name + `.account_id = ` + alias + `.id`
		return g.once(name, func() string { return name + `.tag_f` })
	}
	whole := g.whole(alias, e)
	array := whole
	if !list {
		array = `CASE WHEN substr(` + whole + `, 1, 1) = '[' THEN ` + whole + ` END`
	}
	join, element := value.each(array, `e`+number, list || e.Folded)
	if g.layered {
		g.joined += join
	} else {
		g.from += join
	}
	if list {
		return element
	}
	return `COALESCE(` + element + `, CASE WHEN substr(` + whole + `, 1, 1) <> '[' THEN ` + whole + ` END)`
}

// whole is the value of an expression. An object has no folded form.
func (g *grouping) whole(alias string, e insights.Expr) string {
	switch {
	case !e.Folded:
		return g.kept(alias, e.Field)
	case e.Field.Type == filter.JSON:
		return `NULLIF(` + g.compared(alias, e.Field) + `, 'o')`
	}
	return g.compared(alias, e.Field)
}

// measure adds the columns of a figure, as scan reads them.
func (g *grouping) measure(m insights.Measure) {
	if m.Expr == nil {
		g.column(`COUNT(*)`, cellInt)
		return
	}
	alias, f := aliasOf(m.Expr.Via), m.Expr.Field
	switch m.Fn {
	case wire.Count:
		g.column(`COUNT(`+g.present(alias, f)+`)`, cellInt)
	case wire.CountDistinct:
		g.column(`COUNT(DISTINCT CASE WHEN `+g.present(alias, f)+` IS NOT NULL THEN `+g.whole(alias, *m.Expr)+` END)`, cellInt)
	case wire.Sum:
		g.column(g.dia.value.sum(g.number(alias, f)), cellText)
	case wire.Avg:
		g.column(g.dia.value.sum(g.number(alias, f)), cellText)
		g.column(`COUNT(`+g.number(alias, f)+`)`, cellInt)
	case wire.Min, wire.Max:
		g.edge(strings.ToUpper(string(m.Fn)), alias, *m.Expr)
	}
}

// present is the value of a field, NULL also for an empty list: a list is a set, and one without elements is missing.
func (g *grouping) present(alias string, f filter.Field) string {
	switch f.Type {
	case filter.List:
		return `NULLIF(` + g.kept(alias, f) + `, '[]')`
	case filter.JSON:
		return `NULLIF(` + g.compared(alias, f) + `, '[]')`
	}
	return g.kept(alias, f)
}

// number is the value of a numeric field; of a JSON one the JSON text when it is a number.
func (g *grouping) number(alias string, f filter.Field) string {
	if f.Type != filter.JSON {
		return g.kept(alias, f)
	}
	value := g.compared(alias, f)
	return `CASE WHEN ` + value + ` >= 'n' AND ` + value + ` < 'o' THEN ` + g.kept(alias, f) + ` END`
}

// edge adds the least or greatest value, and of a JSON field the least or greatest number and text.
func (g *grouping) edge(fn, alias string, e insights.Expr) {
	f := e.Field
	if f.Type != filter.JSON {
		g.column(fn+`(`+g.whole(alias, e)+`)`, kindOf(f))
		return
	}
	value := g.compared(alias, f)
	g.column(fn+`(CASE WHEN `+value+` >= 'n' AND `+value+` < 'o' THEN `+value+` END)`, cellText)
	text := `substr(` + value + `, 2)`
	if !e.Folded {
		text = g.plain(alias, f)
	}
	g.column(fn+`(CASE WHEN `+value+` >= 's' AND `+value+` < 't' THEN `+text+` END)`, cellText)
}

// scan reads a row of what key and measure added.
func (g *grouping) scan(rows Rows, q insights.Question) (row insights.Row, err error) {
	cells := make([]any, len(g.kinds))
	for i, k := range g.kinds {
		if k == cellInt {
			cells[i] = new(*int64)
		} else {
			cells[i] = new(*string)
		}
	}
	if err := rows.Scan(cells...); err != nil {
		return row, err
	}
	next := func() any {
		v := valueOf(cells[0])
		cells = cells[1:]
		return v
	}
	for range q.Keys {
		row.Keys = append(row.Keys, next())
	}
	for _, m := range q.Measures {
		var v insights.Value
		switch m.Fn {
		case wire.Count, wire.CountDistinct:
			v.Count, _ = next().(int64)
		case wire.Sum:
			v.Sum, _ = next().(string)
		case wire.Avg:
			v.Sum, _ = next().(string)
			v.Count, _ = next().(int64)
		default:
			if m.Expr.Field.Type == filter.JSON {
				v.Least, _ = next().(string)
			}
			v.Edge = next()
		}
		row.Values = append(row.Values, v)
	}
	return row, nil
}
