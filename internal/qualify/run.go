package qualify

import (
	"context"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// run is one qualification under way.
type run struct {
	*Service
	workspaceID string
	now         time.Time
	version     int64
	icps        []ICP
	reader      search.Reader
	known       map[string]wire.Account // accounts that were qualified
}

// accounts qualifies accounts and keeps the results, which are in the order of the ids.
func (r *run) accounts(ctx context.Context, ids []string) ([]Result, error) {
	records, err := r.reader.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(a wire.Account) bool { return a.ID == "" })
	all, err := lists(filter.Accounts, r.icps, r.now)
	if err != nil {
		return nil, err
	}
	held, err := r.held(ctx, filter.Accounts, all, idsOf(records, accountID))
	if err != nil {
		return nil, err
	}
	out := make([]Result, len(records))
	for i, a := range records {
		out[i] = r.result(filter.Accounts, a.ID)
		if out[i].ICPs, out[i].ICP, err = choose(all, held[a.ID], a); err != nil {
			return nil, err
		}
		out[i].compare(wire.Qualification{ICPCode: a.ICPCode, ICPScore: a.ICPScore})
		r.known[a.ID] = a
	}
	return out, r.Store.KeepQualifications(ctx, r.workspaceID, filter.Accounts, out)
}

// leads qualifies leads, after their accounts, and keeps the results, which are in the order of the ids.
func (r *run) leads(ctx context.Context, ids []string) ([]Result, error) {
	records, err := r.reader.Leads(ctx, ids)
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, func(l wire.Lead) bool { return l.ID == "" })
	employers, err := r.employers(ctx, records)
	if err != nil {
		return nil, err
	}
	out, byICP := make([]Result, len(records)), map[string][]int{}
	for i, l := range records {
		out[i] = r.result(filter.Leads, l.ID)
		if l.Account == nil {
			continue
		}
		if out[i].ICPs, out[i].ICP = employers[l.Account.ID].ICPs, employers[l.Account.ID].ICP; out[i].ICP != nil {
			byICP[out[i].ICP.Code] = append(byICP[out[i].ICP.Code], i)
		}
	}
	for _, icp := range r.icps {
		if err := r.personas(ctx, icp, records, byICP[icp.Code], out); err != nil {
			return nil, err
		}
	}
	for i, l := range records {
		out[i].compare(wire.Qualification{ICPCode: l.ICPCode, ICPScore: l.ICPScore, PersonaCode: l.PersonaCode, PersonaScore: l.PersonaScore})
	}
	return out, r.Store.KeepQualifications(ctx, r.workspaceID, filter.Leads, out)
}

// employers qualifies the accounts of the leads.
func (r *run) employers(ctx context.Context, leads []wire.Lead) (map[string]Result, error) {
	var ids []string
	for _, l := range leads {
		if l.Account != nil {
			ids = append(ids, l.Account.ID)
		}
	}
	out := map[string]Result{}
	if len(ids) == 0 {
		return out, nil
	}
	results, err := r.accounts(ctx, text.Unique(ids))
	for _, result := range results {
		out[result.ID] = result
	}
	return out, err
}

// personas tells which persona of the ICP fits each of the leads at the places, whose accounts fit that ICP best.
func (r *run) personas(ctx context.Context, icp ICP, leads []wire.Lead, places []int, out []Result) error {
	if len(places) == 0 {
		return nil
	}
	all, err := lists(filter.Leads, icp.Personas, r.now)
	if err != nil {
		return err
	}
	ids := idsOf(places, func(i int) string { return leads[i].ID })
	held, err := r.held(ctx, filter.Leads, all, ids)
	if err != nil {
		return err
	}
	for _, i := range places {
		l := leads[i]
		if out[i].Personas, out[i].Persona, err = choose(all, held[l.ID], employee{l, r.known[l.Account.ID]}); err != nil {
			return err
		}
	}
	return nil
}

// employee is a lead with all that its conditions can name.
type employee struct {
	wire.Lead
	Account wire.Account `json:"account"`
}

func (r *run) result(kind filter.Kind, id string) Result {
	return Result{Kind: kind, ID: id, Version: r.version, At: r.now}
}

// compare notes whether the result differs from what the record has.
func (r *Result) compare(has wire.Qualification) {
	is := r.Codes()
	same := func(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }
	r.Changed = has.ICPCode != is.ICPCode || has.PersonaCode != is.PersonaCode || !same(has.ICPScore, is.ICPScore) || !same(has.PersonaScore, is.PersonaScore)
}

func accountID(a wire.Account) string { return a.ID }

func idsOf[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = id(v)
	}
	return out
}
