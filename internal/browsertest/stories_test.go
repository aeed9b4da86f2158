package browsertest

import (
	"fmt"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	removePrograms()
	os.Exit(code)
}

// TestStories looks at every page in each of its states, in light, in dark and on a phone. The stories hold hostile texts (package storybook sees to
// that): none may run, and the policy may find nothing to refuse, for it is the second wall and not the first.
func TestStories(t *testing.T) {
	book, err := ui.NewStorybook(adminui.Areas(adminui.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(book)
	t.Cleanup(server.Close)
	const tabs = 2 // a new one for each story would cost more than the story
	for i := range tabs {
		t.Run(fmt.Sprintf("tab %d", i), func(t *testing.T) {
			t.Parallel()
			b := newTab(t)
			b.look(views[0])
			for n, name := range book.Names() {
				if n%tabs == i {
					t.Run(name, func(t *testing.T) {
						b.t = t
						b.open(server.URL + book.Path(name))
						b.inspect(name, views...)
					})
				}
			}
		})
	}
}

// inspect looks at the page that is shown in the views.
func (b *tab) inspect(name string, in ...view) {
	b.t.Helper()
	for _, v := range in {
		where := name + "-" + v.name
		b.look(v)
		b.snap(where)
		b.accessible(where, v.rules)
		b.fits(where)
		b.clean(where)
	}
	b.look(views[0])
}
