package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// object is a JSON object under construction.
type object = map[string]any

// description is the OpenAPI 3.1 document while it is built from the catalogue.
type description struct {
	paths   object
	schemas object
}

// describe returns the API's description, encoded.
func describe(c Config) ([]byte, error) {
	d := description{paths: object{}, schemas: object{"problem": problemSchema()}}
	for _, spec := range tools.Operations() {
		if err := d.add(spec); err != nil {
			return nil, err
		}
	}
	d.addFilters()
	d.addPublic()
	doc := object{
		"openapi":           "3.1.0",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{"title": "Unstuck API", "version": c.Version,
			"description": "Gives agents exactly what their API key allows. Errors are problem documents (RFC 9457); their code is stable."},
		"servers":  []object{{"url": c.PublicURL + "/"}},
		"security": []object{{"key": []string{}}},
		"paths":    d.paths,
		"components": object{
			"schemas":         d.schemas,
			"responses":       problemResponses(),
			"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer", "description": "An API key, unstuck_..."}},
		},
	}
	return json.MarshalIndent(doc, "", " ")
}

// add describes an operation at each of its routes.
func (d description) add(spec *tools.Spec) error {
	in, err := d.hoist(spec.WholeInput())
	if err != nil {
		return err
	}
	d.spellFilter(spec, in)
	out, err := d.hoist(spec.Output())
	if err != nil {
		return err
	}
	d.schemas[spec.Name+"_input"], d.schemas[spec.Name+"_output"] = in, out
	for i, route := range spec.Routes() {
		o := object{
			"operationId": operationID(spec, i), "summary": spec.Title, "description": spec.Description + " Needs " + needs(spec) + ".",
			"tags": []string{tagOf(route.Path)}, "x-permission": spec.Permission, "responses": responses(spec),
		}
		parameters := d.parameters(spec, route, in["properties"])
		switch {
		case spec.Streamed:
			o["requestBody"] = streamedBody()
		case route.Placed():
		case route.Method != http.MethodGet:
			o["requestBody"] = object{"required": true, "content": jsonContent(ref(spec.Name + "_input"))}
			parameters = nil
		}
		if spec.Replayable() {
			parameters = append(parameters, headerParameter("Idempotency-Key", "Repeating a request with its key, within 24 hours, replays the first answer.", object{"type": "string", "maxLength": 255}))
		}
		if len(parameters) > 0 {
			o["parameters"] = parameters
		}
		d.put(route, o)
	}
	return nil
}

func operationID(spec *tools.Spec, route int) string {
	if route == 0 {
		return spec.Name
	}
	return spec.Name + "_" + strconv.Itoa(route+1)
}

func needs(spec *tools.Spec) string {
	if spec.Permission.Valid() && strings.Contains(string(spec.Permission), ":") {
		return "the permission " + string(spec.Permission)
	}
	return "any key"
}

func tagOf(path string) string { return strings.Split(path, "/")[2] }

func (d description) put(r tools.Route, o object) {
	path, ok := d.paths[r.Path].(object)
	if !ok {
		path = object{}
		d.paths[r.Path] = path
	}
	path[strings.ToLower(r.Method)] = o
}

// hoist returns the schema with its own definitions moved to the document's, where its references then point.
func (d description) hoist(s *tools.Schema) (object, error) {
	text := strings.ReplaceAll(string(s.Text()), `"#/$defs/`, `"#/components/schemas/`)
	var o object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return nil, err
	}
	defs, _ := o["$defs"].(object)
	for name, def := range defs {
		if known, ok := d.schemas[name]; ok && fmt.Sprint(known) != fmt.Sprint(def) {
			return nil, fmt.Errorf("api: two schemas are named %s", name)
		}
		d.schemas[name] = def
	}
	delete(o, "$defs")
	return o, nil
}

