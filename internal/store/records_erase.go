package store

import (
	"context"
	"slices"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var _ records.Store = (*DB)(nil)

// eraseBatch is how many rows a statement of an erasure touches at most.
const eraseBatch = 500

// Named implements records.Store.
func (db *DB) Named(ctx context.Context, workspaceID string, attempts []search.Attempt) ([]records.Ref, error) {
	out := []records.Ref{}
	for _, a := range attempts {
		c := &compiler{dia: db.dia}
		condition := c.node(subject{a.Kind, "r"}, a.Where)
		found, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (r records.Ref, err error) {
			r.Kind = a.Kind
			return r, row.Scan(&r.ID)
		}, `SELECT r.id FROM `+tables[a.Kind]+` r WHERE r.workspace_id = $1 AND `+condition+limit(10), c.args...)
		if err != nil {
			return nil, op(err, "look up %s", a.Kind)
		}
		out = append(out, found...)
	}
	return out, nil
}

// erasing is one erasure under way.
type erasing struct {
	w      *Workspace
	q      Q
	trace  records.Trace
	counts records.Counts
	gone   map[string]bool // ids that a stored reply must not name
}

// Erase implements records.Store.
func (db *DB) Erase(ctx context.Context, workspaceID string, ref records.Ref) (trace records.Trace, n records.Counts, err error) {
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.lockRecords(ctx, tx); err != nil {
			return err
		}
		e := &erasing{w: w, q: q, gone: map[string]bool{ref.ID: true}}
		var words []string
		if ref.Kind == filter.Accounts {
			words, err = eraseRow(ctx, e, accountKind, ref, func(*wire.Account) records.Trace { return records.Trace{Ref: ref} })
		} else {
			words, err = eraseRow(ctx, e, leadKind, ref, func(l *leadRow) records.Trace { return traceOf(ref, l) })
		}
		if err != nil {
			return err
		}
		if err := e.related(ctx, tx.now); err != nil {
			return err
		}
		if err := w.resetTexts(ctx, q); err != nil {
			return err
		}
		e.counts.Words, err = w.dropWords(ctx, tx, words)
		trace, n = e.trace, e.counts
		return err
	})
	return trace, n, err
}

// EraseLate implements records.Store.
func (db *DB) EraseLate(ctx context.Context, workspaceID string, t records.Trace) (n records.Counts, err error) {
	until, err := db.Now(ctx)
	if err != nil {
		return n, err
	}
	if waited, err := db.engine.settle(ctx, until); err != nil || !waited {
		return n, op(err, "wait for pushes under way")
	}
	w := db.Workspace(workspaceID)
	err = w.Tx(ctx, func(ctx context.Context, tx *Tx, q Q) error {
		if err := w.lockRecords(ctx, tx); err != nil { // as a lead that is unlinked changes its place in the ranking
			return err
		}
		e := &erasing{w: w, q: q, trace: t, gone: map[string]bool{t.ID: true}}
		err := e.related(ctx, until)
		n = e.counts
		return err
	})
	return n, err
}

// Scrub implements records.Store.
func (db *DB) Scrub(ctx context.Context) error { return op(db.engine.scrub(ctx), "scrub the database") }

func traceOf(ref records.Ref, l *leadRow) records.Trace {
	t := records.Trace{Ref: ref, LinkedInURL: l.LinkedInURL}
	t.Emails = text.Unique(appendGiven(nil, l.WorkEmail, l.PersonalEmail))
	if l.Handle != "" {
		t.Handle = handleKey(l.Handle)
	}
	return t
}

// eraseRow deletes the record's own rows and returns its words.
func eraseRow[T any](ctx context.Context, e *erasing, kind *recordKind[T], ref records.Ref, trace func(*T) records.Trace) ([]string, error) {
	r, err := oneRecord(ctx, e.w, e.q, kind, ref.ID)
	if err != nil {
		return nil, err
	}
	e.trace = trace(&r.row)
	statements := []string{e.w.db.dia.text.forget(kind.table), `DELETE FROM ` + kind.table + ` WHERE workspace_id = $1 AND id = $2`,
		`DELETE FROM enrichment_values WHERE workspace_id = $1 AND record_id = $2`,
		`DELETE FROM record_qualifications WHERE workspace_id = $1 AND record_id = $2`}
	if ref.Kind == filter.Accounts {
		statements = append(statements, `DELETE FROM account_tags WHERE workspace_id = $1 AND account_id = $2`)
	}
	for _, statement := range statements {
		if statement == "" {
			continue
		}
		if _, err := e.q.Exec(ctx, statement, ref.ID); err != nil {
			return nil, op(err, "erase a record of %s", kind.table)
		}
	}
	return kind.doc(&r.row).Words(), nil
}

