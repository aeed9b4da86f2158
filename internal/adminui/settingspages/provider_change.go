package settingspages

import (
	"maps"
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// found returns the settings with the provider that the path names.
func (p pages) found(r *ui.Request) (s wire.Settings, name string, own wire.ProviderSettings, err error) {
	name = r.PathValue("name")
	if s, err = p.Settings.Get(r.Context(), r.Workspace.ID); err != nil {
		return s, name, own, err
	}
	own, there := s.Enrichment.Providers[name]
	if !there {
		err = ui.NotFound("There is no such provider. Somebody may have removed it; the settings list those that are set up.")
	}
	return s, name, own, err
}

func viewOf(s wire.Settings, name string, own wire.ProviderSettings, e edit) providerView {
	v := providerView{Name: name, Edit: e, SecretSet: own.SecretSet != nil && *own.SecretSet}
	for _, key := range slices.Sorted(maps.Keys(s.Enrichment.Order)) {
		if slices.Contains(s.Enrichment.Order[key], name) {
			v.Orders = append(v.Orders, key)
		}
	}
	return v
}

func (p pages) provider(r *ui.Request) error {
	s, name, own, err := p.found(r)
	if err != nil {
		return err
	}
	return p.showProvider(r, viewOf(s, name, own, begin(s.Version, providerSheet(own))))
}

func (p pages) saveProvider(r *ui.Request) error {
	_, name, _, err := p.found(r)
	if err != nil {
		return err
	}
	e := posted(r, fields)
	patch := e.provider()
	secret(r, patch)
	if len(patch) == 0 {
		return r.Done("Nothing was changed.", Path)
	}
	if err = p.save(r, e.Version, map[string]any{"providers": map[string]any{name: patch}}); err == nil {
		return r.Done("The provider "+name+" was saved.", Path)
	}
	if e.Problems, err = p.providerProblems(err, name); err != nil {
		return err
	}
	s, name, own, err := p.found(r) // as it is now
	if err != nil {
		return err
	}
	return p.showProvider(r, viewOf(s, name, own, e.rebase(s.Version, providerSheet(own))))
}

// removeProvider takes the provider out of the settings and of every order in which it stands; an order that is empty then becomes the default one.
func (p pages) removeProvider(r *ui.Request) error {
	s, name, own, err := p.found(r)
	if err != nil {
		return err
	}
	v := viewOf(s, name, own, begin(s.Version, providerSheet(own)))
	if !forms.Confirmed(r.Value("confirm"), name) {
		v.Edit.Problems = forms.Problems{Fields: map[string]string{"confirm": "Type " + name + " to confirm."}, Status: http.StatusUnprocessableEntity}
		return p.showProvider(r, v)
	}
	order := map[string]any{}
	for _, key := range v.Orders {
		rest := slices.DeleteFunc(slices.Clone(s.Enrichment.Order[key]), func(n string) bool { return n == name })
		if order[key] = rest; len(rest) == 0 {
			order[key] = nil
		}
	}
	if err = p.save(r, s.Version, map[string]any{"providers": map[string]any{name: nil}, "order": order}); err == nil {
		return r.Done("The provider "+name+" was removed, its secret with it.", Path)
	}
	if v.Edit.Problems, err = p.providerProblems(err, name); err != nil {
		return err
	}
	return p.showProvider(r, v)
}
