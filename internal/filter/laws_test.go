package filter_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/text"
)

const (
	equality = "eq ne in not_in"
	order    = "gt gte lt lte"
	presence = "present missing"
	ends     = "prefix suffix"
	inText   = "word phrase fuzzy"
	sets     = "any_of all_of none_of"
)

// TestEveryOperatorOnEveryType: an operator is taken where the contract has it and refused elsewhere, with those that fit.
func TestEveryOperatorOnEveryType(t *testing.T) {
	for _, c := range []struct {
		kind         filter.Kind
		field, value string
		fits         []string
	}{
		{filter.Accounts, "country_code", `"DE"`, []string{equality, order, presence, ends, sets}},
		{filter.Accounts, "name", `"x"`, []string{equality, order, presence, ends, inText, sets}},
		{filter.Accounts, "employee_count", `7`, []string{equality, order, presence}},
		{filter.Signals, "occurred_at", `"2026-01-01T00:00:00Z"`, []string{equality, order, presence}},
		{filter.Leads, "synthetic", `true`, []string{equality, presence}},
		{filter.Accounts, "tags", `"x"`, []string{presence, ends, sets}},
		{filter.Accounts, "custom.x", `"x"`, []string{equality, order, presence, ends, inText, sets}},
		{filter.Signals, "account.custom.x", `"x"`, []string{equality, order, presence, ends, inText, sets}},
	} {
		fits := strings.Fields(strings.Join(c.fits, " "))
		for _, op := range filter.Operators() {
			value := c.value
			switch {
			case slices.Contains(strings.Fields(presence), op):
				value = ""
			case slices.Contains([]string{"in", "not_in", "any_of", "all_of", "none_of"}, op):
				value = "[" + value + "]"
			}
			_, err := filter.Parse(c.kind, json.RawMessage(leafText(c.field, op, value)), noon)
			if slices.Contains(fits, op) {
				if err != nil {
					t.Errorf("%s %s: %v", c.field, op, err)
				}
				continue
			}
			f := fault.From(err)
			if f == nil || f.Fields[0].Path != "filter.op" || !slices.Equal(f.Fields[0].Allowed, fits) {
				t.Errorf("%s %s: %+v, want a refusal that allows %v", c.field, op, f, fits)
			}
		}
	}
}

// holds evaluates a condition on a record of which values says what is in each field: its compared values, one for all but lists.
func holds(n filter.Node, values map[string][]any) bool {
	switch n := n.(type) {
	case filter.All:
		return !slices.ContainsFunc(n, func(part filter.Node) bool { return !holds(part, values) })
	case filter.Any:
		return slices.ContainsFunc(n, func(part filter.Node) bool { return holds(part, values) })
	case filter.Not:
		return !holds(n.Node, values)
	case filter.Leaf:
		have := values[n.Field.Name]
		if n.Op == filter.Present {
			return len(have) > 0
		}
		return slices.ContainsFunc(have, func(v any) bool {
			return slices.ContainsFunc(n.Values, func(want any) bool { return fulfils(n.Op, v, want) })
		})
	}
	panic(fmt.Sprintf("no evaluation of %T", n))
}

func fulfils(op filter.Op, have, want any) bool {
	compare := 0
	switch have := have.(type) {
	case string:
		s := want.(string)
		switch op {
		case filter.Prefix:
			return strings.HasPrefix(have, s)
		case filter.Suffix:
			return strings.HasSuffix(have, s)
		case filter.Phrase:
			return text.PhraseIn(have, s)
		}
		compare = strings.Compare(have, s)
	case int64:
		compare = big.NewInt(have).Cmp(big.NewInt(want.(int64)))
	}
	return map[filter.Op]bool{filter.In: compare == 0, filter.AnyOf: compare == 0, filter.Gt: compare > 0, filter.Gte: compare >= 0,
		filter.Lt: compare < 0, filter.Lte: compare <= 0}[op]
}

