package search_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// counting is a store that counts how often it counts.
type counting struct {
	*store.DB
	counts *atomic.Int32
}

type countingReader struct {
	search.Reader
	counts *atomic.Int32
}

func (c counting) Read(ctx context.Context, workspaceID string, fn func(context.Context, search.Reader) error) error {
	return c.DB.Read(ctx, workspaceID, func(ctx context.Context, r search.Reader) error { return fn(ctx, countingReader{r, c.counts}) })
}

func (c countingReader) Count(ctx context.Context, k filter.Kind, w search.Where) (int, error) {
	c.counts.Add(1)
	return c.Reader.Count(ctx, k, w)
}

// TestATotalIsCountedOnce reads results of three pages as an export does: each record once, every total the same, one count.
func TestATotalIsCountedOnce(t *testing.T) {
	const n = 1234
	db, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	id := storetest.MustWorkspace(t, db, "w").ID
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"id":"a%d","domain":"d%d.com","name":"Common %d","industry":"Software","founded":%d}`+"\n", i, i, i%7, 1990+i%30)
	}
	_, err = ingest.New(db, nil).Import(context.Background(), id, activity.OperatorActor("test"), ingest.Options{},
		ingest.Source{Kind: wire.ImportAccounts, Name: "a", Reader: strings.NewReader(lines.String())})
	if err != nil {
		t.Fatal(err)
	}
	var counts atomic.Int32
	s := search.New(counting{db, &counts}).WithTexts(0)
	for name, in := range map[string]wire.FindAccounts{
		"all": {}, "sorted": {Page: wire.Page{Sort: []wire.Sort{{Field: "name", Dir: wire.Descending}}}}, "ranked": {Query: "common"},
		"filtered": {Condition: wire.Condition{Filter: json.RawMessage(`{"field":"name","op":"prefix","value":"common"}`)}},
	} {
		counts.Store(0)
		seen := map[string]bool{}
		ctx, size, pages := context.Background(), 500, 0
		for in.Limit = &size; ; pages++ {
			page, err := s.Accounts(ctx, id, in)
			if err != nil || page.Total != n {
				t.Fatalf("%s: total %d, %v", name, page.Total, err)
			}
			for _, a := range page.Items {
				seen[a.ID] = true
			}
			if !page.More {
				break
			}
			in.Cursor = &page.Cursors[len(page.Cursors)-1]
			ctx = search.WithTotal(context.Background(), page.Total)
		}
		if len(seen) != n || pages != 2 || counts.Load() != 1 {
			t.Errorf("%s: %d of %d records in %d more pages, counted %d times", name, len(seen), n, pages, counts.Load())
		}
	}
}
