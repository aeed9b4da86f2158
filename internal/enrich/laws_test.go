package enrich_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// script is what one provider does when it is asked for a field, drawn at random.
type script struct {
	name string
	cost int64
	does map[enrich.Field]string // a value as JSON, "" for a miss
	err  error
}

// drawScript returns a provider that fails, panics, or has usable and unusable values.
func drawScript(t *rapid.T, name string) script {
	s := script{name: name, cost: rapid.Int64Range(0, 5).Draw(t, name+" cost"), does: map[enrich.Field]string{}}
	switch rapid.IntRange(0, 7).Draw(t, name+" mood") {
	case 0:
		s.err = errors.New("down")
	case 1:
		s.err = enrich.ErrUnfit
	}
	n := rapid.IntRange(0, 99).Draw(t, name+" number")
	for f, v := range map[enrich.Field]string{
		enrich.WorkEmail: fmt.Sprintf(`"Work%d@Acme.com"`, n), enrich.PersonalEmail: fmt.Sprintf(`"p%d@gmail.com"`, n),
		enrich.Phone: fmt.Sprintf(`"+49301000%02d"`, n), enrich.LinkedInURL: fmt.Sprintf(`"linkedin.com/in/p%d"`, n),
	} {
		s.does[f] = rapid.SampledFrom([]string{"", "", v, v, `"x"`, `17`, `null`, `"\u202e"`}).Draw(t, name+" "+string(f))
	}
	return s
}

func (s script) usable(f enrich.Field) bool { return s.err == nil && len(s.does[f]) > len(`"\u202e"`) }

func (s script) provider() enrich.Provider {
	return &provider{do: func(context.Context, enrich.Subject, []enrich.Field) (out []enrich.Answer, err error) {
		for f, v := range s.does {
			if v != "" {
				out = append(out, enrich.Answer{Field: f, Value: json.RawMessage(v), Confidence: 1})
			}
		}
		return out, s.err
	}}
}

// TestWhatIsChargedIsWhatWasDelivered draws waterfalls and calls, and holds each call to a plain model: the first usable value of each missing field,
// for the price of who had it, and nothing for anything else.
func TestWhatIsChargedIsWhatWasDelivered(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		n, outer := 0, t
		rapid.Check(t, func(t *rapid.T) {
			n++
			holdToModel(outer, t, db, fmt.Sprint("w", n))
		})
	})
}

func holdToModel(outer *testing.T, t *rapid.T, db *store.DB, slug string) {
	id := storetest.MustWorkspace(outer, db, slug).ID
	w := &world{db: db, caller: enrich.Caller{WorkspaceID: id}}
	scripts := []script{drawScript(t, "a"), drawScript(t, "b"), drawScript(t, "c")}
	w.plan = enrich.Plan{}
	order := map[enrich.Field][]script{}
	for _, f := range channels {
		order[f] = rapid.Permutation(scripts).Draw(t, "order of "+string(f))[:rapid.IntRange(0, 3).Draw(t, "length of "+string(f))]
		for _, s := range order[f] {
			w.plan[f] = append(w.plan[f], entry(s.name, s.cost, s.provider()))
		}
	}
	w.service = enrich.New(enrich.Config{Store: db, Credits: credits.New(db), Plan: func(context.Context, string) (enrich.Plan, error) { return w.plan, nil }})
	left, has := int64(10), map[enrich.Field]string{enrich.LinkedInURL: "workspace"}
	for range rapid.IntRange(1, 3).Draw(t, "calls") {
		wanted := rapid.SliceOfNDistinct(rapid.SampledFrom(wire.Channels()), 1, 4, rapid.ID).Draw(t, "channels")
		in := wire.EnrichRecord{Hint: wire.Hint{LinkedInURL: "linkedin.com/in/jane"}, Channels: wanted, Spending: wire.Spending{Refresh: rapid.Bool().Draw(t, "refresh")}}
		cost, most, found := model(order, has, in)
		out, err := w.service.Record(context.Background(), w.caller, in)
		if most > left {
			if fault.CodeOf(err) != fault.CreditsExhausted {
				t.Fatalf("may cost %d of %d: %+v, %v", most, left, out, err)
			}
			continue
		}
		maps.Copy(has, found)
		if left -= cost; err != nil || out.CreditsUsed != cost || out.CreditsBalance != left {
			t.Fatalf("used %d and left %d, want %d and %d (%v)", out.CreditsUsed, out.CreditsBalance, cost, left, err)
		}
		for _, ch := range wanted {
			if got := out.Channels[ch]; got.Source != has[enrich.Field(ch)] || (got.Source == "") != (string(got.Value) == "null") {
				t.Fatalf("%s is %+v, want it from %q", ch, got, has[enrich.Field(ch)])
			}
		}
	}
	if sum, _ := w.spent(outer); sum != 10-left {
		t.Fatalf("the ledger says %d, the answers %d", sum, 10-left)
	}
}

