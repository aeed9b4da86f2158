package mapping_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var rule = mapping.Rule{Fits: func(s string) bool { return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" }, Keyed: true}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, want string // the path at fault; "" for none
		over       filter.Kind
		m          map[string]string
	}{
		{"nothing chosen", "", filter.Leads, nil},
		{"all sorts", "", filter.Leads, map[string]string{"email": "work_email", "a": "custom.team.size", "b": "last_signal.context.plan", "c": "account.name", "d": "audience.member",
			"e": "last_signal.occurred_at", "f": "icp_score", "g": "change"}},
		{"company by domain", "", filter.Accounts, map[string]string{"domain": "domain", "stack": "tech_stack"}},
		{"by our id", "", filter.Accounts, map[string]string{"x": "record_id"}},
		{"empty", "mapping", filter.Leads, map[string]string{}},
		{"unknown path", "mapping.email", filter.Leads, map[string]string{"email": "work_mail"}},
		{"path of the other kind", "mapping.p", filter.Accounts, map[string]string{"domain": "domain", "p": "persona_code"}},
		{"their name", `mapping["Their Name"]`, filter.Leads, map[string]string{"email": "work_email", "Their Name": "title"}},
		{"no key", "mapping", filter.Leads, map[string]string{"title": "title"}},
		{"pattern", "mapping.a", filter.Leads, map[string]string{"email": "work_email", "a": "custom.<name>"}},
		{"account's own members", "mapping.a", filter.Leads, map[string]string{"email": "work_email", "a": "account.custom.x"}},
		{"account's other fields", "mapping.a", filter.Leads, map[string]string{"email": "work_email", "a": "account.industry"}},
		{"signal's other fields", "mapping.a", filter.Leads, map[string]string{"email": "work_email", "a": "last_signal.identity.email"}},
		{"empty path", "mapping.a", filter.Leads, map[string]string{"email": "work_email", "a": ""}},
	} {
		wrong := mapping.Check(c.m, c.over, rule, "mapping")
		if got := paths(wrong); c.want == "" && len(got) > 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v at fault, want %q", c.name, got, c.want)
		}
	}
	wrong := mapping.Check(map[string]string{"email": "work_mail"}, filter.Leads, rule, "mapping")
	if !slices.Equal(wrong[0].Allowed, []string{"work_email"}) {
		t.Errorf("the near spelling is not told: %v", wrong)
	}
}

func paths(fields []fault.Field) (out []string) {
	for _, f := range fields {
		out = append(out, f.Path)
	}
	return out
}

// TestEveryPathIsKnown holds the list that people choose from to what is accepted, and each path to one group.
func TestEveryPathIsKnown(t *testing.T) {
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads} {
		for _, p := range mapping.Paths(k) {
			p = strings.Replace(p, "<name>", "plan", 1)
			if wrong := mapping.Check(map[string]string{"k": "record_id", "x": p}, k, rule, "m"); len(wrong) > 0 {
				t.Errorf("%s: %s is listed and refused: %v", k, p, wrong)
			}
		}
	}
}

func source() mapping.Source {
	at := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	score := int64(80)
	return mapping.Source{RecordID: "l1", AudienceID: "a1", AudienceName: "Hot ones", Change: audiences.Added,
		Lead:   &wire.Lead{ID: "l1", FirstName: "Ada", WorkEmail: "ada@acme.test", ICPScore: &score, Account: &wire.AccountRef{Domain: "acme.test", Name: "Acme"}, Custom: json.RawMessage(`{"team":{"size":12}}`)},
		Signal: &wire.Signal{SignalType: "job_change", OccurredAt: at, Context: json.RawMessage(`{"plan":"pro"}`)}}
}

func TestValues(t *testing.T) {
	m := map[string]string{"a": "first_name", "b": "account.name", "c": "custom.team.size", "d": "icp_score", "e": "persona_code", "f": "phone", "g": "last_signal.signal_type",
		"h": "last_signal.occurred_at", "i": "last_signal.context.plan", "j": "last_signal.context.none", "k": "audience.name", "l": "audience.member", "m": "record_id", "n": "change"}
	got := texts(mapping.Values(m, source()))
	want := map[string]string{"a": `"Ada"`, "b": `"Acme"`, "c": "12", "d": "80", "e": "null", "g": `"job_change"`, "h": `"2026-11-01T08:00:00Z"`, "i": `"pro"`, "j": "null",
		"k": `"Hot ones"`, "l": "true", "m": `"l1"`, "n": `"added"`}
	same(t, got, want)
	left := source()
	left.Change, left.Lead, left.Signal = audiences.Removed, nil, nil
	same(t, texts(mapping.Values(m, left)), map[string]string{"d": "null", "e": "null", "g": "null", "h": "null", "i": "null", "j": "null", "k": "null", "l": "false", "m": `"l1"`, "n": `"removed"`})
}

func texts(values []mapping.Value) map[string]string {
	out := map[string]string{}
	for _, v := range values {
		out[v.Field] = string(v.JSON)
	}
	return out
}

func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s = %s, want %s", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTextIsBounded takes any text of a record and finds nothing hidden, and nothing too long, in what is sent.
func TestTextIsBounded(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		raw, _ := json.Marshal(rapid.SliceOf(rapid.String()).Draw(r, "texts"))
		got := mapping.Text(raw, ";", 50)
		if len([]rune(got)) > 50 || strings.ContainsAny(got, "\x00\x1b\u202e\n") {
			r.Fatalf("%q", got)
		}
	})
	if got := mapping.Text(json.RawMessage(`["Go","SQL"]`), ";", 50); got != "Go;SQL" {
		t.Error(got)
	}
}
