package storetest

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ExpectAccounts says in the plainest way which accounts a query finds, and in which order: their domains.
func ExpectAccounts(list []wire.Account, query string) []string {
	var hits []expectedHit
	for _, a := range list {
		alias := text.Tokens(a.Domain)
		for _, s := range a.Aliases {
			alias = append(alias, text.Tokens(s)...)
		}
		all := slices.Concat(text.Tokens(a.Name), alias, text.Tokens(a.Description))
		if h, ok := expectHit(query, a.Name, all, text.Tokens(a.Name), alias); ok {
			h.domain = a.Domain
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, expectedHit.compare)
	out := []string{}
	for _, h := range hits {
		out = append(out, h.domain)
	}
	return out
}

// expectedHit is what the contract ranks by, in its order.
type expectedHit struct {
	tier     int // exact name, all tokens in the first field, in the second, elsewhere
	prefix   int
	distance int
	words    int
	domain   string
}

func (a expectedHit) compare(b expectedHit) int {
	return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.distance, b.distance),
		cmp.Compare(a.words, b.words), cmp.Compare(a.domain, b.domain))
}

func expectHit(query, name string, all []string, fields ...[]string) (h expectedHit, ok bool) {
	tokens := text.Unique(text.Tokens(query))
	if _, ok := expectIn(tokens, all); !ok || len(tokens) == 0 {
		return h, false
	}
	h = expectedHit{tier: 1, prefix: 1, words: len(text.Tokens(name))}
	for _, f := range append(fields, all) {
		var found bool
		if h.distance, found = expectIn(tokens, f); found {
			break
		}
		h.tier++
	}
	if text.Fold(name) == text.Fold(query) {
		h.tier = 0
	}
	if strings.HasPrefix(text.Fold(name), text.Fold(query)) {
		h.prefix = 0
	}
	return h, true
}

// expectIn returns the sum of the tokens' distances to their nearest words, when each has one.
func expectIn(tokens, words []string) (sum int, ok bool) {
	for _, t := range tokens {
		best := -1
		for _, w := range words {
			d, near := text.Distance(t, w, text.MaxEdits(t))
			if utf8.RuneCountInString(t) >= 2 && strings.HasPrefix(w, t) {
				d, near = 0, true
			}
			if near && (best < 0 || d < best) {
				best = d
			}
		}
		if best < 0 {
			return 0, false
		}
		sum += best
	}
	return sum, true
}
