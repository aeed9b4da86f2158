package strictjson

import (
	"encoding"
	"reflect"
	"strconv"
)

var expected = map[kind]string{
	kindString: "a string", kindBool: "a boolean", kindInt: "an integer", kindUint: "a non-negative integer", kindFloat: "a number",
	kindTime: "an RFC 3339 time with an offset, such as 2026-01-31T00:00:00Z", kindText: "a string", kindNumber: "a number",
}

func (d *decoder) scalar(p *plan, v reflect.Value, first byte) {
	switch {
	case first == '"' && p.kind == kindString:
		v.SetString(string(d.text()))
	case first == '"' && p.kind == kindTime:
		d.time(v)
	case first == '"' && p.kind == kindText:
		d.report(v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(d.text()))
	case (first == 't' || first == 'f') && p.kind == kindBool:
		v.SetBool(d.skip()[0] == 't')
	case first == '-' || (first >= '0' && first <= '9'):
		d.numeric(p, v)
	default:
		d.mismatch(expected[p.kind])
	}
}

func (d *decoder) time(v reflect.Value) {
	t, err := ParseTime(string(d.text()))
	if err != nil {
		d.fail(err.Error())
		return
	}
	v.Set(reflect.ValueOf(t))
}

func (d *decoder) numeric(p *plan, v reflect.Value) {
	var ok bool
	switch lit := d.number(); p.kind {
	case kindInt:
		var n int64
		if n, ok = integer(lit, strconv.ParseInt); ok && !v.OverflowInt(n) {
			v.SetInt(n)
			return
		}
	case kindUint:
		var n uint64
		if n, ok = integer(lit, strconv.ParseUint); ok && !v.OverflowUint(n) {
			v.SetUint(n)
			return
		}
	case kindNumber:
		v.SetString(string(lit))
		return
	case kindFloat:
		if f, err := strconv.ParseFloat(string(lit), 64); err == nil && !v.OverflowFloat(f) {
			v.SetFloat(f)
			return
		}
	}
	if ok {
		d.fail("expected " + expected[p.kind] + " within its range")
		return
	}
	d.fail("expected " + expected[p.kind])
}

// integer reads a literal whose value is whole, however it is spelled.
func integer[T int64 | uint64](lit []byte, parse func(string, int, int) (T, error)) (T, bool) {
	n, err := parse(string(lit), 10, 64)
	if err != nil {
		n, err = parse(string(appendNumber(nil, lit)), 10, 64)
	}
	return n, err == nil
}
