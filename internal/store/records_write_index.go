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

// indexing is what the records that are indexed by one write have in common.
type indexing struct {
	short   int64               // the workspace's short id
	version int64               // of its texts
	words   map[string]struct{} // of the records
}

func (w *Workspace) indexing(ctx context.Context, tx *Tx) (x indexing, err error) {
	x.words = map[string]struct{}{}
	if x.short, err = w.ShortID(ctx); err == nil {
		x.version, err = w.nextTexts(ctx, w.bind(tx))
	}
	return x, err
}

// indexBulk adds to the rows of records what the text index keeps of them, and gathers their words.
func indexBulk[T any](x indexing, kind *recordKind[T], records []*merging[T], b bulk) bulk {
	b.columns = append(b.columns, column{"texts_version", intColumn}, column{"name_words", intColumn}, column{"search", tokensColumn})
	for i, r := range records {
		doc := kind.doc(&r.row)
		b.rows[i] = append(b.rows[i], x.version, int64(doc.NameWords), indexText(doc, x.short))
		for _, word := range doc.Words() {
			x.words[word] = struct{}{}
		}
	}
	return b
}

// textsDiffer reports whether the text index must learn of a change.
func (k *recordKind[T]) textsDiffer(r *merging[T]) bool {
	for i, f := range k.fields {
		if slices.Contains(k.indexed, f.name) && r.before[i] != columnValue(f.at(&r.row)) {
			return true
		}
	}
	return false
}

// nextTexts raises the version of the texts and returns it, for the records whose texts change in this transaction. As the workspace's row stays
// locked until its end, versions become visible in their order.
func (w *Workspace) nextTexts(ctx context.Context, q Q) (version int64, err error) {
	err = q.QueryRow(ctx, `UPDATE workspaces SET texts_version = texts_version + 1 WHERE id = $1 RETURNING texts_version`).Scan(&version)
	return version, op(err, "raise the version of the texts")
}

// resetTexts has every reader forget the texts that it keeps in memory.
func (w *Workspace) resetTexts(ctx context.Context, q Q) error {
	_, err := q.Exec(ctx, `UPDATE workspaces SET texts_version = texts_version + 1, texts_reset = texts_version + 1 WHERE id = $1`)
	return op(err, "reset the texts")
}

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
