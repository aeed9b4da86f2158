package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// figures answers get_insights with the same groups, and keeps what it was asked for.
type figures struct {
	*world
	whole insights.Whole
	asked []wire.GetInsights
}

func (f *figures) All(_ context.Context, _ string, in wire.GetInsights) (insights.Whole, error) {
	f.change(func() { f.asked = append(f.asked, in) })
	return f.whole, nil
}

func figuresRig(t *testing.T, truncated bool, groups ...wire.Group) (f *figures, ask func(in, accept string) answer) {
	r := newRig(t, func(c *api.Config) {
		f = &figures{world: c.Search.(*world), whole: insights.Whole{TotalGroups: 2000, Truncated: truncated, Groups: slices.Values(groups)}}
		c.Insights = f
	})
	key := r.fullKey().Secret.Reveal()
	return f, func(in, accept string) answer { return r.ask("POST", "/v1/insights", key, in, "Accept: "+accept) }
}

func figureGroup(key, n string) wire.Group {
	return wire.Group{Key: map[string]wire.Value{"account.domain": wire.Value(key), "occurred_at": wire.Value(`"2026-01-01T00:00:00Z"`)},
		Values: map[string]wire.Value{"n": wire.Value(n), "avg_x": wire.Value(`"-1.500000"`)}}
}

const figuresAsked = `{"over":"signals","group_by":["account.domain"],"bucket":{"field":"occurred_at","unit":"day"},"measures":[{"fn":"avg","field":"x"},{"name":"n","fn":"count"}]`

// TestExportOfInsights: the columns come as asked for, and the header says what the rows cannot.
func TestExportOfInsights(t *testing.T) {
	_, ask := figuresRig(t, true, figureGroup(`"a.com"`, "2"), figureGroup("null", "1"))
	csv := ask(figuresAsked+"}", "text/csv")
	const want = "account.domain,occurred_at,avg_x,n\r\na.com,2026-01-01T00:00:00Z,-1.500000,2\r\n,2026-01-01T00:00:00Z,-1.500000,1\r\n"
	if csv.status != 200 || csv.body != want || csv.header.Get("Content-Disposition") != `attachment; filename="insights.csv"` ||
		csv.header.Get("Unstuck-Total") != "2000" || csv.header.Get("Unstuck-Truncated") != "true" {
		t.Errorf("%d %v %q", csv.status, csv.header, csv.body)
	}
	lines := strings.Split(ask(figuresAsked+"}", "application/x-ndjson").body, "\n")
	const line = `{"key":{"account.domain":null,"occurred_at":"2026-01-01T00:00:00Z"},"values":{"avg_x":"-1.500000","n":1}}`
	if len(lines) != 3 || lines[1] != line || lines[2] != "" {
		t.Errorf("%q", lines)
	}
}

// TestInsightsAreExportedFromOneSnapshot: the groups are asked for once, with the limit and the cursor of the call, however many there are.
func TestInsightsAreExportedFromOneSnapshot(t *testing.T) {
	for _, n := range []int{0, 1, 500, 1001} {
		var groups []wire.Group
		for i := range n {
			groups = append(groups, figureGroup(strconv.Quote(fmt.Sprint(i)), "1"))
		}
		f, ask := figuresRig(t, false, groups...)
		got := ask(figuresAsked+`,"limit":7,"cursor":"c"}`, "application/x-ndjson")
		if lines := strings.Count(got.body, "\n"); got.status != 200 || lines != n || got.header.Get("Unstuck-Truncated") != "" {
			t.Errorf("%d groups: %d, %d lines, %v", n, got.status, lines, got.header)
		}
		if len(f.asked) != 1 || f.asked[0].Size() != 7 || *f.asked[0].Cursor != "c" {
			t.Errorf("%d groups: asked for %+v", n, f.asked)
		}
		if got = ask(figuresAsked+"}", "text/csv"); got.status != 200 || f.asked[1].Limit != nil || f.asked[1].Cursor != nil {
			t.Errorf("%d groups: %d, asked for %+v", n, got.status, f.asked[1])
		}
	}
}

// TestAGroupThatCannotBeWrittenBreaksTheExportOff, and the log says so.
func TestAGroupThatCannotBeWrittenBreaksTheExportOff(t *testing.T) {
	r := newRig(t, func(c *api.Config) {
		groups := slices.Repeat([]wire.Group{figureGroup(`"a.com"`, "1")}, 500)
		c.Insights = &figures{world: c.Search.(*world), whole: insights.Whole{Groups: slices.Values(append(groups, figureGroup("{", "1")))}}
	})
	req, err := http.NewRequest("POST", r.url+"/v1/insights", strings.NewReader(figuresAsked+"}"))
	r.must(err)
	req.Header = http.Header{"Authorization": {"Bearer " + r.fullKey().Secret.Reveal()}, "Content-Type": {"application/json"}, "Accept": {"text/csv"}}
	resp, err := http.DefaultClient.Do(req)
	r.must(err)
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || err == nil {
		t.Errorf("%d, %d bytes look whole", resp.StatusCode, len(body))
	}
	r.eventually("the cause is logged", func() bool {
		return strings.Contains(r.log.String(), `"level":"error"`) && strings.Contains(r.log.String(), `"code":"internal"`)
	})
}