// TestLaws: the operators that are told by others keep the laws that their names promise, on any record.
func TestLaws(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "ab", "B", "a b", "Ä", "b-a", ""})
	rapid.Check(t, func(rt *rapid.T) {
		record := map[string][]any{}
		if rapid.Bool().Draw(rt, "present") {
			record["name"] = []any{text.Fold(word.Draw(rt, "name"))}
		}
		for _, tag := range rapid.SliceOfN(word, 0, 3).Draw(rt, "tags") {
			record["tags"] = append(record["tags"], text.Fold(tag))
		}
		list := rapid.SliceOfN(word, 1, 4).Draw(rt, "values")
		ask := func(field, op string, value any) bool {
			leaf := map[string]any{"field": field, "op": op}
			if value != nil {
				leaf["value"] = value
			}
			raw, _ := json.Marshal(leaf)
			n, err := filter.Parse(filter.Accounts, raw, noon)
			if err != nil {
				rt.Fatalf("%s: %v", raw, err)
			}
			return holds(n, record)
		}
		law := func(name string, ok bool) {
			if !ok {
				rt.Fatalf("%s does not hold of %v with %q", name, record, list)
			}
		}
		v, present := list[0], ask("name", "present", nil)
		each := func(field, op string) (all, some bool) {
			all = true
			for _, v := range list {
				var value any = v
				if op == "any_of" {
					value = []string{v}
				}
				one := ask(field, op, value)
				all, some = all && one, some || one
			}
			return all, some
		}
		_, equalsOne := each("name", "eq")
		allTags, someTag := each("tags", "any_of")
		law("missing is not present", ask("name", "missing", nil) != present)
		law("ne is present but not eq", ask("name", "ne", v) == (present && !ask("name", "eq", v)))
		law("in is eq of one", ask("name", "in", list) == equalsOne)
		law("not_in is present but not in", ask("name", "not_in", list) == (present && !equalsOne))
		law("none_of is not_in on a text", ask("name", "none_of", list) == ask("name", "not_in", list))
		law("any_of is in on a text", ask("name", "any_of", list) == equalsOne)
		law("any_of is one of them", ask("tags", "any_of", list) == someTag)
		law("all_of is each of them", ask("tags", "all_of", list) == allTags)
		law("none_of is the complement on a list", ask("tags", "none_of", list) == !someTag)
		law("lte is present but not gt", ask("name", "lte", v) == (present && !ask("name", "gt", v)))
		law("gte is gt or eq", ask("name", "gte", v) == (ask("name", "gt", v) || ask("name", "eq", v)))
		law("values have no order and count once", ask("name", "in", append(slices.Clone(list), list...)) == equalsOne)
		if v != "" {
			law("phrase is in word", !ask("name", "phrase", v) || ask("name", "word", v))
		}
	})
}

// TestTimesOfAnyPrecision: a bound that is finer than what is stored parts the stored times as if it were kept exactly.
func TestTimesOfAnyPrecision(t *testing.T) {
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		stored := rapid.Int64Range(0, 3).Draw(t, "stored")
		fraction := rapid.StringMatching(`00000[0-3][0-9]{0,12}`).Draw(t, "fraction")
		bound, _ := new(big.Rat).SetString("0." + fraction)
		compare := new(big.Rat).SetFrac64(stored, 1_000_000).Cmp(bound)
		record := map[string][]any{"created_at": {base.UnixMicro() + stored}}
		for op, want := range map[string]bool{"eq": compare == 0, "ne": compare != 0, "gt": compare > 0, "gte": compare >= 0, "lt": compare < 0, "lte": compare <= 0} {
			n, err := filter.Parse(filter.Accounts, json.RawMessage(leafText("created_at", op, `"2026-01-01T00:00:00.`+fraction+`Z"`)), noon)
			if err != nil || holds(n, record) != want {
				t.Fatalf("%d microseconds %s %s: %v, want %v", stored, op, fraction, !want, want)
			}
		}
	})
}

