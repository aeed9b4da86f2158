package text

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
)

// Vocabulary is a set of words in memory that finds the words near a mistyped one. Words may be added but not removed; one that is no longer
// used costs a needless match attempt, not a wrong answer. It is safe for concurrent use; the zero value is not ready, see NewVocabulary.
type Vocabulary struct {
	mu      sync.RWMutex
	known   map[string]struct{}
	buckets map[int]*bucket // by length in runes
}

// bucket holds the words of one length in parallel slices, so that the filter runs over nothing but masks.
type bucket struct {
	length int
	masks  []uint64
	words  []string
	runes  []rune // length runes per word
}

// Hit is a word of the vocabulary and its distance (see Distance) from the token that was looked for.
type Hit struct {
	Word     string
	Distance int
}

// NewVocabulary returns an empty vocabulary.
func NewVocabulary() *Vocabulary {
	return &Vocabulary{known: map[string]struct{}{}, buckets: map[int]*bucket{}}
}

// Add puts words, which should be tokens, into the set; those that are in it already and the empty word change nothing.
func (v *Vocabulary) Add(words ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range words {
		if _, ok := v.known[w]; ok || w == "" {
			continue
		}
		v.known[w] = struct{}{}
		runes := []rune(w)
		b := v.buckets[len(runes)]
		if b == nil {
			b = &bucket{length: len(runes)}
			v.buckets[len(runes)] = b
		}
		b.masks = append(b.masks, mask(runes))
		b.words = append(b.words, w)
		b.runes = append(b.runes, runes...)
	}
}

// Len returns the number of words.
func (v *Vocabulary) Len() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.known)
}

// Near returns every word whose distance from token is at least 1 and at most MaxEdits(token), ordered by distance and then by bytes.
// When there are more than limit, the first limit of them are returned and truncated is true.
func (v *Vocabulary) Near(token string, limit int) (hits []Hit, truncated bool) {
	query := []rune(token)
	edits := maxEdits(len(query))
	if edits == 0 {
		return nil, false
	}
	s := search{query: query, mask: mask(query), edits: edits}
	v.mu.RLock()
	for n := len(query) - edits; n <= len(query)+edits; n++ {
		if b := v.buckets[n]; b != nil {
			s.scan(b)
		}
	}
	v.mu.RUnlock()
	slices.SortFunc(s.hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.Word, b.Word))
	})
	if limit = max(limit, 0); len(s.hits) > limit {
		return s.hits[:limit:limit], true
	}
	return s.hits, false
}

// search is one call of Near.
type search struct {
	query  []rune
	mask   uint64
	edits  int
	matrix matrix
	hits   []Hit
}

// scan tries the words of one bucket. Of at most edits edits, those that a difference in length demands can remove (or add) no letter, so
// fewer are left to explain letters that only one side has.
func (s *search) scan(b *bucket) {
	longer := b.length - len(s.query)
	lost, gained := s.edits-max(longer, 0), s.edits-max(-longer, 0)
	for i, m := range b.masks {
		if bits.OnesCount64(s.mask&^m) > lost || bits.OnesCount64(m&^s.mask) > gained {
			continue
		}
		word := b.runes[i*b.length : (i+1)*b.length]
		if d := s.matrix.distance(s.query, word, s.edits); d > 0 && d <= s.edits {
			s.hits = append(s.hits, Hit{b.words[i], d})
		}
	}
}

// mask has a bit for every rune that occurs: ASCII letters and digits have their own, the others share what is left.
func mask(runes []rune) uint64 {
	var m uint64
	for _, r := range runes {
		switch {
		case r >= 'a' && r <= 'z':
			m |= 1 << (r - 'a')
		case r >= '0' && r <= '9':
			m |= 1 << (26 + r - '0')
		default:
			m |= 1 << (36 + uint32(r)%28)
		}
	}
	return m
}
