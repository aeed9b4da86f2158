package destinationpages

import (
	"cmp"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// viaKey marks what was made through an API key.
const viaKey = string(activity.ByKey)

// recent is how many deliveries the page of a destination shows.
const recent = 10

type showView struct {
	D         wire.Destination
	Audiences []wire.Audience
	Maps      []chosen
	Log       logView
	Admin     bool
	Operator  bool
}

// chosen is the mapping of a destination for a kind of record.
type chosen struct {
	Over    string
	Default bool // nobody chose
	Lines   []line
}

// line is a field of the receiver and the value that it takes.
type line struct {
	Field, Path string
	Group       mapping.Group
}

func (v showView) page() ui.Page {
	return ui.Page{Title: v.D.Name, Lead: kindLeads[destinations.Kind(v.D.Kind)], Body: showPage(v)}
}

func (p pages) show(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	v := showView{D: d, Admin: by(r).Admin, Operator: ui.Operators.Allows(r.Person.Role)}
	attached, err := p.attached(r)
	if err != nil {
		return err
	}
	v.Audiences = attached[d.ID]
	for _, over := range overs() {
		v.Maps = append(v.Maps, p.chosen(d, over))
	}
	if v.Log, err = p.deliveries(r, destinations.DeliveryFilter{DestinationID: d.ID, Limit: recent}); err != nil {
		return err
	}
	return r.Page(v.page())
}

// overs are the kinds of record.
func overs() []string { return []string{string(filter.Leads), string(filter.Accounts)} }

// own returns what somebody chose for a kind of record; nil when nobody did.
func own(d wire.Destination, over string) map[string]string {
	switch {
	case d.Mapping == nil:
		return nil
	case over == string(filter.Accounts):
		return d.Mapping.Accounts
	}
	return d.Mapping.Leads
}

// chosen returns the mapping that holds where an audience has none of its own.
func (p pages) chosen(d wire.Destination, over string) chosen {
	m := own(d, over)
	c := chosen{Over: over, Default: len(m) == 0}
	if c.Default {
		m = p.Destinations.Senders[destinations.Kind(d.Kind)].Defaults(filter.Kind(over))
	}
	c.Lines = lines(m)
	return c
}

// groups are the groups of values in their order.
var groups = []mapping.Group{mapping.Standard, mapping.Targeting, mapping.Context}

// lines sorts a mapping by group and field.
func lines(m map[string]string) (out []line) {
	for _, their := range slices.Sorted(maps.Keys(m)) {
		out = append(out, line{their, m[their], mapping.GroupOf(m[their])})
	}
	slices.SortStableFunc(out, func(a, b line) int { return cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)) })
	return out
}

// mapped returns the mapping of an audience for the destination; nil for the destination's own.
func mapped(a wire.Audience, destinationID string) map[string]string {
	for _, d := range a.Destinations {
		if d.ID == destinationID {
			return d.Mapping
		}
	}
	return nil
}
