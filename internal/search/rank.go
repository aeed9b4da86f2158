package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/filter"
)

const (
	// wholeCap is how many matches are ranked at once; more are found segment by segment.
	wholeCap = 500
	// nameCap is how many records of a segment are ranked where the words stand in the name, restCap where they do not: the first that came
	// in. The others of the segment follow in the order in which they did.
	nameCap = 1000
	restCap = 400
)

func (s segment) cap() int {
	if s.number <= numberOf(0, 1) {
		return nameCap
	}
	return restCap
}

// ranking fetches pages of the matches of a query, best first.
type ranking struct {
	r      Reader
	kind   filter.Kind
	filter filter.Node
	text   Text
	all    []any // the places of matches; all of them unless they are more than wholeCap
	want   int
	marks  func() *marks // of the index that finds the candidates, nil when the store does
}

// rank is what orders the records of a segment, in the order of its fields.
type rank struct {
	prefix     int64 // 0 when the whole name begins with the query, else 1
	distance   int64
	words      int64
	domain     *string
	externalID *string
	id         string
}

func (a rank) compare(b rank) int {
	return cmp.Or(
		cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.distance, b.distance), cmp.Compare(a.words, b.words),
		missingLast(a.domain, b.domain), missingLast(a.externalID, b.externalID), cmp.Compare(a.id, b.id),
	)
}

func missingLast(a, b *string) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}

func (p ranking) rank(c Candidate, distance int64) rank {
	r := rank{prefix: 1, distance: distance, words: c.NameWords, domain: c.Domain, externalID: c.ExternalID, id: c.ID}
	if strings.HasPrefix(c.Name, p.text.Folded) {
		r.prefix = 0
	}
	return r
}

// classify returns the number of the segment that a match belongs to and its rank there.
func (p ranking) classify(c Candidate) (int64, rank) {
	if c.Name == p.text.Folded {
		return 0, p.rank(c, 0)
	}
	all := p.reach(c, byName, c.Name)
	if d, ok := all.sum(); ok {
		return numberOf(0, d), p.rank(c, d)
	}
	last := len(fieldsOf(p.kind)) - 1
	if p.kind == filter.Accounts {
		alias := p.reach(c, byAlias, c.Alias...)
		if d, ok := alias.sum(); ok {
			return numberOf(1, d), p.rank(c, d)
		}
		all.join(alias)
	}
	if !p.text.fuzzy() { // then it matches without an error, wherever that is
		return numberOf(last, 0), p.rank(c, 0)
	}
	all.join(p.reach(c, byAll, c.Rest...))
	if d, ok := all.sum(); ok {
		return numberOf(last, d), p.rank(c, d)
	}
	return numberOf(last+1, 0), p.rank(c, 0) // not reached while index and texts agree
}

// reach returns what the words of a part of the candidate reach.
func (p ranking) reach(c Candidate, by int, texts ...string) reach {
	if c.doc == nil {
		return p.text.reach(texts...)
	}
	return p.marks().reach(c.doc.within(by))
}

// place is a position within the ranking. Those ranked come before the rest of their segment, which lies after bound.
type place struct {
	segment int64
	bound   any  // nil when the whole segment is ranked
	ranked  bool // whether it is at after, else at rest
	after   rank
	rest    any
}

// page returns the first records after a position.
func (p ranking) page(ctx context.Context, after []any) (hits []Hit, err error) {
	var at *place
	if after != nil {
		if at, err = openPlace(after, numberOf(len(fieldsOf(p.kind)), 0)); err != nil {
			return nil, err
		}
	}
	if len(p.all) <= wholeCap && (at == nil || at.ranked && at.bound == nil) {
		return p.whole(ctx, at)
	}
	for _, s := range p.text.segments(p.kind, p.filter) {
		if at != nil && s.number < at.segment {
			continue
		}
		if at != nil && s.number > at.segment {
			at = nil
		}
		more, err := p.segment(ctx, s, at, p.want-len(hits))
		if err != nil {
			return nil, err
		}
		if hits, at = append(hits, more...), nil; len(hits) == p.want {
			break
		}
	}
	return hits, nil
}

