package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/usage"
)

var usageCases = []Case{
	{"counters of several processes add up exactly", usageConcurrent},
	{"a report is what adding up every request gives", usageProperty},
	{"programs beyond the bound are others", usageClients},
	{"another workspace sees nothing", usageIsolation},
	{"counts are dropped when their time is over", usagePurge},
	{"credits stand beside the requests", usageCredits},
}

var usageHour = Epoch.Truncate(time.Hour)

func request(workspaceID, key, tool string, at time.Time) usage.Event {
	return usage.Event{WorkspaceID: workspaceID, KeyID: key, Tool: tool, Agent: "curl/8", At: at, Status: 200, Remaining: usage.Unlimited}
}

func mustReport(t testing.TB, db *store.DB, workspaceID string, q usage.Query) usage.Report {
	t.Helper()
	r, err := usage.New(db).Report(context.Background(), workspaceID, q)
	if err != nil {
		t.Fatalf("Report(%+v): %v", q, err)
	}
	return r
}

func usageConcurrent(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	var all sync.WaitGroup
	for range 4 { // processes
		c := usage.NewCounter(db, 0, nil)
		all.Go(func() {
			for round := range 5 {
				for i := range 100 {
					e := request(w.ID, fmt.Sprint("key", i%7), fmt.Sprint("tool", i%3), usageHour.Add(time.Duration(i%2)*time.Hour))
					e.Remaining = 50 - round
					c.Note(e)
				}
				if err := c.Flush(ctx); err != nil {
					t.Errorf("Flush: %v", err)
				}
			}
		})
	}
	all.Wait()
	r := mustReport(t, db, w.ID, usage.Query{From: usageHour, To: usageHour.Add(2 * time.Hour), Step: usage.Hour, By: usage.ByKey})
	if want := (usage.Counts{Requests: 2000, Least: 46, Measured: true}); r.Total != want || r.Points[0].Requests != 1000 || len(r.Series) != 7 {
		t.Errorf("counted %+v in %d series, want %+v", r.Total, len(r.Series), want)
	}
	list, err := db.UsageClients(ctx, w.ID, "key0")
	if err != nil || len(list) != 1 || list[0].Requests != 300 {
		t.Errorf("programs %+v, %v", list, err)
	}
}

// usageProperty compares reports over random requests with the sums over the list of them.
func usageProperty(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	random := rand.New(rand.NewPCG(7, 11))
	c := usage.NewCounter(db, 0, nil)
	var events []usage.Event
	for range 1500 {
		e := request(w.ID, fmt.Sprint("key", random.IntN(4)), fmt.Sprint("tool", random.IntN(3)), usageHour.Add(time.Duration(random.Int64N(int64(100*time.Hour)))))
		e.Status = []int{200, 200, 201, 400, 404, 429, 500, 503}[random.IntN(8)]
		e.Remaining = random.IntN(100) - 1
		events = append(events, e)
		c.Note(e)
		if random.IntN(200) == 0 {
			wantCode(t, "flush", c.Flush(ctx), "")
		}
	}
	wantCode(t, "flush", c.Flush(ctx), "")
	for range 60 {
		q := usage.Query{
			Step: []usage.Step{usage.Hour, usage.Day}[random.IntN(2)], By: []usage.By{"", usage.ByKey, usage.ByTool}[random.IntN(3)],
			Key: []string{"", "key1", "nobody"}[random.IntN(3)], Tool: []string{"", "tool2"}[random.IntN(2)],
		}
		q.From = usageHour.Add(time.Duration(random.IntN(90)-5) * time.Hour).Add(time.Minute)
		q.To = q.From.Add(time.Duration(1+random.IntN(60)) * time.Hour)
		if d := cmp.Diff(plainReport(events, q), mustReport(t, db, w.ID, q)); d != "" {
			t.Fatalf("report %+v (-added up +reported):\n%s", q, d)
		}
	}
}

