package audiences

import (
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// Step leads from changed records to those whose conditions look at them.
type Step string

// The steps.
const (
	LeadsOfAccounts   Step = "leads_of_accounts"   // conditions of a lead on its account
	AccountsOfLeads   Step = "accounts_of_leads"   // of an account on its leads
	AccountsBySignals Step = "accounts_by_signals" // of an account on the leads of its signals
	LeadsBySignals    Step = "leads_by_signals"    // of a lead on the accounts of its signals
)

// From returns the kind of record that the step begins with.
func (s Step) From() filter.Kind {
	if s == LeadsOfAccounts || s == LeadsBySignals {
		return filter.Accounts
	}
	return filter.Leads
}

// way is how a change reaches the records of an audience, one step after the other.
type way []Step

func (w way) String() string {
	parts := make([]string, len(w))
	for i, s := range w {
		parts[i] = string(s)
	}
	return strings.Join(parts, "/")
}

// reach is what an audience depends on beside its records themselves.
type reach struct {
	ways    []way
	windows map[filter.Kind][]int64 // the days of each last_days, by the kind of record whose signals are counted
}

// marked is a time by which the ends of relative windows are told from times that a filter names: no filter names this one.
var marked = time.Date(8765, 4, 3, 21, 9, 8, 765_432_000, time.UTC)

// reachOf returns what an audience depends on; its filter and ranking are valid.
func reachOf(a Audience) (reach, error) {
	n, err := filter.Parse(a.Over, a.Filter, marked)
	if err != nil {
		return reach{}, err
	}
	r := reach{windows: map[filter.Kind][]int64{}}
	r.node(spot{at: a.Over, owner: a.Over}, n)
	for _, s := range a.Ranking {
		if via, _, ok := filter.Lookup(a.Over, s.Field); ok {
			r.relation(spot{at: a.Over, owner: a.Over}, via)
		}
	}
	return r, nil
}

// spot is where in a filter a condition stands: the kind of record it is about and, where that is a signal, whose it is.
type spot struct {
	at, owner filter.Kind
	path      way // from the audience's records, each step the wrong way round
}

func (r *reach) node(p spot, n filter.Node) {
	switch n := n.(type) {
	case filter.All:
		for _, part := range n {
			r.node(p, part)
		}
	case filter.Any:
		for _, part := range n {
			r.node(p, part)
		}
	case filter.Not:
		r.node(p, n.Node)
	case filter.Via:
		r.node(r.relation(p, n.To), n.Node)
	case filter.Has:
		r.has(p, n)
	}
}

func (r *reach) has(p spot, n filter.Has) {
	inner := spot{at: filter.Signals, owner: p.at, path: p.path}
	if n.Of == filter.Leads {
		inner = r.enter(p, filter.Leads, AccountsOfLeads)
	} else if days := windowOf(n); days > 0 && !slices.Contains(r.windows[p.at], days) {
		r.windows[p.at] = append(r.windows[p.at], days)
	}
	if n.Distinct != nil {
		r.relation(inner, n.Distinct.Via)
	}
	if n.Where != nil {
		r.node(inner, n.Where)
	}
}

// relation goes on to the related record of p. The account of an account's signal is that account.
func (r *reach) relation(p spot, to filter.Relation) spot {
	target := to.Target()
	switch {
	case to == "":
		return p
	case p.at == filter.Leads:
		return r.enter(p, target, LeadsOfAccounts)
	case p.owner == target:
		return spot{at: target, owner: target, path: p.path}
	case target == filter.Leads:
		return r.enter(p, target, AccountsBySignals)
	}
	return r.enter(p, target, LeadsBySignals)
}

func (r *reach) enter(p spot, k filter.Kind, s Step) spot {
	inner := spot{at: k, owner: k, path: append(slices.Clone(p.path), s)}
	back := slices.Clone(inner.path)
	slices.Reverse(back)
	if !slices.ContainsFunc(r.ways, func(w way) bool { return slices.Equal(w, back) }) {
		r.ways = append(r.ways, back)
	}
	return inner
}

// windowOf returns the days of the condition's last_days, which ends at the marked time; 0 when it has none.
func windowOf(n filter.Has) int64 {
	parts, _ := n.Where.(filter.All)
	var begin int64
	for _, part := range parts {
		leaf, ok := part.(filter.Leaf)
		if !ok || leaf.Field.Name != "occurred_at" || len(leaf.Values) != 1 {
			continue
		}
		at, _ := leaf.Values[0].(int64)
		switch {
		case leaf.Op == filter.Gte:
			begin = at
		case leaf.Op == filter.Lt && at == marked.UnixMicro():
			return (at - begin) / day.Microseconds()
		}
	}
	return 0
}

const day = 24 * time.Hour
