package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// gathering is the part of the world that keeps audiences: one of three companies, the middle one of which is a formula.
type gathering struct{ *world }

func (w *world) Audiences() *gathering { return &gathering{w} }

func (g *gathering) Get(_ context.Context, _ string, in wire.GetAudience) (wire.Audience, error) {
	return wire.Audience{ID: in.ID, Name: "Big <&> bold", Over: wire.OverAccounts, State: "current", Version: 1}, g.visit("get audience", in)
}

func (g *gathering) List(_ context.Context, _ string, in wire.ListAudiences) (search.Page[wire.Audience], error) {
	page := search.Page[wire.Audience]{Total: 2, Cursors: []string{"c1"}, More: true}
	page.Items = []wire.Audience{{ID: "a1", Name: "A", Filter: []byte(`{"field":"id","op":"present"}`), CreatedBy: "ann"}}
	return page, g.visit("list audiences", in)
}

func (g *gathering) Save(_ context.Context, _ string, actor activity.Actor, in wire.SaveAudience) (wire.Audience, bool, error) {
	return wire.Audience{ID: "a1", Name: in.Name, CreatedBy: actor.Name}, in.ID == "", g.visit("save audience", in)
}

func (g *gathering) Delete(_ context.Context, _ string, _ activity.Actor, in wire.DeleteAudience) (wire.Deleted, error) {
	return wire.Deleted{ID: in.ID, Deleted: true}, g.visit("delete audience", in)
}

func (g *gathering) Preview(_ context.Context, _ string, in wire.PreviewAudience) (wire.AudiencePreview, error) {
	return wire.AudiencePreview{Count: 1, Sample: []wire.AudienceMember{g.member(1)}, Enrichment: wire.AudienceGaps{Missing: map[string]int64{}}}, g.visit("preview audience", in)
}

func (g *gathering) member(n int) wire.AudienceMember {
	year, joined := int64(2000+n), start
	a := wire.Account{ID: fmt.Sprint("r", n), Domain: fmt.Sprint(n, ".example"), Name: "=1+1", Description: "long", FoundedYear: &year}
	return wire.AudienceMember{Position: int64(n), JoinedAt: &joined, Account: &a}
}

func (g *gathering) Members(_ context.Context, _ string, in wire.ListAudienceMembers) (audiences.Audience, search.Page[wire.AudienceMember], error) {
	a := audiences.Audience{ID: in.ID, Over: filter.Accounts, Ranking: []wire.Sort{{Field: "founded_year"}}, State: audiences.Current, AsOf: start.Add(-time.Second)}
	from := 1
	if in.Cursor != nil {
		_, _ = fmt.Sscan(strings.TrimPrefix(*in.Cursor, "after"), &from)
		from++
	}
	page := search.Page[wire.AudienceMember]{Total: 3}
	for n := from; n <= min(3, from+in.Page().Size()-1); n++ {
		page.Items = append(page.Items, g.member(n))
		page.Cursors = append(page.Cursors, fmt.Sprint("after", n))
	}
	page.More = from+len(page.Items) <= 3
	return a, page, g.visit("members", in)
}

func (g *gathering) Events(_ context.Context, _ string, in wire.ListAudienceEvents) (search.Page[wire.AudienceEvent], error) {
	return search.Page[wire.AudienceEvent]{Total: 1, Items: []wire.AudienceEvent{{ID: "e1", Change: "added", RecordType: wire.KindAccount, RecordID: "r1", At: start}},
		Cursors: []string{"c"}}, g.visit("events", in)
}

const everyAccount = `"over":"accounts","filter":{"field":"id","op":"present"}`

func TestAudiences(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("POST", "/v1/audiences", key, `{"name":"Big","enrich":[],`+everyAccount+`}`)
	want := wire.SaveAudience{Name: "Big", Over: wire.OverAccounts, Filter: []byte(`{"field":"id","op":"present"}`), Enrich: []string{}}
	if d := cmp.Diff(want, r.world.input()); d != "" || got.status != 201 {
		t.Error(got.status, got.body, d)
	}
	got = r.ask("PATCH", "/v1/audiences/a1", key, `{"version":1,"name":"Bigger"}`)
	one := int64(1)
	if d := cmp.Diff(wire.SaveAudience{ID: "a1", Version: &one, Name: "Bigger"}, r.world.input()); d != "" || got.status != 200 {
		t.Error(got.status, got.body, d)
	}
	if got = r.ask("POST", "/v1/audiences/a1/preview", key, ""); got.status != 200 || !strings.Contains(got.body, `"count":1,"sample":[{"position":1,`) || strings.Contains(got.body, "long") {
		t.Error(got.status, got.body)
	}
	got = r.ask("DELETE", "/v1/audiences/a1", key, "")
	if d := cmp.Diff(wire.DeleteAudience{ID: "a1"}, r.world.input()); d != "" || got.status != 200 || got.body != `{"id":"a1","deleted":true}` {
		t.Error(got.status, got.body, d)
	}
	got = r.ask("GET", "/v1/audiences/a1", key, "")
	if tag := got.header.Get("ETag"); tag == "" || r.ask("GET", "/v1/audiences/a1", key, "", "If-None-Match: "+tag).status != 304 || !strings.Contains(got.body, `"Big <&> bold"`) {
		t.Error(got.header, got.body)
	}
	if got = r.ask("GET", "/v1/audiences", key, "", "Prefer: response_format=concise"); !strings.Contains(got.body, `"total":2,"next_cursor":"c1"`) || strings.Contains(got.body, "filter") {
		t.Error(got.status, got.body)
	}
	if got = r.ask("GET", "/v1/audiences/a1/events?after=e0&limit=5", key, ""); got.status != 200 || !strings.Contains(got.body, `{"id":"e1","change":"added","record_type":"account","record_id":"r1",`) {
		t.Error(got.status, got.body)
	}
}

