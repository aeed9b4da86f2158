package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// prose makes companies whose words are as unevenly common as those of real ones.
type prose struct {
	rand  *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newProse(words int) *prose {
	r := rand.New(rand.NewPCG(1, 2))
	p := &prose{rand: r, zipf: rand.NewZipf(r, 1.1, 8, uint64(words-1))}
	for range words {
		w := ""
		for range 1 + r.IntN(3) {
			w += string("bcdfghjklmnprstvwz"[r.IntN(18)]) + string("aeiou"[r.IntN(5)]) + []string{"", "n", "r", "s", "l"}[r.IntN(5)]
		}
		p.words = append(p.words, w)
	}
	return p
}

func (p *prose) text(words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = p.words[p.zipf.Uint64()]
	}
	return strings.Join(list, " ")
}

func (p *prose) account(i int) wire.Account {
	return wire.Account{
		Domain: fmt.Sprintf("%s-%d.com", p.words[p.rand.IntN(len(p.words))], i), Name: p.text(1 + p.rand.IntN(3)), Description: p.text(20 + p.rand.IntN(40)),
		Industry: fmt.Sprintf("Industry %d", p.rand.IntN(60)), CountryCode: []string{"US", "DE", "JP", "CN"}[p.rand.IntN(4)],
	}
}

// BenchmarkSearch asks 100,000 accounts (G17). Times are for reading; nothing is judged here.
func BenchmarkSearch(b *testing.B) {
	for _, e := range []struct {
		name   string
		config func() store.Config
	}{
		{"sqlite", func() store.Config { return store.Config{DataDir: b.TempDir()} }},
		{"postgres", func() store.Config { return store.Config{DatabaseURL: pgtest.URL(b)} }},
	} {
		b.Run(e.name, func(b *testing.B) {
			c := e.config()
			db, p := mustOpen(b, c), newProse(30_000)
			w := storetest.MustWorkspace(b, db, "a")
			for i := 0; i < 100_000; i += 2000 {
				var batch []wire.Account
				for j := range 2000 {
					batch = append(batch, p.account(i+j))
				}
				storetest.MustAccounts(b, db, w.ID, batch...)
			}
			if c.DatabaseURL != "" {
				vacuum(b, c.DatabaseURL)
			}
			s := search.New(db)
			b.Cleanup(s.Close)
			begin := time.Now()
			if err := s.Warm(b.Context(), w.ID); err != nil {
				b.Fatal(err)
			}
			b.Logf("texts read in %v", time.Since(begin))
			benchmarkQueries(b, s, w.ID, p)
		})
	}
}

// vacuum does what a server does by itself and the private one of tests does not.
func vacuum(b *testing.B, url string) {
	conn, err := pgx.Connect(context.Background(), url)
	if err == nil {
		_, err = conn.Exec(context.Background(), `VACUUM ANALYZE`)
		_ = conn.Close(context.Background())
	}
	if err != nil {
		b.Fatal(err)
	}
}

func benchmarkQueries(b *testing.B, s *search.Service, workspaceID string, p *prose) {
	limit := 20
	for _, q := range []struct {
		name string
		in   func() wire.FindAccounts
	}{
		{"two words", func() wire.FindAccounts { return wire.FindAccounts{Query: p.text(2)} }},
		{"two mistyped", func() wire.FindAccounts { return wire.FindAccounts{Query: p.text(1) + "x " + p.text(1) + "x"} }},
		{"one word", func() wire.FindAccounts { return wire.FindAccounts{Query: p.text(1)} }},
		{"list", func() wire.FindAccounts { return wire.FindAccounts{} }},
		{"filter", func() wire.FindAccounts {
			return wire.FindAccounts{CountryCode: []string{"DE"}, Industry: []string{"industry 7"}}
		}},
		{"filtered words", func() wire.FindAccounts { return wire.FindAccounts{Query: p.text(2), CountryCode: []string{"DE"}} }},
	} {
		b.Run(q.name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				in := q.in()
				in.Limit = &limit
				begin := time.Now()
				if _, err := s.Accounts(context.Background(), workspaceID, in); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(begin))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-us")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
		})
	}
}
