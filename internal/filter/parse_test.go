package filter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// leafText writes a leaf in JSON.
func leafText(field, op, value string) string {
	if value == "" {
		return fmt.Sprintf(`{"field":%q,"op":%q}`, field, op)
	}
	return fmt.Sprintf(`{"field":%q,"op":%q,"value":%s}`, field, op, value)
}

func TestEveryOperatorIsSaidInTheStoresOwn(t *testing.T) {
	account := func(field string, op filter.Op, values ...any) filter.Node {
		return leaf(filter.Accounts, field, op, values...)
	}
	custom := func(op filter.Op, values ...any) filter.Node {
		_, f, _ := filter.Lookup(filter.Accounts, "custom.x")
		return filter.Leaf{Field: f, Op: op, Values: values}
	}
	for text, want := range map[string]filter.Node{
		leafText("name", "eq", `"Ä b"`):                                 account("name", filter.In, "a b"),
		leafText("name", "ne", `"B"`):                                   filter.All{account("name", filter.Present), filter.Not{Node: account("name", filter.In, "b")}},
		leafText("name", "in", `["A","a","b"]`):                         account("name", filter.In, "a", "b"),
		leafText("country_code", "not_in", `["DE"]`):                    filter.All{account("country_code", filter.Present), filter.Not{Node: account("country_code", filter.In, "DE")}},
		leafText("city", "missing", ``):                                 filter.Not{Node: account("city", filter.Present)},
		leafText("city", "prefix", `"Z\u00fcr"`):                        account("city", filter.Prefix, "zur"),
		leafText("domain", "suffix", `".IO"`):                           account("domain", filter.Suffix, ".IO"),
		leafText("domain", "eq", `"HTTPS://WWW.Foo.io/x"`):              account("domain", filter.In, "foo.io"),
		leafText("domain", "eq", `"no domain"`):                         account("domain", filter.In, "no domain"),
		leafText("description", "word", `"Supply CHAIN"`):               filter.All{account("description", filter.Phrase, "supply"), account("description", filter.Phrase, "chain")},
		leafText("description", "phrase", `" supply chain"`):            account("description", filter.Phrase, "supply chain"),
		leafText("founded_year", "gte", `2000`):                         account("founded_year", filter.Gte, int64(2000)),
		leafText("founded_year", "eq", `2.0e3`):                         account("founded_year", filter.In, int64(2000)),
		leafText("founded_year", "lt", `-0`):                            account("founded_year", filter.Lt, int64(0)),
		leafText("tags", "any_of", `["A","b"]`):                         account("tags", filter.AnyOf, "a", "b"),
		leafText("tags", "all_of", `["A","b"]`):                         filter.All{account("tags", filter.AnyOf, "a"), account("tags", filter.AnyOf, "b")},
		leafText("tags", "none_of", `["A"]`):                            filter.Not{Node: account("tags", filter.AnyOf, "a")},
		leafText("city", "none_of", `["A"]`):                            filter.All{account("city", filter.Present), filter.Not{Node: account("city", filter.AnyOf, "a")}},
		leafText("created_at", "gt", `"2026-01-01T00:00:00.0000005Z"`):  account("created_at", filter.Gt, int64(1767225600000000)),
		leafText("created_at", "gte", `"2026-01-01T01:00:00+01:00"`):    account("created_at", filter.Gte, int64(1767225600000000)),
		leafText("created_at", "eq", `"2026-01-01T00:00:00.0000005Z"`):  filter.Any(nil),
		leafText("created_at", "lte", `"2026-01-01T00:00:00.0000005Z"`): account("created_at", filter.Lte, int64(1767225600000000)),
		leafText("custom.x", "eq", `10`):                                custom(filter.In, filter.Encode(json.Number("10"))),
		leafText("custom.x", "gt", `"M"`):                               custom(filter.Gt, "sm"),
		leafText("custom.x", "in", `[true,"A",1.5]`):                    custom(filter.In, "b1", "sa", filter.Encode(json.Number("1.5"))),
		leafText("custom.x", "suffix", `"ER"`):                          custom(filter.Suffix, "er"),
		leafText("custom.x", "prefix", `"ER"`):                          custom(filter.Prefix, "ser"),
	} {
		got, err := filter.Parse(filter.Accounts, json.RawMessage(text), noon)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, d)
		}
	}
}

