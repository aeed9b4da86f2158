package store

import (
	"math"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

// sortKey is one column that a result is ordered by.
type sortKey struct {
	column   string
	desc     bool
	nullable bool
	number   bool
}

// sortKeys returns the keys of the order and then those of the natural key.
func (c *compiler) sortKeys(k filter.Kind, order []search.Order) (keys []sortKey) {
	for _, o := range order {
		keys = append(keys, c.sortKey(aliasOf(o.Via), o.Field, o.Desc))
	}
	for _, f := range naturalKeys[k] {
		keys = append(keys, c.sortKey("r", f, false))
	}
	return keys
}

func (c *compiler) sortKey(alias string, f filter.Field, desc bool) sortKey {
	number := f.Type == filter.Int || f.Type == filter.Time || f.Type == filter.Bool
	return sortKey{c.compared(alias, f), desc, !f.Required, number}
}

// joins returns the joins of the related records that the order looks at; a relation joins under its own name.
func joins(order []search.Order) string {
	var text string
	var seen []filter.Relation
	for _, o := range order {
		if o.Via == "" || slices.Contains(seen, o.Via) {
			continue
		}
		seen = append(seen, o.Via)
		text += leftJoin("r", o.Via, string(o.Via))
	}
	return text
}

// orderBy sorts missing values last in either direction, on either engine.
func orderBy(keys []sortKey) string {
	var parts []string
	for _, k := range keys {
		if k.nullable {
			parts = append(parts, `(`+k.column+` IS NULL)`)
		}
		if k.desc {
			parts = append(parts, k.column+` DESC`)
		} else {
			parts = append(parts, k.column)
		}
	}
	return ` ORDER BY ` + strings.Join(parts, `, `)
}

// after returns the condition that a record comes after the position, which has a value for each key.
func (c *compiler) after(keys []sortKey, position []any) (string, error) {
	if len(position) != len(keys) {
		return "", cursor.Err
	}
	condition := ""
	for i := len(keys) - 1; i >= 0; i-- {
		k, v := keys[i], position[i]
		if !k.fits(v) {
			return "", cursor.Err
		}
		equal, beyond := k.column+` IS NULL`, ""
		if v != nil {
			p := c.arg(v)
			equal, beyond = k.column+` = `+p, k.beyond(p)
		}
		condition = eitherOf(beyond, bothOf(equal, condition))
	}
	return condition + c.bound(keys[0], position[0]), nil
}

// bound says about the first key what follows from the rest, in a form that an index on it can use.
func (c *compiler) bound(k sortKey, v any) string {
	switch {
	case k.nullable:
		return ""
	case k.desc:
		return ` AND ` + k.column + ` <= ` + c.arg(v)
	}
	return ` AND ` + k.column + ` >= ` + c.arg(v)
}

// anywhere is a bound that cuts nothing off. SQLite takes it as a hint to walk the index on the key; without one it sorts all there is.
func (c *compiler) anywhere(k sortKey) string {
	if k.desc {
		return k.column + ` <= ` + c.arg(int64(math.MaxInt64))
	}
	return k.column + ` >= ` + c.arg(int64(math.MinInt64))
}

func (k sortKey) beyond(p string) string {
	condition := k.column + ` > ` + p
	if k.desc {
		condition = k.column + ` < ` + p
	}
	if k.nullable {
		condition += ` OR ` + k.column + ` IS NULL`
	}
	return condition
}

func (k sortKey) fits(v any) bool {
	switch v.(type) {
	case nil:
		return k.nullable
	case int64:
		return k.number
	case string:
		return !k.number
	}
	return false
}

// eitherOf and bothOf join conditions; an empty one is false at the end of a chain.
func eitherOf(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return `(` + a + `)`
	}
	return `(` + a + ` OR ` + b + `)`
}

func bothOf(equal, rest string) string {
	if rest == "" {
		return ""
	}
	return `(` + equal + ` AND ` + rest + `)`
}