// TestNoRefusalRepeatsAValue: whatever is wrong, the text that was sent stands in no message.
func TestNoRefusalRepeatsAValue(t *testing.T) {
	for _, s := range []string{
		`{"field":"hunter2","op":"hunter2","value":"hunter2"}`, `{"field":"founded_year","op":"eq","value":"hunter2"}`,
		`{"field":"created_at","op":"eq","value":"hunter2"}`, `{"signals":{"from":"hunter2","distinct":"hunter2","types":"hunter2","min":"hunter2"}}`,
		`{"all":"hunter2"}`, `"hunter2"`, `{"field":"custom.x","op":"eq","value":["hunter2"]}`,
	} {
		_, err := filter.Parse(filter.Accounts, json.RawMessage(s), noon)
		told, _ := json.Marshal(fault.From(err).Fields)
		if err == nil || strings.Contains(string(told), "hunter2") {
			t.Errorf("%s: %s", s, told)
		}
	}
}

func TestRefusalsSayWhatIsRight(t *testing.T) {
	for s, want := range map[string]string{
		`{"field":"city","op":"eq","value":["x"]}`:                                "must be a text; for a list use in",
		`{"field":"city","op":"ne","value":["x"]}`:                                "must be a text; for a list use not_in",
		`{"field":"city","op":"in","value":"x"}`:                                  "must be a list of 1 to 500 values; for one value use eq",
		`{"field":"tags","op":"any_of","value":"x"}`:                              "must be a list of 1 to 500 values",
		`{"field":"founded_year","op":"eq"}`:                                      "eq needs a value: a whole number",
		`{"field":"founded_year","op":"eq","value":null}`:                         "must be a whole number",
		`{"field":"city","op":"present","value":null}`:                            "present takes no value; leave it out",
		`{"signals":{"types":["x",null]}}`:                                        "must be a text",
		`{"signals":{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}}`: "must not lie before from",
		`{"signals":{"last_days":40000}}`:                                         "must be a whole number from 1 to 36500",
		`{"signals":{"min":0}}`:                                                   "must be at least 1 without max; for records without any give max 0",
		`{"all":[]}`:                                                              "must be a list of at least one condition",
		`null`:                                                                    "must be a condition, an object",
		`{"not":null}`:                                                            "must be a condition, an object",
	} {
		_, err := filter.Parse(filter.Accounts, json.RawMessage(s), noon)
		if f := fault.From(err); f == nil || f.Fields[0].Message != want {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
}

// TestTheFieldsAreListedOnce keeps a refusal of many wrong fields short.
func TestTheFieldsAreListedOnce(t *testing.T) {
	_, err := filter.Parse(filter.Accounts, json.RawMessage(`{"all":[{"field":"x","op":"is"},{"field":"y","op":"eq","value":1}]}`), noon)
	fields := fault.From(err).Fields
	if len(fields) != 3 || fields[0].Path != "filter.all[0].field" || fields[1].Path != "filter.all[0].op" || fields[2].Path != "filter.all[1].field" {
		t.Fatalf("refused with %+v", fields)
	}
	if len(fields[0].Allowed) < 20 || len(fields[1].Allowed) != 18 || fields[2].Allowed != nil || !strings.HasSuffix(fields[2].Message, "filter.all[0].field") {
		t.Errorf("refused with %+v", fields)
	}
}

// TestHandlesAndDomains: whole values are compared in their normal form, parts of them as they are given.
func TestHandlesAndDomains(t *testing.T) {
	for s, want := range map[string]any{
		leafText("handle", "eq", `"@OctoCat"`):                   "github:octocat",
		leafText("handle", "word", `"OctoCat"`):                  nil, // an All of one
		leafText("handle", "prefix", `"OctoCat"`):                "octocat",
		leafText("work_email", "in", `[" Ann@A.com"]`):           "ann@a.com",
		leafText("account.domain", "eq", `"https://www.A.com/"`): "a.com",
		leafText("company_domain", "suffix", `".COM"`):           ".COM",
		leafText("linkedin_url", "eq", `"linkedin.com/in/Ann"`):  "https://www.linkedin.com/in/ann",
	} {
		n, err := filter.Parse(filter.Leads, json.RawMessage(s), noon)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if all, ok := n.(filter.All); ok && want == nil {
			n, want = all[0], "octocat"
		}
		if l, ok := n.(filter.Leaf); !ok || len(l.Values) != 1 || l.Values[0] != want {
			t.Errorf("%s: %+v, want %v", s, n, want)
		}
	}
}
