package jobpages_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/jobpages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const evil = `<script>alert(1)</script>`

// rig is the pages over a real store, in which no provider knows anything: records are missed, and ids of nobody fail.
type rig struct {
	*uitest.World
	t      *testing.T
	bulk   *enrich.Bulk
	key    keys.Key
	server *uitest.Server
	ids    []string // of two leads
}

func setup(t *testing.T) *rig {
	t.Helper()
	w := uitest.NewWorld(t)
	r := &rig{World: w, t: t, key: w.Key(w.W, "bot "+evil, "ann@example.com")}
	service := enrich.New(enrich.Config{Store: w.DB, Credits: credits.New(w.DB), Plan: func(context.Context, string) (enrich.Plan, error) { return nil, nil }})
	r.bulk = enrich.NewBulk(enrich.BulkConfig{Records: service, Store: w.DB, Queue: w.DB, Credits: credits.New(w.DB), Select: search.New(w.DB).IDs, Key: r.actor})
	r.server = uitest.Serve(t, w.W, jobpages.New(jobpages.Config{Jobs: r.bulk, Keys: w.Keys.List, Names: service.Names}))
	for _, o := range storetest.MustLeads(t, w.DB, w.W.ID, wire.Lead{Name: "Ada " + evil, WorkEmail: "ada@example.com"}, wire.Lead{WorkEmail: "bob@example.com"}) {
		r.ids = append(r.ids, o.ID)
	}
	return r
}

func (r *rig) actor(ctx context.Context, id string) (activity.Actor, error) {
	rows, err := r.DB.KeysForAuth(ctx, []string{id})
	if err != nil {
		return activity.Actor{}, err
	}
	return activity.KeyActor(id, rows[id].Key.Name), keys.State(rows[id])
}

