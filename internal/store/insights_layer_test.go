package store

import (
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestAMemberIsReadOnceARow, however many figures are made of it: as it came in, and in the form that is compared.
func TestAMemberIsReadOnceARow(t *testing.T) {
	via, field, ok := filter.Lookup(filter.Signals, "context.s")
	if !ok || !readsMembers(insights.Question{Keys: []insights.Expr{{Path: filter.Path{Field: field}}}}) || readsMembers(insights.Question{Measures: []insights.Measure{{Fn: wire.Count}}}) {
		t.Fatal("the field is none, or not taken for a member")
	}
	e := insights.Expr{Path: filter.Path{Via: via, Field: field}}
	g := grouping{selection: &selection{compiler: compiler{dia: sqliteDialect}, from: "signals r"}, layered: true, places: map[string]string{}}
	for _, fn := range []wire.Fn{wire.Count, wire.CountDistinct, wire.Sum, wire.Avg, wire.Sum, wire.Avg} {
		g.measure(insights.Measure{Fn: fn, Expr: &e})
	}
	text := g.statement()
	if n := strings.Count(text, "r.context"); n != 2 {
		t.Errorf("the member is read %d times, want 2:\n%s", n, text)
	}
}