func TestRelatedRecords(t *testing.T) {
	visits := leaf(filter.Signals, "signal_type", filter.In, "website_visit")
	at := func(op filter.Op, value int64) filter.Node { return leaf(filter.Signals, "occurred_at", op, value) }
	day := int64(86_400_000_000)
	end := noon.UnixMicro()
	_, lead, _ := filter.Lookup(filter.Signals, "lead.id")
	fuzzy := leaf2(filter.Leads, "title", filter.Fuzzy, "engeneer")
	fuzzy.At = "filter.not.value"
	for _, c := range []struct {
		kind filter.Kind
		text string
		want filter.Node
	}{
		{filter.Accounts, `{"signals":{}}`, filter.Has{Of: filter.Signals, Min: 1, Max: filter.NoMax}},
		{filter.Leads, `{"signals":{"types":["website_visit"],"last_days":30,"min":2,"max":5}}`,
			filter.Has{Of: filter.Signals, Min: 2, Max: 5, Where: filter.All{visits, at(filter.Gte, end-30*day), at(filter.Lt, end)}}},
		{filter.Accounts, `{"signals":{"max":0,"from":"1970-01-01T00:00:00Z","to":"1970-01-02T00:00:00Z"}}`,
			filter.Has{Of: filter.Signals, Min: 0, Max: 0, Where: filter.All{at(filter.Gte, 0), at(filter.Lt, day)}}},
		{filter.Accounts, `{"signals":{"distinct":"lead.id","min":3,"where":{"field":"source","op":"eq","value":"A"}}}`,
			filter.Has{Of: filter.Signals, Min: 3, Max: filter.NoMax, Distinct: &filter.Path{Via: filter.ToLead, Field: lead}, Where: filter.All{leaf(filter.Signals, "source", filter.In, "a")}}},
		{filter.Accounts, `{"leads":{"where":{"field":"seniority","op":"eq","value":"vp"}}}`,
			filter.Has{Of: filter.Leads, Min: 1, Max: filter.NoMax, Where: filter.All{leaf(filter.Leads, "seniority", filter.In, "vp")}}},
		{filter.Leads, `{"account":{"signals":{}}}`, filter.Via{To: filter.ToAccount, Node: filter.Has{Of: filter.Signals, Min: 1, Max: filter.NoMax}}},
		{filter.Leads, `{"field":"account.city","op":"missing"}`, filter.Not{Node: filter.Via{To: filter.ToAccount, Node: leaf2(filter.Accounts, "city", filter.Present)}}},
		{filter.Signals, `{"not":{"field":"lead.title","op":"fuzzy","value":"Engeneer"}}`,
			filter.Not{Node: filter.Via{To: filter.ToLead, Node: fuzzy}}},
	} {
		got, err := filter.Parse(c.kind, json.RawMessage(c.text), noon)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", c.text, err, d)
		}
	}
}

// leaf2 is a leaf on a field that is reached through a relation.
func leaf2(k filter.Kind, field string, op filter.Op, values ...any) filter.Leaf {
	l := leaf(k, field, op, values...)
	l.Field.Required = false
	return l
}