func (r *rig) start(ids ...string) wire.EnrichmentJob {
	r.t.Helper()
	by := enrich.Caller{WorkspaceID: r.W.ID, KeyID: r.key.ID, Actor: activity.KeyActor(r.key.ID, r.key.Name)}
	j, _, err := r.bulk.Bulk(context.Background(), by, wire.EnrichRecords{IDs: ids, Channels: []wire.Channel{wire.Phone}})
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// work does the job to its end.
func (r *rig) work(id string) {
	r.t.Helper()
	ctx := context.Background()
	j, err := r.bulk.Find(ctx, r.W.ID, id)
	if err != nil {
		r.t.Fatal(err)
	}
	for n := range j.Chunks() {
		args, _ := json.Marshal(enrich.Chunk{WorkspaceID: r.W.ID, JobID: id, Number: n})
		if err := r.bulk.Work(ctx, nil, args); err != nil {
			r.t.Fatal(err)
		}
	}
}

var (
	rows  = regexp.MustCompile(`(?s)<tr>(.*?)</tr>`)
	tags  = regexp.MustCompile(`(?s)<[^>]*>`)
	space = regexp.MustCompile(`\s+`)
)

// lines returns the texts of the rows of a table of the page.
func lines(t *testing.T, body, id string) (out []string) {
	t.Helper()
	_, after, found := strings.Cut(body, `<table id="`+id+`">`)
	if !found {
		t.Fatalf("there is no table %s in:\n%s", id, body)
	}
	text, _, _ := strings.Cut(after, "</table>")
	for _, r := range rows.FindAllStringSubmatch(text, -1)[1:] {
		out = append(out, strings.TrimSpace(space.ReplaceAllString(tags.ReplaceAllString(r[1], " "), " ")))
	}
	return out
}

func TestRoles(t *testing.T) {
	r := setup(t)
	j := r.start(r.ids...)
	r.server.Roles(map[string]workspaces.Role{jobpages.Path: workspaces.Operator, jobpages.Path + "/" + j.ID: workspaces.Operator})
	for _, change := range []string{"/cancel", "/retry"} {
		if status, _ := r.server.As(workspaces.Viewer).Post(jobpages.Path+"/"+j.ID+change, nil); status != http.StatusForbidden {
			t.Errorf("%s as a viewer: %d", change, status)
		}
	}
}

func TestJobWithItsRecords(t *testing.T) {
	r := setup(t)
	j := r.start(r.ids[0], "ghost", r.ids[1])
	b := r.server.As(workspaces.Operator)
	if _, body := b.Get(jobpages.Path + "/" + j.ID); !strings.Contains(body, `hx-trigger="every 3s"`) || !strings.Contains(body, "Waiting") {
		t.Errorf("a job that waits does not renew itself: %s", body)
	}
	r.work(j.ID)
	_, body := b.Get(jobpages.Path)
	if got := lines(t, body, "jobs"); len(got) != 1 || !strings.Contains(got[0], "Done 3 people bot &lt;script&gt;alert(1)&lt;/script&gt; 3 0 2 1 0") {
		t.Errorf("the list has %q", got)
	}
	_, body = b.Get(jobpages.Path + "/" + j.ID)
	got := lines(t, body, "records")
	if len(got) != 3 || !strings.HasPrefix(got[0], "Ada &lt;script&gt;alert(1)&lt;/script&gt; missed") || !strings.HasPrefix(got[1], "ghost failed There is no such lead") ||
		!strings.HasPrefix(got[2], "bob@example.com missed") {
		t.Errorf("its records are %q", got)
	}
	if strings.Contains(body, evil) || strings.Contains(body, "hx-trigger") {
		t.Errorf("the page holds a script, or renews itself though nothing changes: %s", body)
	}
	_, body = b.Get(jobpages.Path + "/" + j.ID + "?outcome=failed")
	if got := lines(t, body, "records"); len(got) != 1 || !strings.HasPrefix(got[0], "ghost") {
		t.Errorf("what failed is %q", got)
	}
}

func TestRetryShowsThePriceFirst(t *testing.T) {
	r := setup(t)
	j := r.start("ghost", r.ids[0])
	r.work(j.ID)
	b := r.server.As(workspaces.Operator)
	path := jobpages.Path + "/" + j.ID + "/retry"
	if status, body := b.Get(path + "?outcome=failed"); status != http.StatusOK || !strings.Contains(body, "Costs at most") || !strings.Contains(body, "Begin the new job") {
		t.Fatalf("the price: %d %s", status, body)
	}
	if list, err := r.bulk.Jobs(context.Background(), r.W.ID, enrich.JobFilter{}); err != nil || len(list) != 1 {
		t.Fatalf("looking at the price made a job: %d, %v", len(list), err)
	}
	status, body := b.Post(path, url.Values{"outcome": {"failed"}})
	if status != http.StatusOK || !strings.Contains(body, "A new job was begun over 1 record.") || !strings.Contains(body, "an earlier job") {
		t.Errorf("the retry: %d %s", status, body)
	}
	if status, body = b.Post(path, url.Values{"outcome": {"failed"}}); status != http.StatusConflict || !strings.Contains(body, "being retried already") {
		t.Errorf("another retry: %d %s", status, body)
	}
	log := r.Log(r.W, activity.EnrichmentJobCreated)
	if len(log) != 2 || log[0].Actor.Name != "operator@example.com" || log[0].Detail["retry_of"] != j.ID {
		t.Errorf("the log has %+v", log)
	}
	if _, err := r.Keys.Revoke(context.Background(), activity.OperatorActor("root"), r.W.ID, r.key.ID); err != nil {
		t.Fatal(err)
	}
	if status, body = b.Get(path + "?outcome=failed"); status != http.StatusConflict || !strings.Contains(body, "The API key of the job was revoked.") {
		t.Errorf("with a dead key: %d %s", status, body)
	}
}

func TestCancel(t *testing.T) {
	r := setup(t)
	j := r.start(r.ids...)
	b := r.server.As(workspaces.Operator)
	path := jobpages.Path + "/" + j.ID
	b.Get(path)
	if status, body := b.Post(path+"/cancel", nil); status != http.StatusOK || !strings.Contains(body, "The job was canceled.") || !strings.Contains(body, "Go on with 2 records not begun") {
		t.Errorf("cancel: %d %s", status, body)
	}
	if _, body := b.Post(path+"/cancel", nil); !strings.Contains(body, "not begun") {
		t.Errorf("cancel again: %s", body)
	}
	if log := r.Log(r.W, activity.EnrichmentJobCanceled); len(log) != 1 || log[0].Actor.Name != "operator@example.com" {
		t.Errorf("the log has %+v", log)
	}
}

func TestAnotherWorkspaceSeesNothing(t *testing.T) {
	r := setup(t)
	j := r.start(r.ids...)
	r.server.Workspace = r.Other
	b := r.server.As(workspaces.Admin)
	if _, body := b.Get(jobpages.Path); !strings.Contains(body, "No jobs yet") {
		t.Errorf("the list: %s", body)
	}
	for _, path := range []string{"", "/retry?outcome=failed"} {
		if status, _ := b.Get(jobpages.Path + "/" + j.ID + path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	b.Get(jobpages.Path)
	for _, path := range []string{"/cancel", "/retry"} {
		if status, _ := b.Post(jobpages.Path+"/"+j.ID+path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if now, err := r.bulk.Find(context.Background(), r.W.ID, j.ID); err != nil || now.State != wire.JobPending || now.Stop != "" {
		t.Errorf("the job is %+v, %v", now, err)
	}
}

func TestPagesOfJobsAndRecords(t *testing.T) {
	r := setup(t)
	var ids []string
	for i := range 120 {
		ids = append(ids, fmt.Sprintf("ghost%03d", i))
	}
	big := r.start(ids...)
	for range 60 {
		r.start("ghost")
	}
	b := r.server.As(workspaces.Operator)
	_, body := b.Get(jobpages.Path)
	seen := len(lines(t, body, "jobs"))
	next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
	if seen != 50 || next == nil {
		t.Fatalf("%d jobs, then %v", seen, next)
	}
	_, body = b.Get(next[1])
	if got := lines(t, body, "jobs"); len(got) != 11 || strings.Contains(body, `rel="next"`) {
		t.Errorf("the second page has %d jobs", len(got))
	}
	var all []string
	for path := jobpages.Path + "/" + big.ID; path != ""; {
		_, body = b.Get(path)
		all = append(all, lines(t, body, "records")...)
		path = ""
		if next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body); next != nil {
			path = next[1]
		}
	}
	if len(all) != 120 || !strings.HasPrefix(all[0], "ghost000") || !strings.HasPrefix(all[119], "ghost119") {
		t.Errorf("%d records", len(all))
	}
	if status, _ := b.Get(jobpages.Path + "/" + big.ID + "?from=nonsense"); status != http.StatusBadRequest {
		t.Errorf("a cursor of ours it is not: %d", status)
	}
}
