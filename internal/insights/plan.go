package insights

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// plan is an input made out.
type plan struct {
	in       wire.GetInsights
	question Question
	columns  []string // names of the keys
	measures []wire.Measure
	order    []orderKey
	id       cursor.Digest
	now      time.Time
	after    *position // nil from the first group on
	filter   json.RawMessage
}

// orderKey is a measure or a key that groups are ordered by.
type orderKey struct {
	place int // in measures, or in columns
	key   bool
	desc  bool
}

// maxWrong is how many places at fault one refusal names.
const maxWrong = 10

// newPlan takes clock for the time of a question that names none. What is wrong with the parts, their fields and the filter is told at once.
func newPlan(workspaceID string, in wire.GetInsights, clock time.Time) (*plan, error) {
	p := &plan{in: in, columns: in.Columns(), measures: in.Asked(), question: Question{Kind: filter.Kind(in.Over)}}
	wrong, ok := in.Wrong()
	if !ok {
		return nil, fault.InvalidFields(wrong...)
	}
	wrong = append(wrong, p.fields()...)
	p.order = p.orders()
	opened := p.open(workspaceID, clock)
	if len(in.Filter) > 0 {
		var err error
		if p.question.Filter, err = filter.Parse(p.question.Kind, in.Filter, p.now); err != nil {
			wrong = append(wrong, fault.From(err).Fields...)
		}
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong[:min(len(wrong), maxWrong)]...)
	}
	return p, opened
}

// fields looks up every path and returns what is wrong with them.
func (p *plan) fields() []fault.Field {
	l := looker{kind: p.question.Kind}
	for i, path := range p.in.GroupBy {
		p.question.Keys = append(p.question.Keys, l.expr("group_by["+strconv.Itoa(i)+"]", path, anything))
	}
	if b := p.in.Bucket; b != nil {
		e := l.expr("bucket.field", b.Field, need{"a bucket needs a time", []filter.Type{filter.Time}})
		e.Unit, e.Zone = b.Unit, l.zone(b.TZ)
		p.question.Keys = append(p.question.Keys, e)
	}
	for i, m := range p.measures {
		measure := Measure{Fn: m.Fn}
		if m.Field != "" {
			e := l.expr("measures["+strconv.Itoa(i)+"].field", m.Field, measured[m.Fn])
			measure.Expr = &e
		}
		p.question.Measures = append(p.question.Measures, measure)
	}
	return l.wrong
}

// need says which types of field are reckoned with; nil is any.
type need struct {
	message string
	types   []filter.Type
}

var (
	anything = need{}
	singles  = []filter.Type{filter.Exact, filter.Text, filter.Int, filter.Time, filter.Bool, filter.JSON}
	numbers  = []filter.Type{filter.Int, filter.JSON}
	ordered  = []filter.Type{filter.Exact, filter.Text, filter.Int, filter.Time, filter.JSON}

	measured = map[wire.Fn]need{
		wire.Count:         anything,
		wire.CountDistinct: {"count_distinct needs a field with one value, no list", singles},
		wire.Sum:           {"sum needs a number", numbers},
		wire.Avg:           {"avg needs a number", numbers},
		wire.Min:           {"min needs a number, a time or a text", ordered},
		wire.Max:           {"max needs a number, a time or a text", ordered},
	}
)

// looker looks up paths and gathers what is wrong.
type looker struct {
	kind  filter.Kind
	wrong []fault.Field
}

// folded is put behind a path to ask for the form that is compared.
const folded = ".folded"

func (l *looker) expr(at, path string, n need) Expr {
	plain, isFolded := strings.CutSuffix(path, folded)
	via, f, ok := filter.Lookup(l.kind, plain)
	switch {
	case ok && (n.types == nil || slices.Contains(n.types, f.Type)):
	case ok:
		l.refuse(fault.Field{Path: at, Message: n.message, Allowed: filter.Paths(l.kind, n.types...)})
	default:
		wrong := filter.NoField(l.kind, at, plain, n.types...)
		if n.types == nil || slices.Contains(n.types, filter.Text) {
			wrong.Message += "; <field>" + folded + " joins spellings of a text"
		}
		l.refuse(wrong)
	}
	return Expr{Path: filter.Path{Via: via, Field: f}, Folded: isFolded}
}

