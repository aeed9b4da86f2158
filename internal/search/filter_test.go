package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	someAccounts = `{"id":"a1","domain":"grafana.com","name":"Grafana Labs","description":"Observability stack","industry":"Software","tier":"gold"}
{"id":"a2","domain":"elastic.co","name":"Elastic","description":"Search and observability","industry":"Softwear","tier":"silver"}
{"id":"a3","domain":"siemens.de","name":"Siemens","industry":"Machinery","tier":7}`
	somePeople = `{"id":"p1","name":"Ann","title":"Engineering Manager","company_domain":"grafana.com","email":"ann@grafana.com","handle":"github:ann","source":"x"}
{"id":"p2","name":"Bob","title":"Enginering Lead","company_domain":"elastic.co","source":"x","team":{"size":9}}
{"id":"p3","name":"Cy","title":"Sales","source":"x"}`
	someSignals = `{"id":"s1","type":"hiring","company_domain":"grafana.com","person_email":"ann@grafana.com","source":"x","occurred_at":"2026-08-20T00:00:00Z","payload":{"role":"Manager"}}
{"id":"s2","type":"hiring","company_domain":"elastic.co","person_handle":"stranger","source":"x","occurred_at":"2026-08-10T00:00:00Z","payload":{"role":"Manger"}}
{"id":"s3","type":"funding","company_domain":"siemens.de","source":"x","occurred_at":"2026-07-01T00:00:00Z","payload":{"role":5}}`
)

// world is a workspace with the records above, and a clock that stands still unless it is moved.
type world struct {
	*testing.T
	*search.Service
	id  string
	now time.Time
}

// onBothEngines runs a test on either engine.
func onBothEngines(t *testing.T, test func(w *world)) {
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
			w := &world{T: t, id: storetest.MustWorkspace(t, db, "w").ID, now: time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)}
			w.Service = search.New(db).WithClock(func() time.Time { return w.now })
			_, err = ingest.New(db, settings.New(db, nil).RegisterSignalTypes).Import(context.Background(), w.id, activity.OperatorActor("test"), ingest.Options{RegisterTypes: true},
				ingest.Source{Kind: wire.ImportAccounts, Name: "a", Reader: strings.NewReader(someAccounts)},
				ingest.Source{Kind: wire.ImportLeads, Name: "l", Reader: strings.NewReader(somePeople)},
				ingest.Source{Kind: wire.ImportSignals, Name: "s", Reader: strings.NewReader(someSignals)})
			if err != nil {
				t.Fatalf("import: %v", err)
			}
			test(w)
		})
	}
}

// found returns the external ids of the records that a filter finds, in their order.
func (w *world) found(kind, filter string, sorts ...wire.Sort) (ids []string, err error) {
	condition, page := wire.Condition{Filter: json.RawMessage(filter)}, wire.Page{Sort: sorts}
	ids = []string{}
	switch kind {
	case "accounts":
		p, err := w.Accounts(context.Background(), w.id, wire.FindAccounts{Condition: condition, Page: page})
		for _, a := range p.Items {
			ids = append(ids, a.ExternalID)
		}
		return ids, err
	case "leads":
		p, err := w.Leads(context.Background(), w.id, wire.FindLeads{Condition: condition, Page: page})
		for _, l := range p.Items {
			ids = append(ids, l.ExternalID)
		}
		return ids, err
	}
	p, err := w.Signals(context.Background(), w.id, wire.ListSignals{Condition: condition, Page: page})
	for _, s := range p.Items {
		ids = append(ids, s.ExternalID)
	}
	return ids, err
}

func fuzzy(field, value string) string {
	return fmt.Sprintf(`{"field":%q,"op":"fuzzy","value":%q}`, field, value)
}

// TestFuzzyLeaves: typing errors are forgiven in every word of any field, wherever the leaf stands.
func TestFuzzyLeaves(t *testing.T) {
	onBothEngines(t, func(w *world) {
		for _, c := range []struct{ kind, filter, want string }{
			{"accounts", fuzzy("name", "Grafna"), "a1"},
			{"accounts", fuzzy("name", "labs GRAFANNA"), "a1"},
			{"accounts", fuzzy("name", "observability"), ""},
			{"accounts", fuzzy("description", "observabilty"), "a1 a2"},
			{"accounts", `{"not":` + fuzzy("description", "observabilty") + `}`, "a3"},
			{"accounts", fuzzy("industry", "software"), "a1 a2"},
			{"accounts", fuzzy("industry", "nothing"), ""},
			{"accounts", fuzzy("custom.tier", "golds"), "a1"},
			{"leads", fuzzy("title", "engineering"), "p1 p2"},
			{"leads", fuzzy("account.name", "elastik"), "p2"},
			{"leads", fuzzy("account.industry", "sofware"), "p1"},
			{"leads", `{"account":` + fuzzy("description", "serach") + `}`, "p2"},
			{"signals", fuzzy("context.role", "manager"), "s1 s2"},
			{"signals", `{"all":[` + fuzzy("lead.title", "manger") + `]}`, "s1"},
			{"accounts", `{"signals":{"where":` + fuzzy("context.role", "managers") + `}}`, "a1 a2"},
			{"accounts", `{"leads":{"where":` + fuzzy("title", "enginering") + `}}`, "a1 a2"},
			{"accounts", `{"any":[` + fuzzy("name", "simens") + `,` + fuzzy("name", "elastc") + `]}`, "a2 a3"},
		} {
			got, err := w.found(c.kind, c.filter)
			if slices.Sort(got); err != nil || strings.Join(got, " ") != c.want {
				w.Errorf("%s %s: %v, %v; want %s", c.kind, c.filter, got, err, c.want)
			}
		}
	})
}

