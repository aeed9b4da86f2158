package storetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// asker draws questions whose values come from a world, changed a little, so that most conditions hold for some records and not for others.
type asker struct {
	paths  map[filter.Kind][]string
	types  map[filter.Kind]map[string]filter.Type
	values map[filter.Kind]map[string][]any // as written; the elements of lists
	mixed  map[filter.Kind]map[string]bool  // paths that hold lists somewhere, whose order and number the contract leaves open
	pages  int
}

// mostValues is how many values of a path are drawn from.
const mostValues = 300

func newAsker(w world, pages int) *asker {
	a := &asker{paths: map[filter.Kind][]string{}, types: map[filter.Kind]map[string]filter.Type{}, values: map[filter.Kind]map[string][]any{}, mixed: map[filter.Kind]map[string]bool{}, pages: pages}
	members := map[filter.Kind][]string{}
	for _, k := range answerKinds {
		members[k] = memberPaths(w[k])
	}
	for _, k := range answerKinds {
		a.types[k], a.values[k], a.mixed[k] = map[string]filter.Type{}, map[string][]any{}, map[string]bool{}
		for _, path := range filter.Paths(k) {
			a.add(w, k, path, members)
		}
	}
	return a
}

// memberPaths returns the paths within the caller's own members of the records that can be asked for.
func memberPaths(list []*entity) []string {
	found := map[string]bool{}
	var walk func(k filter.Kind, prefix string, object any)
	walk = func(k filter.Kind, prefix string, object any) {
		members, _ := object.(map[string]any)
		for name, value := range members {
			if _, _, ok := filter.Lookup(k, prefix+name); ok {
				found[prefix+name] = true
				walk(k, prefix+name+".", value)
			}
		}
	}
	for _, e := range list {
		for _, name := range []string{"custom", "context"} {
			walk(e.kind, name+".", e.members[name])
		}
	}
	return append(slices.Sorted(maps.Keys(found)), "custom.nowhere", "context.nowhere")
}

// add takes in a path; one with a pattern stands for all members that the records have there.
func (a *asker) add(w world, k filter.Kind, path string, members map[filter.Kind][]string) {
	if before, pattern := strings.CutSuffix(path, ".<name>"); pattern {
		at := k
		for _, rel := range []filter.Relation{filter.ToAccount, filter.ToLead} {
			if strings.HasPrefix(path, string(rel)+".") {
				at = rel.Target()
			}
		}
		prefix := before[:strings.LastIndex(before, ".")+1]
		for _, member := range members[at] {
			if _, _, ok := filter.Lookup(k, prefix+member); ok {
				a.add(w, k, prefix+member, nil)
			}
		}
		return
	}
	_, f, _ := filter.Lookup(k, path)
	a.paths[k], a.types[k][path] = append(a.paths[k], path), f.Type
	step := 1 + len(w[k])/(3*mostValues)
	for i := 0; i < len(w[k]) && len(a.values[k][path]) < mostValues; i += step {
		v := w[k][i].asWritten(path)
		if list, ok := v.([]any); ok {
			a.mixed[k][path] = true
			a.values[k][path] = append(a.values[k][path], list...)
		} else if v != nil {
			a.values[k][path] = append(a.values[k][path], v)
		}
	}
	for i := 0; i < len(w[k]) && !a.mixed[k][path]; i++ {
		_, isList := w[k][i].asWritten(path).([]any)
		a.mixed[k][path] = isList
	}
}

// budget bounds a filter as the contract does.
type budget struct{ leaves, related int }

func (a *asker) question() *rapid.Generator[answerQuestion] {
	return rapid.Custom(func(t *rapid.T) answerQuestion {
		q := answerQuestion{Kind: rapid.SampledFrom(answerKinds).Draw(t, "kind"), Limit: rapid.SampledFrom([]int{100, 40, 23, 7}).Draw(t, "limit"), Pages: a.pages}
		for range rapid.SampledFrom([]int{0, 1, 1, 2, 3}).Draw(t, "sorts") {
			q.Sort = append(q.Sort, wire.Sort{Field: a.sortable(t, q.Kind), Dir: rapid.SampledFrom([]wire.Direction{"", wire.Ascending, wire.Descending}).Draw(t, "direction")})
		}
		if rapid.IntRange(0, 19).Draw(t, "filtered") > 0 {
			q.Filter = a.condition(t, q.Kind, 3, &budget{30, 4})
		}
		return q
	})
}

// sortable draws a path with values that have an order.
func (a *asker) sortable(t *rapid.T, k filter.Kind) string {
	return rapid.SampledFrom(a.paths[k]).Filter(func(path string) bool { return a.types[k][path] != filter.List && !a.mixed[k][path] }).Draw(t, "sort")
}

func (a *asker) condition(t *rapid.T, k filter.Kind, depth int, b *budget) map[string]any {
	forms := []string{"leaf", "leaf", "leaf", "leaf"}
	if depth > 0 && b.leaves > 4 {
		forms = append(forms, "all", "any", "not")
	}
	if depth > 0 && b.related > 0 {
		forms = append(forms, map[filter.Kind][]string{filter.Accounts: {"signals", "leads"}, filter.Leads: {"signals", "account"}, filter.Signals: {"account", "lead"}}[k]...)
	}
	form := rapid.SampledFrom(forms).Draw(t, "form")
	switch form {
	case "leaf":
		b.leaves--
		return a.leaf(t, k)
	case "not":
		return map[string]any{form: a.condition(t, k, depth-1, b)}
	case "all", "any":
		var parts []any
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			parts = append(parts, a.condition(t, k, depth-1, b))
		}
		return map[string]any{form: parts}
	case "account", "lead":
		b.related--
		return map[string]any{form: a.condition(t, filter.Relation(form).Target(), depth-1, b)}
	}
	b.related--
	return map[string]any{form: a.count(t, filter.Kind(form), depth, b)}
}

