package destinationpages

import (
	"net/url"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// pageSize is how many deliveries a page of the log shows.
const pageSize = 50

// delivery is one with the names of what it is about.
type delivery struct {
	wire.Delivery
	Destination, Audience, Record string
}

type logView struct {
	Rows         []delivery
	Destinations []wire.Destination // to choose from
	Only         string             // id of the one that is shown alone; "" for all
	State        string
	Total        int
	Older        string
	Here         string // path of the page itself; "" on another page
	Operator     bool
}

func (v logView) page() ui.Page {
	return ui.Page{Title: "Deliveries", Lead: "What was sent to destinations and what became of it. What was in a message is not kept, nor what was answered.", Body: logPage(v)}
}

// waiting reports whether something is about to change by itself.
func (v logView) waiting() bool {
	return slices.ContainsFunc(v.Rows, func(d delivery) bool { return d.State == string(destinations.Queued) })
}

func stateOf(s string) string {
	if slices.Contains(wire.DeliveryStates(), s) {
		return s
	}
	return ""
}

func logPath(destination, state, before string) string {
	q := url.Values{}
	for name, value := range map[string]string{"destination": destination, "state": state, "before": before} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return LogPath
	}
	return LogPath + "?" + q.Encode()
}

func (p pages) log(r *ui.Request) error {
	q := r.URL.Query()
	f := destinations.DeliveryFilter{DestinationID: q.Get("destination"), State: destinations.State(stateOf(q.Get("state"))), Before: q.Get("before"), Limit: pageSize + 1}
	v, err := p.deliveries(r, f)
	if err != nil {
		return err
	}
	if len(v.Rows) > pageSize {
		v.Rows = v.Rows[:pageSize]
		v.Older = logPath(v.Only, v.State, v.Rows[pageSize-1].ID)
	}
	v.Here = r.URL.RequestURI()
	return r.Page(v.page())
}

// deliveries reads a part of the log, with the names of what it is about.
func (p pages) deliveries(r *ui.Request, f destinations.DeliveryFilter) (v logView, err error) {
	v = logView{Only: f.DestinationID, State: string(f.State), Operator: ui.Operators.Allows(r.Person.Role)}
	list, total, err := p.Log(r.Context(), r.Workspace.ID, f)
	if err != nil {
		return v, err
	}
	v.Total = total
	if v.Destinations, err = p.Destinations.List(r.Context(), r.Workspace.ID); err != nil {
		return v, err
	}
	named := map[string]string{}
	for _, d := range v.Destinations {
		named[d.ID] = d.Name
	}
	attached, err := p.attached(r)
	if err != nil {
		return v, err
	}
	for _, all := range attached {
		for _, a := range all {
			named[a.ID] = a.Name
		}
	}
	for _, d := range list {
		v.Rows = append(v.Rows, delivery{Delivery: d.Wire(), Destination: named[d.DestinationID], Audience: named[d.AudienceID]})
	}
	return v, p.nameRecords(r, v.Rows)
}

// nameRecords puts what people call their records to deliveries; one that is gone has no name.
func (p pages) nameRecords(r *ui.Request, rows []delivery) error {
	ids := map[wire.Kind][]string{}
	for _, d := range rows {
		if d.RecordID != "" {
			ids[d.RecordType] = append(ids[d.RecordType], d.RecordID)
		}
	}
	for kind, list := range ids {
		names, err := p.Names(r.Context(), r.Workspace.ID, kind, list)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].RecordType == kind {
				rows[i].Record = names[rows[i].RecordID]
			}
		}
	}
	return nil
}

// retry sends a delivery again, by hand.
func (p pages) retry(r *ui.Request) error {
	if _, err := p.Destinations.Resend(r.Context(), by(r), r.PathValue("id")); err != nil {
		return err
	}
	return r.Done("The delivery is queued again, under the same id.", ui.Local(r.Value("back"), LogPath))
}
