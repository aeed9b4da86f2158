package store

import (
	"context"
	"regexp"
	"slices"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
)

// dropWords takes the words that no record has any more out of the vocabulary, and has every reader forget them. It returns how many there were.
// The caller holds lockRecords.
func (w *Workspace) dropWords(ctx context.Context, tx *Tx, words []string) (int64, error) {
	short, err := w.ShortID(ctx)
	if err != nil {
		return 0, err
	}
	q, unused := w.bind(tx), []string{}
	for _, word := range words {
		used, err := w.usesWord(ctx, q, short, word)
		if err != nil {
			return 0, op(err, "look for a word")
		}
		if !used {
			unused = append(unused, word)
		}
	}
	var n int64
	for batch := range slices.Chunk(unused, eraseBatch) {
		gone, err := q.Exec(ctx, `DELETE FROM words WHERE workspace_id = $1 AND `+w.db.dia.anyOf("word", "$2"), w.db.dia.list(batch))
		if err != nil {
			return 0, op(err, "forget words")
		}
		n += gone
	}
	if n == 0 {
		return 0, nil
	}
	_, err = q.Exec(ctx, `UPDATE workspaces SET words_version = words_version + 1, words_reset = words_version + 1 WHERE id = $1`)
	return n, op(err, "raise the version of the vocabulary")
}

// usesWord reports whether a record of the workspace has the word, by the text index.
func (w *Workspace) usesWord(ctx context.Context, q Q, short int64, word string) (bool, error) {
	index := w.db.dia.text
	token := index.expression(search.Word{Token: search.Token(short, search.InAll, word)})
	for _, kind := range []filter.Kind{filter.Accounts, filter.Leads} {
		from, condition := index.source(tables[kind], "$2")
		found, err := collect(ctx, q, func(row Row) (one int, err error) { return one, row.Scan(&one) },
			`SELECT 1 FROM `+from+` WHERE r.workspace_id = $1 AND `+condition+limit(1), token)
		if err != nil || len(found) > 0 {
			return len(found) > 0, err
		}
	}
	return false, nil
}

// idPattern finds the ids of records and signals in a stored reply.
var idPattern = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// dropReplies deletes the replies kept for replay whose body names one of the ids, and returns how many there were.
func (w *Workspace) dropReplies(ctx context.Context, q Q, ids map[string]bool) (n int64, err error) {
	type reply struct {
		key  string
		body []byte
	}
	for after := ""; ; {
		page, err := collect(ctx, q, func(row Row) (r reply, err error) { return r, row.Scan(&r.key, &r.body) },
			`SELECT key, body FROM idempotency WHERE workspace_id = $1 AND key > $2 AND body IS NOT NULL ORDER BY key`+limit(eraseBatch), after)
		if err != nil || len(page) == 0 {
			return n, op(err, "read stored replies")
		}
		var naming []string
		for _, r := range page {
			if slices.ContainsFunc(idPattern.FindAll(r.body, -1), func(id []byte) bool { return ids[string(id)] }) {
				naming = append(naming, r.key)
			}
		}
		gone, err := q.Exec(ctx, `DELETE FROM idempotency WHERE workspace_id = $1 AND `+w.db.dia.anyOf("key", "$2"), w.db.dia.list(naming))
		if err != nil {
			return n, op(err, "erase stored replies")
		}
		n, after = n+gone, page[len(page)-1].key
	}
}
