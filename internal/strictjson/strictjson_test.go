package strictjson_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

func TestCheckAccepts(t *testing.T) {
	for _, in := range []string{
		`{}`, `[]`, ` null `, `0`, `-0.5e+3`, `""`, `"\ud83d\ude00"`, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`, `{"":1}`, `"é"`, `{"a":1,"A":2}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64), `1e999`, `"\u0000"`, "\t\r\n{\"a\" : [ 1 , 2 ] }\n",
	} {
		if err := strictjson.Check([]byte(in), strictjson.Options{}); err != nil {
			t.Errorf("Check(%q) = %v, want nil", in, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	all := strictjson.Options{FiniteNumbers: true, RefuseNUL: true}
	for _, tt := range []struct {
		name, in string
		code     fault.Code
		path     string
	}{
		{"empty", ``, fault.InvalidJSON, ""},
		{"space only", ` `, fault.InvalidJSON, ""},
		{"trailing value", `{} {}`, fault.InvalidJSON, ""},
		{"trailing comma", `[1,]`, fault.InvalidJSON, ""},
		{"trailing member comma", `{"a":1,}`, fault.InvalidJSON, ""},
		{"comment", `{/**/}`, fault.InvalidJSON, ""},
		{"single quotes", `{'a':1}`, fault.InvalidJSON, ""},
		{"byte order mark", "\xef\xbb\xbf{}", fault.InvalidJSON, ""},
		{"bad UTF-8", "\"\xff\"", fault.InvalidJSON, ""},
		{"encoded surrogate", "\"\xed\xa0\x80\"", fault.InvalidJSON, ""},
		{"raw NUL", "\"\x00\"", fault.InvalidJSON, ""},
		{"NUL after", "{}\x00", fault.InvalidJSON, ""},
		{"raw newline in string", "\"a\nb\"", fault.InvalidJSON, ""},
		{"leading zero", `01`, fault.InvalidJSON, ""},
		{"plus", `+1`, fault.InvalidJSON, ""},
		{"bare point", `1.`, fault.InvalidJSON, ""},
		{"bare exponent", `1e`, fault.InvalidJSON, ""},
		{"NaN", `NaN`, fault.InvalidJSON, ""},
		{"minus alone", `-`, fault.InvalidJSON, ""},
		{"unfinished escape", `"\u12`, fault.InvalidJSON, ""},
		{"unknown escape", `"\x41"`, fault.InvalidJSON, ""},
		{"cut word", `tru`, fault.InvalidJSON, ""},
		{"lone high", `{"a":["\ud800"]}`, fault.InvalidJSON, "a[0]"},
		{"lone low", `{"a":"\udc00"}`, fault.InvalidJSON, "a"},
		{"high twice", `{"a":"\ud800\ud800"}`, fault.InvalidJSON, "a"},
		{"duplicate", `{"a":1,"b":2,"a":3}`, fault.InvalidJSON, "a"},
		{"duplicate by escape", `{"x":[0,{"a":1,"\u0061":2}]}`, fault.InvalidJSON, "x[1].a"},
		{"duplicate empty", `{"":1,"":2}`, fault.InvalidJSON, `[""]`},
		{"duplicate below a dotted name", `{"a.b":{"c":1,"c":1}}`, fault.InvalidJSON, `["a.b"].c`},
		{"too deep", strings.Repeat("[", 65) + strings.Repeat("]", 65), fault.InvalidJSON, ""},
		{"unclosed and deep", strings.Repeat(`{"a":`, 100000), fault.InvalidJSON, ""},
		{"huge number", `{"n":1e400}`, fault.ValidationFailed, "n"},
		{"tiny number", `{"n":1e-400}`, fault.ValidationFailed, "n"},
		{"long number", `[` + strings.Repeat("1", 200) + `]`, fault.ValidationFailed, "[0]"},
		{"escaped NUL", `{"a":{"b":"x\u0000"}}`, fault.ValidationFailed, "a.b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := strictjson.Check([]byte(tt.in), all)
			if got := fault.CodeOf(err); got != tt.code {
				t.Fatalf("code = %q, want %q", got, tt.code)
			}
			path := ""
			if f := fault.From(err).Fields; len(f) > 0 {
				path = f[0].Path
			}
			if path != tt.path {
				t.Errorf("path = %q, want %q", path, tt.path)
			}
		})
	}
}

func TestCheckFindsDuplicateInLargeObject(t *testing.T) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range 50000 {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	if err := strictjson.Check([]byte(b.String()+`"last":1}`), strictjson.Options{}); err != nil {
		t.Fatalf("distinct names: %v", err)
	}
	err := strictjson.Check([]byte(b.String()+`"k7":1}`), strictjson.Options{})
	if err == nil || fault.From(err).Fields[0].Path != "k7" {
		t.Fatalf("err = %v, want a duplicate at k7", err)
	}
}

func TestErrorsCarryNoKeyAndNoLongName(t *testing.T) {
	var into struct{}
	for _, name := range []string{"unstuck_" + strings.Repeat("A", 49) + "_a1b2c3d4", strings.Repeat("n", 500)} {
		err := strictjson.Decode([]byte(`{"`+name+`":1}`), &into)
		if err == nil || strings.Contains(err.Error(), name) {
			t.Errorf("error %v repeats the name", err)
		}
	}
}

type inner struct {
	Email *string `json:"email"`
}

type base struct {
	Source string `json:"source"`
}

type upper string

func (u *upper) UnmarshalText(b []byte) error {
	if strings.ToUpper(string(b)) != string(b) {
		return fault.Invalid("", "must be upper case", "A")
	}
	*u = upper(b)
	return nil
}

type wrapped struct{ V inner }

func (w *wrapped) UnmarshalJSON(b []byte) error { return strictjson.Decode(b, &w.V) }

type target struct {
	base
	Name    string                     `json:"name"`
	N       int                        `json:"n"`
	Small   int8                       `json:"small"`
	U       uint                       `json:"u"`
	F       float64                    `json:"f"`
	B       bool                       `json:"b"`
	At      time.Time                  `json:"at"`
	Raw     json.RawMessage            `json:"raw"`
	Any     any                        `json:"any"`
	Tags    []string                   `json:"tags"`
	Map     map[string]json.RawMessage `json:"map"`
	In      *inner                     `json:"in"`
	List    []inner                    `json:"list"`
	Up      upper                      `json:"up"`
	Wrapped wrapped                    `json:"wrapped"`
	Self    *target                    `json:"self"`
	Hidden  string                     `json:"-"`
}

func TestDecode(t *testing.T) {
	in := `{"source":"s","name":"a\u00e9\ud83d\ude00","n":5.0,"small":-128,"u":1e2,"f":1.5,"b":true,"at":"2024-02-29T10:00:00.5+02:00",
	 "raw":{"z":1, "a":null},"any":{"big":12345678901234567890,"l":[true,null,"x"]},"tags":[],"map":{"k":null,"j":[1]},
	 "in":{"email":"e"},"list":[{"email":null},{}],"up":"A","wrapped":{"email":"w"},"self":{"name":"deep"}}`
	var got target
	if err := strictjson.Decode([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	e, w := "e", "w"
	want := target{
		base: base{"s"}, Name: "aé😀", N: 5, Small: -128, U: 100, F: 1.5, B: true, At: got.At, Raw: json.RawMessage(`{"z":1, "a":null}`),
		Any:  map[string]any{"big": json.Number("12345678901234567890"), "l": []any{true, nil, "x"}},
		Tags: []string{}, Map: map[string]json.RawMessage{"k": json.RawMessage("null"), "j": json.RawMessage("[1]")},
		In: &inner{&e}, List: []inner{{}, {}}, Up: "A", Wrapped: wrapped{inner{&w}}, Self: &target{Name: "deep"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(target{})); d != "" {
		t.Errorf("Decode differs (-want +got):\n%s", d)
	}
	if u := got.At.UTC().Format(time.RFC3339Nano); u != "2024-02-29T08:00:00.5Z" {
		t.Errorf("at = %s", u)
	}
}

func TestDecodeNullIsAbsent(t *testing.T) {
	var got target
	if err := strictjson.Decode([]byte(`{"raw":null,"any":null,"tags":null,"map":null,"in":null,"list":null,"self":null}`), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(target{}, got, cmp.AllowUnexported(target{})); d != "" {
		t.Error(d)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, tt := range []struct{ in, path, message string }{
		{`[]`, "$", "expected an object"},
		{`{"Name":"x"}`, "Name", "unknown field; names are case-sensitive"},
		{`{"nope":1}`, "nope", "unknown field"},
		{`{"Hidden":"x"}`, "Hidden", "unknown field"},
		{`{"name":1}`, "name", "expected a string"},
		{`{"name":null}`, "name", "expected a string"},
		{`{"n":"5"}`, "n", "expected an integer"},
		{`{"n":5.5}`, "n", "expected an integer"},
		{`{"n":9223372036854775808}`, "n", "expected an integer"},
		{`{"n":null}`, "n", "expected an integer"},
		{`{"small":128}`, "small", "expected an integer within its range"},
		{`{"u":-1}`, "u", "expected a non-negative integer"},
		{`{"b":0}`, "b", "expected a boolean"},
		{`{"at":"2024-02-29T10:00:00"}`, "at", "expected an RFC 3339 time with an offset, such as 2026-01-31T00:00:00Z"},
		{`{"at":"2023-02-29T10:00:00Z"}`, "at", "expected an RFC 3339 time with an offset, such as 2026-01-31T00:00:00Z"},
		{`{"at":1}`, "at", "expected an RFC 3339 time with an offset, such as 2026-01-31T00:00:00Z"},
		{`{"tags":["a",2]}`, "tags[1]", "expected a string"},
		{`{"tags":{}}`, "tags", "expected an array"},
		{`{"map":[]}`, "map", "expected an object"},
		{`{"list":[{},{"email":7}]}`, "list[1].email", "expected a string"},
		{`{"self":{"self":{"in":{"Email":"x"}}}}`, "self.self.in.Email", "unknown field; names are case-sensitive"},
		{`{"up":"b"}`, "up", "must be upper case"},
		{`{"self":{"wrapped":{"email":1}}}`, "self.wrapped.email", "expected a string"},
		{`{"any":{"x":1e999}}`, "any.x", "number out of range"},
	} {
		var into target
		err := strictjson.Decode([]byte(tt.in), &into)
		if fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("Decode(%s) = %v, want validation_failed", tt.in, err)
			continue
		}
		f := fault.From(err).Fields[0]
		if f.Path != tt.path || f.Message != tt.message {
			t.Errorf("Decode(%s): field %q %q, want %q %q", tt.in, f.Path, f.Message, tt.path, tt.message)
		}
	}
}

func TestDecodeCollectsErrors(t *testing.T) {
	var into struct {
		L []target `json:"l"`
	}
	err := strictjson.Decode([]byte(`{"l":[{"n":"x","b":1},{"zzz":[{"a":1}],"f":"y"}]}`), &into)
	var paths []string
	for _, f := range fault.From(err).Fields {
		paths = append(paths, f.Path)
	}
	if d := cmp.Diff([]string{"l[0].n", "l[0].b", "l[1].zzz", "l[1].f"}, paths); d != "" {
		t.Error(d)
	}
	many := `{"l":[` + strings.TrimSuffix(strings.Repeat(`{"n":"x"},`, 500), ",") + `]}`
	if n := len(fault.From(strictjson.Decode([]byte(many), &into)).Fields); n != 20 {
		t.Errorf("%d fields, want 20", n)
	}
}

func TestDecodeIntoWhatCannotBe(t *testing.T) {
	var ch struct{ C chan int }
	for _, into := range []any{nil, target{}, (*target)(nil), &ch} {
		if got := fault.CodeOf(strictjson.Decode([]byte(`{}`), into)); got != fault.Internal {
			t.Errorf("Decode into %T: %q, want internal", into, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{` { "b" : 1 , "a" : [ true , null ] } `, `{"a":[true,null],"b":1}`},
		{`{"b":{"d":1,"c":2},"a":0}`, `{"a":0,"b":{"c":2,"d":1}}`},
		{`{"\u0062":1,"a":"\u00e9\/\u003c\u2028\n\u001f\""}`, "{\"a\":\"é/<\u2028\\n\\u001f\\\"\",\"b\":1}"},
		{`[1.0,10e-1,-0,0.0e5,100,1e2,1.50,0.000001,1e-7,123456789012345678901234567890,-1.5E+3]`,
			`[1,1,0,0,100,100,1.5,0.000001,1e-7,1.2345678901234567890123456789e+29,-1500]`},
		{`[0.1234567890123456789,1e20,1e21,12.5e-3]`, `[0.1234567890123456789,100000000000000000000,1e+21,0.0125]`},
		{`{}`, `{}`}, {`[[],{}]`, `[[],{}]`}, {`"\ud83d\ude00"`, `"😀"`},
	} {
		got, err := strictjson.Canonical([]byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("Canonical(%s) = %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	if _, err := strictjson.Canonical([]byte(`{"a":1,"a":1}`)); fault.CodeOf(err) != fault.InvalidJSON {
		t.Errorf("duplicate: %v", err)
	}
}

func TestCanonicalValue(t *testing.T) {
	got, err := strictjson.CanonicalValue(map[string]any{"b": 1.0, "a": json.Number("1.00"), "c": "<&>"})
	if err != nil || string(got) != `{"a":1,"b":1,"c":"<&>"}` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := strictjson.CanonicalValue(make(chan int)); fault.CodeOf(err) != fault.Internal {
		t.Errorf("channel: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\u0061\ud83d\ude00",null,true,-1.5e3]}`, `{"a":1,"\u0061":2}`, `[[[{}]]]`, "\xef\xbb\xbf1", `"\ud800"`, `{"":{"":[]}}`, `"\\\""`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var into target
		_ = strictjson.Decode(data, &into)
		var free any
		decodeErr := strictjson.Decode(data, &free)
		if strictjson.Check(data, strictjson.Options{}) != nil {
			if decodeErr == nil {
				t.Fatalf("Decode took what Check refused: %q", data)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted, but not JSON: %q", data)
		}
		first, err := strictjson.Canonical(data)
		if err != nil {
			return
		}
		if again, err := strictjson.Canonical(first); err != nil || string(again) != string(first) {
			t.Fatalf("Canonical is not idempotent: %q then %q (%v)", first, again, err)
		}
		var a, b any
		if json.Unmarshal(data, &a) != nil || json.Unmarshal(first, &b) != nil || !cmp.Equal(a, b) {
			t.Fatalf("Canonical changed the value: %q to %q", data, first)
		}
	})
}

func BenchmarkDecodeBatch(b *testing.B) {
	type signal struct {
		Type     string          `json:"signal_type"`
		Source   string          `json:"source"`
		At       time.Time       `json:"occurred_at"`
		Title    string          `json:"title"`
		Event    string          `json:"event_name"`
		Identity map[string]any  `json:"identity"`
		Context  json.RawMessage `json:"context"`
	}
	one := `{"signal_type":"index_added","source":"sp500-history","occurred_at":"1996-03-08T00:00:00Z","title":"Fifth Third Bancorp added to the S&P 500 \u2014 again","event_name":"added","identity":{"email":"jane.doe@example.com","company_domain":"53.com","handle":"github:janedoe"},"context":{"index":"S&P 500","ticker":"FITB","sector":"Financials","sub_industry":"Regional Banks","page":"/pricing","seconds":12.5}}`
	data := []byte(`{"signals":[` + strings.TrimSuffix(strings.Repeat(one+",", 500), ",") + `]}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var into struct {
			Signals []signal `json:"signals"`
		}
		if err := strictjson.Decode(data, &into); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	data := []byte(`{"signal_type":"index_added","source":"sp500-history","context":{"index":"S&P 500","ticker":"FITB","sector":"Financials"},"n":[1,2,3]}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if err := strictjson.Check(data, strictjson.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestUnknownFieldListsTheKnownOnes(t *testing.T) {
	var into struct {
		Name string `json:"name"`
		Age  int    `json:"age"`
	}
	err := fault.From(strictjson.Decode([]byte(`{"nmae":"x"}`), &into))
	if err == nil || len(err.Fields) != 1 || !slices.Equal(err.Fields[0].Allowed, []string{"age", "name"}) {
		t.Errorf("error = %+v", err)
	}
}

func TestDecodeNullOfAnOptionalFieldIsAbsent(t *testing.T) {
	type fields struct {
		S string    `json:"s,omitempty"`
		N int       `json:"n,omitempty"`
		B bool      `json:"b,omitempty"`
		F float64   `json:"f,omitzero"`
		T time.Time `json:"t,omitzero"`
		U upper     `json:"u,omitempty"`
		I inner     `json:"i,omitzero"`
		P *int      `json:"p,omitempty"`
		R string    `json:"r"`
	}
	var got fields
	if err := strictjson.Decode([]byte(`{"s":null,"n":null,"b":null,"f":null,"t":null,"u":null,"i":null,"p":null,"r":"x"}`), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(fields{R: "x"}, got); d != "" {
		t.Error(d)
	}
	if err := strictjson.Decode([]byte(`{"r":null}`), &got); fault.CodeOf(err) != fault.ValidationFailed {
		t.Errorf("null for a required field: %v", err)
	}
}
