// Package tools is the catalogue: every operation of the product as one literal, from which the MCP tool, the API route,
// the permission check, the OpenAPI operation, the CLI command and the README's table are derived.
package tools

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// Effect is what calling an operation does to the world. The zero value is invalid.
type Effect int

// The effects.
const (
	Read    Effect = iota + 1 // changes nothing
	Write                     // adds or changes
	Destroy                   // may remove or overwrite
)

// Route is one way to reach an operation over HTTP: a method and a net/http ServeMux path.
type Route struct{ Method, Path string }

// IDMark stands in a path for the id of what the operation is about, which is the field id of the input.
const IDMark = "{id}"

// Placed reports whether the path holds the id.
func (r Route) Placed() bool { return strings.Contains(r.Path, IDMark) }

// String returns the ServeMux pattern.
func (r Route) String() string { return r.Method + " " + r.Path }

// Spec declares one operation. Everything about it that is fixed stands here and nowhere else.
type Spec struct {
	Name        string // wire name of the tool, [a-z0-9_]
	Title       string
	Description string // what a model reads
	Permission  scope.Permission
	Effect      Effect
	OpenWorld   bool // reaches systems outside the workspace
	Idempotent  bool // repeating a call changes nothing more
	Route       Route
	Aliases     []Route  // further routes, decoded into the same input under the same permission
	Command     []string // words of the CLI command
	Untrusted   []string // paths in the output that hold text of third parties
	Respelt     []string // fields of the input that say again what another says; models are not shown them
	Needed      []string // fields that models must give, since they are not shown what may stand in their place
	NoTool      bool     // a route alone, not listed to models
	File        bool     // the answer is a CSV file
	Exported    bool     // the whole result can be asked for as NDJSON or CSV
	Streamed    bool     // the body is read by the handler; the input comes from the query string

	in, whole, out func() *Schema // made when first asked for
	check          func(json.RawMessage) error
}

// Op is a Spec with the Go types of its input and output, so that the compiler refuses a handler that does not fit.
type Op[In, Out any] struct{ *Spec }

// Input returns the JSON Schema of the arguments as models read it: objects that an example tells more cheaply are left plain, and what can be said
// in two ways is shown in one.
func (s *Spec) Input() *Schema { return s.in() }

// WholeInput is Input with every part spelt out.
func (s *Spec) WholeInput() *Schema { return s.whole() }

// Output returns the JSON Schema of the structured answer.
func (s *Spec) Output() *Schema { return s.out() }

// Check reads args as the operation's input: strictly, by type, then by Validate. The error is a *fault.Error with the
// paths of the fields at fault. It is the same check on both sides of the wire.
func (s *Spec) Check(args json.RawMessage) error { return s.check(args) }

// Routes returns every way to the operation, the canonical one first.
func (s *Spec) Routes() []Route { return append([]Route{s.Route}, s.Aliases...) }

// Changes reports whether the operation changes anything.
func (s *Spec) Changes() bool { return s.Effect != Read }

// Replayable reports whether the operation takes an idempotency key.
func (s *Spec) Replayable() bool {
	return s.Changes() && !s.Streamed && s.Route.Method == http.MethodPost
}

// Read decodes args strictly into In and validates it. The error is a *fault.Error.
func (o Op[In, Out]) Read(args json.RawMessage) (In, error) {
	var in In
	if err := strictjson.Decode(args, &in); err != nil {
		return in, err
	}
	if v, ok := any(in).(interface{ Validate() error }); ok {
		return in, v.Validate()
	}
	return in, nil
}

// define completes a literal with its schemas. It panics on a literal that must not exist, at program start.
func define[In, Out any](s Spec) Op[In, Out] {
	s.mustBeWhole()
	s.in = sync.OnceValue(func() *Schema { return inferBrief[In](s.Respelt, s.Needed) })
	s.whole, s.out = sync.OnceValue(inferWhole[In]), sync.OnceValue(inferSchema[Out])
	op := Op[In, Out]{&s}
	s.check = func(raw json.RawMessage) error { _, err := op.Read(raw); return err }
	return op
}

func (s *Spec) mustBeWhole() {
	missing := ""
	switch {
	case s.Name == "":
		missing = "name"
	case !s.Permission.Valid():
		missing = "valid permission"
	case s.Effect < Read || s.Effect > Destroy:
		missing = "effect"
	case s.Route.Method == "" || s.Route.Path == "":
		missing = "route"
	case s.Description == "" || s.Title == "":
		missing = "title or description"
	}
	if missing != "" {
		panic("tools: operation " + s.Name + " has no " + missing)
	}
}

// Annotations are the four hints of the MCP specification, all of them set.
type Annotations struct {
	ReadOnly    bool `json:"readOnlyHint"`
	Destructive bool `json:"destructiveHint"`
	Idempotent  bool `json:"idempotentHint"`
	OpenWorld   bool `json:"openWorldHint"`
}

// Annotations derives the hints from the effect.
func (s *Spec) Annotations() Annotations {
	return Annotations{
		ReadOnly: s.Effect == Read, Destructive: s.Effect == Destroy,
		Idempotent: s.Effect == Read || s.Idempotent, OpenWorld: s.OpenWorld,
	}
}

// Schema is a JSON Schema (2020-12) with its one encoding.
type Schema struct {
	*jsonschema.Schema
	text json.RawMessage
}

// Text returns the encoded schema; it must not be changed.
func (s *Schema) Text() json.RawMessage { return s.text }
