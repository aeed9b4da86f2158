package usagepages_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/adminui/usagepages"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

type rig struct {
	*uitest.World
	t       *testing.T
	service *usage.Service
	counter *usage.Counter
	server  *uitest.Server
}

func setup(t *testing.T) *rig {
	t.Helper()
	w := uitest.NewWorld(t)
	r := &rig{World: w, t: t, service: usage.New(w.DB), counter: usage.NewCounter(w.DB, 0, nil)}
	r.server = uitest.Serve(t, w.W, usagepages.New(usagepages.Config{Report: r.service.Report, Balance: credits.New(w.DB).Balance, Keys: w.Keys.List}))
	return r
}

// ask notes requests of a key an hour ago and before.
func (r *rig) ask(k keys.Key, tool string, status, times int) {
	for i := range times {
		r.counter.Note(usage.Event{WorkspaceID: k.WorkspaceID, KeyID: k.ID, Tool: tool, At: time.Now().Add(-time.Duration(i%5) * time.Hour), Status: status, Remaining: max(0, 90-i)})
	}
	if err := r.counter.Flush(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

var (
	rows  = regexp.MustCompile(`(?s)<tr[^>]*>(.*?)</tr>`)
	cells = regexp.MustCompile(`(?s)<(?:td|th)[^>]*>(.*?)</(?:td|th)>`)
	tags  = regexp.MustCompile(`<[^>]*>`)
)

// table returns the texts of a table of the page, without its head.
func table(t *testing.T, body, id string) (out [][]string) {
	t.Helper()
	_, after, found := strings.Cut(body, `<table id="`+id+`">`)
	if !found {
		t.Fatalf("there is no table %s in:\n%s", id, body)
	}
	text, _, _ := strings.Cut(after, "</table>")
	for _, r := range rows.FindAllStringSubmatch(text, -1)[1:] {
		var line []string
		for _, c := range cells.FindAllStringSubmatch(r[1], -1) {
			line = append(line, strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(c[1], ""))))
		}
		out = append(out, line)
	}
	return out
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.ReplaceAll(s, ",", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTablesEqualTheReport for each range and way to tell apart.
func TestTablesEqualTheReport(t *testing.T) {
	r := setup(t)
	first, second := r.Key(r.W, "first", "ann@example.com"), r.Key(r.W, "second", "ann@example.com")
	r.ask(first, "find_leads", 200, 1500)
	r.ask(first, "push_signal", 403, 7)
	r.ask(second, "find_leads", 500, 11)
	r.ask(second, "find_leads", 429, 5)
	r.ask(r.Key(r.Other, "foreign", "ann@example.com"), "find_leads", 200, 99)
	b := r.server.As(workspaces.Manager)
	for _, span := range []struct {
		name string
		back time.Duration
		step usage.Step
	}{{"24h", 24 * time.Hour, usage.Hour}, {"7d", 7 * 24 * time.Hour, usage.Hour}, {"30d", 30 * 24 * time.Hour, usage.Day}, {"90d", 90 * 24 * time.Hour, usage.Day}} {
		for _, by := range []usage.By{usage.ByKey, usage.ByTool} {
			now := time.Now()
			want, err := r.service.Report(context.Background(), r.W.ID, usage.Query{From: now.Add(-span.back), To: now, Step: span.step, By: by})
			if err != nil {
				t.Fatal(err)
			}
			status, body := b.Get(usagepages.Path + "?range=" + span.name + "&by=" + string(by))
			if status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			if time.Now().Truncate(time.Hour) != now.Truncate(time.Hour) {
				t.Skip("the hour ended meanwhile")
			}
			checkNames(t, table(t, body, "names"), want)
			checkTimes(t, table(t, body, "t-requests"), want)
		}
	}
}

func checkNames(t *testing.T, got [][]string, want usage.Report) {
	t.Helper()
	if len(got) != len(want.Series) || len(got) == 0 {
		t.Fatalf("%d rows, want %d", len(got), len(want.Series))
	}
	for i, s := range want.Series {
		c := s.Total
		for n, figure := range []int64{c.Requests, c.Answered(), c.Refusals, c.Limited, c.Errors, c.Least, c.Credits} {
			if number(t, got[i][n+1]) != figure {
				t.Errorf("row %v, want %+v", got[i], c)
			}
		}
	}
}

func checkTimes(t *testing.T, got [][]string, want usage.Report) {
	t.Helper()
	if len(got) != len(want.Starts) {
		t.Fatalf("%d steps, want %d", len(got), len(want.Starts))
	}
	for i, line := range got {
		for n, s := range want.Series {
			if number(t, line[n+1]) != s.Points[i].Requests {
				t.Errorf("%v, want %d of %s", line, s.Points[i].Requests, s.Name)
			}
		}
	}
}

func TestNarrowedToOneKeyOrTool(t *testing.T) {
	r := setup(t)
	first, second := r.Key(r.W, "first", "ann@example.com"), r.Key(r.W, "second", "ann@example.com")
	r.ask(first, "find_leads", 200, 3)
	r.ask(second, "push_signal", 200, 4)
	b := r.server.As(workspaces.Admin)
	_, body := b.Get(usagepages.Path + "?by=tool&key=" + first.ID)
	if got := fmt.Sprint(table(t, body, "names")); got != "[[find_leads 3 3 0 0 0 88 0]]" || !strings.Contains(body, "Only the key first.") {
		t.Errorf("one key: %s", got)
	}
	_, body = b.Get(usagepages.Path + "?tool=push_signal")
	if got := fmt.Sprint(table(t, body, "names")); !strings.HasPrefix(got, "[[second") || !strings.HasSuffix(got, " 4 4 0 0 0 87 0]]") {
		t.Errorf("one tool: %s", got)
	}
	_, body = b.Get(usagepages.Path + "?key=nobody&range=never&by=colour")
	if !strings.Contains(body, "No requests in this time") {
		t.Errorf("an unknown key: %s", body)
	}
}

func TestRolesAndOtherWorkspaces(t *testing.T) {
	r := setup(t)
	r.server.Roles(map[string]workspaces.Role{usagepages.Path: workspaces.Manager})
	r.ask(r.Key(r.Other, "foreign", "ann@example.com"), "find_leads", 200, 9)
	if _, body := r.server.As(workspaces.Manager).Get(usagepages.Path); strings.Contains(body, "foreign") || !strings.Contains(body, "No requests in this time") {
		t.Errorf("another workspace's requests are shown: %s", body)
	}
}

func TestStoredTextsStayTexts(t *testing.T) {
	r := setup(t)
	names := slices.DeleteFunc(slices.Clone(ui.Hostile), func(name string) bool { return strings.Contains(name, "\u202e") }) // which no key may have
	for _, name := range names {
		r.ask(r.Key(r.W, name, "ann@example.com"), name, 200, 2)
	}
	b := r.server.As(workspaces.Manager)
	for _, by := range []string{"key", "tool"} {
		_, body := b.Get(usagepages.Path + "?by=" + by)
		for _, name := range names {
			if strings.ContainsAny(name, "<\"") && strings.Contains(body, name) {
				t.Errorf("by %s, the page holds %q as it is", by, name)
			}
		}
		if len(table(t, body, "names")) != len(names) {
			t.Errorf("by %s, names are missing", by)
		}
	}
}

func TestTheTableIsBounded(t *testing.T) {
	r := setup(t)
	k := r.Key(r.W, "one", "ann@example.com")
	for i := range 205 {
		r.ask(k, fmt.Sprintf("tool%03d", i), 200, 1)
	}
	_, body := r.server.As(workspaces.Manager).Get(usagepages.Path + "?by=tool")
	if got := len(table(t, body, "names")); got != 200 || !strings.Contains(body, "And 5 more with fewer requests") {
		t.Errorf("%d rows", got)
	}
}

// TestKeysOfOneNameAreToldApart in the legend, which is all that readers without scripts have of the picture, and in the table that the script draws from.
func TestKeysOfOneNameAreToldApart(t *testing.T) {
	r := setup(t)
	old, next, other := r.Key(r.W, "nightly", "ann@example.com"), r.Key(r.W, "nightly", "ann@example.com"), r.Key(r.W, "other", "ann@example.com")
	for _, k := range []keys.Key{old, next, other} {
		r.ask(k, "find_leads", 200, 3)
	}
	_, body := r.server.As(workspaces.Manager).Get(usagepages.Path)
	for _, name := range []string{"nightly (" + old.ID + ")", "nightly (" + next.ID + ")", "other"} {
		if !regexp.MustCompile(`<li class="c\d">`+regexp.QuoteMeta(name)+`</li>`).MatchString(body) || !strings.Contains(body, `<th scope="col" class="num">`+name+`</th>`) {
			t.Errorf("no line %q in\n%s", name, body)
		}
	}
}

func TestManyKeysShareALine(t *testing.T) {
	r := setup(t)
	for i := range 9 {
		r.ask(r.Key(r.W, fmt.Sprint("key", i), "ann@example.com"), "find_leads", 200, 10-i)
	}
	_, body := r.server.As(workspaces.Manager).Get(usagepages.Path)
	var sums [7]int64
	for _, line := range table(t, body, "t-requests") {
		for n := range sums {
			sums[n] += number(t, line[n+1])
		}
	}
	if want := [7]int64{10, 9, 8, 7, 6, 5, 4 + 3 + 2}; sums != want {
		t.Errorf("the lines add up to %v, want %v", sums, want)
	}
	if !strings.Contains(body, "<rect") || !strings.Contains(body, "All others") {
		t.Error("there is no picture without scripts")
	}
}
