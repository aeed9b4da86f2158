package audiences

import (
	"context"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
)

// scansAtOnce is how many scans a turn goes on with.
const scansAtOnce = 4

// scan goes on with the first audiences whose filter or ranking is new. Records that are written meanwhile are looked at as always, for this audience too.
func (t *turn) scan(ctx context.Context) error {
	scanning := slices.DeleteFunc(slices.Clone(t.audiences), func(a watched) bool { return a.State != Scanning })
	if len(scanning) == 0 {
		return nil
	}
	t.left = t.left || len(scanning) > scansAtOnce
	for _, a := range scanning[:min(scansAtOnce, len(scanning))] {
		done, err := t.scanPart(ctx, a)
		if err != nil {
			return err
		}
		t.left = t.left || !done
	}
	return nil
}

// scanPart looks at the next records for one audience, and sees to it that they are due when one of its windows moves.
func (t *turn) scanPart(ctx context.Context, a watched) (done bool, err error) {
	phases := a.phases()
	name, after, _ := strings.Cut(a.Scanned, "/")
	phase := max(0, slices.Index(phases, filter.Kind(name)))
	k := phases[phase]
	ids, err := t.After(ctx, k, after, t.batch)
	if err != nil {
		return false, err
	}
	if err := t.hasten(ctx, a, k, ids); err != nil {
		return false, err
	}
	if k == a.Over {
		members, err := t.memberships(ctx, a.ID, slices.Clone(ids))
		if err != nil {
			return false, err
		}
		if err := t.compare(ctx, a, ids, members[a.ID]); err != nil {
			return false, err
		}
	}
	switch {
	case len(ids) == t.batch:
		return false, t.SetScanned(ctx, a.ID, string(k)+"/"+ids[len(ids)-1], false)
	case phase+1 < len(phases):
		return false, t.SetScanned(ctx, a.ID, string(phases[phase+1])+"/", false)
	}
	return true, t.SetScanned(ctx, a.ID, "", true)
}

// phases are the kinds of record that a scan goes through: those first that only move its windows, so that none moves unseen.
func (a watched) phases() (out []filter.Kind) {
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads} {
		if k != a.Over && len(a.windows[k]) > 0 {
			out = append(out, k)
		}
	}
	return append(out, a.Over)
}

func (t *turn) hasten(ctx context.Context, a watched, k filter.Kind, ids []string) error {
	if len(ids) == 0 || len(a.windows[k]) == 0 {
		return nil
	}
	due, err := t.due(ctx, k, ids, a.windows[k], nil)
	if err != nil {
		return err
	}
	return t.SetDue(ctx, k, due, true)
}
