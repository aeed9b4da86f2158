package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// InsightsAgree asks both engines random questions about random records, and fails unless the answers, read page by page, are the same bytes and
// hold the groups and figures that plain Go finds.
func InsightsAgree(t *testing.T, lite, pg *store.DB) {
	t.Helper()
	var n atomic.Int64
	rapid.Check(t, func(rt *rapid.T) {
		w := drawInsightWorld(rt)
		slug := "w" + strconv.FormatInt(n.Add(1), 10)
		liteID, pgID := w.load(t, lite, slug), w.load(t, pg, slug)
		for range 8 {
			in := drawInsightQuestion(rt)
			limit := rapid.IntRange(1, 4).Draw(rt, "limit")
			groups, total := allGroups(rt, lite, liteID, in, limit)
			others, _ := allGroups(rt, pg, pgID, in, limit)
			if rowsOf(groups) != rowsOf(others) {
				rt.Fatalf("%s:\nsqlite\n%s\npostgres\n%s", canonicalText(in), rowsOf(groups), rowsOf(others))
			}
			if wrong := againstPlain(in, groups, plainInsights(in, w.records[in.Over])); wrong != "" || total != len(groups) {
				rt.Fatalf("%s: %s; total_groups %d\n%s", canonicalText(in), wrong, total, rowsOf(groups))
			}
		}
	})
}

// allGroups reads an answer page by page.
func allGroups(t *rapid.T, db *store.DB, workspaceID string, in wire.GetInsights, limit int) (groups []wire.Group, total int) {
	in.Limit = &limit
	for {
		a, err := insights.New(db, search.New(db).Resolve).Insights(context.Background(), workspaceID, in)
		if err != nil {
			t.Fatalf("%s: %v %v", canonicalText(in), err, fault.From(err).Cause)
		}
		if groups = append(groups, a.Groups...); !a.More {
			return groups, a.TotalGroups
		}
		in.Cursor = &a.Cursors[len(a.Cursors)-1]
	}
}

// againstPlain says where an answer differs from what it should be.
func againstPlain(in wire.GetInsights, groups []wire.Group, want map[string]map[string]string) string {
	if len(groups) != len(want) {
		return fmt.Sprintf("%d groups, want %d", len(groups), len(want))
	}
	for _, g := range groups {
		key := ""
		for _, column := range in.Columns() {
			key += string(g.Key[column]) + "|"
		}
		for _, m := range in.Asked() {
			got := string(g.Values[m.Label()])
			if sum, ok := new(big.Rat).SetString(got); ok && m.Fn == wire.Sum {
				got = sum.RatString()
			}
			if figure, ok := want[key][m.Label()]; !ok || got != figure {
				return fmt.Sprintf("%s of %s is %s, want %q", m.Label(), key, got, figure)
			}
		}
	}
	return ""
}

// insightWorld is the same records as stores take them and as plain Go reckons with them.
type insightWorld struct {
	accounts []wire.Account
	leads    []wire.Lead
	signals  []wire.PushSignal
	records  map[wire.Over][]plainRecord
}

func (w insightWorld) load(t *testing.T, db *store.DB, slug string) (workspaceID string) {
	workspaceID = MustWorkspace(t, db, slug).ID
	MustAccounts(t, db, workspaceID, w.accounts...)
	if len(w.leads) > 0 {
		MustLeads(t, db, workspaceID, w.leads...)
	}
	for _, s := range w.signals {
		mustPush(t, db, workspaceID, s)
	}
	return workspaceID
}

// insightScalars are values of members that are easily taken for one another, or reckoned with wrongly.
var insightScalars = []string{`"a"`, `"A"`, `"á"`, `"[x]"`, `"true"`, `1`, `1.5`, `-2`, `1e300`, `1e-300`, `123456789012345678901234567890`,
	`12345678901234567890.000000001`, `12345678901234567890.000000002`, `9223372036854775807`, `true`, `false`, `null`, `""`, `{"k":1}`, `"s\"q\\"`}

