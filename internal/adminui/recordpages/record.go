package recordpages

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// field is one field of a record with where its value comes from.
type field struct {
	Name  string
	Value string
	Link  string    // "" where the value leads nowhere
	At    time.Time // of a field that is a time; zero otherwise
	From  *wire.Provenance
}

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
}

// apart are the members of a record that are shown in places of their own.
var apart = []string{"record_type", "account", "custom", "signal_count", "signals_by_type", "recent_signals", "enrichment"}

// fieldsOf returns every field that the record has, in the order of its JSON form: whatever a record may hold one day is shown.
func fieldsOf(rec wire.Record) (out []field, err error) {
	text, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	shown := map[string]bool{}
	strictjson.Members(text, func(name, value []byte) {
		n := string(name)
		if !slices.Contains(apart, n) {
			f := fieldOf(n, value)
			f.Name = ui.Words(n)
			if from, known := rec.Enrichment[n]; known {
				f.From = &from
			}
			shown[n], out = true, append(out, f)
		}
		if n == "custom" {
			strictjson.Members(value, func(name, value []byte) { out = append(out, fieldOf("custom: "+string(name), value)) })
		}
	})
	for _, n := range slices.Sorted(maps.Keys(rec.Enrichment)) {
		if from := rec.Enrichment[n]; !shown[n] { // of what the record has no field for
			f := fieldOf(n, json.RawMessage(from.Value))
			f.Name = ui.Words(n)
			f.From = &from
			out = append(out, f)
		}
	}
	return out, nil
}

func fieldOf(name string, value json.RawMessage) field {
	f := field{Name: name, Value: tabular.Text(value)}
	switch name {
	case "website", "linkedin_url":
		if strings.HasPrefix(f.Value, "https://") || strings.HasPrefix(f.Value, "http://") {
			f.Link = f.Value
		}
	case "created_at", "updated_at":
		f.At, _ = time.Parse(time.RFC3339, f.Value)
	}
	return f
}

func viewOf(rec wire.Record) (v recordView, err error) {
	v = recordView{Count: rec.SignalCount, Signals: rec.RecentSignals}
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

// percent writes a confidence for people.
func percent(c float64) string { return strconv.Itoa(int(c*100+0.5)) + " %" }