// plainReport goes through all events for every point.
func plainReport(events []usage.Event, q usage.Query) usage.Report {
	step := time.Duration(q.Step)
	q.From = q.From.Truncate(step)
	if rest := q.To.Sub(q.To.Truncate(step)); rest > 0 {
		q.To = q.To.Add(step - rest)
	}
	r := usage.Report{Query: q}
	names := map[string]bool{}
	for _, e := range events {
		if counted(e, q) && !e.At.Before(q.From) && e.At.Before(q.To) {
			names[seriesOf(e, q.By)] = true
		}
	}
	for at := q.From; at.Before(q.To); at = at.Add(step) {
		r.Starts = append(r.Starts, at)
		r.Points = append(r.Points, plainCounts(events, q, at, at.Add(step), nil))
	}
	r.Total = plainCounts(events, q, q.From, q.To, nil)
	for name := range names {
		s := usage.Series{Name: name, Total: plainCounts(events, q, q.From, q.To, &name)}
		for _, at := range r.Starts {
			s.Points = append(s.Points, plainCounts(events, q, at, at.Add(step), &name))
		}
		place := 0
		for place < len(r.Series) && (r.Series[place].Total.Requests > s.Total.Requests || r.Series[place].Total.Requests == s.Total.Requests && r.Series[place].Name < name) {
			place++
		}
		r.Series = append(r.Series[:place], append([]usage.Series{s}, r.Series[place:]...)...)
	}
	return r
}

func counted(e usage.Event, q usage.Query) bool {
	return (q.Key == "" || q.Key == e.KeyID) && (q.Tool == "" || q.Tool == e.Tool)
}

func seriesOf(e usage.Event, by usage.By) string {
	return map[usage.By]string{usage.ByKey: e.KeyID, usage.ByTool: e.Tool}[by]
}

func plainCounts(events []usage.Event, q usage.Query, from, to time.Time, name *string) (c usage.Counts) {
	for _, e := range events {
		if !counted(e, q) || e.At.Before(from) || !e.At.Before(to) || name != nil && seriesOf(e, q.By) != *name {
			continue
		}
		c.Requests++
		switch {
		case e.Status >= 500:
			c.Errors++
		case e.Status == 429:
			c.Limited++
		case e.Status >= 400:
			c.Refusals++
		}
		if e.Remaining >= 0 && (!c.Measured || int64(e.Remaining) < c.Least) {
			c.Least, c.Measured = int64(e.Remaining), true
		}
	}
	return c
}

func usageClients(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	s, c := usage.New(db), usage.NewCounter(db, 0, nil)
	visit := func(agent string, at time.Duration) {
		e := request(w.ID, "key1", "find_leads", Epoch.Add(at))
		e.Agent = agent
		c.Note(e)
	}
	for i := range usage.MostClients + 5 {
		visit(fmt.Sprintf("agent%02d/1 more words", i), time.Duration(i)*time.Second)
	}
	wantCode(t, "flush", c.Flush(ctx), "")
	visit("agent03/1", time.Hour) // known: stays itself
	visit("agent99/1", -time.Hour)
	wantCode(t, "flush", c.Flush(ctx), "")
	list, err := s.Clients(ctx, w.ID, "key1")
	wantCode(t, "clients", err, "")
	if len(list) != usage.MostClients+1 {
		t.Fatalf("%d programs: %+v", len(list), list)
	}
	first, second := list[0], list[1]
	if want := (usage.Client{Name: "agent03/1", FirstUsedAt: Epoch.Add(3 * time.Second), LastUsedAt: Epoch.Add(time.Hour), Requests: 2}); first != want {
		t.Errorf("the last is %+v, want %+v", first, want)
	}
	if want := (usage.Client{Name: usage.Other, FirstUsedAt: Epoch.Add(-time.Hour), LastUsedAt: Epoch.Add(24 * time.Second), Requests: 6}); second != want {
		t.Errorf("the others are %+v, want %+v", second, want)
	}
}

