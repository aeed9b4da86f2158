package search_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// sampleFile is one of the sample files, which lie beside the repository or where UNSTUCK_DATA says.
func sampleFile(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("UNSTUCK_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatalf("the sample data is missing (set UNSTUCK_DATA): %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestSampleQuestions asks on either engine what flat parameters can answer of the sample questions.
func TestSampleQuestions(t *testing.T) {
	for name, config := range map[string]func(t *testing.T) store.Config{
		"sqlite":   func(t *testing.T) store.Config { return store.Config{DataDir: t.TempDir()} },
		"postgres": func(t *testing.T) store.Config { return store.Config{DatabaseURL: pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t)
			c.Migrate = true
			db, err := store.Open(context.Background(), c)
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			t.Cleanup(func() { _ = db.Close() })
			w := storetest.MustWorkspace(t, db, "sample")
			_, err = ingest.New(db, nil).Import(context.Background(), w.ID, activity.OperatorActor("test"), ingest.Options{},
				ingest.Source{Kind: wire.ImportAccounts, Name: "companies.jsonl", Reader: sampleFile(t, "companies.jsonl")},
				ingest.Source{Kind: wire.ImportLeads, Name: "people.jsonl", Reader: sampleFile(t, "people.jsonl")},
				ingest.Source{Kind: wire.ImportSignals, Name: "signals.jsonl", Reader: sampleFile(t, "signals.jsonl")})
			if err != nil {
				t.Fatalf("import: %v", err)
			}
			s := sampled{t, search.New(db), w.ID}
			s.counts()
			s.records()
			s.queries()
		})
	}
}

type sampled struct {
	*testing.T
	search      *search.Service
	workspaceID string
}

func (s sampled) accounts(in wire.FindAccounts) search.Page[wire.Account] {
	s.Helper()
	p, err := s.search.Accounts(context.Background(), s.workspaceID, in)
	if err != nil {
		s.Fatalf("Accounts(%+v): %v", in, err)
	}
	return p
}

func (s sampled) counts() {
	year := func(n int64) *int64 { return &n }
	day := func(text string) *time.Time { d, _ := time.Parse(time.DateOnly, text); return &d }
	for _, c := range []struct {
		in   wire.FindAccounts
		want int
	}{
		{wire.FindAccounts{}, 9782},
		{wire.FindAccounts{CountryCode: []string{"JP"}, Industry: []string{"Machinery"}}, 16},
		{wire.FindAccounts{CountryCode: []string{"CN"}, FoundedFrom: year(2000), FoundedTo: year(2010)}, 118},
		{wire.FindAccounts{CountryCode: []string{"US"}, State: []string{"CA", "California"}}, 442},
		{wire.FindAccounts{Size: []string{"enterprise"}}, 75},
	} {
		if got := s.accounts(c.in).Total; got != c.want {
			s.Errorf("%+v: %d, want %d", c.in, got, c.want)
		}
	}
	p, err := s.search.Signals(context.Background(), s.workspaceID, wire.ListSignals{Since: day("2024-01-01"), Until: day("2024-02-01")})
	if err != nil || p.Total != 365 {
		s.Errorf("signals of January 2024: %d, %v", p.Total, err)
	}
	leads, err := s.search.Leads(context.Background(), s.workspaceID, wire.FindLeads{Query: "jose garcia"})
	if err != nil || leads.Total == 0 {
		s.Errorf("jose garcia: %d, %v", leads.Total, err)
	}
}

func (s sampled) records() {
	for hint, in := range map[string]wire.GetRecord{
		"co_b02aa6829e51": {Domain: "HTTPS://WWW.Atlassian.COM/"}, "pe_036c17510b98": {Handle: "@06kellyjac"}, "co_bd3dfebd3119": {ExternalID: "co_bd3dfebd3119"},
	} {
		r, err := s.search.Record(context.Background(), s.workspaceID, in)
		if err != nil {
			s.Fatalf("Record(%+v): %v", in, err)
		}
		if r.Account != nil && r.Account.ExternalID != hint || r.Lead != nil && r.Lead.ExternalID != hint {
			s.Errorf("Record(%+v) = %+v", in, r)
		}
	}
}

// queries compares totals and first pages with a plain reading of the file.
func (s sampled) queries() {
	var all []wire.Account
	dec := json.NewDecoder(sampleFile(s, "companies.jsonl"))
	for dec.More() {
		var a struct {
			Domain, Name, Description string
			Aliases                   []string
		}
		if err := dec.Decode(&a); err != nil {
			s.Fatal(err)
		}
		all = append(all, wire.Account{Domain: a.Domain, Name: a.Name, Description: a.Description, Aliases: a.Aliases})
	}
	for _, query := range strings.Split("Grafna Labs|graf|grafana|machinery japan|cloud no|bank of america|softwre compny|société générale|apple inc|in|limited liability|open source database", "|") {
		want := storetest.ExpectAccounts(all, query)
		p := s.accounts(wire.FindAccounts{Query: query})
		got := []string{}
		for _, a := range p.Items {
			got = append(got, a.Domain)
		}
		if d := cmp.Diff(want[:min(len(want), wire.DefaultLimit)], got); p.Total != len(want) || !p.Truncated && d != "" {
			s.Errorf("%q: total %d of %d, truncated %v (-want +got):\n%s", query, p.Total, len(want), p.Truncated, d)
		}
	}
	if first := s.accounts(wire.FindAccounts{Query: "Grafna Labs"}).Items[0].Domain; first != "grafana.com" {
		s.Errorf("Grafna Labs: %s comes first", first)
	}
}
