package waitlists_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var (
	signUps = flag.Int("sign-ups", 200, "how many people join in TestTheLineIsExactWhileManyJoin, on each engine; 10000 for the figures of the docs")
	writers = flag.Int("writers", 64, "how many join at once")
)

// TestTheLineIsExactWhileManyJoin lets writers join with each other's codes, some emails twice and some codes very popular, while the line is read.
// Each reading has gapless places in order; in the end every count is what the rows themselves say, and who joined is there once.
func TestTheLineIsExactWhileManyJoin(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "line")
		var codes codeBook
		codes.add(w.join(t, "first@acme.com", "").ReferralCode)
		reading, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(reading)
			for readings := 0; ; readings++ {
				select {
				case <-done:
					t.Logf("the line was read %d times meanwhile", readings)
					return
				case <-time.After(10 * time.Millisecond): // so that writers come to write
					wantPlaces(t, w.all(t))
				}
			}
		}()
		began := time.Now()
		w.joinAll(t, &codes)
		took := time.Since(began)
		close(done)
		<-reading
		line := w.all(t)
		wantPlaces(t, line)
		if d := differs(line, recount(line)); d != "" {
			t.Error(d)
		}
		if len(line) != *signUps+1 {
			t.Errorf("%d people wait, want %d", len(line), *signUps+1)
		}
		t.Logf("%d sign-ups by %d writers in %v: %.0f a second; the most popular code brought %d", *signUps, *writers, took.Round(time.Millisecond),
			float64(*signUps)/took.Seconds(), line[0].ReferralCount)
	})
}

// joinAll signs up numbered people, each by one writer, and every tenth by another one too.
func (w *world) joinAll(t *testing.T, codes *codeBook) {
	t.Helper()
	jobs := make(chan int)
	var group sync.WaitGroup
	for range *writers {
		group.Go(func() {
			for n := range jobs {
				out, err := w.Join(context.Background(), w.ws, ann, wire.CreateSubscriber{ID: w.list.ID, Email: fmt.Sprintf("p%d@acme.com", n), ReferralCode: codes.pick()})
				if err != nil {
					t.Errorf("join %d: %v", n, err)
					continue
				}
				codes.add(out.ReferralCode)
			}
		})
	}
	for n := range *signUps {
		jobs <- n
		if n%10 == 0 {
			jobs <- n
		}
	}
	close(jobs)
	group.Wait()
}

// codeBook holds the codes that are known, of which the first are picked the most.
type codeBook struct {
	mu   sync.Mutex
	list []string
}

func (c *codeBook) add(code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, code)
}

// pick gives no code to a quarter, the first to a quarter and any to the others.
func (c *codeBook) pick() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch rand.N(4) {
	case 0:
		return ""
	case 1:
		return c.list[0]
	}
	return c.list[rand.N(len(c.list))]
}

// wantPlaces fails unless places go from 1 without gaps, in the order that the package promises, and nobody is there twice.
func wantPlaces(t *testing.T, line []waitlists.Subscriber) {
	t.Helper()
	emails := map[string]bool{}
	for i, s := range line {
		if s.Position != i+1 || emails[s.Email] {
			t.Fatalf("%d in the line is %+v (seen before: %t)", i+1, s, emails[s.Email])
		}
		emails[s.Email] = true
	}
	if !slices.IsSortedFunc(line, before) {
		t.Fatal("the line is out of order")
	}
}

func before(a, b waitlists.Subscriber) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.JoinedAt.Compare(b.JoinedAt), cmp.Compare(a.ID, b.ID))
}

// recount works everything that referrals bring out anew, from who referred whom.
func recount(line []waitlists.Subscriber) []waitlists.Subscriber {
	counts, lifts := map[string]int{}, map[string]int{}
	for _, s := range line {
		counts[s.ReferredBy]++
		lifts[s.ReferredBy] += s.Lifted
	}
	out := slices.Clone(line)
	for i := range out {
		out[i].ReferralCount, out[i].Priority = counts[out[i].ID], lifts[out[i].ID]
	}
	slices.SortFunc(out, before)
	for i := range out {
		out[i].Position = i + 1
	}
	return out
}

