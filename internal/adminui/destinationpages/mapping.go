package destinationpages

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// mapView is the form of a mapping: that of a destination for a kind of record, or that of an audience.
type mapView struct {
	D        wire.Destination
	Over     string
	Audience *wire.Audience // nil for the destination's own
	Version  string         // of the audience as it was read
	Rows     []mapRow
	Usual    []line // what holds where nothing is chosen
	Chosen   bool   // somebody chose already
	Problems forms.Problems
}

type mapRow struct{ Field, Path, Problem string }

// spare is how many empty rows a form has.
const spare = 4

func (v mapView) page() ui.Page {
	title := "Fields for " + overWord(v.Over)
	if v.Audience != nil {
		title = "Fields for " + v.Audience.Name
	}
	return ui.Page{Title: title, Lead: "Which of our values go into which fields of " + v.D.Name + ".", Body: mapPage(v), Status: v.Problems.Status}
}

func (v mapView) action() string {
	if v.Audience != nil {
		return path(v.D.ID, "audiences", v.Audience.ID)
	}
	return path(v.D.ID, "mapping", v.Over)
}

// rowsOf are the rows of a form that shows a mapping.
func rowsOf(m map[string]string) (rows []mapRow) {
	for _, l := range lines(m) {
		rows = append(rows, mapRow{Field: l.Field, Path: l.Path})
	}
	return rows
}

// typed reads the rows of a form: those with both parts make the mapping.
func typed(form url.Values) (rows []mapRow, m map[string]string, whole bool) {
	m, whole = map[string]string{}, true
	for i, field := range form["field"] {
		if i >= len(form["path"]) || i > mapping.MaxFields {
			break
		}
		row := mapRow{Field: strings.TrimSpace(field), Path: strings.TrimSpace(form["path"][i])}
		_, twice := m[row.Field]
		switch {
		case row.Field == "" && row.Path == "":
			continue
		case row.Field == "" || row.Path == "":
			row.Problem = "give both, or empty both to leave the row out"
		case twice:
			row.Problem = "stands twice"
		default:
			m[row.Field] = row.Path
		}
		whole = whole && row.Problem == ""
		rows = append(rows, row)
	}
	return rows, m, whole
}

// over returns the kind of record that the path names.
func over(r *ui.Request) (string, error) {
	if o := r.PathValue("over"); slices.Contains(overs(), o) {
		return o, nil
	}
	return "", ui.NotFound("There is no such kind of record.")
}

func (p pages) usual(d wire.Destination, over string) []line {
	return lines(p.Destinations.Senders[destinations.Kind(d.Kind)].Defaults(filter.Kind(over)))
}

func (p pages) mapping(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	o, err := over(r)
	if err != nil {
		return err
	}
	v := mapView{D: d, Over: o, Rows: rowsOf(own(d, o)), Usual: p.usual(d, o), Chosen: len(own(d, o)) > 0}
	if !v.Chosen {
		v.Rows = rowsOf(p.Destinations.Senders[destinations.Kind(d.Kind)].Defaults(filter.Kind(o)))
	}
	return r.Page(v.page())
}

func (p pages) saveMapping(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	o, err := over(r)
	if err != nil {
		return err
	}
	v := mapView{D: d, Over: o, Usual: p.usual(d, o), Chosen: len(own(d, o)) > 0}
	return p.keepMapping(r, v, "mapping."+o, func(m map[string]string) error {
		in := wire.SaveDestination{ID: d.ID, Mapping: &wire.DestinationMapping{Accounts: own(d, string(filter.Accounts)), Leads: own(d, string(filter.Leads))}}
		if o == string(filter.Accounts) {
			in.Mapping.Accounts = m
		} else {
			in.Mapping.Leads = m
		}
		_, err := p.Destinations.Save(r.Context(), by(r), in)
		return err
	})
}

// keepMapping saves what was typed, nothing where the form asks for what is usual, or shows the form again. The paths of refusals begin with at.
func (p pages) keepMapping(r *ui.Request, v mapView, at string, save func(map[string]string) error) (err error) {
	rows, m, whole := typed(r.PostForm)
	if r.Value("usual") != "" {
		rows, m, whole = nil, nil, true
	} else if len(m) == 0 {
		m = nil // nothing is chosen then
	}
	if v.Rows = rows; !whole {
		v.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: http.StatusUnprocessableEntity}
		return r.Page(v.page())
	}
	if err = save(m); err == nil {
		return r.Done("The fields were saved. They hold for what is sent from now on.", path(v.D.ID))
	}
	var places []string
	for _, row := range rows {
		places = append(places, strictjson.Join(at, strictjson.Name(row.Field)))
	}
	if v.Problems, err = forms.Of(err, "", places...); err != nil {
		return err
	}
	for i := range v.Rows {
		v.Rows[i].Problem = shorter(v.Problems.Fields[places[i]])
	}
	return r.Page(v.page())
}

// shorter leaves out a list of all values that there are, which stands below the form anyway.
func shorter(problem string) string {
	head, list, found := strings.Cut(problem, ": ")
	if found && strings.Count(list, ",") > 5 {
		return head + " one of the list below"
	}
	return problem
}

// attachedTo returns the audience that the path names, and where the destination stands among its own.
func (p pages) attachedTo(r *ui.Request, d wire.Destination) (a wire.Audience, at int, err error) {
	a, err = p.Audiences.Get(r.Context(), r.Workspace.ID, wire.GetAudience{ID: r.PathValue("audience")})
	if err != nil {
		return a, 0, err
	}
	at = slices.IndexFunc(a.Destinations, func(one wire.AudienceDestination) bool { return one.ID == d.ID })
	if at < 0 {
		err = ui.NotFound("The destination is not attached to this audience.")
	}
	return a, at, err
}

func (p pages) audience(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	a, at, err := p.attachedTo(r, d)
	if err != nil {
		return err
	}
	v := p.audienceView(d, a, at)
	if v.Rows = rowsOf(a.Destinations[at].Mapping); !v.Chosen {
		for _, l := range v.Usual {
			v.Rows = append(v.Rows, mapRow{Field: l.Field, Path: l.Path})
		}
	}
	return r.Page(v.page())
}

func (p pages) audienceView(d wire.Destination, a wire.Audience, at int) mapView {
	v := mapView{D: d, Over: string(a.Over), Audience: &a, Version: fmt.Sprint(a.Version), Chosen: len(a.Destinations[at].Mapping) > 0}
	v.Usual = p.chosen(d, v.Over).Lines
	return v
}

func (p pages) saveAudience(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	a, at, err := p.attachedTo(r, d)
	if err != nil {
		return err
	}
	v := p.audienceView(d, a, at)
	return p.keepMapping(r, v, fmt.Sprintf("destinations[%d].mapping", at), func(m map[string]string) error {
		if r.Value("version") != v.Version {
			return ui.Refuse(http.StatusConflict, "Changed meanwhile", "Somebody changed the audience while you were here. Go back, load the page again and make your change once more.")
		}
		in := wire.SaveAudience{ID: a.ID, Version: &a.Version, Destinations: slices.Clone(a.Destinations)}
		in.Destinations[at].Mapping = m
		_, _, err := p.Audiences.Save(r.Context(), r.Workspace.ID, r.Actor(), in)
		return err
	})
}
