package icppages

import (
	"maps"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// typeRow is a signal type in the list.
type typeRow struct {
	Name     string
	Set      wire.SignalTypeSettings
	Own      bool  // the workspace's own, which can be removed
	Captured int64 // in the last days
}

// recentDays is how far back the list counts signals.
const recentDays = 30

type typesView struct {
	Types []typeRow
	May   bool
}

func (v typesView) page() ui.Page {
	return ui.Page{Title: "Signal types", Lead: "Which signals are taken, and how much each counts.", Body: typesPage(v)}
}

func (p pages) types(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	since := r.Now().Add(-recentDays * 24 * time.Hour).UTC().Format(time.RFC3339)
	recent, err := p.figures(r, wire.OverSignals, "signal_type", patch(map[string]any{"field": "occurred_at", "op": "gte", "value": since}))
	if err != nil {
		return err
	}
	v := typesView{May: may(r)}
	for _, name := range slices.Sorted(maps.Keys(s.SignalTypes)) {
		v.Types = append(v.Types, typeRow{name, s.SignalTypes[name], own(name), recent[name]})
	}
	return r.Page(v.page())
}

// own reports whether the type is not built in.
func own(name string) bool {
	return !slices.ContainsFunc(signals.BuiltinTypes(), func(t signals.Type) bool { return t.Name == name })
}
