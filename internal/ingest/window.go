package ingest

import (
	"cmp"
	"slices"
)

// The window is how far ahead an import reads before it writes: lines about one record within it are merged in one
// transaction, so that two that contradict each other do not change the record back and forth at every run.
const (
	windowLines = 20_000
	windowBytes = 16 << 20
)

// batches parts the lines of a window into batches of about 500 lines, lines of one record together. The records are in
// the order of their first lines, the lines of each in theirs.
func batches[T any](window []parsed[T]) [][]parsed[T] {
	groups := group(window)
	order := make([]int, len(window))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(groups[a], groups[b]) })
	var out [][]parsed[T]
	var batch []parsed[T]
	for n, i := range order {
		if len(batch) >= batchLines && groups[i] != groups[order[n-1]] {
			out, batch = append(out, batch), nil
		}
		batch = append(batch, window[i])
	}
	if len(batch) > 0 {
		out = append(out, batch)
	}
	return out
}

// group returns for each line the first line that is joined to it by a common key, directly or over others.
func group[T any](window []parsed[T]) []int {
	first := make([]int, len(window))
	find := func(i int) int {
		for first[i] != i {
			first[i] = first[first[i]] // halve the way for the next one
			i = first[i]
		}
		return i
	}
	byKey := map[string]int{}
	for i := range window {
		first[i] = i
		for _, key := range window[i].keys {
			j, known := byKey[key]
			if !known {
				byKey[key] = i
				continue
			}
			a, b := find(i), find(j)
			first[max(a, b)] = min(a, b)
		}
	}
	for i := range first {
		first[i] = find(i)
	}
	return first
}
