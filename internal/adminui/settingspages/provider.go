package settingspages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/settings"
)

type providerView struct {
	Name      string // "" for a new one, whose name is a field of the form
	Edit      edit
	SecretSet bool
	Methods   []ui.Option
	Serves    []ui.Option // every field of a record
	Orders    []string    // in which the provider stands
}

// secret adds what the form does to the secret.
func secret(r *ui.Request, patch map[string]any) {
	if text := r.PostFormValue("secret"); text != "" {
		patch["secret"] = text
	} else if r.Value("drop_secret") != "" {
		patch["secret"] = nil
	}
}

func (v providerView) options() providerView {
	serves := strings.Split(v.Edit.Fields["fields"], ",")
	for _, f := range known() {
		v.Serves = append(v.Serves, ui.Option{Value: f, Label: ui.Words(f), Chosen: slices.Contains(serves, f)})
	}
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		v.Methods = append(v.Methods, ui.Option{Value: m, Label: m, Chosen: m == v.Edit.Fields["method"]})
	}
	return v
}

func (p pages) showProvider(r *ui.Request, v providerView) error {
	title := v.Name
	if title == "" {
		title = "New provider"
	}
	return r.Page(ui.Page{Title: title, Lead: "A provider that is asked over HTTPS for values that records lack.", Body: providerPage(v.options()), Status: v.Edit.Problems.Status})
}

func (p pages) newProvider(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	return p.showProvider(r, providerView{Edit: begin(s.Version, blank())})
}

// blank is the form of a provider that is not there yet.
func blank() sheet {
	return sheet{"enabled": "on", "method": http.MethodGet, "confidence": "0.5", "timeout_ms": "10000"}
}

func (p pages) addProvider(r *ui.Request) error {
	e, name := posted(r, fields), r.Value("name")
	e.Fields["name"], e.Was = name, sheet{}
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	if _, there := s.Enrichment.Providers[name]; there {
		e.Problems = forms.Problems{Fields: map[string]string{"name": "There is a provider with this name already."}, Status: http.StatusUnprocessableEntity}
		return p.showProvider(r, providerView{Edit: e})
	}
	patch := e.provider()
	patch["kind"], patch["enabled"] = "http", e.Fields["enabled"] != ""
	secret(r, patch)
	if err = p.save(r, e.Version, map[string]any{"providers": map[string]any{name: patch}}); err == nil {
		return r.Done("The provider "+name+" was added. Put it into an order, so that it is asked.", Path)
	}
	if e.Problems, err = p.providerProblems(err, name); err != nil {
		return err
	}
	e.Version = s.Version
	return p.showProvider(r, providerView{Edit: e})
}

// providerProblems returns what a refusal says of the provider. What is wrong with the provider as a whole is its name's.
func (p pages) providerProblems(err error, name string) (forms.Problems, error) {
	own := settings.EnrichmentSection + ".providers." + name
	out, err := problems(err, own+".", append([]string{"secret", own}, fields...))
	if text := out.Fields[own]; text != "" {
		out.Fields["name"] = text
	}
	return out, err
}
