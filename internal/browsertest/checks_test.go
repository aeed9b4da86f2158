package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// bad is a page that does all that the checks are there to find.
const bad = `<!DOCTYPE html><html lang="en"><head><title>Bad</title><script src="/bad.js"></script></head><body><main><h1>Bad</h1>
<p style="width: 3000px">wide</p><input type="text"><img src="x" onerror="alert(1)"><font color="#dddddd">faint</font></main></body></html>`

// TestTheChecksCanFail shows each check a page that it must refuse.
func TestTheChecksCanFail(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/policy":
			w.Header().Set("Content-Security-Policy", "script-src 'self'; style-src 'self'")
			fallthrough
		case "/open":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, bad)
		case "/bad.js":
			fmt.Fprint(w, `throw new Error("thrown")`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	b := newTab(t)
	b.look(views[0])

	b.do(chromedp.Navigate(server.URL + "/open"))
	b.noted("a dialog: 1", "thrown", "404")
	if what := eval[string](b, tooWide); !strings.Contains(what, "3000px") {
		t.Errorf("the wide page: %q", what)
	}
	var found []string
	for _, v := range b.violations("") {
		found = append(found, v.ID)
	}
	if !slices.Contains(found, "label") || !slices.Contains(found, "color-contrast") || !slices.Contains(found, "image-alt") {
		t.Errorf("axe found %v", found)
	}

	b.do(chromedp.Navigate(server.URL + "/policy"))
	b.noted("policy: script-src-attr", "policy: style-src-attr", "thrown", "404")
}

// noted waits until each of the texts was noted since it was asked last, and forgets them.
func (b *tab) noted(want ...string) {
	b.t.Helper()
	var missing []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if missing = b.lacks(want); len(missing) == 0 {
			return
		}
	}
	b.t.Fatalf("not noted: %q", missing)
}

// lacks returns the texts that were not noted yet; it forgets all notes when there are none.
func (b *tab) lacks(want []string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := strings.Join(b.faults, "\n")
	missing := slices.DeleteFunc(slices.Clone(want), func(text string) bool { return strings.Contains(all, text) })
	if len(missing) == 0 {
		b.faults = nil
	}
	return missing
}
