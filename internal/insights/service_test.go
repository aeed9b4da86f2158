package insights_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// table is a store that gives the same rows whatever is asked.
type table struct {
	rows  []insights.Row
	asked []insights.Question
}

func (s *table) Groups(ctx context.Context, _ string, ask func(context.Context, search.Reader) (insights.Question, error), each func(insights.Row) error) error {
	q, err := ask(ctx, nil)
	s.asked = append(s.asked, q)
	for _, row := range s.rows {
		if err == nil {
			err = each(row)
		}
	}
	return err
}

// asItIs leaves a filter as it is, and says that words were left out.
func asItIs(_ context.Context, _ search.Reader, _ string, _ filter.Kind, n filter.Node) (filter.Node, bool, error) {
	return n, true, nil
}

func service(rows ...insights.Row) (*insights.Service, *table) {
	s := &table{rows: rows}
	return insights.New(s, asItIs).WithClock(func() time.Time { return time.Unix(1_700_000_000, 0) }), s
}

func row(values []insights.Value, keys ...any) insights.Row {
	return insights.Row{Keys: keys, Values: values}
}

func counts(n int64) []insights.Value { return []insights.Value{{Count: n}} }

// asked reads a question.
func asked(t testing.TB, text string) (in wire.GetInsights) {
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

func textOf(groups []wire.Group) (out []string) {
	for _, g := range groups {
		b, _ := json.Marshal(g)
		out = append(out, string(b))
	}
	return out
}

// keysOf returns the one key of each group.
func keysOf(groups []wire.Group) string {
	var out []string
	for _, g := range groups {
		for _, v := range g.Key {
			out = append(out, string(v))
		}
	}
	return strings.Join(out, " ")
}

// TestKeysAreOrderedByTypeThenValue, missing ones last in both directions.
func TestKeysAreOrderedByTypeThenValue(t *testing.T) {
	rows := []string{`"b"`, `10`, `true`, `9.5`, `"a"`, `[1]`, `1e2`, `{"a":1}`, `false`, `-3`, `123456789012345678901234567890`, `"\u00e9"`, `"Z"`}
	for dir, want := range map[string]string{
		"asc":  `false true -3 9.5 10 1e2 123456789012345678901234567890 [1] {"a":1} "Z" "a" "b" "\u00e9" null`,
		"desc": `"\u00e9" "b" "a" "Z" {"a":1} [1] 123456789012345678901234567890 1e2 10 9.5 -3 true false null`,
	} {
		s, store := service(row(counts(1), nil))
		for _, r := range rows {
			store.rows = append(store.rows, row(counts(1), r))
		}
		a, err := s.Insights(t.Context(), "w", asked(t, `{"over":"signals","group_by":["context.x"],"order":[{"by":"context.x","dir":"`+dir+`"}]}`))
		if err != nil || keysOf(a.Groups) != want {
			t.Errorf("%s: %s, want %s (%v)", dir, keysOf(a.Groups), want, err)
		}
	}
}

// TestAverages are rounded to six places, halves away from zero.
func TestAverages(t *testing.T) {
	for _, c := range []struct {
		sum  string
		n    int64
		want string
	}{
		{"1", 3, `"0.333333"`}, {"2", 3, `"0.666667"`}, {"-2", 3, `"-0.666667"`}, {"0.000001", 2, `"0.000001"`}, {"-0.000001", 2, `"-0.000001"`},
		{"0.0000009", 2, `"0.000000"`}, {"-0.0000009", 2, `"0.000000"`}, {"0", 5, `"0.000000"`}, {"18446744073709551614", 2, `"9223372036854775807.000000"`},
		{"", 0, `null`},
	} {
		s, _ := service(row([]insights.Value{{Sum: c.sum, Count: c.n}}))
		a, err := s.Insights(t.Context(), "w", asked(t, `{"over":"accounts","measures":[{"name":"a","fn":"avg","field":"icp_score"}]}`))
		if err != nil || string(a.Groups[0].Values["a"]) != c.want {
			t.Errorf("%s of %d: %s, want %s (%v)", c.sum, c.n, a.Groups[0].Values["a"], c.want, err)
		}
	}
}

// drawRows makes groups whose keys are told apart by type alone, or hardly.
func drawRows(t *rapid.T) (rows []insights.Row) {
	key := rapid.OneOf(rapid.Just[any](nil), rapid.SampledFrom([]any{`1`, `"1"`, `true`, `false`, `1.5`, `-1e-30`, `12345678901234567890123`, `[1]`, `{"a":1}`, `""`, `"\u0001"`, `"<é>"`}),
		rapid.Map(rapid.StringMatching(`[a-bA\\"é 😀]{0,4}`), func(s string) any { b, _ := json.Marshal(s); return string(b) }))
	times := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Int64Range(-1e15, 4e15), func(n int64) any { return n }))
	edge := rapid.OneOf(rapid.Just(insights.Value{}), rapid.SampledFrom([]insights.Value{{Edge: "x"}, {Edge: ""}, {Edge: "<y>"}}))
	seen := map[string]bool{}
	for range rapid.IntRange(0, 12).Draw(t, "rows") {
		r := row([]insights.Value{{Count: rapid.Int64Range(0, 2).Draw(t, "n")}, edge.Draw(t, "edge"), {Sum: rapid.SampledFrom([]string{"", "1", "-2.5", "1"}).Draw(t, "sum"), Count: 3}},
			key.Draw(t, "key"), times.Draw(t, "time"))
		if id := fmt.Sprintf("%#v", r.Keys); !seen[id] {
			seen[id] = true
			rows = append(rows, r)
		}
	}
	return rows
}

