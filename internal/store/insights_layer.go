package store

import (
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/insights"
)

// readsMembers tells whether a question looks at members of JSON objects. A figure of one names it several times, and SQLite would parse the object
// each time.
func readsMembers(q insights.Question) bool {
	for _, k := range q.Keys {
		if k.Field.Type == filter.JSON {
			return true
		}
	}
	for _, m := range q.Measures {
		if m.Expr != nil && m.Expr.Field.Type == filter.JSON {
			return true
		}
	}
	return false
}

// statement puts the parts together. The limit, which is none, keeps SQLite from merging the inner statement into the outer one.
func (g *grouping) statement() string {
	if !g.layered {
		return g.text(strings.Join(g.columns, ", "), g.by)
	}
	return `SELECT ` + strings.Join(g.columns, ", ") + ` FROM (` + g.text(strings.Join(g.inner, ", "), ` LIMIT -1`) + `) v` + g.joined + g.by
}

// once returns an expression, or the inner column that holds it, which is the same for the same name.
func (g *grouping) once(name string, expression func() string) string {
	if !g.layered {
		return expression()
	}
	if place, ok := g.places[name]; ok {
		return place
	}
	column := `c` + strconv.Itoa(len(g.inner)+1)
	g.inner = append(g.inner, expression()+` AS `+column)
	g.places[name] = `v.` + column
	return g.places[name]
}

// kept, compared and plain are those of the compiler, each read once.
func (g *grouping) kept(alias string, f filter.Field) string {
	return g.once("kept "+alias+"."+f.Name, func() string { return g.compiler.kept(alias, f) })
}

func (g *grouping) compared(alias string, f filter.Field) string {
	return g.once("compared "+alias+"."+f.Name, func() string { return g.compiler.compared(alias, f) })
}

func (g *grouping) plain(alias string, f filter.Field) string {
	return g.once("plain "+alias+"."+f.Name, func() string { return g.compiler.plain(alias, f) })
}
