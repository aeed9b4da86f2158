package recordpages

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// pageSize is how many records of a kind stand on a page.
const pageSize = 25

// hint is one reading of what was typed.
type hint struct {
	get  wire.GetRecord
	sure bool // it can hardly be meant otherwise, so that what it finds is shown at once
}

// hints returns what q may name, the likeliest first. Words name nothing.
func hints(q string) (out []hint) {
	if q == "" || len(q) > wire.MaxQueryBytes || strings.ContainsFunc(q, unicode.IsSpace) {
		return nil
	}
	add := func(is bool, get wire.GetRecord, sure bool) {
		if is {
			out = append(out, hint{get, sure})
		}
	}
	handle, isHandle := strings.CutPrefix(q, "@")
	add(uuid.Validate(q) == nil, wire.GetRecord{ID: q}, true)
	add(valid(identity.Email, q), wire.GetRecord{Email: q}, true)
	add(valid(identity.LinkedIn, q), wire.GetRecord{LinkedInURL: q}, true)
	add(strings.Contains(q, ".") && valid(identity.Domain, q), wire.GetRecord{Domain: q}, true)
	add(valid(identity.Handle, handle), wire.GetRecord{Handle: handle}, isHandle || strings.Contains(q, ":"))
	add(true, wire.GetRecord{ExternalID: q}, false)
	return out
}

func valid(normal func(string) (string, error), q string) bool {
	_, err := normal(q)
	return err == nil
}

type findView struct {
	Query    string
	Exact    *wire.Record // what a reading of the query names that may be meant otherwise
	Accounts list[wire.Account]
	Leads    list[wire.Lead]
	Problems forms.Problems
}

// list is one page of a result.
type list[T any] struct {
	Items     []T
	Total     int
	More      string // the path of the next page
	Truncated bool
}

// listOf makes a list whose next page has its cursor in the parameter.
func listOf[T any](p search.Page[T], path string, q url.Values, parameter string) list[T] {
	out := list[T]{Items: p.Items, Total: p.Total, Truncated: p.Truncated}
	if p.More && len(p.Cursors) > 0 {
		next := url.Values{}
		for name, values := range q {
			next[name] = values
		}
		next.Set(parameter, p.Cursors[len(p.Cursors)-1])
		out.More = path + "?" + next.Encode()
	}
	return out
}

// paged returns the page that the cursor in the parameter names.
func paged(q url.Values, parameter string) wire.Page {
	size := pageSize
	p := wire.Page{Limit: &size}
	if cursor := q.Get(parameter); cursor != "" {
		p.Cursor = &cursor
	}
	return p
}

func (p pages) find(r *ui.Request) error {
	q := r.URL.Query()
	v := findView{Query: strings.TrimSpace(q.Get("q"))}
	for _, h := range hints(v.Query) {
		found, err := p.search.Record(r.Context(), r.Workspace.ID, h.get)
		switch {
		case err == nil && h.sure:
			return r.Redirect(recordPath(found))
		case err == nil && v.Exact == nil:
			v.Exact = &found
		case err != nil && !errors.Is(err, &fault.Error{Code: fault.NotFound}):
			return err
		}
	}
	if err := p.lists(r, q, &v); err != nil {
		problems, err := forms.Of(err, "", "query")
		if err != nil {
			return err
		}
		v.Problems = problems
	}
	return r.Page(ui.Page{Title: "Records", Lead: "Companies and people, and what is known of them.", Body: findPage(v), Status: v.Problems.Status})
}

// lists finds the accounts and leads with the words of the query, or all.
func (p pages) lists(r *ui.Request, q url.Values, v *findView) error {
	accounts, leads := wire.FindAccounts{Query: v.Query, Page: paged(q, "accounts")}, wire.FindLeads{Query: v.Query, Page: paged(q, "leads")}
	if err := errors.Join(accounts.Validate(), leads.Validate()); err != nil {
		return err
	}
	a, err := p.search.Accounts(r.Context(), r.Workspace.ID, accounts)
	if err != nil {
		return err
	}
	l, err := p.search.Leads(r.Context(), r.Workspace.ID, leads)
	v.Accounts, v.Leads = listOf(a, Path, q, "accounts"), listOf(l, Path, q, "leads")
	return err
}

func recordPath(rec wire.Record) string {
	if rec.Account != nil {
		return Path + "/" + rec.Account.ID
	}
	return Path + "/" + rec.Lead.ID
}
