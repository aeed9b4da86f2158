package api_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// pagedPeople answers find_leads and list_signals from lists of n, page by page.
type pagedPeople struct {
	*world
	n int
}

func pageOf[T any](in wire.Page, n int, one func(i int) T) search.Page[T] {
	from := 0
	if in.Cursor != nil {
		from, _ = strconv.Atoi(*in.Cursor)
	}
	page := search.Page[T]{Total: n, Truncated: true, More: from+in.Size() < n}
	for i := from; i < min(n, from+in.Size()); i++ {
		page.Items, page.Cursors = append(page.Items, one(i)), append(page.Cursors, strconv.Itoa(i+1))
	}
	return page
}

func (m pagedPeople) Leads(_ context.Context, _ string, in wire.FindLeads) (search.Page[wire.Lead], error) {
	return pageOf(in.Page, m.n, func(i int) wire.Lead {
		return wire.Lead{ID: fmt.Sprint("l", i), Name: fmt.Sprint("Ann ", i), WorkEmail: fmt.Sprintf("ann%d@a.com", i), Account: &wire.AccountRef{Domain: "a.com"}}
	}), nil
}

func (m pagedPeople) Signals(_ context.Context, _ string, in wire.ListSignals) (search.Page[wire.Signal], error) {
	return pageOf(in.Page, m.n, func(i int) wire.Signal {
		return wire.Signal{ID: fmt.Sprint("s", i), SignalType: "website_visit", Context: []byte(`{"page":"/pricing","n":` + strconv.Itoa(i) + `}`)}
	}), nil
}

// TestLeadsAndSignalsAreExportedWhole, over pages, in both forms, with columns that name inner fields by dots.
func TestLeadsAndSignalsAreExportedWhole(t *testing.T) {
	const n = 1100
	r := newRig(t, func(c *api.Config) { c.Search = pagedPeople{c.Search.(*world), n} })
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct{ path, file, column, want, line string }{
		{"/v1/leads/search", "leads", "account.domain", "a.com", `"work_email":"ann1099@a.com"`},
		{"/v1/leads/search", "leads", "work_email", "ann1099@a.com", `"id":"l1099"`},
		{"/v1/signals/search", "signals", "signal_type", "website_visit", `"id":"s1099"`},
		{"/v1/signals/search", "signals", "context", `{"page":"/pricing","n":1099}`, `"n":1099`},
	} {
		got := r.ask("POST", c.path, key, `{}`, "Accept: text/csv")
		rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
		if err != nil || got.status != 200 || len(rows) != n+1 || got.header.Get("Unstuck-Total") != strconv.Itoa(n) || got.header.Get("Unstuck-Truncated") != "true" ||
			got.header.Get("Content-Disposition") != `attachment; filename="`+c.file+`.csv"` {
			t.Fatalf("%s: %d %v, %d rows (%v)", c.path, got.status, got.header, len(rows), err)
		}
		if at := slices.Index(rows[0], c.column); at < 0 || rows[n][at] != c.want {
			t.Errorf("%s: %s of %q, head %q", c.path, c.column, rows[n], rows[0])
		}
		got = r.ask("POST", c.path, key, `{"limit":100,"cursor":"1000"}`, "Accept: application/x-ndjson")
		if lines := strings.Split(strings.TrimSuffix(got.body, "\n"), "\n"); len(lines) != 100 || !strings.Contains(lines[99], c.line) {
			t.Errorf("%s: %d lines, the last %s", c.path, len(lines), lines[len(lines)-1])
		}
	}
}
