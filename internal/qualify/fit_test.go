package qualify_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func TestAWorkedFit(t *testing.T) {
	parameters := []qualify.Parameter{
		{Name: "in Europe", Mode: wire.ModeFilter},
		{Name: "builds software", Mode: wire.ModeScore, Weight: 50},
		{Name: "hires", Mode: wire.ModeScore, Weight: 30},
		{Name: "raised money", Mode: wire.ModeScore, Weight: 10},
		{Name: "a rival", Mode: wire.ModeExclude},
	}
	got := qualify.FitOf("eu", parameters, []bool{true, true, false, true, false})
	if got.Score != 67 || !got.In() || got.Rows[1].Contribution != 55.56 || got.Rows[2].Contribution != 0 || got.Rows[3].Contribution != 11.11 {
		t.Errorf("%+v", got)
	}
	if got := qualify.FitOf("eu", parameters, []bool{false, true, true, true, true}); got.OutBy != "in Europe" || got.Score != 0 {
		t.Errorf("without the filter %+v", got)
	}
	if got := qualify.FitOf("eu", parameters, []bool{true, true, true, true, true}); got.OutBy != "a rival" || got.Score != 0 {
		t.Errorf("excluded %+v", got)
	}
	if got := qualify.FitOf("eu", parameters[:1], []bool{true}); got.Score != 100 {
		t.Errorf("without scores %+v", got)
	}
}

func TestBands(t *testing.T) {
	for score, want := range map[int64]qualify.Band{0: qualify.Weak, 25: qualify.Weak, 26: qualify.Partial, 50: qualify.Partial,
		51: qualify.Good, 75: qualify.Good, 76: qualify.Strong, 100: qualify.Strong} {
		if got := qualify.BandOf(score); got != want {
			t.Errorf("%d is %s, want %s", score, got, want)
		}
	}
}

// asked is a parameter and whether it holds.
type asked struct {
	qualify.Parameter
	held bool
}

var anyAsked = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) asked {
	a := asked{held: rapid.Bool().Draw(t, "held")}
	if a.Mode = rapid.SampledFrom([]string{wire.ModeFilter, wire.ModeScore, wire.ModeScore, wire.ModeExclude}).Draw(t, "mode"); a.Mode == wire.ModeScore {
		a.Weight = rapid.Int64Range(1, 100).Draw(t, "weight")
	}
	return a
}), 0, 8)

func fit(code string, list []asked) qualify.Fit {
	var parameters []qualify.Parameter
	var held []bool
	for _, a := range list {
		parameters, held = append(parameters, a.Parameter), append(held, a.held)
	}
	return qualify.FitOf(code, parameters, held)
}

func TestLawsOfFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := anyAsked.Draw(t, "parameters")
		for i := range list {
			list[i].Name = fmt.Sprint(i)
		}
		got := fit("x", list)
		if got.Score < 0 || got.Score > 100 {
			t.Fatalf("out of bounds: %+v", got)
		}
		out := slices.ContainsFunc(list, func(a asked) bool {
			return a.Mode == wire.ModeExclude && a.held || a.Mode == wire.ModeFilter && !a.held
		})
		if out == got.In() || out && got.Score != 0 {
			t.Fatalf("ruled out is %t, but %+v", out, got)
		}
		var sum float64
		for _, r := range got.Rows {
			sum += r.Contribution
		}
		if scored := slices.ContainsFunc(list, func(a asked) bool { return a.Mode == wire.ModeScore }); scored && (sum < float64(got.Score)-0.6 || sum > float64(got.Score)+0.6) {
			t.Fatalf("the contributions add up to %v, the score is %d", sum, got.Score)
		}
		if turned := fit("x", rapid.Permutation(list).Draw(t, "order")); turned.Score != got.Score || turned.In() != got.In() {
			t.Fatalf("in another order %+v, not %+v", turned, got)
		}
		for i, a := range list {
			if a.Mode != wire.ModeScore || a.held {
				continue
			}
			more := slices.Clone(list)
			more[i].held = true
			if grown := fit("x", more); grown.Score < got.Score {
				t.Fatalf("holding %q too lowers %d to %d", a.Name, got.Score, grown.Score)
			}
		}
	})
}

func TestTheBestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fits []qualify.Fit
		for i, list := range rapid.SliceOfN(anyAsked, 0, 6).Draw(t, "icps") {
			for n := range list {
				list[n].Name = fmt.Sprint(n)
			}
			fits = append(fits, fit(fmt.Sprint("icp", i), list))
		}
		got := qualify.Best(rapid.Permutation(fits).Draw(t, "order"))
		for _, f := range fits {
			if !f.In() {
				continue
			}
			if got == nil || cmp.Or(cmp.Compare(f.Score, got.Score), cmp.Compare(got.Code, f.Code)) > 0 {
				t.Fatalf("%+v goes before %+v", f, got)
			}
		}
		if got != nil && !got.In() {
			t.Fatalf("ruled out: %+v", got)
		}
	})
}
