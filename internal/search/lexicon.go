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
	maxSame  = 48        // words beginning with a token that a store is told one by one; more are left to the engine's prefix match
)

// lexicon is the vocabulary of a workspace in memory. It may know words that an older snapshot does not, which match nothing there.
type lexicon struct {
	mu      sync.RWMutex
	near    *text.Vocabulary // grows in place, and is replaced when words were erased
	shortID int64
	version int64
	sorted  []string // never changed in place
}

func newLexicon() *lexicon { return &lexicon{near: text.NewVocabulary()} }

// catchUp takes the words of the reader's snapshot in, unless they may yet be undone.
func (l *lexicon) catchUp(ctx context.Context, r Reader) (Vocabulary, error) {
	l.mu.RLock()
	version := l.version
	l.mu.RUnlock()
	v, err := r.Vocabulary(ctx, version)
	if err != nil {
		return v, err
	}
	if v.Texts != NoTexts {
		l.take(v)
	}
	return v, nil
}

// take adds the words that came after those it has.
func (l *lexicon) take(v Vocabulary) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shortID = v.ShortID
	if v.Version <= l.version {
		return
	}
	l.version = v.Version
	if v.Reset {
		l.near, l.sorted = text.NewVocabulary(), nil
	}
	l.near.Add(v.Words...)
	l.sorted = union(l.sorted, slices.Sorted(slices.Values(v.Words)))
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
		term.Same = beginning(sorted, token)
		term.Near = slices.DeleteFunc(term.Near, func(h text.Hit) bool { return term.begins(h.Word) })
		t.Terms = append(t.Terms, term)
	}
	return t
}

// beginning returns the words that equal token or, from two letters on, begin with it: a part of the list itself.
func beginning(sorted []string, token string) []string {
	first, found := slices.BinarySearch(sorted, token)
	if utf8.RuneCountInString(token) < shortest {
		if !found {
			return nil
		}
		return sorted[first : first+1 : first+1]
	}
	n, _ := slices.BinarySearchFunc(sorted[first:], token, func(word, token string) int {
		if strings.HasPrefix(word, token) {
			return -1
		}
		return 1
	})
	return sorted[first : first+n : first+n]
}

// catchUp returns the workspace's lexicon with all words of the reader's snapshot, and what that says of the workspace.
func (s *Service) catchUp(ctx context.Context, r Reader, workspaceID string) (*lexicon, Vocabulary, error) {
	l := s.lexicons.get(workspaceID)
	v, err := l.catchUp(ctx, r)
	if err != nil {
		return nil, v, err
	}
	if v.Texts == NoTexts { // its words may be undone: they are for this search alone
		l = newLexicon()
		if v, err = r.Vocabulary(ctx, 0); err == nil {
			l.take(v)
		}
		return l, v, err
	}
	s.lexicons.trim(workspaceID)
	return l, v, nil
}
