package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/e2e/oracle"
)

// answer is what a call returned, with what it had asked for.
type answer struct{ args, doc map[string]any }

func read(args string, doc []byte) (a answer, err error) {
	for text, into := range map[string]*map[string]any{args: &a.args, string(doc): &a.doc} {
		dec := json.NewDecoder(bytes.NewReader([]byte(text)))
		dec.UseNumber()
		if err := dec.Decode(into); err != nil {
			return a, fmt.Errorf("%.200s: %w", text, err)
		}
	}
	return a, nil
}

// at returns what lies at a path, its steps parted by slashes; nil when there is nothing.
func (a answer) at(path string) any { return inside(a.doc, path) }

func inside(v any, path string) any {
	for _, step := range strings.Split(path, "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

var blank = regexp.MustCompile(`\{\{(.+?)\}\}`)

// fill puts values of the answer into the blanks of a text.
func (a answer) fill(text string) string {
	return blank.ReplaceAllStringFunc(text, func(b string) string {
		quoted, _ := json.Marshal(fmt.Sprint(a.at(b[2 : len(b)-2])))
		return strings.Trim(string(quoted), `"`)
	})
}

func total(a ...answer) any { return a[0].at("total") }

// field reads one place of the last answer.
func field(path string) func(...answer) any {
	return func(a ...answer) any { return a[len(a)-1].at(path) }
}

// column reads one place of every item, page after page.
func column(path string) func(...answer) any {
	return columns(path)
}

// columns reads several places of every item, as one text.
func columns(paths ...string) func(...answer) any {
	return func(answers ...answer) any {
		out := []string{}
		for _, a := range answers {
			items, _ := a.at("items").([]any)
			for _, item := range items {
				cells := make([]string, len(paths))
				for i, path := range paths {
					cells[i] = cell(inside(item, path))
				}
				out = append(out, strings.Join(cells, " | "))
			}
		}
		return out
	}
}

func cell(v any) string {
	if v == nil {
		return oracle.None
	}
	return fmt.Sprint(v)
}

// facet reads groups of one field and one measure as an object.
func facet(a ...answer) any {
	out := map[string]any{}
	for _, g := range groups(a[0]) {
		out[strings.Join(g.keys, " | ")] = json.Number(g.values[0])
	}
	return out
}

// figures reads the values of the only group as an object.
func figures(a ...answer) any { return a[0].at("groups/0/values") }

// rows reads groups as "key | key: value | value", in their order.
func rows(a ...answer) any {
	out := []string{}
	for _, g := range groups(a[0]) {
		out = append(out, strings.Join(g.keys, " | ")+": "+strings.Join(g.values, " | "))
	}
	return out
}

// groupCount reads how many groups there are in all.
func groupCount(a ...answer) any { return a[0].at("total_groups") }

type group struct{ keys, values []string }

// groups reads the groups of insights, keys and values in the order in which they were asked for.
func groups(a answer) (out []group) {
	var keys, values []string
	for _, path := range list(a.args["group_by"]) {
		keys = append(keys, fmt.Sprint(path))
	}
	if bucket := inside(a.args, "bucket/field"); bucket != nil {
		keys = append(keys, fmt.Sprint(bucket))
	}
	for _, m := range list(a.args["measures"]) {
		values = append(values, fmt.Sprint(inside(m, "name")))
	}
	for _, g := range list(a.doc["groups"]) {
		out = append(out, group{cells(inside(g, "key"), keys), cells(inside(g, "values"), values)})
	}
	return out
}

func list(v any) []any { out, _ := v.([]any); return out }

// cells reads members of an object; one that is not there at all is told apart from null.
func cells(object any, names []string) []string {
	out := make([]string, len(names))
	members, _ := object.(map[string]any)
	for i, n := range names {
		v, ok := members[n]
		if out[i] = cell(v); !ok {
			out[i] = "no " + n
		}
	}
	return out
}