func drawMember(t *rapid.T, label string) any {
	raw := rapid.SampledFrom(insightScalars).Draw(t, label)
	if rapid.IntRange(0, 3).Draw(t, "a list") == 0 {
		raw = "["
		for i, s := range rapid.SliceOfN(rapid.SampledFrom(insightScalars), 0, 3).Draw(t, label) {
			if i > 0 {
				raw += ","
			}
			raw += s
		}
		raw += "]"
	}
	canonical, err := strictjson.Canonical([]byte(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	dec := json.NewDecoder(bytes.NewReader(canonical))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func anyList(texts []string) []any {
	out := []any{}
	for _, s := range texts {
		out = append(out, s)
	}
	return out
}

func drawInsightWorld(t *rapid.T) insightWorld {
	w := insightWorld{records: map[wire.Over][]plainRecord{}}
	for i := range rapid.IntRange(1, 6).Draw(t, "accounts") {
		w.addAccount(t, i)
	}
	of := func(r plainRecord, account int) plainRecord {
		for path, v := range w.records[wire.OverAccounts][account] {
			r["account."+path] = v
		}
		return r
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "leads") {
		l, r := wire.Lead{ExternalID: strconv.Itoa(i), Name: "n"}, plainRecord{}
		if a := rapid.IntRange(-1, len(w.accounts)-1).Draw(t, "account"); a >= 0 {
			l.CompanyDomain, r = w.accounts[a].Domain, of(r, a)
		}
		w.leads, w.records[wire.OverLeads] = append(w.leads, l), append(w.records[wire.OverLeads], r)
	}
	for i := range rapid.IntRange(0, 5).Draw(t, "signals") {
		a, v := rapid.IntRange(0, len(w.accounts)-1).Draw(t, "account"), drawMember(t, "context")
		at := rapid.SampledFrom([]time.Time{time.UnixMicro(1_600_000_000_000_000), time.UnixMicro(1_603_580_000_000_001), time.UnixMicro(-1), time.Date(1893, 4, 1, 0, 0, 0, 1000, time.UTC)}).
			Draw(t, "from").Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "hours")) * time.Hour).UTC()
		w.signals = append(w.signals, wire.PushSignal{SignalType: "website_visit", Source: "site", OccurredAt: at, ExternalID: strconv.Itoa(i),
			Identity: wire.Identity{CompanyDomain: w.accounts[a].Domain}, Context: json.RawMessage(`{"v":` + canonicalText(v) + `}`)})
		w.records[wire.OverSignals] = append(w.records[wire.OverSignals], of(plainRecord{"occurred_at": at.Format(time.RFC3339Nano), "context.v": v}, a))
	}
	return w
}

func (w *insightWorld) addAccount(t *rapid.T, i int) {
	v, inner := drawMember(t, "v"), drawMember(t, "x")
	a := wire.Account{
		Domain: fmt.Sprintf("d%d.com", i), City: rapid.SampledFrom([]string{"", "Rom", "rom", "Röm"}).Draw(t, "city"),
		Tags:      rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ai", "AI", `x"y`, "b"}), 0, 3, text.Fold).Draw(t, "tags"),
		TechStack: rapid.SliceOfN(rapid.SampledFrom([]string{"go", "GO", "1"}), 0, 3).Draw(t, "tech"),
		Custom:    json.RawMessage(canonicalText(map[string]any{"v": v, "o": map[string]any{"x": inner}})),
	}
	r := plainRecord{"domain": a.Domain, "custom.v": v, "custom.o.x": inner, "tags": anyList(a.Tags), "tech_stack": anyList(a.TechStack)}
	if a.City != "" {
		r["city"] = a.City
	}
	if rapid.Bool().Draw(t, "founded") {
		a.FoundedYear = year(rapid.SampledFrom([]int64{1999, 2000, 9223372036854775807, -5}).Draw(t, "year"))
		r["founded_year"] = json.Number(strconv.FormatInt(*a.FoundedYear, 10))
	}
	w.accounts, w.records[wire.OverAccounts] = append(w.accounts, a), append(w.records[wire.OverAccounts], r)
}

// The fields of accounts that questions are about.
var (
	insightSingles = []string{"domain", "city", "founded_year", "custom.v", "custom.o.x"}
	insightNumbers = []string{"founded_year", "custom.v", "custom.o.x"}
	insightFields  = slices.Concat(insightSingles, []string{"tags", "tech_stack"})
)

func drawInsightQuestion(t *rapid.T) (in wire.GetInsights) {
	in.Over = rapid.SampledFrom([]wire.Over{wire.OverAccounts, wire.OverLeads, wire.OverSignals}).Draw(t, "over")
	path := func(fields []string, folds bool) string {
		p := rapid.SampledFrom(fields).Draw(t, "field")
		switch {
		case in.Over == wire.OverSignals && rapid.IntRange(0, 3).Draw(t, "own") == 0:
			p = "context.v"
		case in.Over != wire.OverAccounts:
			p = "account." + p
		}
		if folds && rapid.Bool().Draw(t, "folded") {
			p += ".folded"
		}
		return p
	}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		if p := path(insightFields, true); !slices.Contains(in.GroupBy, p) {
			in.GroupBy = append(in.GroupBy, p)
		}
	}
	if in.Over == wire.OverSignals && rapid.Bool().Draw(t, "bucket") {
		in.Bucket = &wire.Bucket{Field: "occurred_at", Unit: rapid.SampledFrom([]wire.Unit{wire.Day, wire.Week, wire.Month, wire.Quarter, wire.Year}).Draw(t, "unit"),
			TZ: rapid.SampledFrom([]string{"", "Europe/Berlin", "America/Havana"}).Draw(t, "tz")}
	}
	for range rapid.IntRange(0, 3).Draw(t, "measures") {
		m := wire.Measure{Fn: rapid.SampledFrom([]wire.Fn{wire.Count, wire.CountDistinct, wire.Sum, wire.Min, wire.Max, wire.Avg}).Draw(t, "fn")}
		switch m.Fn {
		case wire.Count:
			m.Field = path(insightFields, true)
		case wire.Sum, wire.Avg:
			m.Field = path(insightNumbers, false)
		default:
			m.Field = path(insightSingles, true)
		}
		if !slices.ContainsFunc(in.Measures, func(o wire.Measure) bool { return o.Label() == m.Label() }) {
			in.Measures = append(in.Measures, m)
		}
	}
	return in
}
