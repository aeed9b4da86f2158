package keypages

import (
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/token"
)

// listView is the list of keys.
type listView struct {
	Filter filter
	Rows   []keys.Key // of this page
	Found  int        // on all pages
	Counts map[keys.Status]int
	Makers []string // everybody who made a key
	Now    time.Time
	Paused bool // the plan includes no keys
}

// newList returns the page that f asks for.
func newList(all []keys.Key, f filter, now time.Time, paused bool) listView {
	found := f.narrow(all, now)
	last := max(1, (len(found)+perPage-1)/perPage)
	f.Page = min(f.Page, last)
	first := (f.Page - 1) * perPage
	v := listView{Filter: f, Rows: found[first:min(first+perPage, len(found))], Found: len(found), Counts: map[keys.Status]int{}, Now: now, Paused: paused}
	for _, k := range all {
		v.Counts[k.Status(now)]++
		if !slices.Contains(v.Makers, k.CreatedBy) {
			v.Makers = append(v.Makers, k.CreatedBy)
		}
	}
	slices.Sort(v.Makers)
	return v
}

func (v listView) all() int {
	return v.Counts[keys.Active] + v.Counts[keys.Expired] + v.Counts[keys.Revoked]
}

// last reports whether no page follows.
func (v listView) last() bool { return v.Filter.Page*perPage >= v.Found }

// revocable counts the keys of this page that are not revoked.
func (v listView) revocable() (n int) {
	for _, k := range v.Rows {
		if k.RevokedAt.IsZero() {
			n++
		}
	}
	return n
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "API keys", Lead: "A key lets a program or an agent use this workspace, with exactly the permissions you give it.", Body: listBody(v)}
}

// list shows the keys. Whoever pastes a whole key to find out which one it is is led to its public id, so that the secret stays in no address.
func (p pages) list(r *ui.Request) error {
	f := parseFilter(r.URL.Query())
	if secret, err := token.Parse(f.Text); err == nil {
		f.Text, f.Status = secret.ID(), anyStatus
		return r.Redirect(string(link(f.query())))
	}
	all, now, err := p.Keys.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	return r.Page(newList(all, f, now, !r.Workspace.Plan.AllowsKeys()).page())
}

// ariaSort says for screen readers how the column is sorted.
func (v listView) ariaSort(heading []column) string {
	switch {
	case !slices.ContainsFunc(heading, func(c column) bool { return c.name == v.Filter.Sort }):
		return "none"
	case v.Filter.Down:
		return "descending"
	}
	return "ascending"
}
