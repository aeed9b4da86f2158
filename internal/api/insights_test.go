package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// manyGroups answers with large groups, from the one that the cursor names.
type manyGroups struct{ total int }

func (m manyGroups) Insights(_ context.Context, _ string, in wire.GetInsights) (a insights.Answer, err error) {
	from := 0
	if in.Cursor != nil {
		if from, err = strconv.Atoi(*in.Cursor); err != nil {
			return a, err
		}
	}
	a.TotalGroups, a.Filter, a.Bucket = m.total, in.Filter, in.Bucket
	for i := from; i < m.total && len(a.Groups) < in.Size(); i++ {
		text := wire.Value(`"` + strconv.Itoa(i) + " " + strings.Repeat("é", 700) + `"`)
		a.Groups = append(a.Groups, wire.Group{Key: map[string]wire.Value{"title": text}, Values: map[string]wire.Value{"count": wire.Value("1")}})
		a.Cursors = append(a.Cursors, strconv.Itoa(i+1))
	}
	a.More = from+len(a.Groups) < m.total
	return a, nil
}

func (m manyGroups) All(context.Context, string, wire.GetInsights) (insights.Whole, error) {
	return insights.Whole{}, errors.New("is not asked for all")
}

func TestInsightsFit(t *testing.T) {
	r := newRig(t, func(c *api.Config) { c.Insights = manyGroups{30} })
	key := r.fullKey().Secret.Reveal()
	seen, cursor := 0, ""
	for range 30 {
		got := r.ask("POST", "/v1/insights", key, `{"over":"signals","group_by":["title"],"bucket":{"field":"occurred_at","unit":"quarter","tz":"America/Argentina/ComodRivadavia"},
			"filter":{"field":"title","op":"ne","value":"`+strings.Repeat("x", 300)+`"}`+cursor+`}`, "Prefer: max_chars=5000")
		var page wire.Insights
		if err := json.Unmarshal([]byte(got.body), &page); err != nil || got.status != 200 || utf8.RuneCountInString(got.body) > 5000 || page.TotalGroups != 30 {
			t.Fatalf("%d, %d characters, %d in all (%v)", got.status, utf8.RuneCountInString(got.body), page.TotalGroups, err)
		}
		for _, g := range page.Groups {
			if !strings.HasPrefix(string(g.Key["title"]), `"`+strconv.Itoa(seen)+" ") {
				t.Fatalf("group %d is %.20s", seen, g.Key["title"])
			}
			seen++
		}
		if page.NextCursor == nil {
			break
		}
		if want := fmt.Sprintf("Cut to %d of ", len(page.Groups)); !strings.HasPrefix(page.Note, want) || !strings.Contains(page.Note, " groups ") || strings.Contains(page.Note, "shorten") {
			t.Errorf("a page that ended early says %q", page.Note)
		}
		cursor = `,"cursor":"` + *page.NextCursor + `"`
	}
	if seen != 30 {
		t.Errorf("%d groups in pages, want 30", seen)
	}
}

// endless answers one group that no cursor can name.
type endless struct {
	*world
	more bool
}

func (e endless) Insights(context.Context, string, wire.GetInsights) (insights.Answer, error) {
	return insights.Answer{Insights: wire.Insights{Groups: []wire.Group{{}}}, Cursors: []string{""}, More: e.more}, nil
}

// TestAPageThatCannotGoOnIsRefused, but not one that need not.
func TestAPageThatCannotGoOnIsRefused(t *testing.T) {
	for more, want := range map[bool]int{true: 422, false: 200} {
		r := newRig(t, func(c *api.Config) { c.Insights = endless{c.Search.(*world), more} })
		got := r.ask("POST", "/v1/insights", r.fullKey().Secret.Reveal(), `{"over":"leads"}`)
		if got.status != want || strings.Contains(got.body, `"field":"group_by"`) != more {
			t.Errorf("more %v: %d %s", more, got.status, got.body)
		}
	}
}
