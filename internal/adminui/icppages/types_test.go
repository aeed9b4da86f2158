package icppages_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestSignalTypes(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Manager)
	if _, body := b.Get(base + "/signal-types"); strings.Count(body, `<th scope="row">`) < 40 {
		t.Error("the types that are built in are not listed")
	}
	path := base + "/signal-types/hiring"
	_, body := b.Get(path)
	f := uitest.Form(t, body, path)
	if status, _ := b.Post(path, f); status != http.StatusOK || w.get().Version != 0 {
		t.Errorf("unchanged: %d, version %d", status, w.get().Version)
	}
	f.Set("autoqualify", "on")
	f.Set("weight", "77")
	f.Del("enabled")
	if status, _ := b.Post(path, f); status != http.StatusOK {
		t.Errorf("changed: %d", status)
	}
	got := w.get().SignalTypes["hiring"]
	if *got.Enabled || !*got.Autoqualify || *got.Weight != 77 {
		t.Errorf("hiring = %+v", got)
	}
	for name, value := range map[string]string{"weight": "101", "credit_cost": "lots"} {
		_, body := b.Get(path)
		f := uitest.Form(t, body, path)
		f.Set(name, value)
		if status, body := b.Post(path, f); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-`+name+`" class="error"`) {
			t.Errorf("%s %s: %d\n%s", name, value, status, body)
		}
	}
	b.Get(path)
	if status, _ := b.Post(path+"/remove", url.Values{"confirm": {"hiring"}}); status != http.StatusConflict {
		t.Errorf("a type that is built in is removed: %d", status)
	}
	_, body = b.Get(path)
	f = uitest.Form(t, body, path)
	w.set(wire.UpdateSettings{SignalTypes: []byte(`{"hiring":{"weight":5}}`)})
	f.Set("weight", "9")
	if status, body := b.Post(path, f); status != http.StatusConflict || uitest.Form(t, body, path).Get("weight") != "9" || *w.get().SignalTypes["hiring"].Weight != 5 {
		t.Errorf("changed meanwhile: %d\n%s", status, body)
	}
}

func TestTypesOfTheWorkspace(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Manager)
	path := base + "/new-signal-type"
	make := func(name string) (int, string) {
		_, body := b.Get(path)
		f := uitest.Form(t, body, path)
		f.Set("name", name)
		f.Set("about", "About "+evil)
		f.Set("class", "zero_party")
		return b.Post(path, f)
	}
	if status, body := make("own.one-1"); status != http.StatusOK || strings.Contains(body, evil) {
		t.Errorf("%d\n%s", status, body)
	}
	if got := w.get().SignalTypes["own.one-1"]; got.Class != "zero_party" || got.About != "About "+evil || !*got.Enabled {
		t.Errorf("own = %+v", got)
	}
	for name, says := range map[string]string{"own.one-1": "already", "hiring": "already", "Bad Name": "beginning with a letter", "": "must be given"} {
		if status, body := make(name); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-name" class="error"`) || !strings.Contains(body, says) {
			t.Errorf("%q: %d", name, status)
		}
	}
	one := base + "/signal-types/own.one-1"
	b.Get(one)
	if status, _ := b.Post(one+"/remove", url.Values{"confirm": {"x"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without its name: %d", status)
	}
	if status, _ := b.Post(one+"/remove", url.Values{"confirm": {"own.one-1"}}); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if _, there := w.get().SignalTypes["own.one-1"]; there {
		t.Error("it is still there")
	}
}

func TestEngagement(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Manager)
	path := base + "/engagement"
	_, body := b.Get(path)
	f := uitest.Form(t, body, path)
	if status, _ := b.Post(path, f); status != http.StatusOK || w.get().Version != 0 {
		t.Errorf("unchanged: %d, version %d", status, w.get().Version)
	}
	send := func(values map[string]string) (int, string) {
		_, body := b.Get(path)
		f := uitest.Form(t, body, path)
		for name, value := range values {
			f.Set(name, value)
		}
		return b.Post(path, f)
	}
	if status, body := send(map[string]string{"warm": "30", "half_life_days": "7", "source_weights": "crm: 200\r\nzero_party: 150%\r\n https://a.example : 50"}); status != http.StatusOK || !strings.Contains(body, "<td class=\"num\">0 to 29</td>") {
		t.Errorf("%d\n%s", status, body)
	}
	e := w.get().Engagement
	if d := cmp.Diff(map[string]int64{"crm": 200, "zero_party": 150, "https://a.example": 50}, e.SourceWeights); d != "" || e.Stages.Warm != 30 || *e.HalfLifeDays != 7 {
		t.Errorf("%+v %s", e, d)
	}
	if status, _ := send(map[string]string{"source_weights": "crm: 10", "half_life_days": ""}); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if e = w.get().Engagement; len(e.SourceWeights) != 1 || e.SourceWeights["crm"] != 10 || *e.HalfLifeDays != 14 {
		t.Errorf("%+v", e)
	}
	version := w.get().Version
	for name, value := range map[string]string{"hot": "60", "warm": "x", "in_market": "0", "half_life_days": "400", "source_weights": "no colon"} {
		if status, body := send(map[string]string{name: value}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-`+name+`" class="error"`) || uitest.Form(t, body, path).Get(name) != value {
			t.Errorf("%s %s: %d\n%s", name, value, status, body)
		}
	}
	if status, body := send(map[string]string{"source_weights": "crm: 1000"}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-source_weights" class="error"`) {
		t.Errorf("too heavy a source: %d", status)
	}
	if w.get().Version != version {
		t.Error("something was saved")
	}
}

