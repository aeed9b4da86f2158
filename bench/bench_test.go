package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMedianAndQuantile(t *testing.T) {
	for _, c := range []struct {
		values      []float64
		median, p99 float64
	}{
		{nil, 0, 0}, {[]float64{3}, 3, 3}, {[]float64{4, 2}, 3, 4}, {[]float64{9, 1, 5}, 5, 9}, {[]float64{1, 2, 3, 100}, 2.5, 100},
	} {
		if got := median(c.values); got != c.median {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.median)
		}
		if got := quantile(c.values, 0.99); got != c.p99 {
			t.Errorf("quantile(%v, 0.99) = %v, want %v", c.values, got, c.p99)
		}
	}
}

func TestMedianParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0.001, 1e6), 1, 50).Draw(t, "values")
		before := slices.Clone(values)
		m, below, above := median(values), 0, 0
		for _, v := range values {
			if v < m {
				below++
			} else if v > m {
				above++
			}
		}
		if below > len(values)/2 || above > len(values)/2 {
			t.Fatalf("%d below and %d above %v of %v", below, above, m, values)
		}
		if q := quantile(values, 0.5); q < slices.Min(values) || q > slices.Max(values) {
			t.Fatalf("quantile %v outside %v", q, values)
		}
		if diff := cmp.Diff(before, values); diff != "" {
			t.Fatalf("the values were reordered: %s", diff)
		}
	})
}

// steps returns a sample that gives the values in turn and notes who was asked.
func steps(who string, log *[]string, values ...float64) sample {
	return func(context.Context) (float64, error) {
		*log = append(*log, who)
		v := values[0]
		values = values[1:]
		return v, nil
	}
}

func rowOf(better direction, must, stretch float64, blocks bool, p pair, err error) row {
	return row{id: "X", better: better, must: must, stretch: stretch, blocks: blocks, prepare: func(context.Context, *stage) (pair, error) { return p, err }}
}

func TestMeasureTakesTurns(t *testing.T) {
	var log []string
	p := pair{steps("ours", &log, 2, 30, 4), steps("theirs", &log, 1, 10, 4)}
	got := measure(context.Background(), &lab{options: options{rounds: 3}}, rowOf(lower, 2, 1.5, false, p, nil))
	if want := []string{"ours", "theirs", "theirs", "ours", "ours", "theirs"}; !slices.Equal(log, want) {
		t.Errorf("order %v, want %v", log, want)
	}
	if got.Ratio != 2 || got.Lowest != 1 || got.Highest != 3 || got.Verdict != met {
		t.Errorf("got %+v", got)
	}
}

func TestVerdictsAndExit(t *testing.T) {
	for _, c := range []struct {
		name          string
		better        direction
		must, stretch float64
		blocks        bool
		ours          float64
		err           error
		verdict       verdict
		exit          int
	}{
		{"under a limit", lower, 1.25, 1.1, true, 1.2, nil, met, 0},
		{"under the stretch", lower, 1.25, 1.1, true, 1.1, nil, stretched, 0},
		{"over a limit that blocks", lower, 1, 0, true, 1.01, nil, short, 1},
		{"over a limit that does not", lower, 1, 0, false, 1.01, nil, short, 0},
		{"fast enough", higher, 0.8, 0, false, 0.8, nil, met, 0},
		{"too slow", higher, 0.8, 0, false, 0.79, nil, short, 0},
		{"faster than the stretch", higher, 0.8, 1, false, 1.3, nil, stretched, 0},
		{"not measured", higher, 0.8, 1, false, 1, errors.New("no server"), failed, 1},
		{"no figure", higher, 0.8, 1, false, 0, nil, failed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := measure(context.Background(), &lab{options: options{rounds: 2}}, rowOf(c.better, c.must, c.stretch, c.blocks, pair{fixed(c.ours), fixed(1)}, c.err))
			if r.Verdict != c.verdict || exitCode([]result{r}) != c.exit {
				t.Errorf("verdict %s, exit %d, want %s, %d", r.Verdict, exitCode([]result{r}), c.verdict, c.exit)
			}
		})
	}
}

// wanted are the rows that the performance targets name for this command.
var wanted = strings.Fields("G1 G2 G3 G4 G5 G6 G7 G9 G10 G11 G12 G13 G14 G15 G16 G17 G18 G19 G20 G21 E1 E2 P1 G22")

func TestTableIsWhole(t *testing.T) {
	var ids []string
	for _, r := range slices.Concat(table, growth(sizes{1000, 10_000})) {
		ids = append(ids, r.id)
		if r.what == "" || r.reference == "" || r.unit == "" || r.must <= 0 || r.prepare == nil || (r.better != lower && r.better != higher) {
			t.Errorf("row %s (%s) is not whole", r.id, r.what)
		}
		if blocks := r.id == "G4" || r.id == "G6"; r.blocks != blocks {
			t.Errorf("row %s: blocks = %v", r.id, r.blocks)
		}
		if r.stretch != 0 && (r.better == lower) != (r.stretch < r.must) {
			t.Errorf("row %s: the stretch is easier than the target", r.id)
		}
	}
	if diff := cmp.Diff(wanted, slices.Compact(ids)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestChoose(t *testing.T) {
	rows, err := choose(table, "g4,G6")
	if err != nil || len(rows) == 0 || slices.ContainsFunc(rows, func(r row) bool { return r.id != "G4" && r.id != "G6" }) {
		t.Errorf("choose gave %v, %v", rows, err)
	}
	if _, err := choose(table, "G8"); err == nil {
		t.Error("an unknown row was taken")
	}
	if all, err := choose(table, ""); err != nil || len(all) != len(table) {
		t.Errorf("without names %d rows, %v", len(all), err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]string{"100,2000": "100,2000", "100": "100", "99": "", "200,100": "", "x": "", "": ""} {
		var s sizes
		if err := s.Set(text); (err != nil) != (want == "") || err == nil && s.String() != want {
			t.Errorf("%q gave %q, %v", text, s.String(), err)
		}
	}
	if rows := growth(sizes{1000, 4000}); rows[0].must != growing[0].must || rows[len(growing)-1].must >= growing[len(growing)-1].must {
		t.Error("only what grows with the workspace may take longer by the growth")
	}
}

func TestReportFiles(t *testing.T) {
	dir := t.TempDir()
	l := &lab{options: options{rounds: 1}}
	r := newReport(1, []result{
		measure(context.Background(), l, rowOf(lower, 1.25, 0, false, pair{fixed(150), fixed(100)}, nil)),
		measure(context.Background(), l, rowOf(lower, 1, 0, false, pair{}, errors.New("no\nserver"))),
	})
	j, m := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.md")
	if err := errors.Join(r.writeJSON(j), r.writeMarkdown(m)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(j)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("JSON read back (-want +got):\n%s", diff)
	}
	md, err := os.ReadFile(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"| 150 | 100 |", "1.50 (1.50-1.50)", "| short |", "not measured: no server |"} {
		if !strings.Contains(string(md), part) {
			t.Errorf("the table lacks %q:\n%s", part, md)
		}
	}
}
