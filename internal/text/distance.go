package text

import "unicode/utf8"

// MaxEdits is the number of typing errors that a query token is forgiven: 0 below 4 runes, 1 from 4 to 7, 2 from 8 on.
func MaxEdits(token string) int { return maxEdits(utf8.RuneCountInString(token)) }

func maxEdits(runes int) int {
	switch {
	case runes < 4:
		return 0
	case runes < 8:
		return 1
	}
	return 2
}

// Distance returns the Damerau-Levenshtein distance of a and b in runes, and true, when it is at most limit; otherwise limit+1 and false.
// It is the unrestricted distance, a metric: the two letters of a swap may have been edited in between, so that "ca" and "abc" are 2 apart
// (3 by optimal string alignment).
func Distance(a, b string, limit int) (d int, ok bool) {
	if limit < 0 {
		return 0, false
	}
	var m matrix
	d = m.distance([]rune(a), []rune(b), limit)
	return d, d <= limit
}

// matrix is reusable room for distances.
type matrix struct{ cells []int32 }

// distance returns the distance of a and b, or limit+1 when it is larger. Only cells within limit of the diagonal are worked out: the others,
// and swaps that reach across them, cost more than limit.
func (m *matrix) distance(a, b []rune, limit int) int {
	limit = min(limit, len(a)+len(b))
	if diff := len(a) - len(b); diff > limit || -diff > limit {
		return limit + 1
	}
	a, b = trimCommon(a, b)
	if len(a) == 0 || len(b) == 0 {
		return max(len(a), len(b))
	}
	g := grid{a: a, b: b, limit: limit, width: len(b) + 2}
	g.cells = m.room((len(a) + 1) * g.width)
	g.firstRow()
	for i := 1; i <= len(a); i++ {
		if g.row(i) > limit {
			return limit + 1
		}
	}
	return min(int(g.cells[len(a)*g.width+len(b)]), limit+1)
}

// trimCommon drops what both begin and end with, which changes no distance.
func trimCommon(a, b []rune) ([]rune, []rune) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

func (m *matrix) room(n int) []int32 {
	if cap(m.cells) < n {
		m.cells = make([]int32, n)
	}
	return m.cells[:n]
}

// grid is one comparison under way: cells[i*width+j] is the distance of a[:i] and b[:j], right within the band and at least limit+1 at its edges.
type grid struct {
	a, b  []rune
	cells []int32
	limit int
	width int
}

func (g *grid) firstRow() {
	for j := range min(len(g.b), g.limit+1) + 1 {
		g.cells[j] = int32(j)
	}
}

// row fills row i and returns its smallest cell. No later cell is smaller than that, for a swap across the row costs no less than the
// deletions that pass through it.
func (g *grid) row(i int) int {
	far := int32(g.limit + 1)
	lo, hi := max(1, i-g.limit), min(len(g.b), i+g.limit)
	cur, prev := g.cells[i*g.width:(i+1)*g.width], g.cells[(i-1)*g.width:i*g.width]
	cur[lo-1] = far
	if lo == 1 {
		cur[0] = int32(i)
	}
	least, lastMatch := cur[lo-1], 0
	for j := lo; j <= hi; j++ {
		cost := int32(1)
		if g.a[i-1] == g.b[j-1] {
			cost = 0
		}
		d := min(prev[j-1]+cost, prev[j]+1, cur[j-1]+1)
		if lastMatch > 0 && d > 1 {
			d = min(d, g.swap(i, j, lastMatch))
		}
		if cost == 0 {
			lastMatch = j
		}
		cur[j] = min(d, far)
		least = min(least, cur[j])
	}
	cur[hi+1] = far
	return int(least)
}

// swap returns the cost of ending in a swap: a[i] matched b[j1] earlier in this row, and b[j] must match an a[i1] earlier still.
func (g *grid) swap(i, j, j1 int) int32 {
	far := int32(g.limit + 1)
	for i1 := i - 1; i1 >= max(1, i-g.limit); i1-- {
		if g.a[i1-1] != g.b[j-1] {
			continue
		}
		if off := i1 - j1; off > g.limit || -off > g.limit {
			return far
		}
		return g.cells[(i1-1)*g.width+j1-1] + int32(i-i1+j-j1-1)
	}
	return far
}
