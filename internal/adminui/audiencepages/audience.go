package audiencepages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// How much of an audience its page shows.
const (
	pageSize = 50
	newest   = 20 // events
)

type audienceView struct {
	Audience wire.Audience
	Members  []wire.AudienceMember
	Total    int
	More     string // address of the next page
	Later    bool   // this is not the first page
	Events   []wire.AudienceEvent
	Names    map[string]string // of the events' records, by id
	Attached []string
	May      bool
	Here     string
	Confirm  string // what is wrong with what was typed to delete it
}

func (p pages) show(r *ui.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	return r.Page(v.page())
}

func (p pages) view(r *ui.Request) (v audienceView, err error) {
	size, in := pageSize, wire.ListAudienceMembers{ID: r.PathValue("id")}
	in.Limit = &size
	if from := r.URL.Query().Get("from"); from != "" {
		in.Cursor = &from
	}
	v = audienceView{May: may(r), Here: r.URL.RequestURI(), Later: in.Cursor != nil}
	a, page, err := p.Audiences.Members(r.Context(), r.Workspace.ID, in)
	if err != nil {
		return v, err
	}
	v.Audience, v.Members, v.Total = a.Wire(), page.Items, page.Total
	if page.More {
		v.More = audiencePath(a.ID) + "?from=" + url.QueryEscape(page.Cursors[len(page.Cursors)-1])
	}
	return v, p.surroundings(r, &v, a)
}

// surroundings reads what the page tells beside the members.
func (p pages) surroundings(r *ui.Request, v *audienceView, a audiences.Audience) (err error) {
	if v.Events, err = p.Audiences.Newest(r.Context(), r.Workspace.ID, a.ID, newest); err != nil {
		return err
	}
	var ids []string
	for _, e := range v.Events {
		ids = append(ids, e.RecordID)
	}
	if v.Names, err = p.Names(r.Context(), r.Workspace.ID, a.RecordKind(), ids); err != nil {
		return err
	}
	names, err := p.destinationNames(r)
	v.Attached = attached(v.Audience, names)
	return err
}

func (v audienceView) page() ui.Page {
	p := ui.Page{Title: v.Audience.Name, Lead: "An audience of " + things(overOf(string(v.Audience.Over))) + ".", Body: audiencePage(v)}
	if v.Confirm != "" {
		p.Status = http.StatusUnprocessableEntity
	}
	return p
}

func (p pages) remove(r *ui.Request) error {
	v, err := p.view(r)
	if err != nil {
		return err
	}
	if !forms.Confirmed(r.Value("confirm"), v.Audience.Name) {
		v.Confirm = "Type the name of the audience to delete it."
		return r.Page(v.page())
	}
	if _, err := p.Audiences.Delete(r.Context(), r.Workspace.ID, r.Actor(), wire.DeleteAudience{ID: v.Audience.ID}); err != nil {
		return err
	}
	return r.Done("The audience "+v.Audience.Name+" was deleted.", Path)
}

// written is a condition as people read it.
func written(tree json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, tree, "", "  ") != nil {
		return string(tree)
	}
	return b.String()
}

// name is what people call the record of a member.
func name(m wire.AudienceMember) string {
	for _, n := range identifiers(m) {
		if n != "" {
			return n
		}
	}
	return audiences.RecordID(m)
}

func identifiers(m wire.AudienceMember) []string {
	switch {
	case m.Account != nil:
		return []string{m.Account.Name, m.Account.Domain}
	case m.Lead != nil:
		return []string{m.Lead.Name, m.Lead.WorkEmail, m.Lead.PersonalEmail, m.Lead.Handle, m.Lead.LinkedInURL}
	}
	return nil
}

// about is what tells the record from others of its name.
func about(m wire.AudienceMember) string {
	switch {
	case m.Account != nil:
		return m.Account.Domain
	case m.Lead != nil && m.Lead.Account != nil:
		return m.Lead.Title + " · " + m.Lead.Account.Domain
	case m.Lead != nil:
		return m.Lead.Title
	}
	return ""
}

// ranks are the values that the ranking looks at.
func ranks(m wire.AudienceMember, ranking []wire.Sort) (out []string) {
	text, err := json.Marshal(m)
	for _, s := range ranking {
		_, value := wire.Member(text, s.Field)
		if m.Lead != nil && value == nil {
			value = m.Lead.SortedBy[s.Field]
		}
		out = append(out, tabular.Text(value))
	}
	if err != nil { // a record always has a JSON form
		return make([]string, len(ranking))
	}
	return out
}

// change says an event in a word, and its tone.
func change(e wire.AudienceEvent) (word, tone string) {
	switch audiences.Change(e.Change) {
	case audiences.Added:
		return "Joined", "good"
	case audiences.Removed:
		return "Left", "warn"
	}
	return "Moved", ""
}
