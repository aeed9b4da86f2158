package keypages

import (
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
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

// options of the filter's drop-downs.

func (v listView) statusOptions() []ui.Option {
	out := []ui.Option{}
	for _, s := range []string{string(keys.Active), string(keys.Expired), string(keys.Revoked), anyStatus} {
		out = append(out, ui.Option{Value: s, Label: statusTitle(keys.Status(s)), Chosen: s == v.Filter.Status})
	}
	return out
}

func statusTitle(s keys.Status) string {
	return map[keys.Status]string{keys.Active: "Active", keys.Expired: "Expired", keys.Revoked: "Revoked", anyStatus: "All"}[s]
}

func statusTone(s keys.Status) string {
	return map[keys.Status]string{keys.Active: "good", keys.Expired: "warn", keys.Revoked: "bad"}[s]
}

func (v listView) scopeOptions() []ui.Option {
	out := []ui.Option{{Label: "Every scope"}}
	for _, p := range append(scope.Presets(), scope.Custom) {
		out = append(out, ui.Option{Value: string(p), Label: p.Title(), Chosen: p == v.Filter.Scope})
	}
	return out
}

func (v listView) makerOptions() []ui.Option {
	out := []ui.Option{{Label: "Everybody"}}
	if by := v.Filter.By; by != "" && !slices.Contains(v.Makers, by) {
		out = append(out, ui.Option{Value: by, Label: by, Chosen: true})
	}
	for _, m := range v.Makers {
		out = append(out, ui.Option{Value: m, Label: m, Chosen: m == v.Filter.By})
	}
	return out
}

func (v listView) badgeOptions() []ui.Option {
	out := []ui.Option{{Label: "Any"}}
	for _, b := range []badge{stale, expiring, unused} {
		out = append(out, ui.Option{Value: string(b), Label: b.choice(), Chosen: b == v.Filter.Badge})
	}
	return out
}

// ariaSort says for screen readers how the column is sorted.
func (v listView) ariaSort(column string) string {
	switch {
	case v.Filter.Sort != column:
		return "none"
	case v.Filter.Down:
		return "descending"
	}
	return "ascending"
}
