package filter_test

import (
	"cmp"
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// TestNumbersSortByValue compares with exact arithmetic.
func TestNumbersSortByValue(t *testing.T) {
	literal := rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`)
	near := rapid.SampledFrom([]string{"0", "-0", "0.0", "1", "1.0", "10e-1", "-1", "-1.2", "-1.25", "1.2", "1.25", "9", "10", "11", "-9", "-10",
		"9007199254740993", "9007199254740992", "1e300", "-1e300", "1e-300", "-1e-300", "0.1", "0.10", "100e-3"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.OneOf(literal, near).Draw(t, "a"), rapid.OneOf(literal, near).Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		p, q := filter.Encode(json.Number(a)), filter.Encode(json.Number(b))
		if cmp.Compare(p, q) != x.Cmp(y) {
			t.Fatalf("%s and %s compare as %d by value, but are %q and %q", a, b, x.Cmp(y), p, q)
		}
		canonical, err := strictjson.Canonical([]byte(a))
		if got := filter.Decode(p); err != nil || string(got) != string(canonical) {
			t.Fatalf("%s comes back as %s, want %s (%v)", a, got, canonical, err)
		}
	})
}

func TestTypesDiffer(t *testing.T) {
	sorted := []any{false, true, json.Number("-5"), json.Number("5"), "", "5", "Ä", "b"}
	for i := 1; i < len(sorted); i++ {
		if a, b := filter.Encode(sorted[i-1]), filter.Encode(sorted[i]); a >= b {
			t.Errorf("%v does not come before %v: %q, %q", sorted[i-1], sorted[i], a, b)
		}
	}
	for v, want := range map[any]string{true: "true", false: "false", json.Number("1.50"): "1.5", "Café \"X\"": `"cafe \"x\""`} {
		if got := string(filter.Decode(filter.Encode(v))); got != want {
			t.Errorf("%v comes back as %s, want %s", v, got, want)
		}
	}
}

func TestIndex(t *testing.T) {
	for raw, want := range map[string]string{
		`{}`: `{}`,
		`{"page":"/Pricing","n":10,"on":true,"none":null}`: `{"n":"np500021","on":"b1","page":"s/pricing"}`,
		`{"list":["B",1,null,{"x":1},[2]],"empty":[]}`:     `{"empty":[],"list":["sb","np500011"]}`,
		`{"a":{"b":{"c":1},"d":"X"}}`:                      `{"a":"o","a.b":"o","a.b.c":"np500011","a.d":"sx"}`,
		`{"a":{"b":1},"a.b":2}`:                            `{"a":"o","a.b":"np500012"}`,
		`{"a.b":null,"a":{"b":1}}`:                         `{"a":"o","a.b":"np500011"}`,
	} {
		got, err := filter.Index(json.RawMessage(raw))
		if err != nil || string(got) != want {
			t.Errorf("%s gives %s, want %s (%v)", raw, got, want, err)
		}
	}
	for _, raw := range []string{``, `[]`, `1`, `{`} {
		if got, err := filter.Index(json.RawMessage(raw)); err == nil {
			t.Errorf("%q gives %s", raw, got)
		}
	}
}