// TestPagesAreTheWhole: whatever groups are ordered by, a cursor goes on exactly behind its group, and All gives the same groups at once.
func TestPagesAreTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, store := service(drawRows(rt)...)
		in := asked(t, `{"over":"signals","group_by":["context.x"],"bucket":{"field":"occurred_at","unit":"day"},
			"measures":[{"name":"n","fn":"count"},{"name":"m","fn":"max","field":"context.y"},{"name":"a","fn":"avg","field":"context.z"}]}`)
		for _, by := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"n", "m", "a", "context.x", "occurred_at"}), 0, 3, rapid.ID).Draw(rt, "order") {
			in.Order = append(in.Order, wire.InsightsOrder{By: by, Dir: rapid.SampledFrom([]wire.Direction{"", wire.Ascending, wire.Descending}).Draw(rt, "dir")})
		}
		whole, err := s.All(t.Context(), "w", in)
		if err != nil || whole.TotalGroups != len(store.rows) || !whole.Truncated {
			rt.Fatalf("%d groups of %d, truncated %v (%v)", whole.TotalGroups, len(store.rows), whole.Truncated, err)
		}
		want, size := slices.Collect(whole.Groups), rapid.IntRange(1, 4).Draw(rt, "size")
		in.Limit = &size
		var pages []wire.Group
		for {
			a, err := s.Insights(t.Context(), "w", in)
			if err != nil {
				rt.Fatal(err)
			}
			if pages = append(pages, a.Groups...); !a.More {
				break
			}
			if in.Cursor, err = a.After(len(a.Groups)); err != nil {
				rt.Fatal(err)
			}
		}
		if d := cmp.Diff(textOf(want), textOf(pages)); d != "" {
			rt.Fatalf("at once, and in pages:\n%s", d)
		}
	})
}

// TestAllHonoursLimitAndCursor, on one look at the store.
func TestAllHonoursLimitAndCursor(t *testing.T) {
	s, store := service(row(counts(1), "a.com"), row(counts(2), "b.com"), row(counts(3), "c.com"))
	in := asked(t, `{"over":"accounts","group_by":["domain"],"limit":1}`)
	first, err := s.Insights(t.Context(), "w", in)
	if err != nil {
		t.Fatal(err)
	}
	in.Cursor = &first.Cursors[0]
	if w, err := s.All(t.Context(), "w", in); err != nil || keysOf(slices.Collect(w.Groups)) != `"b.com"` || w.TotalGroups != 3 {
		t.Errorf("one: %v of %d (%v)", keysOf(slices.Collect(w.Groups)), w.TotalGroups, err)
	}
	in.Limit = nil
	if w, err := s.All(t.Context(), "w", in); err != nil || keysOf(slices.Collect(w.Groups)) != `"b.com" "a.com"` || len(store.asked) != 3 {
		t.Errorf("the rest: %v, %d questions (%v)", keysOf(slices.Collect(w.Groups)), len(store.asked), err)
	}
}

// TestForgedCursorsAreRefused: a position that no answer gave out is no position.
func TestForgedCursorsAreRefused(t *testing.T) {
	s, _ := service(row(counts(1), `"a"`), row(counts(2), `"b"`))
	in := asked(t, `{"over":"signals","group_by":["context.x"],"limit":1}`)
	a, err := s.Insights(t.Context(), "w", in)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(a.Cursors[0])
	const head = 9 // version and digest
	for _, position := range []string{`[]`, `[1]`, `["1","n2","sb"]`, `[1700000000000000,"n2"]`, `[1700000000000000,"n2","sb","sc"]`, `[1700000000000000,2,"sb"]`,
		`[1700000000000000,"","sb"]`, `[1700000000000000,"n","sb"]`, `[1700000000000000,"n1/0","sb"]`, `[1700000000000000,"n1e9","sb"]`, `[1700000000000000,"q1","sb"]`,
		`[1700000000000000,"n` + strings.Repeat("9", 3000) + `","sb"]`, `[9223372036854775807,"n2","sb"]`} {
		forged := base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:head]), position...))
		in.Cursor = &forged
		if _, err := s.Insights(t.Context(), "w", in); fault.CodeOf(err) != fault.InvalidRequest {
			t.Errorf("%.60s: %v", position, err)
		}
	}
}

// TestLongKeysAreNeverCut: a cursor holds them whole, and where it would be too long it is refused instead of given out.
func TestLongKeysAreNeverCut(t *testing.T) {
	long := func(c string, n int) any { return `"` + strings.Repeat(c, n) + `"` }
	s, _ := service(row(counts(2), long("a", 65_000), long("b", 65_000), nil, nil), row(counts(1), long("a", 65_000), long("c", 65_000), nil, nil))
	in := asked(t, `{"over":"signals","group_by":["context.a","context.b","context.c","context.d"],"limit":1}`)
	a, err := s.Insights(t.Context(), "w", in)
	if err != nil {
		t.Fatal(err)
	}
	if in.Cursor, err = a.After(1); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Insights(t.Context(), "w", in); err != nil || len(b.Groups) != 1 || string(b.Groups[0].Values["count"]) != "1" {
		t.Errorf("the second page has %d groups (%v)", len(b.Groups), err)
	}
	s, _ = service(row(counts(2), long("a", wire.MaxGroupsCursor), nil, nil, nil), row(counts(1), nil, nil, nil, nil))
	in.Cursor = nil
	if a, err = s.Insights(t.Context(), "w", in); err != nil || len(a.Groups) != 1 {
		t.Fatalf("%d groups (%v)", len(a.Groups), err)
	}
	if _, err := a.After(1); fault.CodeOf(err) != fault.ValidationFailed {
		t.Errorf("a cursor that nobody may send: %v", err)
	}
}