// TestAPreviewShowsRecordsToThoseWhoMayReadThem: others see how many there are, and which.
func TestAPreviewShowsRecordsToThoseWhoMayReadThem(t *testing.T) {
	r := newRig(t, nil)
	only := keys.CreateRequest{Permissions: []string{string(scope.AudiencesWrite)}}
	key := r.key(r.workspace(workspaces.Change{}).ID, only).Secret.Reveal()
	for _, path := range []string{"/v1/audiences/preview", "/v1/audiences/a1/preview"} {
		got := r.ask("POST", path, key, `{`+everyAccount+`,"ranking":[{"field":"name"}]}`, "Prefer: response_format=concise")
		if got.status != 200 || !strings.Contains(got.body, `"record_type":"account","id":"r1","domain":""}],`) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// TestIfMatchIsNotPassedOver: what is asked for on a condition is not done without it.
func TestIfMatchIsNotPassedOver(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for _, call := range [][3]string{{"PATCH", "/v1/audiences/a1", `{"name":"x"}`}, {"DELETE", "/v1/audiences/a1", ""}, {"PATCH", "/v1/settings", `{"icps":{}}`}} {
		got := r.ask(call[0], call[1], key, call[2], `If-Match: "x"`)
		if got.code() != fault.InvalidRequest || !strings.Contains(got.body, "version") || r.world.total() != 0 {
			t.Errorf("%v: %d %s", call, got.status, got.body)
		}
	}
	if got := r.ask("GET", "/v1/audiences/a1", key, "", `If-Match: "x"`); got.status != 200 {
		t.Errorf("a read: %d %s", got.status, got.body)
	}
}

// TestAudiencesAreSavedOnce repeats a save under one idempotency key.
func TestAudiencesAreSavedOnce(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	body := `{"name":"Big","idempotency_key":"k1",` + everyAccount + `}`
	first := r.ask("POST", "/v1/audiences", key, body)
	calls := r.world.total()
	if again := r.ask("POST", "/v1/audiences", key, body); again.status != 201 || again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || r.world.total() != calls {
		t.Errorf("%d %s, then %d %s", first.status, first.body, again.status, again.body)
	}
}

func TestAudienceMembers(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("GET", "/v1/audiences/a1/members?limit=2", key, "", "Prefer: response_format=concise")
	for _, part := range []string{
		`{"items":[{"position":1,"joined_at":"2027-02-27T23:59:58Z","record_type":"account","id":"r1","domain":"1.example","name":"=1+1","founded_year":2001},{"position":2,`,
		`"total":3,"next_cursor":"after2","as_of":"2027-02-27T23:59:57Z","state":"current"}`,
	} {
		if !strings.Contains(got.body, part) {
			t.Errorf("no %s in %s", part, got.body)
		}
	}
	got = r.ask("GET", "/v1/audiences/a1/members", key, "", "Accept: text/csv")
	lines := strings.Split(got.body, "\r\n")
	if got.status != 200 || !strings.HasPrefix(lines[0], "position,joined_at,record_type,id,") || len(lines) != 5 || !strings.Contains(lines[2], "2.example,'=1+1,") {
		t.Errorf("%d %q", got.status, lines)
	}
	if got = r.ask("GET", "/v1/audiences/a1/members?limit=1", key, "", "Accept: application/x-ndjson"); strings.Count(got.body, "\n") != 1 {
		t.Errorf("one line: %s", got.body)
	}
}

func TestBadAudiences(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for body, fields := range map[string]string{
		`{}`: "name over filter", `{"name":"x",` + everyAccount + `,"version":1}`: "version",
		`{"name":"x","over":"signals","filter":{}}`:                                                     "over",
		`{"id":"a1","filter":[]}`:                                                                       "filter",
		`{"id":"a1","ranking":[{"field":"name","dir":"up"}]}`:                                           "ranking[0].dir",
		`{"id":"a1","enrich":["phone","phone"]}`:                                                        "enrich[1]",
		`{"id":"a1","destinations":[{"id":"d"},{"id":"d"}]}`:                                            "destinations[1].id",
		`{"id":"a1","destinations":[{"mapping":{}}]}`:                                                   "destinations[0].id",
		`{"id":"a1","version":0}`:                                                                       "version",
		`{"id":"a1","now":"2026-01-01T00:00:00Z"}`:                                                      "now",
		`{"id":"a1","ranking":[{"field":"a"},{"field":"b"},{"field":"c"},{"field":"d"},{"field":"e"}]}`: "ranking",
	} {
		before := r.world.total()
		if got := r.ask("POST", "/v1/audiences", key, body); got.status != 422 || got.fields() != fields || r.world.total() != before {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}
