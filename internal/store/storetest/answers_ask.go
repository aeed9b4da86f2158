package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// answerQuestion is one question to a reading tool.
type answerQuestion struct {
	Kind   filter.Kind
	Filter any // decoded JSON with labels for ids; nil for all records
	Sort   []wire.Sort
	Limit  int
	Pages  int // at most so many are read
}

func (q answerQuestion) String() string {
	text, _ := json.Marshal(q) // texts, numbers and objects always marshal
	return string(text)
}

// answer is what an engine says, with labels for ids.
type answer struct {
	labels    []string
	items     []string // as JSON, without the times at which the engine took the records in
	total     int
	whole     bool // the last page was read
	truncated bool
}

// asked is one engine with the workspace that is asked about.
type asked struct {
	db          *store.DB
	search      *search.Service
	workspaceID string
	labels      labels
}

// ask reads the answer page by page.
func (a asked) ask(q answerQuestion, now time.Time) (out answer, err error) {
	var condition wire.Condition
	if q.Filter != nil {
		raw, err := json.Marshal(q.Filter)
		if err != nil {
			return out, err
		}
		condition = wire.Condition{Filter: json.RawMessage(a.labels.reveal(string(raw))), Now: &now}
	}
	page := wire.Page{Sort: q.Sort, Limit: &q.Limit}
	for range q.Pages {
		last, err := a.page(q.Kind, condition, page, &out)
		if err != nil || last == "" {
			out.whole = err == nil
			return out, err
		}
		page.Cursor = &last
	}
	return out, nil
}

// page reads one page; the cursor is empty when it was the last.
func (a asked) page(k filter.Kind, c wire.Condition, p wire.Page, out *answer) (cursor string, err error) {
	ctx := context.Background()
	switch k {
	case filter.Accounts:
		page, err := a.search.Accounts(ctx, a.workspaceID, wire.FindAccounts{Condition: c, Page: p})
		return addPage(a, page, p, out, err)
	case filter.Leads:
		page, err := a.search.Leads(ctx, a.workspaceID, wire.FindLeads{Condition: c, Page: p})
		return addPage(a, page, p, out, err)
	}
	page, err := a.search.Signals(ctx, a.workspaceID, wire.ListSignals{Condition: c, Page: p})
	return addPage(a, page, p, out, err)
}

func addPage[T any](a asked, page search.Page[T], p wire.Page, out *answer, err error) (cursor string, _ error) {
	if err != nil {
		return "", err
	}
	if len(page.Items) > *p.Limit || page.More && len(page.Items) < *p.Limit || len(page.Cursors) != len(page.Items) {
		return "", fmt.Errorf("a page of %d items has %d cursors, limit %d, more %v", len(page.Items), len(page.Cursors), *p.Limit, page.More)
	}
	if out.labels != nil && page.Total != out.total {
		return "", fmt.Errorf("the total changes from %d to %d", out.total, page.Total)
	}
	out.total, out.truncated = page.Total, page.Truncated
	for _, item := range page.Items {
		raw, err := json.Marshal(item)
		if err != nil {
			return "", err
		}
		label, text := timeless(a.labels.hide(raw))
		out.labels, out.items = append(out.labels, label), append(out.items, text)
	}
	if !page.More {
		return "", nil
	}
	return page.Cursors[len(page.Cursors)-1], nil
}

// timeless returns the label of a record, and its JSON without what tells when the engine took it in.
func timeless(raw []byte) (label, text string) {
	members := map[string]json.RawMessage{}
	_ = json.Unmarshal(raw, &members) // it was marshalled just now
	_ = json.Unmarshal(members["id"], &label)
	var shown map[string]json.RawMessage
	_ = json.Unmarshal(members["sorted_by"], &shown) // nothing where nothing is shown
	for path := range shown {
		if ownTime(path) {
			raw = bytes.Replace(raw, shown[path], []byte(`"then"`), 1)
		}
	}
	for _, name := range []string{"created_at", "updated_at"} {
		if at := members[name]; at != nil {
			raw = bytes.Replace(raw, []byte(`"`+name+`":`+string(at)), []byte(`"`+name+`":"then"`), 1)
		}
	}
	return label, string(raw)
}

// ownTime reports whether a path leads to a time that the store itself sets.
func ownTime(path string) bool {
	return strings.HasSuffix(path, "created_at") || strings.HasSuffix(path, "updated_at")
}

// differ says how an engine's answer differs from what is expected; "" when it does not.
func (a answer) differ(want []*entity) string {
	expected := make([]string, len(want))
	for i, e := range want {
		expected[i] = e.label
	}
	shown := expected
	if !a.whole {
		shown = expected[:min(len(a.labels), len(expected))]
	}
	if a.total == len(want) && slices.Equal(a.labels, shown) {
		return ""
	}
	return fmt.Sprintf("total %d, want %d\n got %v\nwant %v", a.total, len(want), cut(a.labels), cut(shown))
}

func cut(list []string) []string { return list[:min(len(list), 40)] }