// refuse notes a place at fault. The same fields are listed once.
func (l *looker) refuse(wrong fault.Field) {
	if i := slices.IndexFunc(l.wrong, func(f fault.Field) bool { return slices.Equal(f.Allowed, wrong.Allowed) }); i >= 0 {
		wrong.Message, wrong.Allowed = wrong.Message+"; those allowed are listed at "+l.wrong[i].Path, nil
	}
	l.wrong = append(l.wrong, wrong)
}

func (l *looker) zone(name string) *time.Location {
	zone, err := Zone(name)
	if err != nil {
		l.wrong = append(l.wrong, fault.Field{Path: "bucket.tz", Message: "must be a time zone of the IANA database, spelt as there, such as Europe/Berlin"})
		return time.UTC
	}
	return zone
}

// orders returns what groups are ordered by: as asked, else by time for buckets and by the first measure, the greatest first, for others.
func (p *plan) orders() (out []orderKey) {
	for _, o := range p.in.Order {
		k := orderKey{desc: o.Dir == wire.Descending}
		for i, c := range p.columns {
			if c == o.By {
				k.place, k.key = i, true
			}
		}
		for i, m := range p.measures {
			if m.Label() == o.By {
				k.place, k.key = i, false
			}
		}
		out = append(out, k)
	}
	switch {
	case len(out) > 0:
	case p.in.Bucket != nil:
		out = []orderKey{{place: len(p.columns) - 1, key: true}}
	default:
		out = []orderKey{{desc: true}}
	}
	return out
}

// open reads the cursor, which is bound to everything but limit and now, and what last_days counts back from.
func (p *plan) open(workspaceID string, clock time.Time) error {
	asked := p.in
	asked.Limit, asked.Cursor, asked.Now = nil, nil, nil
	if len(asked.Filter) > 0 {
		canonical, err := strictjson.Canonical(asked.Filter)
		if err != nil {
			return err
		}
		asked.Filter, p.filter = canonical, canonical
	}
	p.id = cursor.Of(workspaceID, "insights", asked)
	p.now = search.WholeMicros(clock)
	if p.in.Now != nil {
		p.now = search.WholeMicros(*p.in.Now)
	}
	values, err := cursor.Open(p.in.Cursor, p.id)
	if err != nil || values == nil {
		return err
	}
	at, ok := values[0].(int64)
	if !ok || !strictjson.TimeInSpan(time.UnixMicro(at)) || p.in.Now != nil && p.now.UnixMicro() != at {
		return cursor.Err
	}
	p.now = time.UnixMicro(at)
	p.after, err = openPosition(values[1:], p.order, len(p.columns))
	return err
}

// window returns the span of time that the filter leaves of signals, from the leaves that must all hold.
func window(k filter.Kind, n filter.Node) *wire.Window {
	if k != filter.Signals {
		return nil
	}
	w := span{}
	w.narrow(n)
	if w.from == nil && w.to == nil {
		return nil
	}
	out := &wire.Window{}
	for _, side := range []struct {
		us *int64
		to **time.Time
	}{{w.from, &out.From}, {w.to, &out.To}} {
		if side.us != nil {
			t := time.UnixMicro(*side.us).UTC()
			*side.to = &t
		}
	}
	return out
}

// span is half-open, in microseconds; a nil end is open.
type span struct{ from, to *int64 }

func (s *span) narrow(n filter.Node) {
	switch n := n.(type) {
	case filter.All:
		for _, part := range n {
			s.narrow(part)
		}
	case filter.Leaf:
		if n.Field.Name != "occurred_at" || len(n.Values) != 1 {
			return
		}
		at, ok := n.Values[0].(int64)
		if !ok {
			return
		}
		switch n.Op {
		case filter.Gte:
			s.start(at)
		case filter.Gt:
			s.start(at + 1)
		case filter.Lt:
			s.end(at)
		case filter.Lte:
			s.end(at + 1)
		case filter.In:
			s.start(at)
			s.end(at + 1)
		}
	}
}

func (s *span) start(at int64) {
	if s.from == nil || at > *s.from {
		s.from = &at
	}
}

func (s *span) end(at int64) {
	if s.to == nil || at < *s.to {
		s.to = &at
	}
}
