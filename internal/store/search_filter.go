package store

import (
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// tables names the table of each kind of record.
var tables = map[filter.Kind]string{filter.Accounts: "accounts", filter.Leads: "leads", filter.Signals: "signals"}

// naturalKeys are the fields that tell records of a kind apart, in the order in which ties are broken.
var naturalKeys = map[filter.Kind][]filter.Field{
	filter.Accounts: {filter.Must(filter.Accounts, "domain")},
	filter.Leads:    {filter.Must(filter.Leads, "account.domain"), filter.Must(filter.Leads, "external_id"), filter.Must(filter.Leads, "id")},
	filter.Signals:  {filter.Must(filter.Signals, "account.domain"), filter.Must(filter.Signals, "external_id"), filter.Must(filter.Signals, "id")},
}

// foreignKey names the column that holds the id of a related record.
func foreignKey(r filter.Relation) string { return string(r) + "_id" }

// operators of leaves with one value.
var operators = map[filter.Op]string{filter.Gte: " >= ", filter.Lte: " <= ", filter.Lt: " < "}

// compiler turns filters into conditions. Names come from the filter's own table of fields; values become arguments, after the workspace's $1.
type compiler struct{ args []any }

func (c *compiler) arg(v any) string {
	c.args = append(c.args, v)
	return placeholder(len(c.args) + 1)
}

// trivial reports whether a filter holds always.
func trivial(n filter.Node) bool {
	all, ok := n.(filter.All)
	for _, part := range all {
		ok = ok && trivial(part)
	}
	return n == nil || ok
}

// node returns a condition on the record with the alias; it is true or false, never NULL.
func (c *compiler) node(alias string, n filter.Node) string {
	switch n := n.(type) {
	case filter.All:
		return c.join(alias, n, " AND ", "1 = 1")
	case filter.Any:
		return c.join(alias, n, " OR ", "1 = 0")
	case filter.Not:
		return "NOT " + c.node(alias, n.Node)
	case filter.Via:
		return c.via(alias, n)
	case filter.Leaf:
		return c.leaf(alias, n)
	}
	return "1 = 1"
}

func (c *compiler) join(alias string, parts []filter.Node, operator, empty string) string {
	if len(parts) == 0 {
		return empty
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = c.node(alias, p)
	}
	return "(" + strings.Join(texts, operator) + ")"
}

// via asks for the related record apart, and for each alternative apart, so that it is found by its own indexes.
func (c *compiler) via(alias string, n filter.Via) string {
	key, other := alias+"."+foreignKey(n.To), alias+"v"
	var selects []string
	for _, part := range alternatives(n.Node) {
		selects = append(selects, `SELECT `+other+`.id FROM `+tables[n.To.Target()]+` `+other+
			` WHERE `+other+`.workspace_id = $1 AND `+c.node(other, part))
	}
	return `(` + key + ` IS NOT NULL AND ` + key + ` IN (` + strings.Join(selects, ` UNION ALL `) + `))`
}

// alternatives returns conditions of which one must hold.
func alternatives(n filter.Node) []filter.Node {
	if either, ok := n.(filter.Any); ok && len(either) > 0 {
		return either
	}
	return []filter.Node{n}
}

func (c *compiler) leaf(alias string, l filter.Leaf) string {
	column := alias + "." + l.Field.Stored()
	var condition string
	switch l.Op {
	case filter.AnyOf:
		return alias + `.id IN (SELECT g.account_id FROM account_tags g WHERE g.workspace_id = $1 AND ` + c.oneOf("g.tag_f", l.Values) + `)`
	case filter.In:
		condition = c.oneOf(column, l.Values)
	default:
		condition = column + operators[l.Op] + c.arg(l.Values[0])
	}
	if l.Field.Required {
		return condition
	}
	return `(` + column + ` IS NOT NULL AND ` + condition + `)`
}

func (c *compiler) oneOf(column string, values []any) string {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = c.arg(v)
	}
	if len(places) == 1 {
		return column + ` = ` + places[0]
	}
	return column + ` IN (` + strings.Join(places, ", ") + `)`
}
