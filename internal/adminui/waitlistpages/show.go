package waitlistpages

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// pageSize is how many people a page shows.
const pageSize = 50

type listView struct {
	Lists []waitlists.Waitlist
	May   bool
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "Waitlists", Lead: "Lines of people who wait for something, by place.", Body: listPage(v)}
}

func (p pages) list(r *ui.Request) error {
	lists, err := p.Waitlists.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	return r.Page(listView{lists, may(r)}.page())
}

// showView is a waitlist with some of those who wait.
type showView struct {
	List     waitlists.Waitlist
	May      bool // the reader may change it
	Exports  bool // the reader may take it away as a file
	Query    string
	Page     int // from 1
	Total    int // of all pages
	People   []waitlists.Subscriber
	Form     form
	Problems forms.Problems
}

func (v showView) page() ui.Page {
	return ui.Page{Title: v.List.Name, Lead: "A waitlist.", Body: showPage(v), Status: v.Problems.Status}
}

func (p pages) show(r *ui.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return r.Page(v.page())
}

// view reads the waitlist and the page of it that is asked for.
func (p pages) view(r *ui.Request) (v showView, err error) {
	v = showView{May: may(r), Exports: ui.Operators.Allows(r.Person.Role), Query: strings.TrimSpace(r.URL.Query().Get("q")), Page: pageOf(r.URL.Query().Get("page"))}
	if v.List, err = p.Waitlists.Find(r.Context(), r.Workspace.ID, r.PathValue("id")); err != nil {
		return v, err
	}
	v.Form = form{v.List.Name, strconv.Itoa(v.List.ReferralBoost)}
	q := waitlists.Query{Text: v.Query, Offset: (v.Page - 1) * pageSize, Limit: pageSize}
	v.Total, err = p.Waitlists.Each(r.Context(), r.Workspace.ID, v.List.ID, q, func(s waitlists.Subscriber) error {
		v.People = append(v.People, s)
		return nil
	})
	return v, err
}

// pageOf reads the number of a page; the first for what is none.
func pageOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > wire.MaxPages {
		return 1
	}
	return n
}

// export sends everybody on the waitlist as a CSV file.
func (p pages) export(r *ui.Request) error {
	list, err := p.Waitlists.Find(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%s.csv", list.ID, r.Now().UTC().Format("2006-01-02"))
	return r.File(name, "text/csv; charset=utf-8", func(w io.Writer) error {
		out, err := tabular.NewWriter(w, columns)
		if err != nil {
			return err
		}
		if _, err = p.Waitlists.Each(r.Context(), r.Workspace.ID, list.ID, waitlists.Query{}, func(s waitlists.Subscriber) error {
			row, err := json.Marshal(s.Subscriber)
			if err != nil {
				return err
			}
			return out.Write(row)
		}); err != nil {
			return err
		}
		return out.Flush()
	})
}

var columns = []tabular.Column{
	{Name: "position", Path: []string{"position"}}, {Name: "email", Path: []string{"email"}}, {Name: "joined_at", Path: []string{"joined_at"}}, {Name: "referral_code", Path: []string{"referral_code"}},
	{Name: "referral_count", Path: []string{"referral_count"}}, {Name: "priority", Path: []string{"priority"}}, {Name: "id", Path: []string{"id"}},
}

func pathOf(id string) string { return Path + "/" + url.PathEscape(id) }

// at is the path of another page of the same search.
func (v showView) at(page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	return pathOf(v.List.ID) + "?" + q.Encode()
}

// later reports whether there are pages behind this one.
func (v showView) later() bool { return v.Page*pageSize < v.Total && v.Page < wire.MaxPages }

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return ui.Number(int64(n)) + " people"
}
