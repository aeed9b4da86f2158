package strictjson_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

func TestMembers(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`:                                   nil,
		` { } `:                                nil,
		`{"a":1,"b" : [1,{"c":"}"}] ,"":null}`: {"a", "1", "b", `[1,{"c":"}"}]`, "", "null"},
		`{"\u0061":"x\"y","d":{"e":true}}`:     {"a", `"x\"y"`, "d", `{"e":true}`},
	} {
		var got []string
		ok := strictjson.Members([]byte(text), func(name, value []byte) { got = append(got, string(name), string(value)) })
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v\n%s", text, ok, diff)
		}
	}
	for _, text := range []string{``, `[]`, `1`, `"{"`, `null`} {
		if strictjson.Members([]byte(text), func(_, _ []byte) { t.Error("called") }) {
			t.Errorf("%s is taken for an object", text)
		}
	}
}
