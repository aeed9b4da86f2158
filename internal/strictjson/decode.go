package strictjson

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// maxFieldErrors bounds the list of refused fields in one error.
const maxFieldErrors = 20

// Decode checks data (see Check, with all Options) and reads it into the value that into points to.
//
// Types and json tags mean what they mean to encoding/json, except: a member name must equal the field's name in exact case and an
// unknown one is refused; null is the same as absent for pointers, slices, maps, any and json.RawMessage fields (as an element of a slice
// or map a json.RawMessage keeps the text null) and for every field tagged omitempty or omitzero, and a type error for everything else; an integer field takes 5, 5.0 and 5e0 but not 5.5;
// time.Time is read by ParseTime; numbers inside any become json.Number, so that no digit is lost; the tag option "string" and
// base64 bytes are not supported. A type with UnmarshalJSON is handed its text, null included, and a *fault.Error that it returns keeps its field paths.
//
// The error is a *fault.Error: invalid_json for what Check refuses, otherwise validation_failed with up to 20 fields, each with its path and the
// expected type; internal when into is of no supported type. After an error the target may be partly filled.
func Decode(data []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fault.Wrap(fault.Internal, errors.New("strictjson: target is not a pointer"))
	}
	p, err := planOf(v.Type().Elem())
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	if err := check(data, strict); err != nil {
		return err
	}
	d := decoder{cursor: cursor{data: data}}
	d.next()
	d.value(p, v.Elem())
	if len(d.errs) > 0 {
		return fault.InvalidFields(d.errs...)
	}
	return nil
}

type decoder struct {
	cursor
	path []segment
	errs []fault.Field
}

func (d *decoder) fail(message string, allowed ...string) {
	if len(d.errs) < maxFieldErrors {
		d.errs = append(d.errs, fault.Field{Path: pathOf(d.path), Message: message, Allowed: allowed})
	}
}

// mismatch skips the value at hand and records which type was expected.
func (d *decoder) mismatch(want string) {
	d.skip()
	d.fail("expected " + want)
}

func (d *decoder) value(p *plan, v reflect.Value) {
	first := d.data[d.pos]
	if first == 'n' && p.nullable() {
		d.pos += len("null")
		v.SetZero()
		return
	}
	switch p.kind {
	case kindPointer:
		if v.IsNil() {
			v.Set(reflect.New(p.elem.typ))
		}
		d.value(p.elem, v.Elem())
	case kindStruct:
		d.structure(p, v, first)
	case kindSlice:
		d.slice(p, v, first)
	case kindMap:
		d.mapping(p, v, first)
	case kindAny:
		v.Set(reflect.ValueOf(d.any()))
	case kindRaw:
		v.SetBytes(append([]byte(nil), d.skip()...))
	case kindJSON:
		d.custom(v)
	default:
		d.scalar(p, v, first)
	}
}

func (p *plan) nullable() bool {
	switch p.kind {
	case kindPointer, kindSlice, kindMap, kindAny, kindRaw:
		return true
	}
	return false
}

func (d *decoder) structure(p *plan, v reflect.Value, first byte) {
	if first != '{' {
		d.mismatch("an object")
		return
	}
	d.path = append(d.path, segment{})
	d.members(func(name []byte) {
		d.path[len(d.path)-1] = segment{name: nonNil(name)}
		f, ok := p.fields[string(name)]
		if !ok {
			d.unknown(p, name)
			return
		}
		if f.optional && d.data[d.pos] == 'n' {
			d.skip()
			return
		}
		d.value(f.plan, fieldOf(v, f.index))
	})
	d.path = d.path[:len(d.path)-1]
}

func fieldOf(v reflect.Value, index []int) reflect.Value {
	for n, i := range index {
		if n > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}

func (d *decoder) unknown(p *plan, name []byte) {
	d.skip()
	for known := range p.fields {
		if strings.EqualFold(known, string(name)) && utf8.Valid(name) {
			d.fail("unknown field; names are case-sensitive", known)
			return
		}
	}
	d.fail("unknown field", slices.Sorted(maps.Keys(p.fields))...)
}

func (d *decoder) slice(p *plan, v reflect.Value, first byte) {
	if first != '[' {
		d.mismatch("an array")
		return
	}
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	d.path = append(d.path, segment{})
	d.elements(func(i int) {
		d.path[len(d.path)-1] = segment{index: i}
		v.Grow(1)
		v.SetLen(i + 1)
		v.Index(i).SetZero()
		d.element(p.elem, v.Index(i))
	})
	d.path = d.path[:len(d.path)-1]
}

func (d *decoder) mapping(p *plan, v reflect.Value, first byte) {
	if first != '{' {
		d.mismatch("an object")
		return
	}
	v.Set(reflect.MakeMap(p.typ))
	d.path = append(d.path, segment{})
	d.members(func(name []byte) {
		d.path[len(d.path)-1] = segment{name: nonNil(name)}
		elem := reflect.New(p.elem.typ).Elem()
		d.element(p.elem, elem)
		v.SetMapIndex(reflect.ValueOf(string(name)).Convert(p.typ.Key()), elem)
	})
	d.path = d.path[:len(d.path)-1]
}

// element reads a value of a slice or map, where a json.RawMessage keeps null.
func (d *decoder) element(p *plan, v reflect.Value) {
	if p.kind == kindRaw {
		v.SetBytes(append([]byte(nil), d.skip()...))
		return
	}
	d.value(p, v)
}

func (d *decoder) any() any {
	switch d.data[d.pos] {
	case '{':
		out := map[string]any{}
		d.members(func(name []byte) { out[string(name)] = d.any() })
		return out
	case '[':
		out := []any{}
		d.elements(func(int) { out = append(out, d.any()) })
		return out
	case '"':
		return string(d.text())
	case 't', 'f':
		return d.skip()[0] == 't'
	case 'n':
		d.skip()
		return nil
	}
	return json.Number(d.number())
}

func (d *decoder) custom(v reflect.Value) {
	raw := d.skip()
	d.report(v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw))
}

// report records what a type's own method refused; only a *fault.Error's text is fit to be shown.
func (d *decoder) report(err error) {
	var f *fault.Error
	switch {
	case err == nil:
	case !errors.As(err, &f) || len(f.Fields) == 0:
		d.fail("not in the expected form")
	default:
		base := pathOf(d.path)
		for _, inner := range f.Fields {
			if len(d.errs) < maxFieldErrors {
				inner.Path = Join(base, inner.Path)
				d.errs = append(d.errs, inner)
			}
		}
	}
}
