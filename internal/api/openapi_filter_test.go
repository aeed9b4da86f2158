package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/unstuckengine/unstuck/internal/filter"
)

var filterKinds = []filter.Kind{filter.Accounts, filter.Leads, filter.Signals}

// filterSchemas returns the description's schemas of filters, each of which can be asked about a filter.
func filterSchemas(t *testing.T) map[filter.Kind]*jsonschema.Resolved {
	t.Helper()
	r := newRig(t, nil)
	var doc struct {
		Components struct{ Schemas map[string]any }
	}
	r.must(json.Unmarshal([]byte(r.ask("GET", "/openapi.json", "", "").body), &doc))
	out := map[filter.Kind]*jsonschema.Resolved{}
	for _, k := range filterKinds {
		text, err := json.Marshal(map[string]any{"$ref": "#/$defs/filter_" + string(k), "$defs": doc.Components.Schemas})
		r.must(err)
		var s jsonschema.Schema
		r.must(json.Unmarshal([]byte(strings.ReplaceAll(string(text), "#/components/schemas/", "#/$defs/")), &s))
		out[k], err = s.Resolve(nil)
		r.must(err)
	}
	return out
}

// TestChoicesAreThere looks for places of the description at which nothing would fit.
func TestChoicesAreThere(t *testing.T) {
	r := newRig(t, nil)
	var doc any
	r.must(json.Unmarshal([]byte(r.ask("GET", "/openapi.json", "", "").body), &doc))
	seen := 0
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for i, each := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), each)
			}
		case map[string]any:
			for name, each := range v {
				if name == "oneOf" || name == "anyOf" || name == "allOf" {
					seen++
					if list, _ := each.([]any); len(list) == 0 {
						t.Errorf("%s.%s is %v", path, name, each)
					}
				}
				walk(path+"."+name, each)
			}
		}
	}
	if walk("", doc); seen < 10 {
		t.Errorf("only %d choices were seen", seen)
	}
}

// agree asks the description and the parser about one filter, and returns what both say.
func agree(t *testing.T, schema *jsonschema.Resolved, k filter.Kind, text string) bool {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	described := schema.Validate(v)
	_, read := filter.Parse(k, json.RawMessage(text), time.Now())
	if (described == nil) != (read == nil) {
		t.Errorf("%s: %s: the description says %v, the parser %v", k, text, described, read)
	}
	return read == nil
}

const aTime = `"2026-01-31T00:00:00Z"`

// TestFiltersAreDescribedAsTheyAreRead tries each operator with every sort of value on a field of each type, and a few on every field.
func TestFiltersAreDescribedAsTheyAreRead(t *testing.T) {
	allOps := append(filter.Operators(), "like", "")
	allValues := []string{``, `"a"`, `""`, `12`, `1.5`, `true`, `null`, `{}`, `["a"]`, `[1]`, `[true]`, `[]`, `[null]`}
	fine, tried := 0, 0
	schemas, seen := filterSchemas(t), map[filter.Type]bool{} // how a type is compared is the same for all kinds
	for _, k := range filterKinds {
		for _, path := range append(filter.Paths(k), "nothing", "") {
			path = strings.ReplaceAll(path, "<name>", "team.size")
			_, f, known := filter.Lookup(k, path)
			ops, values := allOps, allValues
			if known && seen[f.Type] {
				ops, values = []string{"present", "any_of", "gt"}, []string{``, `"a"`, `["a"]`}
			}
			seen[f.Type] = seen[f.Type] || known
			for _, op := range ops {
				for _, value := range values {
					text := fmt.Sprintf(`{"field":%q,"op":%q`, path, op)
					if known && f.Type == filter.Time { // a schema says what form a time has, but does not check it
						value = strings.NewReplacer(`"a"`, aTime, `""`, aTime).Replace(value)
					}
					if value != "" {
						text += `,"value":` + value
					}
					if tried++; agree(t, schemas[k], k, text+"}") {
						fine++
					}
				}
			}
		}
	}
	if fine < 500 || tried < 2*fine {
		t.Errorf("%d of %d filters were fine", fine, tried)
	}
}

// TestTreesAreDescribedAsTheyAreRead tries the forms that are no comparison.
func TestTreesAreDescribedAsTheyAreRead(t *testing.T) {
	leaf := map[filter.Kind]string{
		filter.Accounts: `{"field":"founded_year","op":"gte","value":2000}`, filter.Leads: `{"field":"account.domain","op":"eq","value":"a.com"}`,
		filter.Signals: `{"field":"context.page","op":"prefix","value":"/p"}`,
	}
	for k, schema := range filterSchemas(t) {
		for _, form := range []string{
			`{"all":[%s]}`, `{"any":[%s,{"not":%[1]s}]}`, `{"not":{"all":[{"any":[%s]}]}}`, `{"all":[]}`, `{"all":%s}`, `{"not":[%s]}`, `{}`, `[]`, `"x"`,
			`{"all":[%s],"any":[%[1]s]}`, `{"other":[%s]}`, `{"field":"id","op":"present","more":1}`, `{"field":"id"}`, `{"op":"present"}`,
			`{"account":{"field":"domain","op":"present"}}`, `{"lead":{"field":"name","op":"word","value":"jo"}}`, `{"account":{"field":"signal_type","op":"present"}}`,
			`{"leads":{}}`, `{"leads":{"min":2,"where":{"field":"title","op":"present"}}}`, `{"leads":{"types":["a"]}}`, `{"leads":{"last_days":1}}`,
			`{"signals":{"types":["a"],"last_days":30,"min":1,"max":5,"distinct":"lead.id","where":{"field":"source","op":"eq","value":"x"}}}`,
			`{"signals":{"types":[]}}`, `{"signals":{"max":0}}`, `{"signals":{"min":-1}}`, `{"signals":{"min":1.5}}`, `{"signals":{"min":"1"}}`, `{"signals":{"last_days":0}}`,
			`{"signals":{"from":"2026-01-01T00:00:00Z","to":"2026-02-01T00:00:00Z"}}`, `{"signals":{"from":"2026-01-01T00:00:00Z","last_days":3}}`,
			`{"signals":{"distinct":"context.team"}}`, `{"signals":{"distinct":"account.tags"}}`, `{"signals":{"distinct":1}}`, `{"signals":{"none":1}}`, `{"signals":[]}`,
		} {
			if strings.Contains(form, "%") {
				form = fmt.Sprintf(form, leaf[k])
			}
			agree(t, schema, k, form)
		}
	}
}
