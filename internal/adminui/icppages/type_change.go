package icppages

import (
	"fmt"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var typeFields = []string{"enabled", "autoqualify", "weight", "credit_cost", "class", "about"}

func (p pages) createType(r *ui.Request) error {
	return r.Page(typeView{Form: typeForm{Enabled: true, Class: string(signals.FirstParty)}}.page())
}

// openType returns the type of the request.
func (p pages) openType(r *ui.Request) (name string, t wire.SignalTypeSettings, err error) {
	name = r.PathValue("name")
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return name, t, err
	}
	t, found := s.SignalTypes[name]
	if !found {
		err = fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return name, t, err
}

func (p pages) showType(r *ui.Request) error {
	name, t, err := p.openType(r)
	if err != nil {
		return err
	}
	return r.Page(typeView{Name: name, Form: beginType(t)}.page())
}

func (p pages) saveType(r *ui.Request) error {
	v := typeView{Name: r.PathValue("name"), Form: readType(r)}
	name := v.Name
	if name == "" {
		name = v.Form.Name
	}
	err := p.keepType(r, v, name)
	if err == nil {
		return r.Done("The signal type "+name+" was saved.", typesPath)
	}
	at := within("signal_types", name)
	v.Problems, err = problems(err, at+".", append(typeFields, "name", at)...)
	if err != nil {
		return err
	}
	if wrong := v.Problems.Fields[at]; wrong != "" {
		v.Problems.Fields["name"] = wrong
	}
	if v.Problems.Alert == meanwhile {
		s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		now := typeThing(name)(s)
		v.Form.Digest, v.Now = digestOf(now), shown(now)
	}
	return r.Page(v.page())
}

func (p pages) keepType(r *ui.Request, v typeView, name string) error {
	if v.Name == "" {
		s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		if typeThing(name)(s) != nil {
			return fault.Invalid("name", "is the name of another signal type already")
		}
		if name == "" {
			return fault.Invalid("name", "must be given")
		}
	}
	return p.put(r, typeThing(name), v.Form.Digest, wire.UpdateSettings{SignalTypes: patch(map[string]any{name: v.Form.settings(v.own())})})
}

func (p pages) removeType(r *ui.Request) error {
	name, t, err := p.openType(r)
	if err != nil {
		return err
	}
	if !own(name) {
		return ui.Refuse(http.StatusConflict, "Not removed", "%s is built in. Switch it off instead.", name)
	}
	if !forms.Confirmed(r.Value("confirm"), name) {
		v := typeView{Name: name, Form: beginType(t), Confirm: "Type " + name + " to confirm."}
		v.Problems.Status = http.StatusUnprocessableEntity
		return r.Page(v.page())
	}
	if _, err = p.Settings.Update(r.Context(), r.Workspace.ID, r.Actor(), wire.UpdateSettings{SignalTypes: patch(map[string]any{name: nil})}); err != nil {
		return forms.Refused(err)
	}
	return r.Done(fmt.Sprintf("The signal type %s was removed. Its signals stay.", name), typesPath)
}
