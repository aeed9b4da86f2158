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
	terms   *memo    // of these words; replaced when others come or go
}

func newLexicon() *lexicon { return &lexicon{near: text.NewVocabulary(), terms: newMemo()} }

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
	l.terms = newMemo()
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
	near, sorted, terms, t := l.near, l.sorted, l.terms, Text{Folded: folded, shortID: l.shortID}
	l.mu.RUnlock()
	for _, token := range text.Unique(text.Tokens(folded)) {
		m := terms.get(token, func() match { return matchOf(near, sorted, token) })
		t.Truncated = t.Truncated || m.truncated
		t.Terms = append(t.Terms, m.term)
	}
	return t
}

// match is a token with the words that match it. It is never changed.
type match struct {
	term      Term
	truncated bool
}

func matchOf(near *text.Vocabulary, sorted []string, token string) (m match) {
	m.term = Term{Token: token, Same: beginning(sorted, token)}
	m.term.Near, m.truncated = near.Near(token, maxNear)
	m.term.Near = slices.DeleteFunc(m.term.Near, func(h text.Hit) bool { return m.term.begins(h.Word) })
	return m
}

// memo remembers the matches of tokens, since few words are asked for often and looking through all words costs most of a search.
type memo struct {
	mu  sync.Mutex
	all map[string]match
}

// maxTerms bounds a memo, to some megabytes; a full one starts over.
const maxTerms = 2048

func newMemo() *memo { return &memo{all: map[string]match{}} }

func (m *memo) get(token string, find func() match) match {
	m.mu.Lock()
	known, ok := m.all[token]
	m.mu.Unlock()
	if ok {
		return known
	}
	known = find()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all) >= maxTerms {
		clear(m.all)
	}
	m.all[token] = known
	return known
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
