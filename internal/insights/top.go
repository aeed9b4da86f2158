package insights

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// group is one row made out.
type group struct {
	keys   []cell
	values []cell
}

// position is what a group is ordered by: the cells of the order, then its keys.
type position struct{ order, keys []cell }

// openPosition reads what seal wrote.
func openPosition(values []any, order []orderKey, keys int) (*position, error) {
	measures := 0
	for _, k := range order {
		if !k.key {
			measures++
		}
	}
	if len(values) != measures+keys {
		return nil, cursor.Err
	}
	cells := make([]cell, len(values))
	for i, v := range values {
		c, ok := openCell(v)
		if !ok {
			return nil, cursor.Err
		}
		cells[i] = c
	}
	at := &position{keys: cells[measures:]}
	for _, k := range order {
		if k.key {
			at.order = append(at.order, at.keys[k.place])
		} else {
			at.order, cells = append(at.order, cells[0]), cells[1:]
		}
	}
	return at, nil
}

// compare orders positions: by the order, ties by the keys, ascending.
func (a position) compare(b position, order []orderKey) int {
	for i, k := range order {
		if c := a.order[i].directed(b.order[i], k.desc); c != 0 {
			return c
		}
	}
	for i := range a.keys {
		if c := a.keys[i].directed(b.keys[i], false); c != 0 {
			return c
		}
	}
	return 0
}

func (p *plan) positionOf(g group) position {
	at := position{keys: g.keys}
	for _, k := range p.order {
		if k.key {
			at.order = append(at.order, g.keys[k.place])
		} else {
			at.order = append(at.order, g.values[k.place])
		}
	}
	return at
}

// seal writes the figures that groups are ordered by and the keys, each once, since texts may be long.
func (p *plan) seal(at position) string {
	values := []any{p.now.UnixMicro()}
	for i, k := range p.order {
		if !k.key {
			values = append(values, at.order[i].seal())
		}
	}
	for _, c := range at.keys {
		values = append(values, c.seal())
	}
	return cursor.Seal(p.id, values)
}

// placed is a group and where it stands.
type placed struct {
	group
	at position
}

// top keeps the first groups after a position, and counts all.
type top struct {
	plan    *plan
	having  []condition
	limit   int // one more is kept, to know whether there are more
	kept    []placed
	total   int
	scanned int
}

// condition is a Having made out.
type condition struct {
	measure int
	op      wire.Comparison
	value   cell
}

func newTop(p *plan, limit int) *top {
	t := &top{plan: p, limit: limit}
	for _, h := range p.in.Having {
		i := slices.IndexFunc(p.measures, func(m wire.Measure) bool { return m.Label() == h.Measure })
		t.having = append(t.having, condition{i, h.Op, decimal(canonical(string(h.Value)))})
	}
	return t
}

// add takes one row in.
func (t *top) add(r Row) error {
	if t.scanned++; t.scanned > MaxScanned {
		return fault.Invalid("group_by", "makes more than "+strconv.Itoa(MaxScanned)+" groups; narrow the filter or group by less")
	}
	q, g := t.plan.question, group{}
	for i, v := range r.Values {
		g.values = append(g.values, valueCell(q.Measures[i], v))
	}
	for _, h := range t.having {
		if !h.holds(g.values[h.measure]) {
			return nil
		}
	}
	t.total++
	for i, k := range r.Keys {
		g.keys = append(g.keys, keyCell(q.Keys[i], k))
	}
	here := placed{g, t.plan.positionOf(g)}
	if t.plan.after != nil && here.at.compare(*t.plan.after, t.plan.order) <= 0 {
		return nil
	}
	if t.kept = append(t.kept, here); len(t.kept) >= 2*t.limit+100 {
		t.trim()
	}
	return nil
}

// trim drops what comes after the page and the group behind it.
func (t *top) trim() {
	slices.SortFunc(t.kept, func(a, b placed) int { return a.at.compare(b.at, t.plan.order) })
	t.kept = t.kept[:min(len(t.kept), t.limit+1)]
}

// page returns the groups of the page in order, and whether there are more.
func (t *top) page() (groups []placed, more bool) {
	t.trim()
	n := min(len(t.kept), t.limit)
	return t.kept[:n], n < len(t.kept)
}

// holds compares a figure; null compares with nothing, and neither does what is no number.
func (c condition) holds(v cell) bool {
	if v.rank != rankNumber {
		return false
	}
	switch d := v.compare(c.value); c.op {
	case wire.Equal:
		return d == 0
	case wire.NotEqual:
		return d != 0
	case wire.Above:
		return d > 0
	case wire.AtLeast:
		return d >= 0
	case wire.Below:
		return d < 0
	default:
		return d <= 0
	}
}

// answer makes the page out of the groups that were kept.
func (p *plan) answer(t *top) Answer {
	groups, more := t.page()
	a := Answer{More: more, Insights: wire.Insights{
		Groups: []wire.Group{}, TotalGroups: t.total, Filter: p.filter, Bucket: p.bucket(), Window: window(p.question.Kind, p.question.Filter), Now: p.now.UTC(),
	}}
	for _, g := range groups {
		a.Groups = append(a.Groups, p.group(g))
		a.Cursors = append(a.Cursors, p.cursor(g.at))
	}
	return a
}

// bucket returns the bucket with its zone named.
func (p *plan) bucket() *wire.Bucket {
	if p.in.Bucket == nil {
		return nil
	}
	b := *p.in.Bucket
	b.TZ = cmp.Or(b.TZ, time.UTC.String())
	return &b
}

func (p *plan) group(g placed) wire.Group {
	out := wire.Group{Key: map[string]wire.Value{}, Values: map[string]wire.Value{}}
	for i, c := range g.keys {
		out.Key[p.columns[i]] = c.json
	}
	for i, c := range g.values {
		out.Values[p.measures[i].Label()] = c.json
	}
	return out
}

// cursor continues after a position; it is "" for one that is too long to be taken back.
func (p *plan) cursor(at position) string {
	if c := p.seal(at); len(c) <= wire.MaxGroupsCursor {
		return c
	}
	return ""
}

// canonical returns the one spelling of a decimal number.
func canonical(literal string) string {
	b, err := strictjson.Canonical([]byte(literal))
	if err != nil { // too long for JSON as strictjson takes it; exact all the same
		return literal
	}
	return string(b)
}

// marshal is json.Marshal without HTML's escapes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