func usageIsolation(t *testing.T, db *store.DB) {
	ctx, w, other := context.Background(), MustWorkspace(t, db, "a"), MustWorkspace(t, db, "b")
	c := usage.NewCounter(db, 0, nil)
	c.Note(request(w.ID, "key1", "find_leads", Epoch))
	wantCode(t, "flush", c.Flush(ctx), "")
	q := usage.Query{From: usageHour, To: usageHour.Add(time.Hour), Step: usage.Hour, By: usage.ByKey}
	if r := mustReport(t, db, other.ID, q); len(r.Series) != 0 || r.Total != (usage.Counts{}) {
		t.Errorf("the other workspace reads %+v", r)
	}
	if list, err := db.UsageClients(ctx, other.ID, "key1"); err != nil || len(list) != 0 {
		t.Errorf("the other workspace reads %+v, %v", list, err)
	}
}

func usagePurge(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	micros, err := db.Now(ctx)
	wantCode(t, "now", err, "")
	now := time.UnixMicro(micros).UTC()
	c := usage.NewCounter(db, 0, nil)
	c.Note(request(w.ID, "old", "find_leads", now.Add(-usage.Kept-2*time.Hour)))
	c.Note(request(w.ID, "new", "find_leads", now.Add(-usage.Kept+2*time.Hour)))
	wantCode(t, "flush", c.Flush(ctx), "")
	n, err := db.PurgeUsage(ctx)
	if err != nil || n != 2 { // the hour and the program
		t.Errorf("dropped %d, %v", n, err)
	}
	q := usage.Query{From: now.Add(-usage.Kept - 24*time.Hour), To: now.Add(-usage.Kept + 48*time.Hour), Step: usage.Day, By: usage.ByKey}
	if r := mustReport(t, db, w.ID, q); len(r.Series) != 1 || r.Series[0].Name != "new" {
		t.Errorf("left are %+v", r.Series)
	}
}

func usageCredits(t *testing.T, db *store.DB) {
	ctx, w := context.Background(), MustWorkspace(t, db, "a")
	k := MustKey(t, db, w.ID, "0000000a")
	s := credits.New(db)
	_, err := s.TopUp(ctx, activity.PersonActor("ann@example.com"), w.ID, 100)
	wantCode(t, "top up", err, "")
	for i, tool := range []string{"enrich_record", "enrich_records", "enrich_records"} {
		h := credits.Hold{WorkspaceID: w.ID, KeyID: k.ID, ID: fmt.Sprint(i), Amount: 5, Until: time.Now().Add(time.Hour)}
		_, err := s.Hold(ctx, h)
		wantCode(t, "hold", err, "")
		_, err = s.Settle(ctx, w.ID, k.ID, h.ID, []credits.Charge{{ID: h.ID, Provider: "p", Field: "phone", Amount: int64(i + 1), Tool: tool}})
		wantCode(t, "settle", err, "")
	}
	micros, err := db.Now(ctx)
	wantCode(t, "now", err, "")
	now := time.UnixMicro(micros).UTC()
	c := usage.NewCounter(db, 0, nil)
	c.Note(request(w.ID, k.ID, "enrich_record", now))
	wantCode(t, "flush", c.Flush(ctx), "")
	r := mustReport(t, db, w.ID, usage.Query{From: now.Add(-24 * time.Hour), To: now.Add(24 * time.Hour), Step: usage.Day, By: usage.ByTool})
	if len(r.Series) != 2 || r.Series[0].Name != "enrich_record" || r.Series[0].Total != (usage.Counts{Requests: 1, Credits: 1}) ||
		r.Series[1].Name != "enrich_records" || r.Series[1].Total != (usage.Counts{Credits: 5}) || r.Total.Credits != 6 {
		t.Errorf("by tool: %+v", r)
	}
	r = mustReport(t, db, w.ID, usage.Query{From: now.Add(-24 * time.Hour), To: now.Add(24 * time.Hour), Step: usage.Day, By: usage.ByKey, Tool: "enrich_records"})
	if len(r.Series) != 1 || r.Series[0].Name != k.ID || r.Series[0].Total.Credits != 5 {
		t.Errorf("by key: %+v", r)
	}
}
