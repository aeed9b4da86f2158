package search

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// shown are the fields of its account that every item shows.
var shown = []string{"id", "external_id", "domain", "name"}

// showJoined lets leads and signals show what they are sorted by at their account or lead: sorts and order say the same.
func showJoined(ctx context.Context, r Reader, sorts []wire.Sort, order []Order, items any) error {
	for i, o := range order {
		if o.Via == "" || i >= len(sorts) || o.Via == filter.ToAccount && slices.Contains(shown, o.Field.Name) {
			continue
		}
		if err := showOne(ctx, r, sorts[i].Field, o, items); err != nil {
			return err
		}
	}
	return nil
}

func showOne(ctx context.Context, r Reader, path string, o Order, items any) error {
	ids := relatedIDs(o.Via, items)
	records, err := relatedRecords(ctx, r, o.Via, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if _, value := wire.Member(records[id], o.Field.Name); value != nil {
			show(items, i, path, value)
		}
	}
	return nil
}

// relatedIDs returns the id of the record that each item points at, "" for none.
func relatedIDs(via filter.Relation, items any) (ids []string) {
	account := func(a *wire.AccountRef) string {
		if a == nil {
			return ""
		}
		return a.ID
	}
	switch items := items.(type) {
	case []wire.Lead:
		for _, l := range items {
			ids = append(ids, account(l.Account))
		}
	case []wire.Signal:
		for _, s := range items {
			switch {
			case via == filter.ToAccount:
				ids = append(ids, account(s.Account))
			case s.Lead != nil:
				ids = append(ids, s.Lead.ID)
			default:
				ids = append(ids, "")
			}
		}
	}
	return ids
}

// relatedRecords returns the records of the ids as JSON.
func relatedRecords(ctx context.Context, r Reader, via filter.Relation, ids []string) (map[string]json.RawMessage, error) {
	once := slices.Compact(slices.Sorted(slices.Values(ids)))
	once = slices.DeleteFunc(once, func(id string) bool { return id == "" })
	out := make(map[string]json.RawMessage, len(once))
	add := func(id string, record any) error {
		text, err := json.Marshal(record)
		out[id] = text
		return err
	}
	if via == filter.ToLead {
		return out, each(once, func(ids []string) ([]wire.Lead, error) { return r.Leads(ctx, ids) }, func(l wire.Lead) error { return add(l.ID, l) })
	}
	return out, each(once, func(ids []string) ([]wire.Account, error) { return r.Accounts(ctx, ids) }, func(a wire.Account) error { return add(a.ID, a) })
}

func each[T any](ids []string, load func([]string) ([]T, error), do func(T) error) error {
	if len(ids) == 0 {
		return nil
	}
	list, err := load(ids)
	for _, v := range list {
		if err == nil {
			err = do(v)
		}
	}
	return err
}

func show(items any, i int, path string, value json.RawMessage) {
	var at *wire.SortedBy
	switch items := items.(type) {
	case []wire.Lead:
		at = &items[i].SortedBy
	case []wire.Signal:
		at = &items[i].SortedBy
	}
	if *at == nil {
		*at = wire.SortedBy{}
	}
	(*at)[path] = value
}
