package ui_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/a-h/templ"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

func TestStorybookRefuses(t *testing.T) {
	with := func(names ...string) (out []ui.Story) {
		for _, n := range names {
			out = append(out, ui.Story{Name: n, Page: ui.Page{Title: n, Body: templ.NopComponent}})
		}
		return out
	}
	for name, stories := range map[string][]ui.Story{
		"none": nil, "two of one name": with("things/a", "things/a"), "no state": with("things"), "a path": with("things/../x"), "the frame's": with("frame/parts"),
	} {
		if _, err := ui.NewStorybook([]ui.Area{{Name: "Things", Stories: func() []ui.Story { return stories }}}); err == nil {
			t.Errorf("%s: the stories were taken", name)
		}
	}
	if _, err := ui.NewStorybook([]ui.Area{{Name: "Things"}}); err == nil {
		t.Error("an area without stories was taken")
	}
}

func TestStorybookServes(t *testing.T) {
	b, err := ui.NewStorybook(nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/": http.StatusOK, b.Path("frame/parts"): http.StatusOK, b.Path("frame/none"): http.StatusNotFound, "/admin/keys": http.StatusNoContent, ui.Asset("app.js"): http.StatusOK,
	} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("GET %s: %d, want %d; policy %q", path, w.Code, want, w.Header().Get("Content-Security-Policy"))
		}
	}
}
