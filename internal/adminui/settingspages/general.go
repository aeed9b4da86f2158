package settingspages

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	overageField = "overage"
	orderPrefix  = "order."
	nobody       = "none" // in an order: nobody is asked
)

// builtins says what the built-in providers know.
var builtins = map[string]string{
	settings.Workspace: "other records of this workspace", settings.Reference: "files that an operator stored", settings.Website: "the company's own pages",
	settings.Pattern: "how colleagues' addresses are made", settings.RDAP: "who holds the domain", settings.DNS: "what the domain's records give away",
}

type overview struct {
	Edit      edit
	Updated   wire.Settings // for its version and time
	Policies  []ui.Option
	Orders    []string // the fields of the form that are orders
	Providers []providerRow
}

type providerRow struct {
	Name, Host, Fields string
	Cost               int64
	Enabled, SecretSet bool
}

// general is the form of what does not belong to one provider.
func general(s wire.Settings) sheet {
	out := sheet{overageField: s.Enrichment.Overage}
	for key, names := range s.Enrichment.Order {
		out[orderPrefix+key] = lines(names)
	}
	return out
}

func lines(names []string) string {
	if len(names) == 0 {
		return nobody
	}
	return strings.Join(names, "\n")
}

// patch returns the merge patch of what was changed.
func (e edit) general() map[string]any {
	order := map[string]any{}
	patch := map[string]any{}
	for name := range e.Fields {
		key, isOrder := strings.CutPrefix(name, orderPrefix)
		switch {
		case !e.changed(name):
		case isOrder:
			order[key] = ordered(e.Fields[name])
		default:
			patch[name] = e.Fields[name]
		}
	}
	if len(order) > 0 {
		patch["order"] = order
	}
	return patch
}

// ordered reads an order: one name a line, "none" for nobody; nil for the default.
func ordered(text string) any {
	names := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ' ' || r == '\t' })
	switch {
	case len(names) == 0:
		return nil
	case len(names) == 1 && names[0] == nobody:
		return []string{}
	}
	return names
}

func overviewOf(s wire.Settings, e edit) overview {
	v := overview{Edit: e, Updated: s}
	for _, o := range credits.Overages() {
		v.Policies = append(v.Policies, ui.Option{Value: string(o), Label: policies[o], Chosen: string(o) == e.Fields[overageField]})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if strings.HasPrefix(name, orderPrefix) {
			v.Orders = append(v.Orders, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Enrichment.Providers)) {
		v.Providers = append(v.Providers, rowOf(name, s.Enrichment.Providers[name]))
	}
	return v
}

var policies = map[credits.Overage]string{credits.TopUpOnly: "Spend what was topped up", credits.Pause: "Spend nothing until the next month"}

func rowOf(name string, p wire.ProviderSettings) providerRow {
	out := providerRow{Name: name, Host: hostOf(p.URL), Fields: strings.Join(p.Fields, ", "), Enabled: p.Enabled == nil || *p.Enabled, SecretSet: p.SecretSet != nil && *p.SecretSet}
	if p.Cost != nil {
		out.Cost = *p.Cost
	}
	return out
}

// hostOf returns the host of a URL template, which stands before its first path.
func hostOf(template string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(template, "https://"), "/")
	host, _, _ = strings.Cut(host, "?")
	return host
}

func (p pages) overview(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	return p.showOverview(r, s, begin(s.Version, general(s)))
}

func (p pages) showOverview(r *ui.Request, s wire.Settings, e edit) error {
	return r.Page(ui.Page{Title: "Settings", Lead: "Who is asked for values that records lack, and what is spent on it.", Body: overviewPage(overviewOf(s, e)), Status: e.Problems.Status})
}

func (p pages) saveGeneral(r *ui.Request) error {
	var names []string
	for name := range r.PostForm {
		if name == overageField || strings.HasPrefix(name, orderPrefix) {
			names = append(names, name)
		}
	}
	e := posted(r, names)
	patch := e.general()
	if len(patch) == 0 {
		return r.Done("Nothing was changed.", Path)
	}
	err := p.save(r, e.Version, patch)
	if err == nil {
		return r.Done("The settings were saved.", Path)
	}
	if e.Problems, err = problems(err, settings.EnrichmentSection+".", names); err != nil {
		return err
	}
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID) // as they are now
	if err != nil {
		return err
	}
	return p.showOverview(r, s, e.rebase(s.Version, general(s)))
}

// indented is a JSON document for readers.
func indented(v any) string {
	text, _ := json.MarshalIndent(v, "", "  ") // plain data
	return string(text)
}