// TestWindowsAndStrangers: last_days counts back from the call's now, and list_signals finds people that are no leads.
func TestWindowsAndStrangers(t *testing.T) {
	onBothEngines(t, func(w *world) {
		for _, c := range []struct{ kind, filter, want string }{
			{"accounts", `{"signals":{"last_days":5}}`, "a1"},
			{"accounts", `{"signals":{"last_days":13,"types":["hiring"]}}`, "a1 a2"},
			{"accounts", `{"signals":{"last_days":13,"max":0}}`, "a3"},
			{"accounts", `{"signals":{"from":"2026-07-01T00:00:00Z","to":"2026-08-10T00:00:00Z"}}`, "a3"},
			{"accounts", `{"signals":{"from":"2026-08-10T00:00:00.0000000001Z"}}`, "a1"},
			{"leads", `{"signals":{"types":["hiring"]}}`, "p1"},
			{"signals", `{"account":{"field":"industry","op":"eq","value":"machinery"}}`, "s3"},
			{"signals", `{"field":"occurred_at","op":"gt","value":"2026-08-10T00:00:00Z"}`, "s1"},
		} {
			got, err := w.found(c.kind, c.filter)
			if slices.Sort(got); err != nil || strings.Join(got, " ") != c.want {
				w.Errorf("%s %s: %v, %v; want %s", c.kind, c.filter, got, err, c.want)
			}
		}
		for who, want := range map[string]string{"github:Stranger": "s2", "stranger": "s2", "ANN@grafana.com": "s1", "p1": "s1", "@ann": "s1", "p2": ""} {
			p, err := w.Signals(context.Background(), w.id, wire.ListSignals{Lead: []string{who}})
			got := ""
			for _, s := range p.Items {
				got += s.ExternalID
			}
			if err != nil || got != want {
				w.Errorf("signals of %s: %s, %v; want %s", who, got, err, want)
			}
		}
	})
}

// TestPagesKeepTheInstantTheyCountBackFrom: a later page asks as of the first one, however the clock went on, and a cursor is bound to what was asked.
func TestPagesKeepTheInstantTheyCountBackFrom(t *testing.T) {
	one := 1
	onBothEngines(t, func(w *world) {
		ask := func(in wire.FindAccounts) (search.Page[wire.Account], error) {
			in.Limit = &one
			return w.Accounts(context.Background(), w.id, in)
		}
		recent := wire.Condition{Filter: json.RawMessage(`{"signals":{"last_days":13,"types":["hiring"]}}`)}
		w.now = w.now.Add(123 * time.Nanosecond)
		first, err := ask(wire.FindAccounts{Condition: recent})
		if err != nil || first.Total != 2 || !first.More {
			w.Fatalf("the first page: %+v, %v", first, err)
		}
		next := wire.Page{Cursor: &first.Cursors[0]}
		w.now = w.now.AddDate(0, 1, 0)
		spelt := wire.Condition{Filter: json.RawMessage(`{ "signals" : {"types":["hiring"], "last_days":13.0} }`)}
		for name, c := range map[string]wire.Condition{"the same": recent, "the same in another spelling": spelt} {
			if p, err := ask(wire.FindAccounts{Condition: c, Page: next}); err != nil || p.Total != 2 || len(p.Items) != 1 || p.Items[0].ExternalID != "a1" || p.More {
				w.Errorf("%s: %+v, %v", name, p, err)
			}
		}
		if p, err := ask(wire.FindAccounts{Condition: recent}); err != nil || p.Total != 0 {
			w.Errorf("a month later: %+v, %v", p, err)
		}
		later := w.now
		for name, in := range map[string]wire.FindAccounts{
			"another filter": {Condition: wire.Condition{Filter: json.RawMessage(`{"signals":{"last_days":14,"types":["hiring"]}}`)}, Page: next},
			"no filter":      {Page: next},
			"another now":    {Condition: wire.Condition{Filter: recent.Filter, Now: &later}, Page: next},
			"another query":  {Query: "grafana", Condition: recent, Page: next},
			"another sort":   {Condition: recent, Page: wire.Page{Cursor: next.Cursor, Sort: []wire.Sort{{Field: "name"}}}},
			"another domain": {Domain: []string{"grafana.com"}, Condition: recent, Page: next},
		} {
			if _, err := ask(in); !errors.Is(err, cursor.Err) {
				w.Errorf("%s: %v", name, err)
			}
		}
		at := time.Date(2026, 8, 22, 12, 0, 0, 1, time.UTC)
		named := wire.Condition{Filter: recent.Filter, Now: &at}
		p, err := ask(wire.FindAccounts{Condition: named})
		if err != nil || p.Total != 2 {
			w.Fatalf("as of a named instant: %+v, %v", p, err)
		}
		if p, err = ask(wire.FindAccounts{Condition: named, Page: wire.Page{Cursor: &p.Cursors[0]}}); err != nil || len(p.Items) != 1 {
			w.Errorf("its second page: %+v, %v", p, err)
		}
	})
}

