package audiencepages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/conditions"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// form is an audience as its inputs have it.
type form struct {
	Over       filter.Kind
	ID         string // "" of a new one
	Version    string // that was read
	Name       string
	Conditions conditions.Form
	Ranking    []wire.Sort // without a field: an empty row
	Enrich     []string
	Attached   []attachment
}

// attachment is a ticked destination with the text of its mapping: a line their_field = our_path for each, none for the destination's own.
type attachment struct{ ID, Mapping string }

// begin returns the form of an audience.
func begin(a wire.Audience) form {
	over := overOf(string(a.Over))
	f := form{Over: over, ID: a.ID, Name: a.Name, Ranking: a.Ranking, Enrich: a.Enrich, Version: strconv.FormatInt(a.Version, 10)}
	f.Conditions = conditions.Form{Over: over, Match: conditions.All}
	if !bytes.Equal(a.Filter, everyone) {
		f.Conditions = conditions.From(over, a.Filter)
	}
	for _, d := range a.Destinations {
		f.Attached = append(f.Attached, attachment{d.ID, mappingText(d.Mapping)})
	}
	return f
}

func mappingText(m map[string]string) string {
	var lines []string
	for _, their := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, their+" = "+m[their])
	}
	return strings.Join(lines, "\n")
}

// The inputs of the form beside those of the conditions.
const (
	doInput   = "do"
	previewDo = "preview"
	againDo   = "again"
)

// read returns the form that was posted, and which button was pressed: again to show it with another row, or previewDo.
func read(posted url.Values) (f form, do string) {
	over := overOf(posted.Get("over"))
	f = form{Over: over, ID: posted.Get("id"), Version: posted.Get("version"), Name: strings.TrimSpace(posted.Get("name")), Enrich: posted["enrich"]}
	again := false
	if f.Conditions, again = conditions.Read(over, posted); again {
		do = againDo
	} else if posted.Get(doInput) == previewDo {
		do = previewDo
	}
	for i := range wire.MaxRanking {
		name := rankName(i)
		if field := strings.TrimSpace(posted.Get(name + ".field")); field != "" {
			f.Ranking = append(f.Ranking, wire.Sort{Field: field, Dir: wire.Direction(posted.Get(name + ".dir"))})
		}
	}
	for _, id := range posted["destination"] {
		f.Attached = append(f.Attached, attachment{id, strings.ReplaceAll(posted.Get("mapping."+id), "\r\n", "\n")})
	}
	return f, do
}

func rankName(i int) string { return "rank" + strconv.Itoa(i) }

// rules returns who is in the audience that the form describes, for a preview.
func (f form) rules() (in wire.PreviewAudience, err error) {
	in = wire.PreviewAudience{Over: wire.Over(f.Over), Ranking: append([]wire.Sort{}, f.Ranking...), Enrich: append([]string{}, f.Enrich...)}
	if in.Filter, err = f.filter(); err != nil {
		return in, err
	}
	return in, in.Validate()
}

func (f form) filter() (json.RawMessage, error) {
	tree, err := f.Conditions.Filter()
	if tree == nil && err == nil {
		tree = everyone
	}
	return tree, err
}

// input returns the form as it is saved over what was there before.
func (f form) input(before wire.Audience) (in wire.SaveAudience, err error) {
	rules, err := f.rules()
	if err != nil {
		return in, err
	}
	in = wire.SaveAudience{ID: f.ID, Name: f.Name, Over: rules.Over, Filter: rules.Filter, Ranking: rules.Ranking, Enrich: rules.Enrich, Destinations: []wire.AudienceDestination{}}
	if f.ID != "" {
		in.Version = version(f.Version)
		if same, err := begin(before).filter(); err == nil && bytes.Equal(same, in.Filter) {
			in.Filter = nil // which the form may say in other words
		}
	}
	if f.Name == "" {
		return in, fault.Invalid("name", "is required")
	}
	for i, a := range f.Attached {
		mapping, err := readMapping(a.Mapping)
		if err != nil {
			return in, fault.Invalid(attachPath(i)+".mapping", err.Error())
		}
		in.Destinations = append(in.Destinations, wire.AudienceDestination{ID: a.ID, Mapping: mapping})
	}
	return in, in.Validate()
}

func version(text string) *int64 {
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil { // a form of nobody's making: it counts as an old one
		v = 1
	}
	return &v
}

// readMapping reads the lines of a mapping; nil for none.
func readMapping(text string) (map[string]string, error) {
	var out map[string]string
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		their, our, ok := cut(line)
		if their, our = strings.TrimSpace(their), strings.TrimSpace(our); !ok || their == "" || our == "" {
			return nil, fmt.Errorf("line %d must be: their_field = our_path", i+1)
		}
		if _, twice := out[their]; twice {
			return nil, fmt.Errorf("line %d names a field for the second time", i+1)
		}
		if out == nil {
			out = map[string]string{}
		}
		out[their] = our
	}
	return out, nil
}

// cut parts the two sides of a line as mappingText writes them, whose first may hold equal signs, and as people do.
func cut(line string) (their, our string, ok bool) {
	const sign = " = "
	if i := strings.LastIndex(line, sign); i >= 0 {
		return line[:i], line[i+len(sign):], true
	}
	return strings.Cut(line, "=")
}

// The paths at which a refusal names parts of the form.
func rankPath(i int) string   { return "ranking[" + strconv.Itoa(i) + "]" }
func attachPath(i int) string { return "destinations[" + strconv.Itoa(i) + "]" }

// known are the names under which the page looks for what is wrong.
func (f form) known() []string {
	names := append(f.Conditions.Known(), "name", "enrich")
	for i := range f.Ranking {
		names = append(names, rankPath(i))
	}
	for i := range f.Attached {
		names = append(names, attachPath(i))
	}
	return names
}