// nobody listens to audiences.
type nobody struct{}

func (nobody) Changed(context.Context, string, []audiences.Event) error { return nil }

// TestStagesAreCounted by the scores that records have now, for the thresholds in the form.
func TestStagesAreCounted(t *testing.T) {
	w := setup(t)
	w.companies()
	w.set(wire.UpdateSettings{SignalTypes: []byte(`{"hiring":{"weight":50}}`)})
	ctx := context.Background()
	if _, _, err := signals.New(w.DB).Push(ctx, w.W.ID, activity.PersonActor("ann@example.com"), wire.PushSignal{
		SignalType: "hiring", Source: "board", OccurredAt: time.Now().Add(-time.Hour), Identity: wire.Identity{CompanyDomain: "large.example"}}); err != nil {
		t.Fatal(err)
	}
	keeper := audiences.NewKeeper(audiences.KeeperConfig{Store: w.DB, Listener: nobody{}, Model: func(ctx context.Context, workspaceID string) (engagement.Model, error) {
		s, err := w.settings.Scoring(ctx, workspaceID)
		return s.Engagement, err
	}})
	if err := keeper.Settle(ctx, w.W.ID); err != nil {
		t.Fatal(err)
	}
	b := w.As(workspaces.Manager)
	path := base + "/engagement"
	_, body := b.Get(path)
	rows := regexp.MustCompile(`(?s)<th scope="row">([^<]*)</th>\s*<td class="num">([^<]*)</td>\s*<td class="num">([^<]*)</td>\s*<td class="num">([^<]*)</td>\s*</tr>`)
	is := func(body string, want ...string) {
		t.Helper()
		var got []string
		for _, m := range rows.FindAllStringSubmatch(body, -1) {
			got = append(got, strings.Join(m[1:], " "))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d, body)
		}
	}
	is(body, "Cool 0 to 39 3 2", "Warm 40 to 64 1 0", "In market 65 to 84 0 0", "Hot 85 to 100 0 0")
	f := uitest.Form(t, body, path)
	f.Set("warm", "10")
	f.Set("in_market", "20")
	f.Set("hot", "50")
	_, part := b.Post(path+"/preview", f)
	is(part, "Cool 0 to 9 3 2", "Warm 10 to 19 0 0", "In market 20 to 49 0 0", "Hot 50 to 100 1 0")
	if strings.Contains(part, "<html") {
		t.Error("the part is a whole page")
	}
	b.Get(path)
	f.Set("do", "preview")
	_, body = b.Post(path, f)
	is(body, "Cool 0 to 9 3 2", "Warm 10 to 19 0 0", "In market 20 to 49 0 0", "Hot 50 to 100 1 0")
	if w.get().Engagement.Stages.Warm != 40 || uitest.Form(t, body, path).Get("warm") != "10" {
		t.Error("a preview saved, or what was typed is lost")
	}
	for name, value := range map[string]string{"warm": evil, "hot": "20", "in_market": "", "half_life_days": "0"} {
		f := uitest.Form(t, body, path)
		f.Set(name, value)
		if _, part := b.Post(path+"/preview", f); !strings.Contains(part, "Cannot be told yet") || strings.Contains(part, evil) {
			t.Errorf("%s %s: %s", name, value, part)
		}
	}
}
