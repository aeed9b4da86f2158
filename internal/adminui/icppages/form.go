package icppages

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/conditions"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// form is an ICP or a persona as its inputs have it.
type form struct {
	Digest     string // of what it was made from; "" for a new one
	Code       string // of a new one
	Name       string
	Enabled    bool
	Parameters []parameter
}

// parameter is one row of the form.
type parameter struct {
	Name, Mode, Weight string
	conditions.Row
}

// The buttons of the form, as values of their common name.
const (
	doInput    = "do"
	addWord    = "add-"    // and the shape of the condition
	removeWord = "remove-" // and the name of the row
	previewDo  = "preview"
)

// begin is the form of what is set.
func begin(over filter.Kind, p profile) form {
	f := form{Digest: digestOf(p), Name: p.Name, Enabled: p.on()}
	for _, s := range p.Parameters {
		row := parameter{Name: s.Name, Mode: s.Mode, Row: conditions.RowOf(over, s.Condition)}
		if s.Weight != nil {
			row.Weight = strconv.FormatInt(*s.Weight, 10)
		}
		f.Parameters = append(f.Parameters, row)
	}
	return f
}

// blank is the form of a new one, with a first parameter to fill in.
func blank() form {
	return form{Enabled: true, Parameters: []parameter{{Mode: wire.ModeFilter, Row: conditions.Row{Shape: conditions.Leaf, Op: "eq"}}}}
}

// read returns what was posted, and the button that was pressed. Rows in which nothing was typed are left out.
func read(posted url.Values) (f form, do string) {
	value := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	f = form{Digest: value("digest"), Code: value("code"), Name: value("name"), Enabled: posted.Get("enabled") != ""}
	do = value(doInput)
	for i := 0; ; i++ {
		name := rowName(i)
		row, found := conditions.ReadRow(posted, name)
		if !found {
			break
		}
		p := parameter{value(name + ".name"), value(name + ".mode"), value(name + ".weight"), row}
		if do != removeWord+name && !p.blank() {
			f.Parameters = append(f.Parameters, p)
		}
	}
	if shape, add := strings.CutPrefix(do, addWord); add {
		f.Parameters = append(f.Parameters, parameter{Mode: wire.ModeScore, Row: conditions.Row{Shape: conditions.Shape(shape), Op: "eq"}})
	}
	return f, do
}

func rowName(i int) string { return "p" + strconv.Itoa(i) }

func (p parameter) blank() bool {
	return p.Name == "" && p.Weight == "" && p.Shape != conditions.Signals && p.Field == "" && p.Value == "" && p.JSON == ""
}

// profile returns what the form says, as a patch that keeps nothing of the parameters that were set before. The error is validation_failed, with paths
// within the profile.
func (f form) profile(over filter.Kind) (map[string]any, error) {
	list := []map[string]any{}
	var wrong []fault.Field
	for i, p := range f.Parameters {
		condition, err := p.Condition(over)
		if err != nil {
			wrong = append(wrong, fault.Field{Path: rowPath(i) + ".condition", Message: fault.From(err).Fields[0].Message})
		}
		list = append(list, p.settings(condition))
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	return map[string]any{"name": f.Name, "enabled": f.Enabled, "parameters": list}, nil
}

func rowPath(i int) string { return "parameters[" + strconv.Itoa(i) + "]" }

// settings is the parameter as it is set. What was not typed is left out, and told by the settings.
func (p parameter) settings(condition json.RawMessage) map[string]any {
	out := map[string]any{"name": p.Name, "mode": p.Mode}
	if condition != nil {
		out["condition"] = condition
	}
	if p.Mode == wire.ModeScore && p.Weight != "" { // the others have none
		out["weight"] = number(p.Weight)
	}
	return out
}

// number is a typed whole number; anything else stays a text, which the settings refuse where it stands.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return text
}

// known are the names under which the form shows what is wrong, the most precise first.
func (f form) known() (names []string) {
	names = []string{"name", "enabled"}
	for i, p := range f.Parameters {
		at := rowPath(i)
		names = append(names, at+".name", at+".mode", at+".weight")
		names = append(names, p.Known(at+".condition")...)
		names = append(names, at)
	}
	return append(names, "parameters")
}