func differs(got, want []waitlists.Subscriber) string {
	for i := range want {
		if got[i] != want[i] {
			return fmt.Sprintf("place %d: %+v, counted anew %+v", i+1, got[i], want[i])
		}
	}
	return ""
}

// TestOneEmailJoinsOnce however many sign it up at once.
func TestOneEmailJoinsOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, "once")
		code := w.join(t, "first@acme.com", "").ReferralCode
		ids := make([]string, 64)
		var group sync.WaitGroup
		for i := range ids {
			group.Go(func() { ids[i] = w.join(t, " Ada@ACME.com", code).ID })
		}
		group.Wait()
		line := w.all(t)
		if len(line) != 2 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 1 || line[0].Email != "first@acme.com" || line[0].ReferralCount != 1 {
			t.Errorf("%d ids, line %+v", len(slices.Compact(slices.Sorted(slices.Values(ids)))), line)
		}
		if n := w.logged(t)["subscriber.added"]; n != 2 {
			t.Errorf("%d sign-ups are logged", n)
		}
	})
}

// TestTheLineIsAsTheModelSays after any run of sign-ups, referrals, removals and changes of the boost.
func TestTheLineIsAsTheModelSays(t *testing.T) {
	db, n := open(t, store.Config{DataDir: t.TempDir()}), 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		w := newWorld(t, db, fmt.Sprint("model", n))
		m := &model{boost: waitlists.DefaultBoost, ids: map[int]string{}, codes: map[int]string{}}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			m.step(r, t, w)
		}
		line := w.all(t)
		wantPlaces(t, line)
		for i, want := range m.line() {
			if got := line[i]; got.ID != m.ids[want.who] || got.Priority != want.priority || got.ReferralCount != want.referrals {
				r.Fatalf("place %d is %+v, want person %d: %+v", i+1, got, want.who, want)
			}
		}
	})
}

// model keeps the line as a list in the order of joining.
type model struct {
	boost  int
	people []modelled
	ids    map[int]string
	codes  map[int]string
}

type modelled struct{ who, referrals, priority, referrer, lifted int }

func (m *model) at(who int) int {
	return slices.IndexFunc(m.people, func(p modelled) bool { return p.who == who })
}

func (m *model) step(r *rapid.T, t *testing.T, w *world) {
	who := rapid.IntRange(1, 8).Draw(r, "who")
	switch rapid.SampledFrom([]string{"join", "join", "join", "remove", "boost"}).Draw(r, "step") {
	case "join":
		m.join(t, w, who, rapid.IntRange(0, 8).Draw(r, "referrer"))
	case "remove":
		if m.at(who) >= 0 {
			m.remove(who)
			if err := w.Remove(t.Context(), w.ws, ann, w.list.ID, m.ids[who]); err != nil {
				t.Fatal(err)
			}
		}
	case "boost":
		m.boost = rapid.IntRange(1, 100).Draw(r, "boost")
		if _, err := w.Update(t.Context(), w.ws, ann, w.list.ID, waitlists.Change{ReferralBoost: &m.boost}); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *model) join(t *testing.T, w *world, who, referrer int) {
	known := m.at(who) >= 0
	out := w.join(t, fmt.Sprintf("p%d@acme.com", who), m.codes[referrer])
	if known {
		if out.ID != m.ids[who] || out.ReferralCode != m.codes[who] {
			t.Fatalf("person %d is answered %+v", who, out)
		}
		return
	}
	p := modelled{who: who}
	if at := m.at(referrer); at >= 0 {
		m.people[at].referrals++
		m.people[at].priority += m.boost
		p.referrer, p.lifted = referrer, m.boost
	}
	m.people = append(m.people, p)
	m.ids[who], m.codes[who] = out.ID, out.ReferralCode
}

func (m *model) remove(who int) {
	at := m.at(who)
	p := m.people[at]
	m.people = slices.Delete(m.people, at, at+1)
	if at := m.at(p.referrer); at >= 0 {
		m.people[at].referrals--
		m.people[at].priority -= p.lifted
	}
	for i := range m.people {
		if m.people[i].referrer == who {
			m.people[i].referrer = 0
		}
	}
}

func (m *model) line() []modelled {
	out := slices.Clone(m.people)
	slices.SortStableFunc(out, func(a, b modelled) int { return b.priority - a.priority })
	return out
}
