package activitypages_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/adminui/activitypages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	background = context.Background()
	start      = time.Date(2027, 2, 27, 10, 0, 0, 0, time.UTC)
)

// bench is the pages over a real store.
type bench struct {
	*uitest.Server
	t     *testing.T
	db    *store.DB
	chain *chain.Service
	w     workspaces.Workspace
}

func newBench(t *testing.T, wrap func(*chain.Service) activitypages.Chain) *bench {
	t.Helper()
	db, err := store.Open(background, store.Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{1}, keys.MinPepper)})
	if err != nil {
		t.Fatal(err)
	}
	now := func(context.Context) (time.Time, error) { return start, nil }
	w, err := workspaces.NewService(db, now).Create(background, activity.OperatorActor("root"), "Acme", workspaces.Pro, "")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db, w: w, chain: chain.New(chain.Config{Store: db, Keys: ring, Now: now})}
	b.Server = uitest.Serve(t, w, activitypages.New(activitypages.Config{Log: db, Chain: wrap(b.chain)}))
	return b
}

func plain(s *chain.Service) activitypages.Chain { return s }

func (b *bench) record(hours int, actor activity.Actor, action activity.Action, object string, detail map[string]string) {
	b.t.Helper()
	ctx := activity.WithSource(background, activity.Source{Door: activity.DoorMCP, Address: "192.0.2.7"})
	e := activity.New(b.w.ID, start.Add(time.Duration(hours)*time.Hour), actor, action, strings.Split(string(action), ".")[0], object, detail)
	if err := b.db.Workspace(b.w.ID).Record(ctx, e); err != nil {
		b.t.Fatal(err)
	}
}

// holds fails the test unless the text has each of the parts; those that begin with "!" must be missing.
func holds(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		p, not := strings.CutPrefix(p, "!")
		if strings.Contains(text, p) == not {
			t.Errorf("%s: holds %q: %t", what, p, !not)
		}
	}
}

func TestWhoMayRead(t *testing.T) {
	s := newBench(t, plain)
	for role, want := range map[workspaces.Role]int{workspaces.Viewer: 403, workspaces.Operator: 403, workspaces.Manager: 200, workspaces.Admin: 200} {
		b := s.As(role)
		for _, path := range []string{"/admin/activity", "/admin/activity/export?format=csv"} {
			if got, _ := b.Get(path); got != want {
				t.Errorf("%s as %s: %d, want %d", path, role, got, want)
			}
		}
		b.Get("/admin/activity")
		if got, _ := b.Post("/admin/activity/verify", nil); got != want {
			t.Errorf("verify as %s: %d, want %d", role, got, want)
		}
	}
}

func TestEntriesAreSentences(t *testing.T) {
	s := newBench(t, plain)
	s.record(1, activity.PersonActor("ann@example.com"), activity.KeyRevoked, "a1b2c3d4", map[string]string{"name": "Nightly"})
	s.record(2, activity.KeyActor("0badcafe", "Agent <b>"), activity.SignalsPushed, "", map[string]string{"created": "3", "source": "<script>alert(1)</script>"})
	s.record(3, activity.OperatorActor("root"), activity.WorkspaceUpdated, s.w.ID, map[string]string{"plan": "team", "plan_before": "pro"})
	_, body := s.As(workspaces.Admin).Get("/admin/activity")
	holds(t, "the page", body, "ann@example.com", "revoked key Nightly (unstuck_***_a1b2c3d4)", `href="/admin/keys/0badcafe"`, "API key", "unstuck_***_0badcafe",
		"Agent &lt;b&gt;", "pushed signals from &lt;script&gt;", "!<script>alert", "<del><bdi>pro</bdi></del>", "<ins><bdi>team</bdi></ins>", "MCP", "192.0.2.7", "made the workspace Acme", "!Older")
	if strings.Index(body, "changed the workspace") > strings.Index(body, "revoked key") {
		t.Error("the newest is not first")
	}
	_, body = s.As(workspaces.Manager).Get("/admin/activity")
	holds(t, "as manager", body, "unstuck_***_0badcafe", "!/admin/keys/0badcafe")
}

