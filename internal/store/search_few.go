package store

import (
	"strconv"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

// apart ends a sub-select that is answered for each record by itself. The offset, which skips nothing, keeps the planner of PostgreSQL from joining
// it to all there is instead.
const apart = ` LIMIT 1 OFFSET 0)`

// viaFew is via, from the record.
func (c *compiler) viaFew(at subject, n filter.Via) string {
	other := subject{n.To.Target(), at.alias + "v"}
	return `EXISTS (SELECT 1 FROM ` + tables[other.kind] + ` ` + other.alias + ` WHERE ` + other.alias + `.workspace_id = $1 AND ` +
		other.alias + `.id = ` + at.alias + `.` + foreignKey(n.To) + ` AND ` + c.node(other, n.Node) + apart
}

// hasFew is has, from the record.
func (c *compiler) hasFew(at subject, n filter.Has) string {
	if n.Min <= 0 && n.Max == filter.NoMax {
		return `1 = 1`
	}
	other, counted, join := subject{n.Of, at.alias + "h"}, `*`, ``
	if n.Distinct != nil {
		var expression string
		join, expression = c.path(other, *n.Distinct)
		counted = `DISTINCT ` + expression
	}
	text := ` FROM ` + tables[n.Of] + ` ` + other.alias + join + ` WHERE ` + other.alias + `.workspace_id = $1 AND ` +
		other.alias + `.` + foreignKey(relationTo(at.kind)) + ` = ` + at.alias + `.id`
	if !search.Always(n.Where) {
		text += ` AND ` + c.node(other, n.Where)
	}
	switch {
	case n.Distinct == nil && n.Max == 0:
		return `NOT EXISTS (SELECT 1` + text + apart
	case n.Distinct == nil && n.Min == 1 && n.Max == filter.NoMax:
		return `EXISTS (SELECT 1` + text + apart
	}
	return `(SELECT ` + bounded(`COUNT(`+counted+`)`, n) + text + `)` // within, as PostgreSQL works BETWEEN out twice
}

// bounded says that a number lies within the bounds of n.
func bounded(number string, n filter.Has) string {
	least, most := strconv.FormatInt(n.Min, 10), strconv.FormatInt(n.Max, 10)
	switch {
	case n.Max == filter.NoMax:
		return number + ` >= ` + least
	case n.Min <= 0:
		return number + ` <= ` + most
	}
	return number + ` BETWEEN ` + least + ` AND ` + most
}

// tagsFew asks the record for its tags.
func (c *compiler) tagsFew(at subject, l filter.Leaf) string {
	text := `EXISTS (SELECT 1 FROM account_tags g WHERE g.workspace_id = $1 AND g.account_id = ` + at.alias + `.id`
	if l.Op != filter.Present {
		text += ` AND ` + c.test(`g.tag_f`, l.Op, l.Values)
	}
	return text + apart
}

// amongMost is how many ids a statement asks about at most.
const amongMost = 500

// among begins a statement on the records of the ids, at most amongMost, that fulfil the filter. What it costs depends on them and on what is related
// to them, however many others there are.
func (w *Workspace) among(k filter.Kind, n filter.Node, ids []string) *selection {
	sel := &selection{compiler: compiler{dia: w.db.dia, few: true}, from: tables[k] + ` r`}
	sel.also(w.db.dia.anyOf(`r.id`, sel.arg(w.db.dia.list(ids))))
	if !search.Always(n) {
		sel.also(sel.node(subject{k, "r"}, n))
	}
	return sel
}
