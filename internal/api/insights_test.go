package api_test

import (
	"context"
	"encoding/json"
	"errors"
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
	a.TotalGroups = m.total
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
		got := r.ask("POST", "/v1/insights", key, `{"over":"signals","group_by":["title"]`+cursor+`}`, "Prefer: max_chars=5000")
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
		if page.Note == "" {
			t.Error("a page that ended early says nothing of it")
		}
		cursor = `,"cursor":"` + *page.NextCursor + `"`
	}
	if seen != 30 {
		t.Errorf("%d groups in pages, want 30", seen)
	}
}