// count draws a condition on how many records there are.
func (a *asker) count(t *rapid.T, k filter.Kind, depth int, b *budget) map[string]any {
	c := map[string]any{}
	chance := func(name string) bool { return rapid.Bool().Draw(t, name) }
	number := func(name string, least int) json.Number {
		return json.Number(fmt.Sprint(rapid.IntRange(least, least+4).Draw(t, name)))
	}
	if chance("min") {
		c["min"] = number("least", 1)
	}
	if chance("max") {
		least, _ := c["min"].(json.Number)
		n, _ := least.Int64() // 0 for none
		c["max"] = number("most", int(n))
	}
	if chance("where") {
		c["where"] = a.condition(t, k, depth-1, b)
	}
	if chance("distinct") {
		c["distinct"] = a.sortable(t, k)
	}
	if k == filter.Signals {
		a.window(t, c)
	}
	return c
}

func (a *asker) window(t *rapid.T, c map[string]any) {
	values := a.values[filter.Signals]
	if rapid.Bool().Draw(t, "types") {
		c["types"] = rapid.SliceOfN(rapid.SampledFrom(values["signal_type"]), 1, 3).Draw(t, "types")
	}
	times := rapid.SampledFrom(values["occurred_at"])
	switch rapid.IntRange(0, 3).Draw(t, "window") {
	case 0:
		c["last_days"] = json.Number(fmt.Sprint(rapid.IntRange(1, 400).Draw(t, "days")))
	case 1:
		c["from"] = times.Draw(t, "from")
	case 2:
		from, to := times.Draw(t, "from"), times.Draw(t, "to")
		if moment(from).After(moment(to)) {
			from, to = to, from
		}
		c["from"], c["to"] = from, to
	}
}

func (a *asker) leaf(t *rapid.T, k filter.Kind) map[string]any {
	path := rapid.SampledFrom(a.paths[k]).Draw(t, "field")
	op := rapid.SampledFrom(filter.Operators(a.types[k][path])).Draw(t, "op")
	leaf := map[string]any{"field": path, "op": op}
	switch op {
	case "present", "missing":
	case "in", "not_in", "any_of", "all_of", "none_of":
		var values []any
		for range rapid.SampledFrom([]int{1, 2, 3, 30}).Draw(t, "values") {
			values = append(values, a.operand(t, k, path, op))
		}
		leaf["value"] = values
	default:
		leaf["value"] = a.operand(t, k, path, op)
	}
	return leaf
}

// operand draws a value that the operator takes.
func (a *asker) operand(t *rapid.T, k filter.Kind, path, op string) any {
	typ := a.types[k][path]
	if ownTime(path) { // the engines' own clocks
		return rapid.SampledFrom([]string{"2001-01-01T00:00:00Z", "2999-01-01T00:00:00+02:00"}).Draw(t, "far time")
	}
	aboutText, aboutOrder := strings.Contains("prefix suffix word phrase fuzzy", op), strings.Contains("gt gte lt lte", op)
	fits := func(v any) bool {
		_, isText := v.(string)
		_, isNumber := v.(json.Number)
		_, isBool := v.(bool)
		return isText || typ == filter.JSON && !aboutText && isNumber || typ == filter.JSON && !aboutText && !aboutOrder && isBool || typ == filter.Int && isNumber || typ == filter.Bool && isBool
	}
	var pool []any
	for _, v := range a.values[k][path] {
		if fits(v) {
			pool = append(pool, v)
		}
	}
	pool = append(pool, map[filter.Type]any{filter.Int: json.Number("7"), filter.Bool: true, filter.Time: "2026-03-01T00:00:00.000000001Z"}[typ])
	if pool[len(pool)-1] == nil {
		pool[len(pool)-1] = "Zürich's 100%"
	}
	v := rapid.SampledFrom(pool).Draw(t, "value")
	if s, ok := v.(string); ok && typ != filter.Time && !labelForm.MatchString(s) {
		v = changed(t, s, op)
	}
	return v
}

// changed draws a text that is like s and fits the operator.
func changed(t *rapid.T, s, op string) string {
	runes := []rune(s)
	runes = runes[:min(len(runes), 80)] // the longest value is 400 bytes
	n := rapid.IntRange(0, len(runes)).Draw(t, "cut")
	words := text.Tokens(string(runes))
	switch op {
	case "prefix":
		runes = runes[:n]
	case "suffix":
		runes = []rune(s)[max(0, len([]rune(s))-n):]
		runes = runes[max(0, len(runes)-80):]
	case "word", "phrase", "fuzzy":
		if len(words) > 0 {
			from := rapid.IntRange(0, len(words)-1).Draw(t, "from")
			runes = []rune(strings.Join(words[from:min(len(words), from+rapid.IntRange(1, 2).Draw(t, "words"))], " "))
			runes = runes[:min(len(runes), 80)]
		}
		if i := rapid.IntRange(0, 3*len(runes)).Draw(t, "typing error"); op == "fuzzy" && i < len(runes) {
			runes[i] = 'q'
		}
	}
	s = string(runes)
	if rapid.IntRange(0, 3).Draw(t, "case") == 0 {
		s = strings.ToUpper(s)
	}
	switch {
	case op == "fuzzy" && len(text.Tokens(s)) == 0, strings.Contains("prefix suffix word phrase", op) && text.Fold(s) == "":
		return "x"
	}
	return s
}

// answersNow is the time of every question.
var answersNow = time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
