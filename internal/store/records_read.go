package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// reader is how records of type T are read: a statement that lacks its last condition, with the alias r, and what scans its rows.
type reader[T any] struct {
	kind        filter.Kind
	selectWhere string
	scan        func(Row) (id string, v T, err error)
	compare     func(a, b T) int // by natural key
}

var accountReading = reader[wire.Account]{
	filter.Accounts,
	`SELECT r.id, r.created_at, r.updated_at, ` + readable(accountKind.fields) + ` FROM accounts r WHERE r.workspace_id = $1 AND `,
	func(row Row) (string, wire.Account, error) {
		var a wire.Account
		var created, updated int64
		err := scanReadable(row, accountKind.fields, &a, &a.ID, &created, &updated)
		a.CreatedAt, a.UpdatedAt = wire.Time(fromMicros(created)), wire.Time(fromMicros(updated))
		return a.ID, a, err
	},
	compareAccounts,
}

var leadReading = reader[wire.Lead]{
	filter.Leads,
	`SELECT r.id, r.created_at, r.updated_at, COALESCE(account.external_id, ''), COALESCE(account.name, ''), ` + readable(leadKind.fields) +
		` FROM leads r LEFT JOIN accounts account ON account.workspace_id = r.workspace_id AND account.id = r.account_id
		WHERE r.workspace_id = $1 AND `,
	func(row Row) (string, wire.Lead, error) {
		var l leadRow
		var ref wire.AccountRef
		var created, updated int64
		err := scanReadable(row, leadKind.fields, &l, &l.ID, &created, &updated, &ref.ExternalID, &ref.Name)
		l.CreatedAt, l.UpdatedAt = wire.Time(fromMicros(created)), wire.Time(fromMicros(updated))
		if l.accountID != "" {
			ref.ID, ref.Domain = l.accountID, l.accountDomain
			l.Account = &ref
		}
		return l.ID, l.Lead, err
	},
	compareLeads,
}

// readable returns the columns of the fields for scanReadable.
func readable[T any](fields []field[T]) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = `r.` + f.name
		if _, ok := f.at(new(T)).(*string); ok {
			list[i] = `COALESCE(r.` + f.name + `, '')`
		}
	}
	return strings.Join(list, `, `)
}

// scanReadable reads a row into first and then into the fields of v, straight where their type allows it.
func scanReadable[T any](row Row, fields []field[T], v *T, first ...any) error {
	cells := make([]any, 0, len(first)+len(fields))
	cells = append(cells, first...)
	for _, f := range fields {
		switch p := f.at(v).(type) {
		case *string, **int64:
			cells = append(cells, p)
		case **bool:
			cells = append(cells, new(*int64))
		default:
			cells = append(cells, new(*string))
		}
	}
	if err := row.Scan(cells...); err != nil {
		return err
	}
	for i, f := range fields {
		switch p := f.at(v).(type) {
		case *string, **int64:
		default:
			if err := place(p, cells[len(first)+i]); err != nil {
				return fmt.Errorf("read %s: %w", f.name, err)
			}
		}
	}
	return nil
}

func readList(text string) (list []string, err error) {
	if text == "[]" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	return list, nil
}

// byIDs reads the records of the ids, in their order.
func byIDs[T any](ctx context.Context, s snapshot, r reader[T], ids []string) ([]T, error) {
	out := make([]T, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	text := r.selectWhere + s.w.db.dia.anyOf("r.id", "$2")
	_, err := collect(ctx, s.q, func(row Row) (struct{}, error) {
		id, v, err := r.scan(row)
		out[at[id]] = v
		return struct{}{}, err
	}, text, s.w.db.dia.list(ids))
	return out, op(err, "read records")
}

// Accounts implements search.Reader.
func (s snapshot) Accounts(ctx context.Context, ids []string) ([]wire.Account, error) {
	return byIDs(ctx, s, accountReading, ids)
}

// Leads implements search.Reader.
func (s snapshot) Leads(ctx context.Context, ids []string) ([]wire.Lead, error) {
	return byIDs(ctx, s, leadReading, ids)
}

// Signals implements search.Reader.
func (s snapshot) Signals(ctx context.Context, ids []string) ([]wire.Signal, error) {
	return byIDs(ctx, s, signalReading, ids)
}

// first returns the first record by natural key that fulfils the filter; fault.NotFound when none does. Each alternative is asked for apart and
// what is found is compared here: an ORDER BY tempts planners to walk all records in that order instead of using the index of the hint.
func first[T any](ctx context.Context, q Q, r reader[T], n filter.Node) (v T, err error) {
	var found []T
	for _, part := range alternatives(n) {
		c := &compiler{} // the hints of a record are compared alike on every engine
		list, err := collect(ctx, q, func(row Row) (T, error) {
			_, v, err := r.scan(row)
			return v, err
		}, r.selectWhere+c.node(subject{r.kind, "r"}, part), c.args...)
		if err != nil {
			return v, err
		}
		found = append(found, list...)
	}
	if len(found) == 0 {
		return v, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return slices.MinFunc(found, r.compare), nil
}

func compareAccounts(a, b wire.Account) int { return cmp.Compare(a.Domain, b.Domain) }

func compareLeads(a, b wire.Lead) int {
	domain := func(l wire.Lead) string {
		if l.Account == nil {
			return ""
		}
		return l.Account.Domain
	}
	return cmp.Or(emptyLast(domain(a), domain(b)), emptyLast(a.ExternalID, b.ExternalID), cmp.Compare(a.ID, b.ID))
}

func emptyLast(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return cmp.Compare(a, b)
}

var _ search.Reader = snapshot{}