// TestRefusalsNameThePlace: each wrong filter is told where it is wrong and what would be right there.
func TestRefusalsNameThePlace(t *testing.T) {
	leaves := func(n int) string {
		return `{"any":[` + strings.TrimSuffix(strings.Repeat(leafText("city", "missing", "")+",", n), ",") + `]}`
	}
	for _, c := range []struct {
		kind       filter.Kind
		text, path string
		allowed    string // one of what is allowed
	}{
		{filter.Accounts, `[]`, "filter", "all"},
		{filter.Accounts, `{}`, "filter", "any"},
		{filter.Accounts, `{"and":[]}`, "filter.and", "all"},
		{filter.Accounts, `{"all":[],"any":[]}`, "filter", "not"},
		{filter.Accounts, `{"all":[]}`, "filter.all", ""},
		{filter.Accounts, `{"all":{}}`, "filter.all", ""},
		{filter.Accounts, `{"any":[{"field":"city","op":"missing"},1]}`, "filter.any[1]", "field"},
		{filter.Accounts, `{"op":"eq","value":1}`, "filter.field", "name"},
		{filter.Accounts, `{"field":7,"op":"eq","value":1}`, "filter.field", "custom.<name>"},
		{filter.Accounts, `{"field":"account.city","op":"missing"}`, "filter.field", "tags"},
		{filter.Leads, `{"field":"context.page","op":"missing"}`, "filter.field", "account.city"},
		{filter.Signals, `{"field":"custom.x","op":"missing"}`, "filter.field", "context.<name>"},
		{filter.Accounts, `{"field":"city"}`, "filter.op", "eq"},
		{filter.Accounts, `{"field":"city","op":"like","value":"x"}`, "filter.op", "prefix"},
		{filter.Accounts, `{"field":"founded_year","op":"word","value":"x"}`, "filter.op", "gte"},
		{filter.Accounts, `{"field":"tags","op":"eq","value":"x"}`, "filter.op", "any_of"},
		{filter.Accounts, `{"field":"city","op":"eq"}`, "filter.value", ""},
		{filter.Accounts, `{"field":"city","op":"eq","value":["x"]}`, "filter.value", ""},
		{filter.Accounts, `{"field":"city","op":"in","value":"x"}`, "filter.value", ""},
		{filter.Accounts, `{"field":"city","op":"in","value":["x",2]}`, "filter.value[1]", ""},
		{filter.Accounts, `{"field":"city","op":"missing","value":true}`, "filter.value", ""},
		{filter.Accounts, `{"field":"city","op":"eq","value":"x","values":[]}`, "filter.values", "value"},
		{filter.Accounts, `{"field":"city","op":"prefix","value":" \u0301"}`, "filter.value", ""},
		{filter.Accounts, `{"field":"name","op":"fuzzy","value":"+-"}`, "filter.value", ""},
		{filter.Accounts, `{"field":"founded_year","op":"gte","value":"2000"}`, "filter.value", ""},
		{filter.Accounts, `{"field":"founded_year","op":"gte","value":2000.5}`, "filter.value", ""},
		{filter.Accounts, `{"field":"founded_year","op":"gte","value":1e30}`, "filter.value", ""},
		{filter.Accounts, `{"field":"created_at","op":"gte","value":"2026-01-01"}`, "filter.value", ""},
		{filter.Leads, `{"field":"synthetic","op":"eq","value":1}`, "filter.value", ""},
		{filter.Signals, `{"field":"context.x","op":"gt","value":true}`, "filter.value", ""},
		{filter.Signals, `{"field":"context.x","op":"eq","value":{"a":1}}`, "filter.value", ""},
		{filter.Signals, `{"signals":{}}`, "filter.signals", "lead"},
		{filter.Accounts, `{"signals":[]}`, "filter.signals", "types"},
		{filter.Accounts, `{"signals":{"type":"x"}}`, "filter.signals.type", "types"},
		{filter.Accounts, `{"signals":{"types":[]}}`, "filter.signals.types", ""},
		{filter.Accounts, `{"signals":{"last_days":0}}`, "filter.signals.last_days", ""},
		{filter.Accounts, `{"signals":{"last_days":1.5}}`, "filter.signals.last_days", ""},
		{filter.Accounts, `{"signals":{"last_days":3,"from":"2026-01-01T00:00:00Z"}}`, "filter.signals.last_days", ""},
		{filter.Accounts, `{"signals":{"from":"yesterday"}}`, "filter.signals.from", ""},
		{filter.Accounts, `{"signals":{"min":3,"max":2}}`, "filter.signals.max", ""},
		{filter.Accounts, `{"signals":{"min":0}}`, "filter.signals.min", ""},
		{filter.Accounts, `{"signals":{"min":-1}}`, "filter.signals.min", ""},
		{filter.Accounts, `{"signals":{"distinct":"tags"}}`, "filter.signals.distinct", "lead.id"},
		{filter.Accounts, `{"signals":{"where":{"field":"page","op":"missing"}}}`, "filter.signals.where.field", "context.<name>"},
		{filter.Accounts, `{"leads":{"types":["x"]}}`, "filter.leads.types", "where"},
		{filter.Accounts, strings.Repeat(`{"not":`, 12) + leafText("city", "missing", "") + strings.Repeat(`}`, 12), "filter" + strings.Repeat(".not", 12), ""},
		{filter.Accounts, leaves(101), "filter.any[100]", ""},
		{filter.Accounts, `{"all":[` + strings.Repeat(`{"signals":{}},`, 10) + `{"signals":{}}]}`, "filter.all[10].signals", ""},
		{filter.Accounts, leafText("city", "in", `["x"`+strings.Repeat(`,"x"`, 500)+`]`), "filter.value", ""},
		{filter.Accounts, leafText("city", "eq", `"`+strings.Repeat("x", 401)+`"`), "filter.value", ""},
		{filter.Accounts, leafText("custom.x", "eq", `"`+strings.Repeat("x", 401)+`"`), "filter.value", ""},
		{filter.Accounts, `{"any":[` + strings.Repeat(leafText("city", "eq", `"`+strings.Repeat("x", 400)+`"`)+`,`, 160) + leafText("city", "missing", "") + `]}`, "filter", ""},
	} {
		_, err := filter.Parse(c.kind, json.RawMessage(c.text), noon)
		f := fault.From(err)
		if f.Code != fault.ValidationFailed || len(f.Fields) == 0 || f.Fields[0].Path != c.path {
			t.Errorf("%.100s: refused with %s at %+v, want %s", c.text, f.Code, f.Fields, c.path)
			continue
		}
		if allowed := f.Fields[0].Allowed; c.allowed != "" && !slices.Contains(allowed, c.allowed) || c.allowed == "" && allowed != nil {
			t.Errorf("%.100s: allowed %v, want %q among them", c.text, allowed, c.allowed)
		}
	}
}