// whole ranks all matches at once, into the same order and the same places.
func (p ranking) whole(ctx context.Context, at *place) (hits []Hit, err error) {
	list, err := p.r.Candidates(ctx, p.kind, Where{}, Span{At: p.all, Texts: true})
	if err != nil {
		return nil, err
	}
	places := make([]place, 0, len(list))
	for _, c := range list {
		number, r := p.classify(c)
		if here := (place{segment: number, ranked: true, after: r}); at == nil || here.compare(*at) > 0 {
			places = append(places, here)
		}
	}
	for _, here := range firsts(places, p.want, place.compare) {
		hits = append(hits, Hit{here.after.id, here.seal()})
	}
	return hits, nil
}

// firsts returns the first n of a list in their order, which costs much less than to sort it all.
func firsts[T any](list []T, n int, compare func(a, b T) int) []T {
	out := make([]T, 0, min(n, len(list))+1)
	for _, v := range list {
		if len(out) == n && compare(v, out[n-1]) > 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(out, v, compare)
		out = slices.Insert(out, i, v)
		out = out[:min(n, len(out))]
	}
	return out
}

// compare orders places that are ranked.
func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.segment, b.segment), a.after.compare(b.after))
}

// segment returns the first records of s; at is nil or a place in it.
func (p ranking) segment(ctx context.Context, s segment, at *place, want int) (hits []Hit, err error) {
	here := place{segment: s.number, ranked: true}
	if at != nil {
		here = *at
	}
	if here.ranked {
		if hits, err = p.ranked(ctx, s, &here, at != nil, want); err != nil {
			return nil, err
		}
		here.rest = here.bound
	}
	if here.bound == nil || len(hits) == want {
		return hits, nil
	}
	rest, err := p.r.Candidates(ctx, p.kind, s.where, Span{After: here.rest, Limit: want - len(hits)})
	for _, c := range rest {
		hits = append(hits, Hit{c.ID, place{segment: s.number, bound: here.bound, rest: c.Place}.seal()})
	}
	return hits, err
}

// ranked returns the first ranked records of a segment, after here when continued is set; otherwise it finds the bound.
func (p ranking) ranked(ctx context.Context, s segment, here *place, continued bool, want int) (hits []Hit, err error) {
	span := Span{Up: here.bound, Texts: s.fuzzy()}
	if !continued {
		span.Limit = s.cap() + 1
	}
	list, err := p.r.Candidates(ctx, p.kind, s.where, span)
	if err != nil {
		return nil, err
	}
	if most := s.cap(); !continued && len(list) > most {
		list = list[:most]
		here.bound = list[most-1].Place
	}
	ranks := make([]rank, 0, len(list))
	for _, c := range list {
		r := p.rank(c, 0)
		if s.fuzzy() {
			_, r = p.classify(c)
		}
		if !continued || r.compare(here.after) > 0 {
			ranks = append(ranks, r)
		}
	}
	for _, r := range firsts(ranks, want, rank.compare) {
		hits = append(hits, Hit{r.id, place{segment: here.segment, bound: here.bound, ranked: true, after: r}.seal()})
	}
	return hits, nil
}

// seal writes a place as a position.
func (p place) seal() []any {
	if !p.ranked {
		return []any{p.segment, p.bound, p.rest}
	}
	r := p.after
	return []any{p.segment, p.bound, r.prefix, r.distance, r.words, orNil(r.domain), orNil(r.externalID), r.id}
}

func orNil(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// openPlace reads what seal wrote, for a ranking whose segments have numbers up to last.
func openPlace(position []any, last int64) (*place, error) {
	v := values{list: position}
	p := &place{segment: v.integer(), bound: v.any(), ranked: len(position) == 8}
	if p.ranked {
		p.after = rank{v.integer(), v.integer(), v.integer(), v.text(), v.text(), v.required()}
	} else {
		p.rest = v.any()
	}
	if v.bad || len(v.list) > 0 || p.segment < 0 || p.segment > last || !p.ranked && (p.bound == nil || p.rest == nil) {
		return nil, cursor.Err
	}
	return p, nil
}

// values takes a position apart.
type values struct {
	list []any
	bad  bool
}

func (v *values) any() any {
	if len(v.list) == 0 {
		v.bad = true
		return nil
	}
	first := v.list[0]
	v.list = v.list[1:]
	return first
}

func (v *values) integer() int64 {
	n, ok := v.any().(int64)
	v.bad = v.bad || !ok
	return n
}

func (v *values) text() *string {
	switch s := v.any().(type) {
	case nil:
		return nil
	case string:
		return &s
	}
	v.bad = true
	return nil
}

func (v *values) required() string {
	s := v.text()
	if s == nil {
		v.bad = true
		return ""
	}
	return *s
}
