package icppages

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// typeRow is a signal type in the list.
type typeRow struct {
	Name     string
	Set      wire.SignalTypeSettings
	Own      bool  // the workspace's own, which can be removed
	Captured int64 // in the last days
}

// recentDays is how far back the list counts signals.
const recentDays = 30

type typesView struct {
	Types []typeRow
	May   bool
}

func (v typesView) page() ui.Page {
	return ui.Page{Title: "Signal types", Lead: "Which signals are taken, and how much each counts.", Body: typesPage(v)}
}

func (p pages) types(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	since := r.Now().Add(-recentDays * 24 * time.Hour).UTC().Format(time.RFC3339)
	recent, err := p.figures(r, wire.OverSignals, "signal_type", patch(map[string]any{"field": "occurred_at", "op": "gte", "value": since}))
	if err != nil {
		return err
	}
	v := typesView{May: may(r)}
	for _, name := range slices.Sorted(maps.Keys(s.SignalTypes)) {
		v.Types = append(v.Types, typeRow{name, s.SignalTypes[name], own(name), recent[name]})
	}
	return r.Page(v.page())
}

// own reports whether the type is not built in.
func own(name string) bool {
	return !slices.ContainsFunc(signals.BuiltinTypes(), func(t signals.Type) bool { return t.Name == name })
}

// typeForm is a signal type as its inputs have it.
type typeForm struct {
	Digest               string
	Name                 string // of a new one
	Enabled, Autoqualify bool
	Weight, CreditCost   string
	Class, About         string // of the workspace's own
}

type typeView struct {
	Name     string // "" for a new one
	Form     typeForm
	Now      string
	Problems forms.Problems
	Confirm  string
}

func (v typeView) page() ui.Page {
	title := "New signal type"
	if v.Name != "" {
		title = v.Name
	}
	return ui.Page{Title: title, Lead: "A kind of signal.", Body: typePage(v), Status: v.Problems.Status}
}

func (v typeView) path() string {
	if v.Name == "" {
		return newTypePath
	}
	return typesPath + "/" + v.Name
}

func (v typeView) own() bool { return v.Name == "" || own(v.Name) }

// typeThing finds a signal type for put. The new one of a workspace is not there.
func typeThing(name string) thing {
	return func(s wire.Settings) any {
		if t, found := s.SignalTypes[name]; found {
			return t
		}
		return nil
	}
}

func beginType(t wire.SignalTypeSettings) typeForm {
	f := typeForm{Digest: digestOf(t), Enabled: t.Enabled == nil || *t.Enabled, Autoqualify: t.Autoqualify != nil && *t.Autoqualify, Class: t.Class, About: t.About}
	f.Weight, f.CreditCost = typed(t.Weight), typed(t.CreditCost)
	return f
}

// typed is a number as it is typed; "" for none.
func typed(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func readType(r *ui.Request) typeForm {
	return typeForm{r.Value("digest"), r.Value("name"), r.Value("enabled") != "", r.Value("autoqualify") != "", r.Value("weight"), r.Value("credit_cost"), r.Value("class"), r.Value("about")}
}

// settings is what the form says. A number that was not typed goes back to its default.
func (f typeForm) settings(own bool) map[string]any {
	out := map[string]any{"enabled": f.Enabled, "autoqualify": f.Autoqualify, "weight": nil, "credit_cost": nil}
	if f.Weight != "" {
		out["weight"] = number(f.Weight)
	}
	if f.CreditCost != "" {
		out["credit_cost"] = number(f.CreditCost)
	}
	if own {
		out["class"], out["about"] = f.Class, f.About
	}
	return out
}

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
