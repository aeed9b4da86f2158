package destinationpages

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// row is a destination in the list.
type row struct {
	wire.Destination
	Audiences int // that it hears of
}

type listView struct {
	Rows    []row
	Admin   bool // whoever looks may make and change destinations
	Pending int
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "Destinations", Lead: "Where the people and companies of audiences are sent, as they join, leave and move.", Body: listPage(v)}
}

func (p pages) list(r *ui.Request) error {
	list, err := p.Destinations.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	attached, err := p.attached(r)
	if err != nil {
		return err
	}
	v := listView{Admin: by(r).Admin}
	for _, d := range list {
		v.Rows = append(v.Rows, row{d, len(attached[d.ID])})
		if d.Status == string(destinations.Pending) {
			v.Pending++
		}
	}
	return r.Page(v.page())
}

// attached returns by destination which audiences it hears of.
func (p pages) attached(r *ui.Request) (map[string][]wire.Audience, error) {
	out, in := map[string][]wire.Audience{}, wire.ListAudiences{Limit: new(wire.MaxLimit), ResponseFormat: wire.Detailed}
	for {
		page, err := p.Audiences.List(r.Context(), r.Workspace.ID, in)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Items {
			for _, d := range a.Destinations {
				out[d.ID] = append(out[d.ID], a)
			}
		}
		if !page.More {
			return out, nil
		}
		in.Cursor = &page.Cursors[len(page.Cursors)-1]
	}
}

// kinds are offered in their order.
func kinds() []string { return wire.DestinationKinds() }
