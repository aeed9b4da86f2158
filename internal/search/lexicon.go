package search

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/text"
)

const (
	maxWords = 4_000_000 // of all workspaces in memory; about 100 bytes each
	maxNear  = 64        // near words that are tried for a token
	maxSame  = 48        // words beginning with a token that are named one by one; more are left to the engine's prefix match
)

// lexicon is the vocabulary of a workspace in memory. It may know words that an older snapshot does not, which match nothing there.
type lexicon struct {
	mu      sync.RWMutex
	near    *text.Vocabulary // grows in place, and is replaced when words were erased
	shortID int64
	version int64
	sorted  []string // never changed in place
	used    int64    // when, by the shelf's count; guarded by the shelf
}

func newLexicon() *lexicon { return &lexicon{near: text.NewVocabulary()} }

func (l *lexicon) catchUp(ctx context.Context, r Reader) error {
	l.mu.RLock()
	version := l.version
	l.mu.RUnlock()
	v, err := r.Vocabulary(ctx, version)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shortID = v.ShortID
	if v.Version <= l.version {
		return nil
	}
	l.version = v.Version
	if v.Reset {
		l.near, l.sorted = text.NewVocabulary(), nil
	}
	l.near.Add(v.Words...)
	l.sorted = union(l.sorted, slices.Sorted(slices.Values(v.Words)))
	return nil
}

// vocabulary returns the words as they are now.
func (l *lexicon) vocabulary() *text.Vocabulary {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.near
}

// size returns the number of words.
func (l *lexicon) size() int { return l.vocabulary().Len() }

// union merges two sorted lists.
func union(a, b []string) []string {
	out := make([]string, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			a = a[1:]
		}
	}
	return append(append(out, a...), b...)
}

// expand finds the words that match each token of a folded query.
func (l *lexicon) expand(folded string) Text {
	l.mu.RLock()
	near, sorted, t := l.near, l.sorted, Text{Folded: folded, shortID: l.shortID}
	l.mu.RUnlock()
	for _, token := range text.Unique(text.Tokens(folded)) {
		term := Term{Token: token}
		var truncated bool
		term.Near, truncated = near.Near(token, maxNear)
		t.Truncated = t.Truncated || truncated
		term.Same, term.Open = beginning(sorted, token)
		term.Near = slices.DeleteFunc(term.Near, func(h text.Hit) bool { return term.begins(h.Word) })
		t.Terms = append(t.Terms, term)
	}
	return t
}

// beginning returns the words that equal token or, from two letters on, begin with it; open when they are too many to name.
func beginning(sorted []string, token string) (words []string, open bool) {
	i, found := slices.BinarySearch(sorted, token)
	if utf8.RuneCountInString(token) < shortest {
		if found {
			words = []string{token}
		}
		return words, false
	}
	for ; i < len(sorted) && strings.HasPrefix(sorted[i], token); i++ {
		if len(words) == maxSame {
			return nil, true
		}
		words = append(words, sorted[i])
	}
	return words, false
}

// shelf keeps the lexicons of the workspaces used last, up to so many words together.
type shelf struct {
	most int

	mu    sync.Mutex
	all   map[string]*lexicon
	count int64 // of uses
}

func newShelf(most int) *shelf { return &shelf{most: most, all: map[string]*lexicon{}} }

// catchUp returns the workspace's lexicon with all words of the reader's snapshot.
func (s *shelf) catchUp(ctx context.Context, r Reader, workspaceID string) (*lexicon, error) {
	s.mu.Lock()
	l := s.all[workspaceID]
	if l == nil {
		l = newLexicon()
		s.all[workspaceID] = l
	}
	s.count++
	l.used = s.count
	s.mu.Unlock()
	if err := l.catchUp(ctx, r); err != nil {
		return nil, err
	}
	s.trim(l)
	return l, nil
}

// trim drops the lexicons used longest ago until the others fit, but never the one given.
func (s *shelf) trim(keep *lexicon) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		words, oldest := 0, ""
		for id, l := range s.all {
			words += l.size()
			if l != keep && (oldest == "" || l.used < s.all[oldest].used) {
				oldest = id
			}
		}
		if words <= s.most || oldest == "" {
			return
		}
		delete(s.all, oldest)
	}
}
