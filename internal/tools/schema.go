package tools

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// special are the types whose schema cannot be inferred from their Go form.
var special = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[json.RawMessage]():  {Type: "object"},
	reflect.TypeFor[json.Number]():      {Type: "number"},
	reflect.TypeFor[time.Time]():        {Type: "string"},
	reflect.TypeFor[wire.Value]():       {},
	reflect.TypeFor[wire.Over]():        enum(wire.OverAccounts, wire.OverLeads, wire.OverSignals),
	reflect.TypeFor[wire.Fn]():          enum(wire.Count, wire.CountDistinct, wire.Sum, wire.Min, wire.Max, wire.Avg),
	reflect.TypeFor[wire.Unit]():        enum(wire.Day, wire.Week, wire.Month, wire.Quarter, wire.Year),
	reflect.TypeFor[wire.Comparison]():  enum(wire.Equal, wire.NotEqual, wire.Above, wire.AtLeast, wire.Below, wire.AtMost),
	reflect.TypeFor[wire.Format]():      enum(wire.Concise, wire.Detailed),
	reflect.TypeFor[wire.Direction]():   enum(wire.Ascending, wire.Descending),
	reflect.TypeFor[wire.ImportKind]():  enum(wire.ImportAccounts, wire.ImportLeads, wire.ImportSignals),
	reflect.TypeFor[wire.BatchStatus](): enum(wire.Created, wire.Duplicate, wire.Rejected),
	reflect.TypeFor[wire.Kind]():        enum(wire.KindAccount, wire.KindLead),
	reflect.TypeFor[wire.Channel]():     enum(wire.Channels()...),
	reflect.TypeFor[wire.JobState]():    enum(wire.JobPending, wire.JobRunning, wire.JobDone, wire.JobCanceled, wire.JobStopped),

	reflect.TypeFor[wire.SettingsSection](): enum(wire.SettingsSections()...),

	reflect.TypeFor[wire.QualifyOver]():        enum(wire.QualifyAccounts, wire.QualifyLeads, wire.QualifyAll),
	reflect.TypeFor[wire.QualificationState](): enum(wire.QualificationPending, wire.QualificationRunning, wire.QualificationDone, wire.QualificationReplaced),
}

// brief is special for what models read: these parts are told once, by an example in a description or the instructions.
var brief = func() map[reflect.Type]*jsonschema.Schema {
	out := maps.Clone(special)
	for _, t := range []reflect.Type{reflect.TypeFor[wire.Sort](), reflect.TypeFor[wire.Measure](), reflect.TypeFor[wire.Bucket](),
		reflect.TypeFor[wire.Having](), reflect.TypeFor[wire.InsightsOrder](), reflect.TypeFor[wire.AudienceDestination]()} {
		out[t] = &jsonschema.Schema{Type: "object"}
	}
	return out
}()

func enum[T ~string](values ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// inferSchema returns the schema of T, closed and without nullable unions where null never comes.
func inferSchema[T any]() *Schema {
	if reflect.TypeFor[T]() == reflect.TypeFor[wire.Record]() {
		return encode(eitherSchema[wire.AccountRecord, wire.LeadRecord]())
	}
	return encode(infer(reflect.TypeFor[T](), answered()))
}

// answered is special with what only answers hold: members of audiences, which are flat.
var answered = sync.OnceValue(func() map[reflect.Type]*jsonschema.Schema {
	out := maps.Clone(special)
	out[reflect.TypeFor[wire.AudienceMember]()] = eitherSchema[wire.AccountMember, wire.LeadMember]()
	return out
})

// inferBrief and inferWhole return the schema of an input as models and as programmers read it.
func inferBrief[T any](without, needed []string) *Schema {
	return inferInput(reflect.TypeFor[T](), brief, without, needed)
}
func inferWhole[T any]() *Schema { return inferInput(reflect.TypeFor[T](), special, nil, nil) }

// inferInput says the lists of texts once: a search has up to 15 of them and a model pays for each byte.
func inferInput(t reflect.Type, known map[reflect.Type]*jsonschema.Schema, without, needed []string) *Schema {
	s := infer(t, known)
	s.Required = append(s.Required, needed...)
	for _, name := range without {
		delete(s.Properties, name)
	}
	s.PropertyOrder = slices.DeleteFunc(s.PropertyOrder, func(name string) bool { return s.Properties[name] == nil })
	for name, p := range s.Properties {
		if p.Type == "array" && p.Items != nil && p.Items.Type == "string" && len(p.Items.Enum) == 0 {
			s.Properties[name] = &jsonschema.Schema{Ref: "#/$defs/" + listDef}
			s.Defs = map[string]*jsonschema.Schema{listDef: p}
		}
	}
	return encode(s)
}

// listDef names the definition of a list of texts, any of which may match.
const listDef = "l"

func infer(t reflect.Type, known map[reflect.Type]*jsonschema.Schema) *jsonschema.Schema {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: known})
	if err != nil {
		panic("tools: " + err.Error())
	}
	tidy(s)
	return s
}

// encode fixes the text of s. That every schema compiles is proved by a test: compiling them costs more than all the rest
// of a start.
func encode(s *jsonschema.Schema) *Schema {
	text, err := json.Marshal(s)
	if err != nil {
		panic("tools: " + err.Error())
	}
	return &Schema{Schema: s, text: text}
}

// tidy closes objects and gives each property one type: a nil slice is never sent, and an optional pointer is left out
// instead of null. Null stays where the field is always present.
func tidy(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Types != nil && slices.Contains(s.Types, "array") {
		s.Type, s.Types = "array", nil
	}
	for name, p := range s.Properties {
		if len(p.Types) == 2 && p.Types[0] == "null" && !slices.Contains(s.Required, name) {
			p.Type, p.Types = p.Types[1], nil
		}
		tidy(p)
	}
	tidy(s.Items)
	tidy(s.AdditionalProperties)
}

// eitherSchema joins the flat forms of an account and a lead, which share most fields: clients want one object type, not a union.
func eitherSchema[A, L any]() *jsonschema.Schema {
	a, l := infer(reflect.TypeFor[A](), special), infer(reflect.TypeFor[L](), special)
	for _, name := range l.PropertyOrder {
		if _, both := a.Properties[name]; !both {
			a.Properties[name] = l.Properties[name]
			a.PropertyOrder = append(a.PropertyOrder, name)
		}
	}
	a.Required = slices.DeleteFunc(a.Required, func(name string) bool { return !slices.Contains(l.Required, name) })
	return a
}