// oneRecord reads the record of the id; fault.NotFound when there is none.
func oneRecord[T any](ctx context.Context, w *Workspace, q Q, kind *recordKind[T], id string) (*merging[T], error) {
	list, err := readRecords(ctx, w, q, kind, "id", []string{id})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// related erases or unlinks what points at the record, of what came in up to the time, and the replies that name it.
func (e *erasing) related(ctx context.Context, until int64) (err error) {
	if e.trace.Kind == filter.Accounts {
		err = e.account(ctx, until)
	} else {
		err = e.lead(ctx, until)
	}
	if err == nil {
		e.counts.Replies, err = e.w.dropReplies(ctx, e.q, e.gone)
	}
	return err
}

// lead erases the signals that are the lead's or carry its identity. Those by identity are found in one pass, as no index leads to them.
func (e *erasing) lead(ctx context.Context, until int64) error {
	dia := e.w.db.dia
	return e.inBatches(ctx, "signals", `(lead_id = $2 OR `+dia.anyOf("email", "$3")+` OR linkedin_url = $4 OR handle_f = $5) AND created_at <= $6`,
		[]any{e.trace.ID, dia.list(append([]string{}, e.trace.Emails...)), optional(e.trace.LinkedInURL), optional(e.trace.Handle), until}, e.eraseSignals)
}

// account erases the signals that have no lead, and takes the account from the other ones and from the leads.
func (e *erasing) account(ctx context.Context, until int64) error {
	args := []any{e.trace.ID, until}
	for _, step := range []struct {
		table, condition string
		do               func(context.Context, []string) error
	}{
		{"signals", `account_id = $2 AND lead_id IS NULL AND created_at <= $3`, e.eraseSignals},
		{"signals", `account_id = $2 AND created_at <= $3`, e.unlinkSignals},
		{"leads", `account_id = $2 AND created_at <= $3`, e.unlinkLeads},
	} {
		if err := e.inBatches(ctx, step.table, step.condition, args, step.do); err != nil {
			return err
		}
	}
	return nil
}

// inBatches does something with the rows that fulfil the condition, so many at a time.
func (e *erasing) inBatches(ctx context.Context, table, condition string, args []any, do func(ctx context.Context, ids []string) error) error {
	ids, err := collect(ctx, e.q, func(row Row) (id string, err error) { return id, row.Scan(&id) },
		`SELECT id FROM `+table+` WHERE workspace_id = $1 AND `+condition, args...)
	if err != nil {
		return op(err, "find the %s of a record", table)
	}
	for batch := range slices.Chunk(ids, eraseBatch) {
		if err := do(ctx, batch); err != nil {
			return op(err, "erase or unlink %s", table)
		}
	}
	return nil
}

func (e *erasing) eraseSignals(ctx context.Context, ids []string) error {
	n, err := e.q.Exec(ctx, `DELETE FROM signals WHERE workspace_id = $1 AND `+e.w.db.dia.anyOf("id", "$2"), e.w.db.dia.list(ids))
	e.counts.Signals += n
	for _, id := range ids {
		e.gone[id] = true
	}
	return err
}

func (e *erasing) unlinkSignals(ctx context.Context, ids []string) error {
	n, err := e.q.Exec(ctx, `UPDATE signals SET account_id = NULL, account_domain = NULL WHERE workspace_id = $1 AND `+e.w.db.dia.anyOf("id", "$2"), e.w.db.dia.list(ids))
	e.counts.Unlinked += n
	return err
}

// unlinkLeads also tells who keeps the leads' texts, since searches rank by the domain too. A lead fits an ICP by its account alone, and where its scores
// come from tells of that account.
func (e *erasing) unlinkLeads(ctx context.Context, ids []string) error {
	version, err := e.w.nextTexts(ctx, e.q)
	if err != nil {
		return err
	}
	list := e.w.db.dia.list(ids)
	if _, err := e.q.Exec(ctx, `DELETE FROM record_qualifications WHERE workspace_id = $1 AND `+e.w.db.dia.anyOf("record_id", "$2"), list); err != nil {
		return err
	}
	n, err := e.q.Exec(ctx, `UPDATE leads SET account_id = NULL, account_domain = NULL, texts_version = $3, icp_code = NULL, icp_score = NULL,
		persona_code = NULL, persona_score = NULL WHERE workspace_id = $1 AND `+e.w.db.dia.anyOf("id", "$2"),
		list, version)
	e.counts.Unlinked += n
	return err
}

// optional is a text to compare with; an empty one is NULL and equals nothing.
func optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}
