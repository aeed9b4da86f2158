package recordpages

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type recordView struct {
	Title   string
	Kind    wire.Kind
	ID      string
	Account *wire.AccountRef // of a lead
	Fields  []field
	Count   int
	ByType  string // "3 visit, 2 reply"
	Signals []wire.Signal
	Leads   list[wire.Lead] // of an account
	Fit     *wire.Breakdown // nil of one that was never qualified
}

func viewOf(rec wire.Record) (v recordView, err error) {
	v = recordView{Count: rec.SignalCount, Signals: rec.RecentSignals, Fit: rec.Qualification}
	if a := rec.Account; a != nil {
		v.Kind, v.ID, v.Title = wire.KindAccount, a.ID, named(a.Name, a.Domain)
	} else {
		l := rec.Lead
		v.Kind, v.ID, v.Title, v.Account = wire.KindLead, l.ID, leadName(*l), l.Account
	}
	var types []string
	for _, t := range slices.Sorted(maps.Keys(rec.SignalsByType)) {
		types = append(types, strconv.Itoa(rec.SignalsByType[t])+" "+t)
	}
	v.ByType = strings.Join(types, ", ")
	v.Fields, err = fieldsOf(rec)
	return v, err
}

func named(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

// leadName returns what a person can be called by.
func leadName(l wire.Lead) string {
	for _, n := range []string{l.Name, strings.TrimSpace(l.FirstName + " " + l.LastName), l.WorkEmail, l.PersonalEmail, l.Handle, l.LinkedInURL, l.ExternalID} {
		if n != "" {
			return n
		}
	}
	return "A person without a name"
}

// one returns the record that the path names.
func (p pages) one(r *ui.Request) (wire.Record, error) {
	id := r.PathValue("id")
	if uuid.Validate(id) != nil {
		return wire.Record{}, ui.NotFound("There is no such record. Look it up by domain, email or name.")
	}
	return p.search.Record(r.Context(), r.Workspace.ID, wire.GetRecord{ID: id})
}

func (p pages) record(r *ui.Request) error {
	rec, err := p.one(r)
	if err != nil {
		return err
	}
	v, err := viewOf(rec)
	if err == nil && rec.Account != nil {
		v.Leads, err = p.leadsOf(r, rec.Account)
	}
	if err != nil {
		return err
	}
	return r.Page(ui.Page{Title: v.Title, Lead: v.lead(), Body: recordPage(v)})
}

func (v recordView) lead() string {
	if v.Kind == wire.KindAccount {
		return "Company"
	}
	return "Person"
}

func (p pages) leadsOf(r *ui.Request, a *wire.Account) (list[wire.Lead], error) {
	q := r.URL.Query()
	in := wire.FindLeads{AccountDomain: []string{a.Domain}, Page: paged(q, "leads")}
	if err := in.Validate(); err != nil {
		return list[wire.Lead]{}, err
	}
	found, err := p.search.Leads(r.Context(), r.Workspace.ID, in)
	return listOf(found, Path+"/"+a.ID, q, "leads"), err
}

type signalsView struct {
	Title   string
	ID      string
	Signals list[wire.Signal]
}

// signals lists every signal of a record, newest first.
func (p pages) signals(r *ui.Request) error {
	rec, err := p.one(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	in := wire.ListSignals{Page: paged(q, "cursor")}
	v := signalsView{ID: r.PathValue("id")}
	if rec.Account != nil {
		v.Title, in.AccountDomain = named(rec.Account.Name, rec.Account.Domain), []string{rec.Account.Domain}
	} else {
		v.Title, in.Lead = leadName(*rec.Lead), []string{rec.Lead.ID}
	}
	if err := in.Validate(); err != nil {
		return err
	}
	found, err := p.search.Signals(r.Context(), r.Workspace.ID, in)
	if err != nil {
		return err
	}
	v.Signals = listOf(found, Path+"/"+v.ID+"/signals", url.Values{}, "cursor")
	return r.Page(ui.Page{Title: "Signals of " + v.Title, Lead: fmt.Sprintf("%s in all, newest first.", ui.Number(int64(found.Total))), Body: signalsPage(v)})
}
