package store

import (
	"strconv"
	"strings"
)

// valueSyntax is how an engine reads JSON and compares texts beyond what SQL says alike.
type valueSyntax interface {
	// member returns the text of a member of the JSON object in column; p is bound to its key.
	member(column, p string) string
	// raw returns the JSON text of a member, NULL for null; p is bound to its key.
	raw(column, p string) string
	// key is the argument for a member of objects within each other.
	key(names ...string) any
	// elements returns a table of the elements of a JSON array of texts, or none for NULL, and the expression of one.
	elements(array string) (table, value string)
	// phrase returns the condition that a folded text holds the phrase that p is bound to by phraseArg.
	phrase(expression, p string) string
	phraseArg(phrase string) any
	// tail returns the last n characters.
	tail(expression string, n int) string
	// each returns a join of the different elements of a JSON array, none for NULL, and the expression of one: its text where the array holds
	// texts, else its JSON text, NULL for null.
	each(array, alias string, texts bool) (join, value string)
	// sum returns the exact sum of integers or of decimal numbers in texts, as a text; NULL of none.
	sum(expression string) string
	// edges tells that buckets are found among edges that are made here; else there is a function for them.
	edges() bool
}

type liteValue struct{}

func (liteValue) member(column, p string) string { return `(` + column + ` ->> ` + p + `)` }

func (liteValue) raw(column, p string) string { return `NULLIF(` + column + ` -> ` + p + `, 'null')` }

func (liteValue) key(names ...string) any {
	return `$."` + strings.Join(names, `"."`) + `"`
}

func (liteValue) elements(array string) (table, value string) {
	return `json_each(` + array + `) e`, `e.value`
}

func (liteValue) phrase(expression, p string) string {
	return phraseFunction + `(` + expression + `, ` + p + `)`
}

func (liteValue) phraseArg(phrase string) any { return phrase }

func (liteValue) tail(expression string, n int) string {
	return `substr(` + expression + `, -` + strconv.Itoa(n) + `)`
}

// each compares JSON texts, since SQLite's own values of long numbers are rounded.
func (liteValue) each(array, alias string, texts bool) (join, value string) {
	of := func(row string) string {
		if texts {
			return row + `.value`
		}
		return `((` + array + `) -> ` + row + `.fullkey)`
	}
	if value = of(alias); !texts {
		value = `NULLIF(` + value + `, 'null')`
	}
	earlier := `SELECT 1 FROM json_each(` + array + `) ` + alias + `d WHERE ` + of(alias+`d`) + ` = ` + of(alias) + ` AND ` + alias + `d.key < ` + alias + `.key`
	return ` LEFT JOIN json_each(` + array + `) ` + alias + ` ON NOT EXISTS (` + earlier + `)`, value
}

func (liteValue) sum(expression string) string { return sumFunction + `(` + expression + `)` }

func (liteValue) edges() bool { return false }

// pgValue collates what it takes out of JSON bytewise, as the columns are.
type pgValue struct{}

func (pgValue) member(column, p string) string {
	return `(` + column + `::json #>> ` + p + `::text[] COLLATE "C")`
}

func (pgValue) raw(column, p string) string {
	return `NULLIF((` + column + `::json #> ` + p + `::text[])::text COLLATE "C", 'null')`
}

func (pgValue) key(names ...string) any { return names }

func (pgValue) elements(array string) (table, value string) {
	return `json_array_elements_text((` + array + `)::json) AS e (value)`, `(e.value COLLATE "C")`
}

func (pgValue) phrase(expression, p string) string { return expression + ` ~ ` + p }

func (pgValue) phraseArg(phrase string) any { return phrasePattern(phrase) }

func (pgValue) tail(expression string, n int) string {
	return `right(` + expression + `, ` + strconv.Itoa(n) + `)`
}

func (pgValue) each(array, alias string, texts bool) (join, value string) {
	function := `json_array_elements`
	value = `NULLIF(` + alias + `.value, 'null')`
	if texts {
		function, value = `json_array_elements_text`, alias+`.value`
	}
	return ` LEFT JOIN LATERAL (SELECT DISTINCT v::text COLLATE "C" AS value FROM ` + function + `((` + array + `)::json) AS x (v)) ` + alias + ` ON true`, value
}

func (pgValue) sum(expression string) string { return `SUM((` + expression + `)::numeric)::text` }

func (pgValue) edges() bool { return true }
