package oracle

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// None is how a missing value is written in a row.
const None = "(none)"

// Where returns the rows that fulfil every test.
func Where[T any](rows []T, tests ...func(T) bool) (out []T) {
	for _, r := range rows {
		if !slices.ContainsFunc(tests, func(test func(T) bool) bool { return !test(r) }) {
			out = append(out, r)
		}
	}
	return out
}

// Count returns how many rows fulfil every test.
func Count[T any](rows []T, tests ...func(T) bool) int { return len(Where(rows, tests...)) }

// Distinct returns how many different values the rows have; missing ones, which are empty, do not count.
func Distinct[T any](rows []T, value func(T) string) int {
	seen := Tally(rows, value)
	delete(seen, None)
	return len(seen)
}

// Counts says how often each value is there.
type Counts map[string]int

// Tally counts the rows by a value; an empty one counts as None.
func Tally[T any](rows []T, value func(T) string) Counts {
	return TallyEach(rows, func(r T) []string {
		if v := value(r); v != "" {
			return []string{v}
		}
		return nil
	})
}

// TallyEach counts each row once for each of its values, and as None when it has none.
func TallyEach[T any](rows []T, values func(T) []string) Counts {
	out := Counts{}
	for _, r := range rows {
		all := values(r)
		if len(all) == 0 {
			all = []string{None}
		}
		for _, v := range all {
			out[v]++
		}
	}
	return out
}

// AtLeast keeps the values that are there n times or more.
func (c Counts) AtLeast(n int) Counts {
	out := maps.Clone(c)
	maps.DeleteFunc(out, func(_ string, have int) bool { return have < n })
	return out
}

// Rows returns "value: count" by value, bytewise.
func (c Counts) Rows() []string {
	keys := slices.Collect(maps.Keys(c))
	slices.SortFunc(keys, after)
	return c.rows(keys)
}

// Top returns the n rows with the highest counts, ties by value, bytewise, None last.
func (c Counts) Top(n int) []string {
	keys := slices.Collect(maps.Keys(c))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(c[b], c[a]), after(a, b)) })
	return c.rows(keys[:min(n, len(keys))])
}

// Cut is Top where it matters: it returns nothing unless the row after the last has the same count as the last.
func (c Counts) Cut(n int) []string {
	values := slices.SortedFunc(maps.Values(c), func(a, b int) int { return b - a })
	if n >= len(values) || values[n-1] != values[n] {
		return nil
	}
	return c.Top(n)
}

// after orders values bytewise, None last.
func after(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == None:
		return 1
	case b == None:
		return -1
	}
	return cmp.Compare(a, b)
}

func (c Counts) rows(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k + ": " + strconv.Itoa(c[k])
	}
	return out
}

// Group parts the rows by a value, in the order in which the values first come.
func Group[T any](rows []T, value func(T) string) (keys []string, groups map[string][]T) {
	groups = map[string][]T{}
	for _, r := range rows {
		v := value(r)
		if v == "" {
			v = None
		}
		if _, ok := groups[v]; !ok {
			keys = append(keys, v)
		}
		groups[v] = append(groups[v], r)
	}
	slices.SortFunc(keys, after)
	return keys, groups
}
