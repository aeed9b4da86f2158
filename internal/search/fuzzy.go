package search

import (
	"context"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

// maxDistinct is how many different values of a field that has no vocabulary are looked through for near words.
const maxDistinct = 100_000

// Resolve says the Fuzzy leaves of a filter on records of the kind in words and values that are there, so that a store can answer it. truncated
// tells that there were more near words than are tried. The error is validation_failed when a field has too many values to look through.
func (s *Service) Resolve(ctx context.Context, r Reader, workspaceID string, k filter.Kind, n filter.Node) (out filter.Node, truncated bool, err error) {
	if !filter.Some(k, n, fuzzy) {
		return n, false, nil
	}
	lexicon, _, err := s.catchUp(ctx, r, workspaceID)
	if err != nil {
		return nil, false, err
	}
	v := resolver{ctx: ctx, r: r, lexicon: lexicon}
	out = v.node(k, n)
	return out, v.truncated, v.err
}

func fuzzy(_ filter.Kind, l filter.Leaf) bool { return l.Op == filter.Fuzzy }

// resolver goes through one filter.
type resolver struct {
	ctx       context.Context
	r         Reader
	lexicon   *lexicon
	truncated bool
	err       error // the first one
}

func (v *resolver) node(k filter.Kind, n filter.Node) filter.Node {
	switch n := n.(type) {
	case filter.All:
		return filter.All(v.parts(k, n))
	case filter.Any:
		return filter.Any(v.parts(k, n))
	case filter.Not:
		return filter.Not{Node: v.node(k, n.Node)}
	case filter.Via:
		return filter.Via{To: n.To, Node: v.node(n.To.Target(), n.Node)}
	case filter.Has:
		n.Where = v.node(n.Of, n.Where)
		return n
	case filter.Leaf:
		if n.Op == filter.Fuzzy {
			return v.leaf(k, n)
		}
	}
	return n
}

func (v *resolver) parts(k filter.Kind, parts []filter.Node) []filter.Node {
	out := make([]filter.Node, len(parts))
	for i, p := range parts {
		out[i] = v.node(k, p)
	}
	return out
}

func (v *resolver) leaf(k filter.Kind, l filter.Leaf) filter.Node {
	wanted, _ := l.Values[0].(string)
	tokens := text.Unique(text.Tokens(wanted))
	if _, ok := PartOf(k, l.Field.Name); ok {
		return v.words(l.Field, tokens)
	}
	values, err := v.r.Values(v.ctx, k, l.Field, maxDistinct+1)
	if err == nil && len(values) > maxDistinct {
		err = fault.Invalid(l.At, "fuzzy looks through at most "+strconv.Itoa(maxDistinct)+" different values, and this field has more; use word, phrase or prefix")
	}
	if err != nil {
		v.fail(err)
		return never
	}
	var near []any
	for _, value := range values {
		if nearAll(tokens, text.Tokens(plain(l.Field, value))) {
			near = append(near, value)
		}
	}
	if len(near) == 0 {
		return never
	}
	return filter.Leaf{Field: l.Field, Op: filter.In, Values: near}
}

// never never holds.
var never = filter.Any(nil)

func (v *resolver) fail(err error) {
	if v.err == nil {
		v.err = err
	}
}

// plain returns the text of a compared value; what is no text has no words.
func plain(f filter.Field, value string) string {
	switch {
	case f.Type != filter.JSON:
		return value
	case value != "" && value[0] == 's':
		return value[1:]
	}
	return ""
}

// words asks for a word near each token, of those that the workspace's records have.
func (v *resolver) words(f filter.Field, tokens []string) filter.Node {
	all := filter.All{}
	for _, token := range tokens {
		hits, truncated := v.lexicon.vocabulary().Near(token, maxNear)
		v.truncated = v.truncated || truncated
		either := filter.Any{filter.Leaf{Field: f, Op: filter.Phrase, Values: []any{token}}}
		for _, h := range hits {
			either = append(either, filter.Leaf{Field: f, Op: filter.Phrase, Values: []any{h.Word}})
		}
		all = append(all, either)
	}
	return all
}

// nearAll reports whether each token is near one of the words.
func nearAll(tokens, words []string) bool {
	for _, t := range tokens {
		found := false
		for _, w := range words {
			if _, near := text.Distance(t, w, text.MaxEdits(t)); near {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