// TestAnyPathSorts, and items show what they were sorted by.
func TestAnyPathSorts(t *testing.T) {
	onBothEngines(t, func(w *world) {
		for _, c := range []struct {
			kind, field string
			dir         wire.Direction
			want        string
		}{
			{"accounts", "custom.tier", "", "a3 a1 a2"}, {"accounts", "custom.tier", wire.Descending, "a2 a1 a3"},
			{"leads", "account.industry", "", "p1 p2 p3"}, {"leads", "account.custom.tier", wire.Descending, "p2 p1 p3"}, {"leads", "custom.team.size", "", "p2 p1 p3"},
			{"signals", "context.role", "", "s3 s1 s2"}, {"signals", "lead.title", "", "s1 s2 s3"}, {"signals", "account.name", wire.Descending, "s3 s1 s2"},
		} {
			got, err := w.found(c.kind, ``, wire.Sort{Field: c.field, Dir: c.dir})
			if err != nil || strings.Join(got, " ") != c.want {
				w.Errorf("%s by %s %s: %v, %v; want %s", c.kind, c.field, c.dir, got, err, c.want)
			}
		}
		sorts := []wire.Sort{{Field: "account.industry"}, {Field: "account.custom.tier"}, {Field: "account.name"}}
		leads, err := w.Leads(context.Background(), w.id, wire.FindLeads{Page: wire.Page{Sort: sorts}})
		if err != nil || len(leads.Items) != 3 {
			w.Fatalf("leads: %+v, %v", leads, err)
		}
		want := []wire.SortedBy{{"account.industry": json.RawMessage(`"Software"`), "account.custom.tier": json.RawMessage(`"gold"`)},
			{"account.industry": json.RawMessage(`"Softwear"`), "account.custom.tier": json.RawMessage(`"silver"`)}, nil}
		for i, l := range leads.Items {
			if d := cmp.Diff(want[i], l.Concise(sorts).SortedBy); d != "" {
				w.Errorf("lead %s (-want +got):\n%s", l.ExternalID, d)
			}
		}
		sorts = []wire.Sort{{Field: "lead.title"}, {Field: "account.industry"}}
		signals, err := w.Signals(context.Background(), w.id, wire.ListSignals{Page: wire.Page{Sort: sorts}})
		if err != nil {
			w.Fatal(err)
		}
		if d := cmp.Diff(wire.SortedBy{"lead.title": json.RawMessage(`"Engineering Manager"`), "account.industry": json.RawMessage(`"Software"`)}, signals.Items[0].SortedBy); d != "" {
			w.Errorf("signal (-want +got):\n%s", d)
		}
	})
}

// TestRefusedFilters: what is wrong is told before anything is read.
func TestRefusedFilters(t *testing.T) {
	onBothEngines(t, func(w *world) {
		for kind, path := range map[string]string{"accounts": "filter.all[0].field", "leads": "filter.all[0].field", "signals": "filter.all[0].field"} {
			_, err := w.found(kind, `{"all":[{"field":"nothing","op":"missing"}]}`)
			if f := fault.From(err); f == nil || f.Code != fault.ValidationFailed || f.Fields[0].Path != path || len(f.Fields[0].Allowed) < 20 {
				w.Errorf("%s: %v", kind, err)
			}
		}
		if _, err := w.found("accounts", ``, wire.Sort{Field: "tags"}); fault.CodeOf(err) != fault.ValidationFailed {
			w.Errorf("sorted by a list: %v", err)
		}
	})
}
