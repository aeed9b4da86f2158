package ordered_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
)

// TestOrderStays sets members in any order and finds them so again, each with its last value.
func TestOrderStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOf(rapid.StringMatching(`[a-c"\\ é]{0,2}`)).Draw(t, "names")
		var o ordered.Object
		var order []string
		last := map[string]json.RawMessage{}
		for _, name := range names {
			raw, _ := json.Marshal(rapid.Float64Range(-1e9, 1e9).Draw(t, "value"))
			if _, seen := last[name]; !seen {
				order = append(order, name)
			}
			last[name] = raw
			o.Set(name, raw)
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ordered.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if len(again.Members()) != len(order) {
			t.Fatalf("%s: %d members, want %d", text, len(again.Members()), len(order))
		}
		for i, m := range again.Members() {
			if m.Name != order[i] || string(m.Value) != string(last[m.Name]) {
				t.Fatalf("member %d is %s: %s, want %s: %s", i, m.Name, m.Value, order[i], last[order[i]])
			}
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "null", "[]", `"a"`, `{`, `{"a"}`, `{"a":1`, `{"a":1}{}`, `{"a":1} 2`, "{\"a\":1 // no\n}"} {
		if o, err := ordered.Parse([]byte(text)); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, o)
		}
	}
}