func TestFilterAndPages(t *testing.T) {
	s := newBench(t, plain)
	for i := range 120 {
		s.record(i, activity.KeyActor(fmt.Sprintf("0000000%d", i%2), "bot"), activity.KeyRevoked, fmt.Sprint("k", i), map[string]string{"name": fmt.Sprintf("key-%03d.", i)})
	}
	b, path, seen := s.As(workspaces.Manager), "/admin/activity?actor=00000001&action=key.*&from=2027-02-27T12:00", 0
	for path != "" {
		status, body := b.Get(path)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		seen += strings.Count(body, "revoked key")
		holds(t, path, body, "!key-001.", "!key-002.", `value="00000001"`, `<option value="key.*" selected>`)
		path = ""
		if _, rest, found := strings.Cut(body, `<a href="/admin/activity?action`); found {
			href, _, _ := strings.Cut(rest, `"`)
			path = strings.ReplaceAll("/admin/activity?action"+href, "&amp;", "&")
		}
	}
	if seen != 59 {
		t.Errorf("saw %d entries, want 59", seen)
	}
	s.record(1, activity.PersonActor("ann@example.com"), activity.KeyRevoked, "k", map[string]string{"name": "by-ann."})
	for query, part := range map[string]string{
		"actor=Ann@Example.COM": "by-ann.", "actor=unstuck_***_00000001&object=k7": "key-007.",
		"from=soon": "Write a time such as", "from=2027-02-01&to=2027-01-01": "Must be later", "actor=nobody": "Nothing matches", "before=unknown": "Nothing older",
		"type=key&object=k7": "key-007.", "to=2027-02-27T09:59:59": "Nothing matches", "action=later.thing": "later.thing",
	} {
		_, body := b.Get("/admin/activity?" + query)
		holds(t, query, body, part)
	}
}

func TestCheckOnThePage(t *testing.T) {
	s := newBench(t, plain)
	s.record(1, activity.PersonActor("ann@example.com"), activity.KeyRevoked, "a1b2c3d4", nil)
	b := s.As(workspaces.Admin)
	b.Get("/admin/activity")
	_, body := b.Post("/admin/activity/verify", nil)
	holds(t, "intact", body, "The log is intact: 2 entries", "number 2 with hash", "revoked key")
	token := body[strings.Index(body, `name="_token" value="`)+21:]
	req, _ := http.NewRequest("POST", s.URL+"/admin/activity/verify", strings.NewReader(url.Values{ui.TokenField: {token[:strings.IndexByte(token, '"')]}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("HX-Request", "true")
	res, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	part, _ := io.ReadAll(res.Body)
	holds(t, "the part", string(part), "The log is intact", "!<html", "!revoked key")
	if err := s.db.Tx(background, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DROP TRIGGER activity_stays`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE activity SET actor_name = 'bob@example.com' WHERE action = 'key.revoked'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	_, body = b.Post("/admin/activity/verify", url.Values{ui.TokenField: {token[:strings.IndexByte(token, '"')]}})
	holds(t, "tampered", body, "The log is not intact.", "number 2 is not what was written", `role="alert"`)
}

func TestExport(t *testing.T) {
	s := newBench(t, plain)
	s.record(1, activity.PersonActor("=cmd"), activity.KeyRevoked, "a1b2c3d4", map[string]string{"name": "x"})
	b := s.As(workspaces.Admin)
	get := func(query string) (*http.Response, string) {
		res, err := b.Client.Get(s.URL + "/admin/activity/export?" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(body)
	}
	res, text := get("format=csv&action=key.revoked")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "'=cmd" || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		!strings.HasPrefix(res.Header.Get("Content-Disposition"), `attachment; filename="activity-acme-`) || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("CSV: %v %v %v", rows, err, res.Header)
	}
	res, text = get("format=ndjson")
	f, err := s.chain.VerifyFile(background, strings.NewReader(text), s.w.ID)
	if err != nil || !f.Intact || f.Entries != 2 || res.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("JSON Lines: %+v, %v, %v", f, err, res.Header)
	}
	if res, text = get("format=ndjson&actor=nobody"); res.StatusCode != 200 || text != "" || res.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("nothing: %d %q", res.StatusCode, text)
	}
	for query, want := range map[string]int{"format=xml": 422, "": 422, "format=csv&from=x": 400} {
		if res, text = get(query); res.StatusCode != want || !strings.Contains(text, "<html") {
			t.Errorf("%s: %d, want %d", query, res.StatusCode, want)
		}
	}
}

// breaking fails within an export.
type breaking struct{ activitypages.Chain }

func (breaking) Export(_ context.Context, w io.Writer, _ string, _ chain.Format, _ activity.Filter) (int64, error) {
	_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<16))
	return 1, io.ErrUnexpectedEOF
}

func TestHalfAnExportDoesNotLookWhole(t *testing.T) {
	s := newBench(t, func(c *chain.Service) activitypages.Chain { return breaking{c} })
	res, err := s.As(workspaces.Admin).Client.Get(s.URL + "/admin/activity/export?format=csv")
	if err == nil {
		defer res.Body.Close()
		_, err = io.ReadAll(res.Body)
	}
	if err == nil {
		t.Error("the file looks whole")
	}
}

func TestStories(t *testing.T) {
	book, err := ui.NewStorybook([]ui.Area{activitypages.New(activitypages.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range book.Names() {
		holds(t, name, book.HTML(name), "!<script>alert", "!<img src=x", "!<svg onload")
	}
	holds(t, "hostile", book.HTML("activity/hostile"), "&lt;script&gt;alert")
}
