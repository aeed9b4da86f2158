package search

import (
	"context"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// indexed is a Reader that answers by the index in memory what that can tell, and asks the store for the rest. Both give the same answers.
type indexed struct {
	Reader
	x *index
}

// number is what Places gives for a document, as Span.At takes it.
type number uint32

// few is how many matches are told to a store that sees which of them fulfil a filter. Where there are more, it finds them itself.
const few = 500

// matches returns the documents that fulfil a condition; ok is false when the store must find them. The set must not be changed.
func (r indexed) matches(ctx context.Context, k filter.Kind, w Where) (set *roaring.Bitmap, ok bool, err error) {
	if set, ok = r.x.where(w); ok || w.Match == nil {
		return set, ok, nil
	}
	if set = r.x.match(w.Match); set.GetCardinality() > few {
		return nil, false, nil
	}
	out, places := roaring.New(), []any{}
	for i := set.Iterator(); i.HasNext(); {
		places = append(places, r.x.docs[i.Next()].place)
	}
	if len(places) == 0 {
		return out, true, nil
	}
	list, err := r.Reader.Candidates(ctx, k, Where{Filter: w.Filter}, Span{At: places})
	for _, c := range list {
		if n, found := slices.BinarySearchFunc(r.x.docs, c.Place, document.compare); found {
			out.Add(uint32(n)) // #nosec G115 -- bounded by memory
		}
	}
	return out, true, err
}

// Count implements Reader.
func (r indexed) Count(ctx context.Context, k filter.Kind, w Where) (int, error) {
	set, ok, err := r.matches(ctx, k, w)
	if !ok || err != nil {
		return orElse(err, func() (int, error) { return r.Reader.Count(ctx, k, w) })
	}
	return int(set.GetCardinality()), nil // #nosec G115 -- at most as many as there are documents
}

// Places implements Reader.
func (r indexed) Places(ctx context.Context, k filter.Kind, w Where, limit int) ([]any, error) {
	set, ok, err := r.matches(ctx, k, w)
	if !ok || err != nil {
		return orElse(err, func() ([]any, error) { return r.Reader.Places(ctx, k, w, limit) })
	}
	out := make([]any, 0, min(uint64(limit), set.GetCardinality())) // #nosec G115 -- a small number
	for i := set.Iterator(); i.HasNext() && len(out) < limit; {
		out = append(out, number(i.Next()))
	}
	return out, nil
}

// Candidates implements Reader.
func (r indexed) Candidates(ctx context.Context, k filter.Kind, w Where, s Span) ([]Candidate, error) {
	if s.At != nil {
		return r.at(ctx, k, w, s)
	}
	set, ok, err := r.matches(ctx, k, w)
	if !ok || err != nil {
		return orElse(err, func() ([]Candidate, error) { return r.Reader.Candidates(ctx, k, w, s) })
	}
	out := []Candidate{}
	from, to := r.x.span(s)
	i := set.Iterator()
	for i.AdvanceIfNeeded(from); i.HasNext() && (s.Limit == 0 || len(out) < s.Limit); {
		n := i.Next()
		if n >= to {
			break
		}
		out = append(out, r.x.docs[n].candidate())
	}
	return out, nil
}

// orElse does something unless there is an error.
func orElse[T any](err error, do func() (T, error)) (v T, _ error) {
	if err != nil {
		return v, err
	}
	return do()
}

// at returns the documents of numbers, which Places gave.
func (r indexed) at(ctx context.Context, k filter.Kind, w Where, s Span) ([]Candidate, error) {
	out := make([]Candidate, 0, len(s.At))
	for _, p := range s.At {
		n, ok := p.(number)
		if !ok {
			return r.Reader.Candidates(ctx, k, w, s)
		}
		out = append(out, r.x.docs[n].candidate())
	}
	return out, nil
}

// span returns the numbers from and up to, but without, which a span of places goes.
func (x *index) span(s Span) (from, to uint32) {
	to = uint32(len(x.docs)) // #nosec G115 -- bounded by memory
	if s.After != nil {
		from = x.beyond(s.After)
	}
	if s.Up != nil {
		to = x.beyond(s.Up)
	}
	return from, to
}

// beyond returns the number of the first document after a place.
func (x *index) beyond(place any) uint32 {
	n, found := slices.BinarySearchFunc(x.docs, place, document.compare)
	if found {
		n++
	}
	return uint32(n) // #nosec G115 -- bounded by memory
}

// where returns the documents that fulfil a condition; ok is false when it takes more than their words and names. The set must not be changed.
func (x *index) where(w Where) (set *roaring.Bitmap, ok bool) {
	if w.Filter == nil {
		return x.match(w.Match), w.Match != nil
	}
	named, not, ok := nameIn(w.Filter)
	if !ok {
		return nil, false
	}
	set = x.named(named)
	switch {
	case w.Match == nil:
		return set, !not
	case not:
		return roaring.AndNot(x.match(w.Match), set), true
	}
	return roaring.And(x.match(w.Match), set), true
}

// nameIn takes the ranking's own condition apart: that the folded name is, or with not is not, a text.
func nameIn(n filter.Node) (name string, not, ok bool) {
	if inner, is := n.(filter.Not); is {
		n, not = inner.Node, true
	}
	l, ok := n.(filter.Leaf)
	if !ok || l.Field.Name != "name" || l.Op != filter.In || len(l.Values) != 1 {
		return "", false, false
	}
	name, ok = l.Values[0].(string)
	return name, not, ok
}

// named returns the documents whose folded name is the text, which has a word at least: they are among those that have all of its words there.
func (x *index) named(folded string) *roaring.Bitmap {
	var all And
	for _, token := range text.Unique(text.Tokens(folded)) {
		all = append(all, Word{Token: string(InName) + token})
	}
	out := roaring.New()
	for i := x.match(all).Iterator(); i.HasNext(); {
		if n := i.Next(); x.docs[n].name == folded {
			out.Add(n)
		}
	}
	return out
}

// match returns the documents that an expression holds for. The set must not be changed.
func (x *index) match(e Expr) *roaring.Bitmap {
	switch e := e.(type) {
	case And:
		set := x.match(e[0])
		for _, part := range e[1:] {
			set = roaring.And(set, x.match(part))
		}
		return set
	case Or:
		var words []*posting
		var sets []*roaring.Bitmap
		for _, part := range e {
			if w, ok := part.(Word); ok {
				words = x.postings(words, w)
			} else {
				sets = append(sets, x.match(part))
			}
		}
		if len(sets) == 0 {
			return union32(words)
		}
		return roaring.FastOr(append(sets, union32(words))...)
	case Minus:
		return roaring.AndNot(x.match(e.A), x.match(e.B))
	case Word:
		return union32(x.postings(nil, e))
	}
	return roaring.New()
}

// postings adds those of a word's token, which begins with the workspace's short id.
func (x *index) postings(list []*posting, w Word) []*posting {
	token := strings.TrimLeft(w.Token, "0123456789")
	by, whole := partOf[Field(token[0])]
	switch {
	case w.Prefix:
		for _, begun := range w.Words {
			list = x.posting(list, begun, by)
		}
	case whole:
		list = x.posting(list, token[1:], by)
	default:
		if p := x.begins[token]; p != nil {
			list = append(list, p)
		}
	}
	return list
}

func (x *index) posting(list []*posting, word string, by int) []*posting {
	if id, ok := x.ids[word]; ok {
		list = append(list, &x.words[id].by[by])
	}
	return list
}
