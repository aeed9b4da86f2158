package strictjson

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

type kind uint8

const (
	kindString kind = iota
	kindBool
	kindInt
	kindUint
	kindFloat
	kindPointer
	kindSlice
	kindMap
	kindStruct
	kindAny
	kindRaw
	kindTime
	kindJSON // has UnmarshalJSON
	kindText // has UnmarshalText
	kindNumber
)

// plan is what decoding needs to know of a Go type, worked out once per type.
type plan struct {
	kind   kind
	typ    reflect.Type
	elem   *plan             // of pointer, slice and map
	fields map[string]*field // of struct, by exact member name
}

type field struct {
	name     string
	index    []int
	plan     *plan
	optional bool // null is the same as absent
}

var (
	plans     sync.Map // reflect.Type -> *plan
	typeTime  = reflect.TypeFor[time.Time]()
	typeRaw   = reflect.TypeFor[json.RawMessage]()
	typeNum   = reflect.TypeFor[json.Number]()
	typeJSON  = reflect.TypeFor[json.Unmarshaler]()
	typeText  = reflect.TypeFor[encoding.TextUnmarshaler]()
	leafKinds = map[reflect.Kind]kind{
		reflect.String: kindString, reflect.Bool: kindBool, reflect.Float32: kindFloat, reflect.Float64: kindFloat,
		reflect.Int: kindInt, reflect.Int8: kindInt, reflect.Int16: kindInt, reflect.Int32: kindInt, reflect.Int64: kindInt,
		reflect.Uint: kindUint, reflect.Uint8: kindUint, reflect.Uint16: kindUint, reflect.Uint32: kindUint, reflect.Uint64: kindUint,
	}
)

func planOf(t reflect.Type) (*plan, error) {
	if p, ok := plans.Load(t); ok {
		return p.(*plan), nil
	}
	p, err := builder{}.build(t)
	if err != nil {
		return nil, err
	}
	plans.Store(t, p)
	return p, nil
}

// builder holds the plans under construction, so that a type may contain itself.
type builder map[reflect.Type]*plan

func (b builder) build(t reflect.Type) (*plan, error) {
	if p, ok := b[t]; ok {
		return p, nil
	}
	p := &plan{typ: t}
	b[t] = p
	var ok bool
	if p.kind, ok = special(t); ok {
		return p, nil
	}
	if p.kind, ok = leafKinds[t.Kind()]; ok {
		return p, nil
	}
	return p, b.compose(p, t)
}

func special(t reflect.Type) (kind, bool) {
	pointer := reflect.PointerTo(t)
	switch {
	case t == typeTime:
		return kindTime, true
	case t == typeRaw:
		return kindRaw, true
	case t == typeNum:
		return kindNumber, true
	case t.Kind() == reflect.Pointer:
		return 0, false
	case pointer.Implements(typeJSON):
		return kindJSON, true
	case pointer.Implements(typeText):
		return kindText, true
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return kindAny, true
	}
	return 0, false
}

func (b builder) compose(p *plan, t reflect.Type) (err error) {
	switch t.Kind() {
	case reflect.Pointer:
		p.kind = kindPointer
	case reflect.Slice:
		p.kind = kindSlice
	case reflect.Map:
		p.kind = kindMap
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("strictjson: map key of %s is not a string", t)
		}
	case reflect.Struct:
		p.kind = kindStruct
		p.fields, err = b.structFields(t)
		return err
	default:
		return fmt.Errorf("strictjson: type %s is not supported", t)
	}
	p.elem, err = b.build(t.Elem())
	return err
}

// structFields follows encoding/json: a field of an embedded struct counts as one of the outer struct, and the outermost of a name wins.
func (b builder) structFields(t reflect.Type) (map[string]*field, error) {
	out := map[string]*field{}
	for _, sf := range reflect.VisibleFields(t) {
		name, optional, take := memberName(t, sf)
		if !take {
			continue
		}
		if old, ok := out[name]; ok && len(old.index) <= len(sf.Index) {
			continue
		}
		p, err := b.build(sf.Type)
		if err != nil {
			return nil, err
		}
		out[name] = &field{name: name, index: sf.Index, plan: p, optional: optional && p.kind != kindJSON}
	}
	return out, nil
}

// memberName returns the JSON name of a field, whether its tag lets it be left out, and whether the field is read at all.
func memberName(t reflect.Type, sf reflect.StructField) (name string, optional, take bool) {
	tag := sf.Tag.Get("json")
	name, options, _ := strings.Cut(tag, ",")
	if !sf.IsExported() || tag == "-" || (sf.Anonymous && name == "" && isStruct(sf.Type)) || !promoted(t, sf.Index) {
		return "", false, false
	}
	if name == "" {
		name = sf.Name
	}
	return name, strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero"), true
}

func isStruct(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

// promoted reports whether the embedded structs on the way to a field are untagged, and can be reached and made.
func promoted(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		sf := t.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name != "" || (sf.Type.Kind() == reflect.Pointer && !sf.IsExported()) {
			return false
		}
		t = sf.Type
	}
	return true
}
