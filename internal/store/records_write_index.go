package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/search"
)

// indexText is what the text index keeps of a record: its tokens, joined by one space.
func indexText(doc search.Doc, shortID int64) string { return strings.Join(doc.Tokens(shortID), " ") }

// addWords puts the words that are new into the vocabulary under its next version. The caller holds lockRecords, so
// that versions become visible in their order and a reader that asks for what came after its version misses nothing.
func (w *Workspace) addWords(ctx context.Context, tx *Tx, words map[string]struct{}) error {
	if len(words) == 0 {
		return nil
	}
	q := w.bind(tx)
	known, err := collect(ctx, q, func(row Row) (word string, err error) { return word, row.Scan(&word) },
		`SELECT word FROM words WHERE workspace_id = $1 AND `+w.db.dia.anyOf("word", "$2"), w.db.dia.list(slices.Collect(maps.Keys(words))))
	if err != nil {
		return op(err, "look up words")
	}
	for _, word := range known {
		delete(words, word)
	}
	if len(words) == 0 {
		return nil
	}
	var version int64
	if err := q.QueryRow(ctx, `UPDATE workspaces SET words_version = words_version + 1 WHERE id = $1 RETURNING words_version`).Scan(&version); err != nil {
		return op(err, "raise the version of the vocabulary")
	}
	b := bulk{table: "words", columns: []column{{"word", textColumn}, {"version", intColumn}}}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		b.rows = append(b.rows, []any{word, version})
	}
	_, err = w.insertMany(ctx, tx, b)
	return op(err, "add words")
}