func TestManyWrongPlacesAreNamedAtOnce(t *testing.T) {
	text := `{"all":[` + strings.TrimSuffix(strings.Repeat(`{"field":"nothing","op":"eq","value":1},`, 30), ",") + `]}`
	_, err := filter.Parse(filter.Leads, json.RawMessage(text), noon)
	if n := len(fault.From(err).Fields); n != 10 {
		t.Errorf("%d places are named, want 10", n)
	}
}

// FuzzParse: whatever is sent, it is read or refused with a place in it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"all":[{"field":"name","op":"eq","value":"x"}]}`, `{"signals":{"types":["x"],"last_days":3,"where":{"not":{"field":"context.a","op":"gt","value":1e9}}}}`,
		`{"leads":{"distinct":"name","max":3}}`, `{"account":{"field":"tags","op":"all_of","value":["x","y"]}}`, `{"field":"occurred_at","op":"lt","value":"2026-01-01T00:00:00Z"}`, `[]`, `7`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strictjson.Check([]byte(s), strictjson.Options{FiniteNumbers: true, RefuseNUL: true}) != nil {
			return
		}
		for _, k := range []filter.Kind{filter.Accounts, filter.Leads, filter.Signals} {
			n, err := filter.Parse(k, json.RawMessage(s), noon)
			if err == nil {
				if n == nil {
					t.Fatal("neither a condition nor an error")
				}
				continue
			}
			if fields := fault.From(err).Fields; fault.CodeOf(err) != fault.ValidationFailed || len(fields) == 0 || !strings.HasPrefix(fields[0].Path, "filter") {
				t.Fatalf("refused with %v", err)
			}
		}
	})
}

