package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// manyAccounts is a page of n accounts with texts of the given length.
func manyAccounts(n, text int) search.Page[wire.Account] {
	p := search.Page[wire.Account]{Total: 12_345, More: true}
	for i := range n {
		p.Items = append(p.Items, wire.Account{ID: fmt.Sprint("id", i), Domain: "example.com", Name: "ä", City: "Bremen", Description: strings.Repeat("ö", text)})
		p.Cursors = append(p.Cursors, fmt.Sprint("cursor", i))
	}
	return p
}

type list struct {
	Items      []wire.Account
	Total      int
	NextCursor *string `json:"next_cursor"`
	Note       string
}

func TestPagesAreShaped(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, c := range []struct {
		name, body, prefer string
		n, text            int
		items              int    // how many come back; -1: fewer than n, at least 1
		city, description  bool   // whether items carry them, the description whole
		note               string // a part of it
	}{
		{"whole by default", `{}`, "", 100, 5000, 100, true, true, ""},
		{"concise by header", `{}`, "response_format=concise", 25, 5000, 25, false, false, ""},
		{"the body beats the header", `{"response_format":"detailed"}`, "response_format=concise", 2, 10, 2, true, true, ""},
		{"concise by body", `{"response_format":"concise"}`, "", 2, 10, 2, false, false, ""},
		{"what sort names is kept", `{"sort":[{"field":"city"}]}`, "response_format=concise", 2, 10, 2, true, false, ""},
		{"fits", `{"response_format":"detailed"}`, "response_format=concise, max_chars=20000", 10, 1000, 10, true, true, ""},
		{"texts are shortened", `{"response_format":"detailed"}`, "max_chars=20000", 25, 5000, 25, true, false, "shortened"},
		{"the page ends early", `{"response_format":"detailed"}`, "max_chars=5000", 100, 5000, -1, true, false, "next_cursor"},
		{"concise ends early too", `{}`, "max_chars=2000, response_format=concise", 100, 5000, -1, false, false, "next_cursor"},
		{"at least one item", `{}`, "max_chars=1", 3, 5000, 1, false, false, "next_cursor"},
		{"nonsense is passed over", `{}`, "max_chars=-5, response_format=tiny, respond-async, max_chars=x", 2, 10, 2, true, true, ""},
	} {
		r.world.change(func() { r.world.accounts = manyAccounts(c.n, c.text) })
		got := r.ask("POST", "/v1/accounts/search", key, c.body, "Prefer: "+c.prefer)
		var l list
		if err := json.Unmarshal([]byte(got.body), &l); got.status != 200 || err != nil {
			t.Errorf("%s: %d %.200s %v", c.name, got.status, got.body, err)
			continue
		}
		n := len(l.Items)
		if n != c.items && (c.items != -1 || n < 1 || n >= c.n) || l.Total != 12_345 {
			t.Errorf("%s: %d items of %d", c.name, n, l.Total)
		}
		if want := fmt.Sprint("cursor", n-1); l.NextCursor == nil || *l.NextCursor != want {
			t.Errorf("%s: next_cursor %v, want %s", c.name, l.NextCursor, want)
		}
		whole := utf8.RuneCountInString(l.Items[0].Description) == c.text
		if (l.Items[0].City != "") != c.city || whole != c.description || !strings.Contains(l.Note, c.note) || c.note == "" && l.Note != "" {
			t.Errorf("%s: item %.200v, note %q", c.name, l.Items[0], l.Note)
		}
		var limit int
		_, after, _ := strings.Cut(c.prefer, "max_chars=")
		if _, err := fmt.Sscan(after, &limit); err == nil && limit > 1 && utf8.RuneCountInString(got.body) > limit {
			t.Errorf("%s: %d characters", c.name, utf8.RuneCountInString(got.body))
		}
	}
}

// TestPagingLosesNothing follows the cursors of cut pages, as an agent does.
func TestPagingLosesNothing(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	all := manyAccounts(40, 500)
	all.More = false
	var seen []string
	for from, calls := 0, 0; ; calls++ {
		r.world.change(func() {
			r.world.accounts = all
			r.world.accounts.Items, r.world.accounts.Cursors = all.Items[from:], all.Cursors[from:]
		})
		var l list
		r.must(json.Unmarshal([]byte(r.ask("POST", "/v1/accounts/search", key, `{}`, "Prefer: max_chars=2500").body), &l))
		for _, a := range l.Items {
			seen = append(seen, a.ID)
		}
		if from += len(l.Items); l.NextCursor == nil {
			t.Logf("%d calls", calls+1)
			break
		}
		if calls > 50 {
			t.Fatal("it does not end")
		}
	}
	if len(seen) != 40 || seen[0] != "id0" || seen[39] != "id39" {
		t.Errorf("seen %v", seen)
	}
}

func TestEmptyAndLastPages(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	if got := r.ask("GET", "/v1/leads", key, "").body; got != `{"items":[],"total":0,"next_cursor":null}` {
		t.Errorf("no leads: %s", got)
	}
	r.world.change(func() {
		r.world.signals = search.Page[wire.Signal]{Items: []wire.Signal{{ID: "s1", SignalType: "a", Source: "b"}}, Cursors: []string{"c"}, Total: 1, Truncated: true}
	})
	if got := r.ask("GET", "/v1/signals", key, "").body; got != `{"items":[{"id":"s1","signal_type":"a","source":"b","occurred_at":"0001-01-01T00:00:00Z"}],"total":1,"next_cursor":null,"truncated":true}` {
		t.Errorf("one signal: %s", got)
	}
}

func TestLargeRecordsFit(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	big := json.RawMessage(`{"blob":"` + strings.Repeat("x", 50_000) + `"}`)
	account := wire.Account{ID: "a1", Domain: "example.com", Description: strings.Repeat("d", 30_000)}
	signal := wire.Signal{ID: "s", SignalType: "a", Source: "b", Title: strings.Repeat("t", 5000), OccurredAt: time.Unix(0, 0).UTC(), Context: big}
	for name, rec := range map[string]wire.Record{
		"long texts":     {Account: &account, RecentSignals: []wire.Signal{signal, signal}, SignalCount: 2},
		"large contexts": {Lead: &wire.Lead{ID: "l1", Custom: big}, RecentSignals: []wire.Signal{signal}, SignalCount: 1},
	} {
		r.world.change(func() { r.world.record = rec })
		got := r.ask("GET", "/v1/records/lookup?id=a1&response_format=detailed", key, "", "Prefer: max_chars=20000")
		if n := utf8.RuneCountInString(got.body); got.status != 200 || n > 20_000 || !strings.Contains(got.body, fmt.Sprintf(`"signal_count":%d`, rec.SignalCount)) {
			t.Errorf("%s: %d, %d characters", name, got.status, n)
		}
		if whole := r.ask("GET", "/v1/records/lookup?id=a1", key, ""); len(whole.body) < 50_000 || !json.Valid([]byte(whole.body)) {
			t.Errorf("%s over HTTP: %d, %d bytes", name, whole.status, len(whole.body))
		}
	}
}
