package icppages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
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