// TestAPathIsOfAWantedType: members of the caller's own objects may hold anything that JSON can, and nothing else.
func TestAPathIsOfAWantedType(t *testing.T) {
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads, filter.Signals} {
		all := filter.Paths(k)
		for typ := filter.Exact; typ <= filter.JSON; typ++ {
			for _, path := range filter.Paths(k, typ) {
				_, f, ok := filter.Lookup(k, strings.Replace(path, "<name>", "x", 1))
				if !ok || f.Type != typ {
					t.Errorf("%s: %s is listed for type %d, and has %d", k, path, typ, f.Type)
				}
				all = slices.DeleteFunc(all, func(p string) bool { return p == path })
			}
		}
		if len(all) > 0 {
			t.Errorf("%s: %v are of no type", k, all)
		}
	}
	if got := filter.Paths(filter.Signals, filter.Time); !slices.Contains(got, "occurred_at") || strings.Contains(strings.Join(got, " "), "context") {
		t.Errorf("the times of signals are %v", got)
	}
}

func TestOperatorsFitEveryTypeGiven(t *testing.T) {
	if got := filter.Operators(filter.Text, filter.Int); !slices.Contains(got, "gt") || slices.Contains(got, "word") {
		t.Errorf("texts and numbers are both compared by %v", got)
	}
	if got := filter.Operators(filter.List, filter.Int); !slices.Equal(got, []string{"present", "missing"}) {
		t.Errorf("lists and numbers are both compared by %v", got)
	}
}

func TestAWrongFieldIsToldTheNearest(t *testing.T) {
	for name, want := range map[string]string{
		"contry": "is not a field of accounts (did you mean country?)", "Founded_Year": "is not a field of accounts (did you mean founded_year?)",
		"zzz": "is not a field of accounts", "": "is not a field of accounts",
	} {
		_, err := filter.Parse(filter.Accounts, json.RawMessage(leafText(name, "present", "")), noon)
		if f := fault.From(err); f == nil || f.Fields[0].Message != want || len(f.Fields[0].Allowed) < 20 {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestAWrongSortIsToldTheNearest(t *testing.T) {
	for path, want := range map[string]string{
		"occured_at": "is not a field to sort by (did you mean occurred_at?)", "lead.titel": "is not a field to sort by (did you mean lead.title?)",
		"nothing": "is not a field to sort by",
	} {
		got := filter.NoSort(filter.Signals, "sort[0].field", path)
		if got.Message != want || got.Path != "sort[0].field" || !slices.Equal(got.Allowed, filter.Sortable(filter.Signals)) {
			t.Errorf("%s: %+v, want %s", path, got, want)
		}
	}
}

// TestSome finds a leaf wherever it stands, and says what kind of record it is about.
func TestSome(t *testing.T) {
	for s, want := range map[string]filter.Kind{
		`{"field":"title","op":"present"}`:                                                   filter.Signals,
		`{"all":[{"field":"id","op":"missing"},{"field":"title","op":"present"}]}`:           filter.Signals,
		`{"any":[{"not":{"account":{"field":"name","op":"present"}}}]}`:                      filter.Accounts,
		`{"account":{"leads":{"where":{"field":"title","op":"present"}}}}`:                   filter.Leads,
		`{"lead":{"signals":{"min":2}}}`:                                                     "",
		`{"all":[{"field":"id","op":"prefix","value":"x"},{"account":{"leads":{"max":0}}}]}`: "",
	} {
		n, err := filter.Parse(filter.Signals, json.RawMessage(s), noon)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		var got filter.Kind
		found := filter.Some(filter.Signals, n, func(k filter.Kind, l filter.Leaf) bool {
			if l.Op != filter.Present || l.Field.Name == "id" {
				return false
			}
			got = k
			return true
		})
		if found != (want != "") || got != want {
			t.Errorf("%s: found %v of %q, want %q", s, found, got, want)
		}
	}
}
