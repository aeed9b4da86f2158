package e2e_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// TestUsageSurvivesRestarts: what processes counted is there, exact, once they have stopped, and goes on from there.
func TestUsageSurvivesRestarts(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": pgtest.URL} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t, url(t))
			servers := []*server{s.api}
			if name == "postgres" {
				servers = append(servers, s.serve())
			}
			ws := s.workspace("Counted", "team")
			id, key := s.key(ws, "--preset", "read_only")
			for round := range 2 {
				if round > 0 {
					for i := range servers {
						servers[i] = s.serve()
					}
				}
				s.askFrom(servers, key)
				for _, one := range servers {
					if code := one.stop(); code != 0 {
						t.Fatalf("the stop failed: %d", code)
					}
				}
				s.countedRounds(ws, id, int64(round+1), int64(len(servers)))
			}
		})
	}
}

const askedTimes = 30 // by each of four clients, of each server

// askFrom asks each server from four clients at once, and once over MCP.
func (s *system) askFrom(servers []*server, key string) {
	s.t.Helper()
	var all sync.WaitGroup
	for _, one := range servers {
		for range 4 {
			all.Go(func() {
				for range askedTimes {
					do(s.t, http.MethodGet, one.url("api_url")+"/v1/accounts", key, "", "")
					do(s.t, http.MethodPost, one.url("api_url")+"/v1/signals", key, "application/json", "{}") // which the key may not
				}
			})
		}
	}
	all.Wait()
	in := openStdio(s.t.(*testing.T), nil, credential{key: key, header: true}, servers[0].url("api_url"))
	if out := in.call("find_leads", `{}`); out.code != "" {
		s.t.Errorf("over MCP: %+v", out)
	}
}

func (s *system) countedRounds(ws, key string, rounds, servers int64) {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	service := usage.New(db)
	now := time.Now()
	r, err := service.Report(context.Background(), ws, usage.Query{From: now.Add(-2 * time.Hour), To: now.Add(time.Hour), Step: usage.Hour, By: usage.ByTool, Key: key})
	if err != nil {
		s.t.Fatal(err)
	}
	of := map[string]usage.Counts{}
	for _, one := range r.Series {
		of[one.Name] = one.Total
	}
	times := rounds * servers * 4 * askedTimes
	if of["find_accounts"] != (usage.Counts{Requests: times}) || of["push_signal"] != (usage.Counts{Requests: times, Refusals: times}) || of["find_leads"] != (usage.Counts{Requests: rounds}) {
		s.t.Errorf("after %d rounds: %+v, want %d", rounds, of, times)
	}
	list, err := service.Clients(context.Background(), ws, key)
	visits := map[string]int64{}
	for _, c := range list {
		visits[c.Name] = c.Requests
	}
	named := func(name string) bool { return strings.HasSuffix(name, "(e2e 1)") && visits[name] >= rounds } // beside the look at the key before the client names itself
	if err != nil || len(list) != 3 || visits["Go-http-client/1.1"] != 2*times || !slices.ContainsFunc(slices.Collect(maps.Keys(visits)), named) {
		s.t.Errorf("after %d rounds: programs %v, %v", rounds, visits, err)
	}
}

// open opens the store beside its servers.
func (s *system) open() *store.DB {
	s.t.Helper()
	c := store.Config{}
	for _, v := range s.environ {
		if dir, ok := strings.CutPrefix(v, "UNSTUCK_DATA_DIR="); ok {
			c.DataDir = dir
		}
		if url, ok := strings.CutPrefix(v, "UNSTUCK_DATABASE_URL="); ok {
			c.DatabaseURL = url
		}
	}
	db, err := store.Open(context.Background(), c)
	if err != nil {
		s.t.Fatal(err)
	}
	return db
}
