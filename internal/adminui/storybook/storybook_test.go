package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

func book(t *testing.T) *ui.Storybook {
	t.Helper()
	b, err := ui.NewStorybook(adminui.Areas(adminui.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// elements calls f with each element of a story.
func elements(t *testing.T, story string, f func(n *html.Node, attrs map[string]string)) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(story))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			attrs := map[string]string{}
			for _, a := range n.Attr {
				attrs[a.Key] = a.Val
			}
			f(n, attrs)
		}
	}
}

// TestMarkup holds every story to what the policy allows and what makes ids and headings useful.
func TestMarkup(t *testing.T) {
	b := book(t)
	for _, name := range b.Names() {
		ids, headings := map[string]bool{}, 0
		elements(t, b.HTML(name), func(n *html.Node, attrs map[string]string) {
			for key, value := range attrs {
				if strings.HasPrefix(key, "on") || strings.HasPrefix(key, "hx-on") || key == "style" || key == "srcdoc" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "javascript:") && (key == "href" || key == "action" || key == "src") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, key, value)
				}
			}
			if (n.Data == "script" && attrs["src"] == "" && attrs["type"] != "application/json") || n.Data == "style" || n.Data == "iframe" {
				t.Errorf("%s: an inline <%s>", name, n.Data)
			}
			if id := attrs["id"]; id != "" && ids[id] {
				t.Errorf("%s: two elements have the id %q", name, id)
			} else {
				ids[id] = true
			}
			if n.Data == "h1" {
				headings++
			}
		})
		if headings != 1 {
			t.Errorf("%s: %d headings of the page, want 1", name, headings)
		}
	}
}

// TestFormsCarryTheirToken finds forms that the site would refuse.
func TestFormsCarryTheirToken(t *testing.T) {
	b := book(t)
	for _, name := range b.Names() {
		elements(t, b.HTML(name), func(n *html.Node, attrs map[string]string) {
			if n.Data != "form" || !strings.EqualFold(attrs["method"], "post") {
				return
			}
			for child := range n.Descendants() {
				for _, a := range child.Attr {
					if a.Key == "name" && a.Val == ui.TokenField {
						return
					}
				}
			}
			t.Errorf("%s: the form to %q has no token", name, attrs["action"])
		})
	}
}

// TestEveryAreaShowsHostileTexts keeps the check of the stories in a browser from passing because nothing hostile was shown.
func TestEveryAreaShowsHostileTexts(t *testing.T) {
	hostile := regexp.MustCompile(`&lt;(script|img|svg|iframe)`)
	for _, a := range adminui.Areas(adminui.Config{}) {
		b, err := ui.NewStorybook([]ui.Area{a})
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		for _, s := range a.Stories() {
			_, body, _ := strings.Cut(b.HTML(s.Name), "<main")
			shown = shown || hostile.MatchString(body)
		}
		if !shown {
			t.Errorf("no story of %q shows a hostile text", a.Name)
		}
	}
}

// firstLoad is the most that a browser loads with its first page, in bytes as sent.
const firstLoad = 150 << 10

func TestFirstLoad(t *testing.T) {
	b := book(t)
	for _, name := range b.Names() {
		total := zipped(t, []byte(b.HTML(name)))
		elements(t, b.HTML(name), func(n *html.Node, attrs map[string]string) {
			if link := attrs["src"] + attrs["href"]; (n.Data == "script" || n.Data == "link") && strings.HasPrefix(link, "/") {
				total += sent(t, b, link)
			}
		})
		if total > firstLoad {
			t.Errorf("%s: %d bytes are loaded, want at most %d", name, total, firstLoad)
		}
	}
}

func zipped(t *testing.T, plain []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func sent(t *testing.T, h http.Handler, path string) int {
	t.Helper()
	r, w := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
	r.Header.Set("Accept-Encoding", "gzip")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("GET %s: %d %v", path, w.Code, w.Header())
	}
	return w.Body.Len()
}

// TestFiles follows the links of the written stories.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	if err := run("", dir); err != nil {
		t.Fatal(err)
	}
	files := []string{"index.html"}
	for _, name := range book(t).Names() {
		files = append(files, filepath.Join("stories", name+".html"))
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		elements(t, string(text), func(n *html.Node, attrs map[string]string) {
			link := attrs["src"] + attrs["href"]
			leads := n.Data == "script" || attrs["rel"] == "stylesheet" || file == "index.html" && n.Data == "a" && link != "#main"
			if _, err := os.Stat(filepath.Join(dir, filepath.Dir(file), filepath.FromSlash(link))); leads && err != nil {
				t.Errorf("%s leads to %q: %v", file, link, err)
			}
		})
	}
}
