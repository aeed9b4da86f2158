package audiencepages

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type listView struct {
	Audiences []wire.Audience
	Names     map[string]string // of destinations, by id
	May       bool
}

func (p pages) list(r *ui.Request) error {
	v := listView{May: may(r)}
	most := wire.MaxAudiences
	page, err := p.Audiences.List(r.Context(), r.Workspace.ID, wire.ListAudiences{Limit: &most})
	if err != nil {
		return err
	}
	v.Audiences = page.Items
	v.Names, err = p.destinationNames(r)
	if err != nil {
		return err
	}
	return r.Page(v.page())
}

func (p pages) destinationNames(r *ui.Request) (map[string]string, error) {
	list, err := p.Destinations(r.Context(), r.Workspace.ID)
	names := map[string]string{}
	for _, d := range list {
		names[d.ID] = d.Name
	}
	return names, err
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "Audiences", Lead: "Saved filters that keep themselves current: who fulfils one now is in it.", Body: listPage(v)}
}

// attached are the names of the destinations of an audience.
func attached(a wire.Audience, names map[string]string) (out []string) {
	for _, d := range a.Destinations {
		name := names[d.ID]
		if name == "" {
			name = d.ID
		}
		out = append(out, name)
	}
	return out
}
