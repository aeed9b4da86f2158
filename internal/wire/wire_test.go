package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// filled returns a value of T whose every field is set, so that a forgotten field is noticed.
func filled[T any](t *testing.T) (v T) {
	t.Helper()
	fill(reflect.ValueOf(&v).Elem())
	return v
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"k":1}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

func fields(t *testing.T, v any) (names []string) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(orderOf(string(text)), ",") {
		if _, ok := m[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

// orderOf lists the top-level member names of an object in the order of the text.
func orderOf(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	_, _ = d.Token()
	var names []string
	for d.More() {
		name, _ := d.Token()
		names = append(names, name.(string))
		var skip json.RawMessage
		_ = d.Decode(&skip)
	}
	return strings.Join(names, ",")
}

func TestConciseItemsCarryTheContractAndWhatTheySortBy(t *testing.T) {
	account, lead, signal := filled[wire.Account](t), filled[wire.Lead](t), filled[wire.Signal](t)
	for _, c := range []struct {
		name string
		got  any
		want []string
	}{
		{"account", account.Concise(nil), []string{"id", "external_id", "domain", "name"}},
		{"lead", lead.Concise(nil), []string{"id", "external_id", "name", "title", "account", "work_email", "handle"}},
		{"signal", signal.Concise(nil), []string{"id", "external_id", "signal_type", "source", "occurred_at", "title", "account"}},
	} {
		if d := cmp.Diff(c.want, fields(t, c.got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
	// every scalar field that can be sorted by is shown when it is
	for name, shown := range map[string]func(string) any{
		"account": func(f string) any { return account.Concise([]wire.Sort{{Field: f}}) },
		"lead":    func(f string) any { return lead.Concise([]wire.Sort{{Field: f}}) },
	} {
		whole := map[string]any{"account": account, "lead": lead}[name]
		for _, f := range fields(t, whole) {
			if f == "aliases" || f == "tags" || f == "tech_stack" || f == "sources" || f == "custom" || f == "sorted_by" {
				continue // lists are no sort keys, and objects are shown by their members
			}
			if !strings.Contains(","+strings.Join(fields(t, shown(f)), ",")+",", ","+f+",") {
				t.Errorf("a concise %s sorted by %s does not show it", name, f)
			}
		}
	}
}

func TestNothingUnknownIsWritten(t *testing.T) {
	for want, v := range map[string]any{
		`{"id":"a","domain":"d"}`: wire.Account{ID: "a", Domain: "d"},
		`{"id":"l"}`:              wire.Lead{ID: "l"},
		`{"id":"s","signal_type":"t","source":"x","occurred_at":"2026-01-02T00:00:00Z"}`: wire.Signal{ID: "s", SignalType: "t", Source: "x",
			OccurredAt: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		`{"signal_capture_id":"s","matched_record_id":null,"qualification":null,"duplicate":false}`: wire.Pushed{SignalCaptureID: "s"},
		`{"items":[],"total":0,"next_cursor":null}`:                                                 wire.List[wire.Lead]{Items: []wire.Lead{}},
	} {
		got, err := json.Marshal(v)
		if err != nil || string(got) != want {
			t.Errorf("%T = %s, %v; want %s", v, got, err, want)
		}
	}
}

func TestRecordIsFlatAndNamesItsType(t *testing.T) {
	for want, r := range map[string]wire.Record{
		`{"record_type":"account","id":"a","domain":"d","signal_count":3,"signals_by_type":{"a":1,"b":2},"recent_signals":[]}`: {
			Account: &wire.Account{ID: "a", Domain: "d"}, SignalCount: 3, SignalsByType: map[string]int{"b": 2, "a": 1}},
		`{"record_type":"lead","id":"l","signal_count":0,"signals_by_type":{},"recent_signals":[]}`: {Lead: &wire.Lead{ID: "l"}},
	} {
		got, err := json.Marshal(r)
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	var many wire.Record
	many.Lead = &wire.Lead{ID: "l"}
	for range 10 {
		many.RecentSignals = append(many.RecentSignals, filled[wire.Signal](t))
	}
	if got := many.Shape(wire.Concise); len(got.RecentSignals) != 5 || got.RecentSignals[0].Context != nil {
		t.Errorf("concise: %d signals, context %s", len(got.RecentSignals), got.RecentSignals[0].Context)
	}
	if got := many.Shape(wire.Detailed); len(got.RecentSignals) != 10 || got.RecentSignals[0].Context == nil {
		t.Errorf("detailed lost something: %+v", got)
	}
}

func TestShortenCutsBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{{"ééé", 3, "ééé"}, {"éééé", 3, "ééé…"}, {"", 3, ""}, {"abc", 0, "…"}} {
		if got := (wire.Account{Description: c.text}).Shorten(c.n).Description; got != c.want {
			t.Errorf("%q to %d = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	many := make([]string, wire.MaxListValues+1)
	number := func(n int) *int { return &n }
	text := func(s string) *string { return &s }
	whole := wire.PushSignal{SignalType: "t", Source: "s", OccurredAt: time.Now(), Identity: wire.Identity{Handle: "h"}}
	spoil := func(change func(*wire.PushSignal)) wire.PushSignal { p := whole; change(&p); return p }
	for _, c := range []struct {
		in    interface{ Validate() error }
		field string // "" when it must pass
	}{
		{wire.FindAccounts{}, ""},
		{wire.FindAccounts{Query: strings.Repeat("q", wire.MaxQueryBytes+1)}, "query"},
		{wire.FindAccounts{TagsAny: many}, "tags_any"},
		{wire.FindAccounts{City: []string{strings.Repeat("c", wire.MaxValueBytes+1)}}, "city[0]"},
		{wire.FindLeads{Page: wire.Page{Limit: number(0)}}, "limit"},
		{wire.FindLeads{Page: wire.Page{Limit: number(100)}}, ""},
		{wire.FindLeads{Page: wire.Page{Cursor: text(strings.Repeat("c", 64<<10+1))}}, "cursor"},
		{wire.FindLeads{Page: wire.Page{Sort: make([]wire.Sort, 5)}}, "sort"},
		{wire.GetRecord{Domain: "d"}, ""},
		{wire.GetRecord{Domain: "d", ResponseFormat: "loud"}, "response_format"},
		{whole, ""},
		{spoil(func(p *wire.PushSignal) { p.SignalType = "" }), "signal_type"},
		{spoil(func(p *wire.PushSignal) { p.Source = "" }), "source"},
		{spoil(func(p *wire.PushSignal) { p.OccurredAt = time.Time{} }), "occurred_at"},
		{spoil(func(p *wire.PushSignal) { p.Identity = wire.Identity{FirstName: "f"} }), "identity"},
		{spoil(func(p *wire.PushSignal) { p.Context = json.RawMessage(`[]`) }), "context"},
		{spoil(func(p *wire.PushSignal) { p.Context = json.RawMessage(`{"a":"` + strings.Repeat("x", 64<<10) + `"}`) }), "context"},
		{spoil(func(p *wire.PushSignal) { p.IdempotencyKey = "with space" }), "idempotency_key"},
		{wire.PushSignals{Signals: make([]json.RawMessage, wire.MaxBatch)}, ""},
		{wire.PushSignals{Signals: make([]json.RawMessage, wire.MaxBatch+1)}, "signals"},
		{wire.PushSignals{Signals: make([]json.RawMessage, 1), IdempotencyKey: strings.Repeat("k", 256)}, "idempotency_key"},
		{wire.ImportRecords{Kind: wire.ImportLeads}, ""},
		{wire.ImportRecords{}, "kind"},
		{wire.ImportRecords{Kind: "people"}, "kind"},
		{wire.ImportRecords{Kind: wire.ImportLeads, FirstLine: -1}, "first_line"},
	} {
		err := c.in.Validate()
		got := ""
		if f := fault.From(err); f != nil && f.Code == fault.ValidationFailed && len(f.Fields) > 0 {
			got = f.Fields[0].Path
		}
		if got != c.field {
			t.Errorf("%T: field %q (%v), want %q", c.in, got, err, c.field)
		}
	}
}

// TestConciseItemsShowTheMemberTheySortBy: of an object only what is sorted by, and of that no more than a page can bear.
func TestConciseItemsShowTheMemberTheySortBy(t *testing.T) {
	long := strings.Repeat("é", 400)
	object := json.RawMessage(`{"a":{"b":1,"c":null},"a.b":2,"d":{"e.f":{"g":true}},"s":"` + long + `","n":12345678901234567890.5,"list":[` + strings.Repeat("1,", 400) + `1],"x":null}`)
	for paths, want := range map[string]string{
		"":                        `null`,
		"a.b":                     `{"a.b":2}`,
		"a.c":                     `null`,
		"x":                       `null`,
		"nothing":                 `null`,
		"d.e.f.g n":               `{"d":{"e.f":{"g":true}},"n":12345678901234567890.5}`,
		"s":                       `{"s":"` + strings.Repeat("é", 300) + `…"}`,
		"list":                    `{"list":[]}`,
		"d d.e.f":                 `{"d":{"e.f":{"g":true}}}`,
		"d.e.f d.e.f.g":           `{"d":{"e.f":{"g":true}}}`,
		"a.b.c.d.e.f.g.h.i.j.k.l": `null`,
	} {
		for column, concise := range map[string]func([]wire.Sort) json.RawMessage{
			"custom":  func(s []wire.Sort) json.RawMessage { return wire.Account{Custom: object}.Concise(s).Custom },
			"context": func(s []wire.Sort) json.RawMessage { return wire.Signal{Context: object}.Concise(s).Context },
		} {
			var sorts []wire.Sort
			for _, p := range strings.Fields(paths) {
				sorts = append(sorts, wire.Sort{Field: column + "." + p})
			}
			got, err := json.Marshal(concise(sorts))
			if err != nil || string(got) != want {
				t.Errorf("%s by %q: %s, %v; want %s", column, paths, got, err, want)
			}
		}
	}
}

func TestConciseSignalsShowThePersonPartTheySortBy(t *testing.T) {
	s := filled[wire.Signal](t)
	s.SortedBy = wire.SortedBy{"account.industry": json.RawMessage(`"x"`), "lead.custom.k": json.RawMessage(`"` + strings.Repeat("y", 500) + `"`)}
	got := s.Concise([]wire.Sort{{Field: "identity.handle"}, {Field: "qualification.icp_score"}})
	score := int64(7)
	if d := cmp.Diff(&wire.Identity{Handle: "x"}, got.Identity); d != "" {
		t.Errorf("identity (-want +got):\n%s", d)
	}
	if d := cmp.Diff(&wire.Qualification{ICPScore: &score}, got.Qualification); d != "" {
		t.Errorf("qualification (-want +got):\n%s", d)
	}
	want := wire.SortedBy{"account.industry": json.RawMessage(`"x"`), "lead.custom.k": json.RawMessage(`"` + strings.Repeat("y", 300) + `…"`)}
	if d := cmp.Diff(want, got.SortedBy); d != "" {
		t.Errorf("sorted_by (-want +got):\n%s", d)
	}
}
