package icppages

import (
	"net/url"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// profile is what an ICP and a persona have in common.
type profile struct {
	Name       string                   `json:"name"`
	Enabled    *bool                    `json:"enabled,omitempty"`
	Parameters []wire.ParameterSettings `json:"parameters"`
}

func (p profile) on() bool { return p.Enabled == nil || *p.Enabled }

// target is what a form of parameters is about: an ICP, or a persona within one.
type target struct {
	ICP, Persona string // codes
	Person       bool   // it is a persona
}

// targetOf reads the path of a request; the code of a new ICP or persona is still open.
func targetOf(r *ui.Request) (t target, isNew bool) {
	t = target{ICP: r.PathValue("icp"), Persona: r.PathValue("persona")}
	if t.ICP == "" {
		return t, true
	}
	last := r.URL.Path[len(t.icpPath()):]
	t.Person = t.Persona != "" || last == "/new-persona"
	return t, t.Person && t.Persona == ""
}

// named is the target with its own code.
func (t target) named(code string) target {
	if t.Person {
		t.Persona = code
	} else {
		t.ICP = code
	}
	return t
}

func (t target) code() string {
	if t.Person {
		return t.Persona
	}
	return t.ICP
}

// over is the kind of record that the parameters are about.
func (t target) over() filter.Kind {
	if t.Person {
		return filter.Leads
	}
	return filter.Accounts
}

// word is what people call it.
func (t target) word() string {
	if t.Person {
		return "persona"
	}
	return "ICP"
}

func (t target) icpPath() string { return Path + "/icps/" + url.PathEscape(t.ICP) }

// path is where its page is.
func (t target) path() string {
	if t.Person {
		return t.icpPath() + "/personas/" + url.PathEscape(t.Persona)
	}
	return t.icpPath()
}

// newPath is where one more of its sort is made.
func (t target) newPath() string {
	if t.Person {
		return t.icpPath() + "/new-persona"
	}
	return newPath
}

// at is where it stands in the settings.
func (t target) at() string {
	icp := within("icps", t.ICP)
	if t.Person {
		return within(icp+".personas", t.Persona)
	}
	return icp
}

// find returns it; nil when it is not there.
func (t target) find(s wire.Settings) *profile {
	icp, found := s.ICPs[t.ICP]
	if !found || !t.Person {
		return profileOf(found, icp.Name, icp.Enabled, icp.Parameters)
	}
	p, found := icp.Personas[t.Persona]
	return profileOf(found, p.Name, p.Enabled, p.Parameters)
}

func profileOf(found bool, name string, enabled *bool, parameters []wire.ParameterSettings) *profile {
	if !found {
		return nil
	}
	return &profile{name, enabled, parameters}
}

// thing is find for put.
func (t target) thing(s wire.Settings) any {
	if found := t.find(s); found != nil {
		return found
	}
	return nil
}

// patch sets v in its place; nil removes it.
func (t target) patch(v any) wire.UpdateSettings {
	if t.Person {
		v = map[string]any{"personas": map[string]any{t.Persona: v}}
	}
	return wire.UpdateSettings{ICPs: patch(map[string]any{t.ICP: v})}
}
