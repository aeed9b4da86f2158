package keypages

import (
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// The options of the filter's drop-downs.

func (v listView) statusOptions() []ui.Option {
	out := []ui.Option{}
	for _, s := range []string{string(keys.Active), string(keys.Expired), string(keys.Revoked), anyStatus} {
		out = append(out, ui.Option{Value: s, Label: statusTitle(keys.Status(s)), Chosen: s == v.Filter.Status})
	}
	return out
}

func statusTitle(s keys.Status) string {
	return map[keys.Status]string{keys.Active: "Active", keys.Expired: "Expired", keys.Revoked: "Revoked", anyStatus: "All"}[s]
}

func statusTone(s keys.Status) string {
	return map[keys.Status]string{keys.Active: "good", keys.Expired: "warn", keys.Revoked: "bad"}[s]
}

func (v listView) scopeOptions() []ui.Option {
	out := []ui.Option{{Label: "Every scope"}}
	for _, p := range append(scope.Presets(), scope.Custom) {
		out = append(out, ui.Option{Value: string(p), Label: p.Title(), Chosen: p == v.Filter.Scope})
	}
	return out
}

func (v listView) makerOptions() []ui.Option {
	out := []ui.Option{{Label: "Everybody"}}
	if by := v.Filter.By; by != "" && !slices.Contains(v.Makers, by) {
		out = append(out, ui.Option{Value: by, Label: by, Chosen: true})
	}
	for _, m := range v.Makers {
		out = append(out, ui.Option{Value: m, Label: m, Chosen: m == v.Filter.By})
	}
	return out
}

func (v listView) badgeOptions() []ui.Option {
	out := []ui.Option{{Label: "Any"}}
	for _, b := range []badge{stale, expiring, unused} {
		out = append(out, ui.Option{Value: string(b), Label: b.title(), Chosen: b == v.Filter.Badge})
	}
	return out
}