// model returns what a call costs, what it may cost, and who delivers what.
func model(order map[enrich.Field][]script, has map[enrich.Field]string, in wire.EnrichRecord) (cost, most int64, found map[enrich.Field]string) {
	found = map[enrich.Field]string{}
	for _, ch := range in.Channels {
		f := enrich.Field(ch)
		if has[f] != "" && !in.Refresh || f == enrich.LinkedInURL { // by which the record is named
			continue
		}
		var dearest int64
		for _, s := range order[f] {
			dearest = max(dearest, s.cost)
		}
		most += dearest
		if i := slices.IndexFunc(order[f], func(s script) bool { return s.usable(f) }); i >= 0 {
			cost += order[f][i].cost
			found[f] = order[f][i].name
		}
	}
	return cost, most, found
}

// TestADryRunChangesNothing compares all that the store holds before and after.
func TestADryRunChangesNothing(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		p := delivers(map[enrich.Field]string{enrich.Phone: `"+4930123456"`, enrich.Industry: `"Anvils"`})
		w.plan = planFor(slices.Concat(channels, enrich.AccountFields()), entry("a", 1, p), entry("b", 3, p))
		w.record(t, byEmail("jane@acme.com", wire.Phone))
		before, asked := dump(t, db), p.asked.Load()
		dry := wire.Spending{DryRun: true}
		for name, call := range map[string]func() (wire.Bill, error){
			"known": func() (wire.Bill, error) {
				out, err := w.service.Record(context.Background(), w.caller, wire.EnrichRecord{Hint: wire.Hint{Email: "jane@acme.com"}, Spending: dry})
				return out.Bill, err
			},
			"unknown": func() (wire.Bill, error) {
				out, err := w.service.Record(context.Background(), w.caller, wire.EnrichRecord{Hint: wire.Hint{Email: "joe@acme.com", CompanyDomain: "acme.com"}, Channels: []wire.Channel{wire.Phone, wire.LinkedInURL}, Spending: dry})
				return out.Bill, err
			},
			"person": func() (wire.Bill, error) {
				out, err := w.service.Discover(context.Background(), w.caller, wire.DiscoverContact{FirstName: "A", LastName: "B", CompanyDomain: "acme.com", Channels: []wire.Channel{wire.Phone, wire.LinkedInURL}, Spending: dry})
				return out.Bill, err
			},
		} {
			bill, err := call()
			want := wire.Bill{CreditsBalance: 9, Quote: &wire.Price{Most: 6}}
			if d := cmp.Diff(want, bill); d != "" || err != nil {
				t.Errorf("%s: %v, the bill differs (-want +got):\n%s", name, err, d)
			}
		}
		if d := cmp.Diff(before, dump(t, db)); d != "" || p.asked.Load() != asked {
			t.Errorf("a dry run asked %d times and changed (-before +after):\n%s", p.asked.Load()-asked, d)
		}
	})
}

// dump returns every row of every table but those of the text index.
func dump(t *testing.T, db *store.DB) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	tables, rowText := `SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE '%fts%' ORDER BY name`, ""
	if db.Engine() == "postgres" {
		tables, rowText = `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`, `t::text`
	}
	err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
		for _, table := range column(ctx, t, q, tables) {
			text := rowText
			if text == "" {
				text = `quote(` + strings.Join(column(ctx, t, q, `SELECT name FROM pragma_table_info('`+table+`')`), `)||','||quote(`) + `)`
			}
			out[table] = column(ctx, t, q, `SELECT `+text+` AS one FROM `+table+` t ORDER BY one`)
		}
		return nil
	})
	if err != nil || len(out["leads"]) != 1 {
		t.Fatalf("dump: %v, leads %v", err, out["leads"])
	}
	return out
}

func column(ctx context.Context, t *testing.T, q store.Q, text string) (out []string) {
	t.Helper()
	rows, err := q.Query(ctx, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}