// parameters describes how path and query string spell the input.
func (d description) parameters(spec *tools.Spec, route tools.Route, properties any) []object {
	props, _ := properties.(object)
	spellings := parametersOf(spec.Input())
	var out []object
	for _, name := range slices.Sorted(maps.Keys(props)) {
		switch how := spellings[name]; {
		case strings.Contains(route.Path, "{"+name+"}"):
			out = append(out, object{"name": name, "in": "path", "required": true, "schema": props[name]})
		case route != spec.Route && route.Placed() && name != "response_format": // the path is the hint already
		case how == spellSort:
			out = append(out, object{"name": name, "in": "query", "description": "field:asc or field:desc; repeat it to break ties",
				"schema": object{"type": "array", "items": object{"type": "string"}, "maxItems": 4}})
		case how != spellBody:
			out = append(out, object{"name": name, "in": "query", "required": slices.Contains(spec.Input().Required, name), "schema": props[name]})
		}
	}
	if route.Method != http.MethodGet || len(spec.Input().Properties) == 0 {
		return out
	}
	return append(out, headerParameter("Prefer", "response_format=concise|detailed, max_chars=N", object{"type": "string"}))
}

func headerParameter(name, text string, schema object) object {
	return object{"name": name, "in": "header", "description": text, "schema": schema}
}

func ref(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }

func jsonContent(schema object) object { return object{"application/json": object{"schema": schema}} }

func streamedBody() object {
	content := object{}
	for _, t := range formStream.consumes {
		content[t] = object{"schema": object{"type": "string"}}
	}
	return object{"required": true, "content": content}
}

// responses lists what an operation can answer.
func responses(spec *tools.Spec) object {
	content := jsonContent(ref(spec.Name + "_output"))
	if spec.Exported { // the whole result as rows, without a page's limit
		content[typeNDJSON], content[typeCSV] = object{"schema": object{"type": "string"}}, object{"schema": object{"type": "string"}}
	}
	if spec.File {
		content = object{typeCSV: object{"schema": object{"type": "string"}}}
	}
	ok := object{"description": spec.Title, "content": content}
	rs := object{"200": ok}
	switch spec {
	case tools.PushSignal.Spec, tools.SaveDestination.Spec:
		rs["201"] = ok
	case tools.EnrichRecords.Spec, tools.QualifyRecords.Spec:
		rs["202"] = ok
	case tools.WatchAccess.Spec:
		rs = object{"204": object{"description": "Nothing changed; ask again."}}
	case tools.GetRecord.Spec:
		rs["304"] = object{"description": "The record is as If-None-Match knows it."}
	}
	for status := range problemResponses() {
		rs[status] = object{"$ref": "#/components/responses/" + status}
	}
	return rs
}

// problemResponses describes each status by the codes that it comes with.
func problemResponses() object {
	codes := map[int][]string{}
	for _, c := range fault.Codes() {
		if c != fault.APIUnreachable { // clients say that
			codes[c.Status()] = append(codes[c.Status()], string(c))
		}
	}
	out := object{}
	for status, names := range codes {
		slices.Sort(names)
		out[strconv.Itoa(status)] = object{"description": strings.Join(names, ", "), "content": object{fault.ContentType: object{"schema": ref("problem")}}}
	}
	return out
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{
		"type": "object", "required": []string{"type", "title", "status", "detail", "code", "request_id"},
		"properties": object{
			"type": text, "title": text, "status": object{"type": "integer"}, "detail": text, "code": text, "request_id": text,
			"errors": object{"type": "array", "items": object{"type": "object", "required": []string{"field", "message"},
				"properties": object{"field": text, "message": text, "allowed": object{"type": "array", "items": text}}}},
			"required_scope": object{"type": []string{"string", "null"}}, "retry_after": object{"type": "integer"}, "key_id": text,
		},
	}
}

// addPublic describes what needs no key.
func (d description) addPublic() {
	for path, text := range map[string]string{"/livez": "Whether the process runs", "/readyz": "Whether requests can be answered now"} {
		d.put(tools.Route{Method: http.MethodGet, Path: path}, object{
			"operationId": path[1:], "summary": text, "security": []object{}, "tags": []string{"health"},
			"responses": object{
				"200": object{"description": "Yes", "content": jsonContent(object{"type": "object", "properties": object{"status": object{"type": "string"}}})},
				"503": object{"$ref": "#/components/responses/503"},
			},
		})
	}
}
