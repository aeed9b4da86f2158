package icppages

import (
	"strconv"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

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
