package store

import (
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
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

// compiler turns filters into conditions. Names come from the filter's own table of fields; values become arguments, after the workspace's $1.
type compiler struct {
	dia   *dialect
	short int64 // the workspace's short id, for conditions that the text index answers; 0 leaves it aside
	args  []any
	few   bool // few records are asked about, whose ids are known: what is related to them is found from them, not from all there is
}

// subject is the record that a condition is about: its kind, and the alias of its table.
type subject struct {
	kind  filter.Kind
	alias string
}

func (c *compiler) arg(v any) string {
	c.args = append(c.args, v)
	return placeholder(len(c.args) + 1)
}

// node returns a condition on the record; it is true or false, never NULL.
func (c *compiler) node(at subject, n filter.Node) string {
	switch n := n.(type) {
	case filter.All:
		return c.join(at, n, " AND ", "1 = 1")
	case filter.Any:
		return c.join(at, n, " OR ", "1 = 0")
	case filter.Not:
		return "NOT " + c.node(at, n.Node)
	case filter.Via:
		return c.via(at, n)
	case filter.Has:
		return c.has(at, n)
	case filter.Leaf:
		return c.leaf(at, n)
	case filter.Member:
		return at.alias + `.id IN (SELECT m.record_id FROM audience_members m WHERE m.workspace_id = $1 AND m.audience_id = ` + c.arg(n.Audience) + `)`
	}
	return "1 = 1"
}

func (c *compiler) join(at subject, parts []filter.Node, operator, empty string) string {
	if len(parts) == 0 {
		return empty
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = c.node(at, p)
	}
	return "(" + strings.Join(texts, operator) + ")"
}

// via asks for the related record apart, and for each alternative apart, so that it is found by its own indexes.
func (c *compiler) via(at subject, n filter.Via) string {
	if c.few {
		return c.viaFew(at, n)
	}
	key, other := at.alias+"."+foreignKey(n.To), subject{n.To.Target(), at.alias + "v"}
	var selects []string
	for _, part := range alternatives(n.Node) {
		selects = append(selects, `SELECT `+other.alias+`.id FROM `+tables[other.kind]+` `+other.alias+
			` WHERE `+other.alias+`.workspace_id = $1 AND `+c.node(other, part))
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

// has finds the records by those that belong to them; the ones without any are what is left.
func (c *compiler) has(at subject, n filter.Has) string {
	if c.few {
		return c.hasFew(at, n)
	}
	other := subject{n.Of, at.alias + "h"}
	back := other.alias + "." + foreignKey(relationTo(at.kind))
	text := ` IN (SELECT ` + back + ` FROM ` + tables[n.Of] + ` ` + other.alias
	counted := `*`
	if n.Distinct != nil {
		join, expression := c.path(other, *n.Distinct)
		text, counted = text+join, `DISTINCT `+expression
	}
	text += ` WHERE ` + other.alias + `.workspace_id = $1 AND ` + back + ` IS NOT NULL`
	if !search.Always(n.Where) {
		text += ` AND ` + c.node(other, n.Where)
	}
	key := at.alias + `.id`
	group := ` GROUP BY ` + back + ` HAVING COUNT(` + counted + `)`
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch {
	case n.Min <= 0 && n.Max == filter.NoMax:
		return `1 = 1`
	case n.Min <= 0 && n.Max == 0 && n.Distinct == nil:
		return `NOT ` + key + text + `)`
	case n.Min <= 0:
		return `NOT ` + key + text + group + ` > ` + number(n.Max) + `)`
	case n.Max != filter.NoMax:
		return key + text + group + ` BETWEEN ` + number(n.Min) + ` AND ` + number(n.Max) + `)`
	case n.Min == 1 && n.Distinct == nil:
		return key + text + `)`
	}
	return key + text + group + ` >= ` + number(n.Min) + `)`
}

// relationTo is how the records of other kinds point at one of this kind.
func relationTo(k filter.Kind) filter.Relation {
	if k == filter.Leads {
		return filter.ToLead
	}
	return filter.ToAccount
}

// path returns the compared value at a path from the record, and the join that it takes.
func (c *compiler) path(at subject, p filter.Path) (join, expression string) {
	if p.Via == "" {
		return "", c.compared(at.alias, p.Field)
	}
	alias := at.alias + "p"
	return leftJoin(at.alias, p.Via, alias), c.compared(alias, p.Field)
}

// leftJoin joins the related record, if there is one.
func leftJoin(alias string, via filter.Relation, as string) string {
	return ` LEFT JOIN ` + tables[via.Target()] + ` ` + as + ` ON ` + as + `.workspace_id = ` + alias + `.workspace_id AND ` +
		as + `.id = ` + alias + `.` + foreignKey(via)
}
