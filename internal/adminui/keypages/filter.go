package keypages

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/token"
)

// perPage is how many rows one page shows.
const perPage = 100

// anyStatus asks for keys of every status.
const anyStatus = "any"

// filter is what a list shows and in which order, as its address says. Words that mean nothing are passed over.
type filter struct {
	Status string // of package keys, or anyStatus
	Scope  scope.Preset
	By     string // email of who made the keys, or "operator:..."
	Badge  badge
	Text   string // found in names and public ids
	Sort   string // of columns
	Down   bool
	Page   int // from 1
}

// parseFilter reads the query of an address; by default it shows active keys, the newest first.
func parseFilter(q url.Values) filter {
	f := filter{Status: string(keys.Active), Scope: scope.Preset(q.Get("scope")), By: strings.TrimSpace(q.Get("by")), Badge: badge(q.Get("badge")), Text: strings.TrimSpace(q.Get("q")), Sort: "created", Down: true}
	if s := q.Get("status"); s == anyStatus || slices.Contains(statuses, keys.Status(s)) {
		f.Status = s
	}
	if f.Scope.Title() == "Custom" && f.Scope != scope.Custom {
		f.Scope = ""
	}
	if f.Badge.title() == "" {
		f.Badge = ""
	}
	sort, down := strings.CutPrefix(q.Get("sort"), "-")
	for _, c := range columns {
		if c.name == sort {
			f.Sort, f.Down = sort, down
		}
	}
	f.Page, _ = strconv.Atoi(q.Get("page"))
	f.Page = max(f.Page, 1)
	return f
}

// query is what parseFilter reads back; what is by default is left out.
func (f filter) query() url.Values {
	q := url.Values{}
	set := func(name, value, unless string) {
		if value != unless {
			q.Set(name, value)
		}
	}
	set("status", f.Status, string(keys.Active))
	set("scope", string(f.Scope), "")
	set("by", f.By, "")
	set("badge", string(f.Badge), "")
	set("q", f.Text, "")
	set("sort", f.order(), "-created")
	set("page", strconv.Itoa(f.Page), "1")
	return q
}

func (f filter) order() string {
	if f.Down {
		return "-" + f.Sort
	}
	return f.Sort
}

// sorted returns f with the order that a click on the column's heading asks for, on the first page.
func (f filter) sorted(column string) filter {
	f.Down = f.Sort == column && !f.Down
	f.Sort, f.Page = column, 1
	return f
}

// page returns f on another page.
func (f filter) page(n int) filter {
	f.Page = n
	return f
}

// narrow returns the keys that f shows, in its order, on all pages.
func (f filter) narrow(all []keys.Key, now time.Time) []keys.Key {
	var out []keys.Key
	for _, k := range all {
		if f.shows(k, now) {
			out = append(out, k)
		}
	}
	for _, c := range columns {
		if c.name != f.Sort {
			continue
		}
		slices.SortStableFunc(out, func(a, b keys.Key) int { // keys that compare alike stay newest first
			if f.Down {
				a, b = b, a
			}
			return c.compare(a, b, now)
		})
	}
	return out
}

func (f filter) shows(k keys.Key, now time.Time) bool {
	find := text.Fold(f.Text)
	return (f.Status == anyStatus || f.Status == string(k.Status(now))) &&
		(f.Scope == "" || f.Scope == k.Preset) &&
		(f.By == "" || strings.EqualFold(f.By, k.CreatedBy)) &&
		(f.Badge == "" || slices.Contains(badges(k, now), f.Badge)) &&
		(find == "" || strings.Contains(text.Fold(k.Name), find) || strings.Contains(token.Redact(k.ID), find))
}
