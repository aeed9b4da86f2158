package icppages

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// row is an ICP or a persona in a list.
type row struct {
	Target     target
	Name       string
	Enabled    bool
	Parameters int
	Records    int64 // that have its code
	Personas   []row
}

// recentJobs is how many jobs the list of ICPs shows.
const recentJobs = 5

type listView struct {
	ICPs []row
	Jobs []jobView
	May  bool
}

func (v listView) page() ui.Page {
	return ui.Page{Title: "ICPs and scoring", Lead: "What the workspace looks for, and how companies and people are scored.", Body: listPage(v)}
}

func (p pages) list(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	companies, err := p.figures(r, wire.OverAccounts, "icp_code", nil)
	if err != nil {
		return err
	}
	v := listView{May: may(r)}
	for _, code := range slices.Sorted(maps.Keys(s.ICPs)) {
		icp := s.ICPs[code]
		t := target{ICP: code}
		one := rowOf(t, *t.find(s))
		one.Records, one.Personas = companies[code], personaRows(code, icp.Personas)
		v.ICPs = append(v.ICPs, one)
	}
	jobs, err := p.Jobs(r.Context(), r.Workspace.ID, recentJobs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		v.Jobs = append(v.Jobs, jobView{j})
	}
	return r.Page(v.page())
}

func rowOf(t target, p profile) row {
	return row{Target: t, Name: p.Name, Enabled: p.on(), Parameters: len(p.Parameters)}
}

func personaRows(icp string, personas map[string]wire.PersonaSettings) (out []row) {
	for _, code := range slices.Sorted(maps.Keys(personas)) {
		p := personas[code]
		out = append(out, rowOf(target{icp, code, true}, profile{p.Name, p.Enabled, p.Parameters}))
	}
	return out
}

// maxFigures is how many values of a field are counted.
const maxFigures = 1000

// figures counts records by the values of a field ("" for none), of those that fulfil the filter.
func (p pages) figures(r *ui.Request, over wire.Over, field string, filter json.RawMessage) (map[string]int64, error) {
	limit := maxFigures
	in := wire.GetInsights{Over: over, GroupBy: []string{field}, Measures: []wire.Measure{{Name: "n", Fn: wire.Count}}, Limit: &limit}
	in.Filter = filter
	answer, err := p.Insights(r.Context(), r.Workspace.ID, in)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, g := range answer.Groups {
		var n int64
		if json.Unmarshal(json.RawMessage(g.Values["n"]), &n) == nil {
			out[tabular.Text(json.RawMessage(g.Key[field]))] = n
		}
	}
	return out, nil
}
