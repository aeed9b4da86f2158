package signals_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func TestTheCatalogueIsSortedAndDocumented(t *testing.T) {
	types := signals.BuiltinTypes()
	if !slices.IsSortedFunc(types, func(a, b signals.Type) int { return strings.Compare(a.Name, b.Name) }) || len(types) < 40 {
		t.Errorf("%d types, sorted or not", len(types))
	}
	names := map[string]bool{}
	for _, typ := range types {
		if !signals.ValidTypeName(typ.Name) || names[typ.Name] || !strings.HasSuffix(typ.About, ".") {
			t.Errorf("type %+v is misnamed, doubled or undocumented", typ)
		}
		if !slices.Contains(signals.Classes(), typ.Class) || typ.Weight < 1 || typ.Weight > 100 {
			t.Errorf("%s has the class %q and the weight %d", typ.Name, typ.Class, typ.Weight)
		}
		if got, ok := signals.Builtin(typ.Name); !ok || got != typ {
			t.Errorf("%s is found as %+v, %t", typ.Name, got, ok)
		}
		names[typ.Name] = true
	}
	for _, name := range strings.Fields(`release product_launch end_of_life website_visit landscape_listed hiring maintainer_added landscape_removed
		security_vulnerability job_change membership_joined bug_bounty_launched project_milestone index_added security_breach hiring_stopped index_removed`) {
		if !names[name] {
			t.Errorf("the catalogue lacks %s", name)
		}
	}
}

func TestTypes(t *testing.T) {
	types := signals.DefaultTypes()
	types["mine"], types["old"], types["release"] = signals.Terms{Enabled: true}, signals.Terms{}, signals.Terms{}
	for name, want := range map[string][2]bool{ // enabled, known
		"mine": {true, true}, "old": {false, true}, "release": {false, true}, "hiring": {true, true}, "Hiring": {false, false}, "": {false, false},
	} {
		if got := [2]bool{types.Enabled(name), types.Known(name)}; got != want {
			t.Errorf("%q: enabled, known = %v, want %v", name, got, want)
		}
	}
	if n := len(types.Names()); n != len(signals.BuiltinTypes()) { // one more, one less
		t.Errorf("%d names", n)
	}
	if !signals.DefaultTypes().Enabled("release") {
		t.Error("the catalogue was changed")
	}
	for name, want := range map[string]bool{"a": true, "a-b_c.9": true, "": false, "9a": false, "A": false, "a b": false, "ä": false, strings.Repeat("a", 65): false} {
		if got := signals.ValidTypeName(name); got != want {
			t.Errorf("ValidTypeName(%q) = %t", name, got)
		}
	}
}

func TestTheListOfAllowedTypesIsBounded(t *testing.T) {
	own := signals.Types{}
	for i := range 300 {
		own[strings.Repeat("x", 1+i%60)+string(rune('a'+i/60))] = signals.Terms{Enabled: true}
	}
	err := own.Acceptable(signals.Signal{Type: "nope", OccurredAt: time.Now()}, time.Now())
	if f := fault.From(err).Fields; len(f) != 1 || f[0].Path != "signal_type" || len(f[0].Allowed) != 100 {
		t.Errorf("fields = %+v", f)
	}
}

func TestEmailCompany(t *testing.T) {
	for email, want := range map[string]string{
		"jane@acme.com": "acme.com", "jane@www.acme.com": "acme.com", "jane@mail.acme.com": "mail.acme.com", "j@gmail.com": "", "j@googlemail.com": "",
		"j@acme-com.example": "", "j@example.test": "", "j@example.com": "example.com", "": "", "nobody": "", "a@[::1]": "",
	} {
		if got := signals.EmailCompany(email); got != want {
			t.Errorf("EmailCompany(%q) = %q, want %q", email, got, want)
		}
	}
}

func TestNewLead(t *testing.T) {
	const profile, page = "https://www.linkedin.com/in/jane", "https://www.linkedin.com/company/acme"
	for name, c := range map[string]struct {
		identity wire.Identity
		want     wire.Lead
		ok, told bool // becomes a lead, names a person
	}{
		"email":         {wire.Identity{Email: "j@a.com", FirstName: "Jane", LastName: "Doe", Title: "CTO"}, wire.Lead{WorkEmail: "j@a.com", Name: "Jane Doe", FirstName: "Jane", LastName: "Doe", Title: "CTO"}, true, true},
		"profile":       {wire.Identity{LinkedInURL: profile, CompanyDomain: "a.com"}, wire.Lead{LinkedInURL: profile, CompanyDomain: "a.com"}, true, true},
		"company page":  {wire.Identity{LinkedInURL: page}, wire.Lead{}, false, false},
		"bare handle":   {wire.Identity{Handle: "github:x"}, wire.Lead{Handle: "github:x"}, false, true},
		"only a domain": {wire.Identity{CompanyDomain: "a.com"}, wire.Lead{CompanyDomain: "a.com"}, false, false},
	} {
		got, ok := signals.NewLead(c.identity)
		if d := cmp.Diff(c.want, got); d != "" || ok != c.ok || signals.NamesPerson(c.identity) != c.told {
			t.Errorf("%s: ok %t, names a person %t\n%s", name, ok, signals.NamesPerson(c.identity), d)
		}
	}
}

// TestFingerprintTellsPartsApart: moving a byte from one part to its neighbour gives another signal.
func TestFingerprintTellsPartsApart(t *testing.T) {
	text := rapid.StringMatching(`[a-c]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		draw := func() (signals.Signal, signals.Match) {
			s := signals.Signal{ExternalID: rapid.SampledFrom([]string{"", "", "x"}).Draw(t, "external id"), Type: text.Draw(t, "type"), Source: text.Draw(t, "source"),
				EventName: text.Draw(t, "event"), Title: text.Draw(t, "title"), OccurredAt: time.UnixMicro(rapid.Int64Range(-2, 2).Draw(t, "at")).UTC(), Context: []byte(text.Draw(t, "context"))}
			return s, signals.Match{AccountID: text.Draw(t, "account"), LeadID: text.Draw(t, "lead")}
		}
		key := func(s signals.Signal, m signals.Match) any { // the rule, said plainly
			if s.ExternalID != "" {
				return [2]string{s.ExternalID, s.Source}
			}
			return [7]any{s.Type, s.Source, s.OccurredAt, m, s.EventName, string(s.Context)}
		}
		a, ma := draw()
		b, mb := draw()
		if same := signals.Fingerprint(a, ma) == signals.Fingerprint(b, mb); same != (key(a, ma) == key(b, mb)) {
			t.Fatalf("same = %t for\n%+v %+v\n%+v %+v", same, a, ma, b, mb)
		}
		if n := len(signals.Fingerprint(a, ma)); n != 32 {
			t.Fatalf("a fingerprint of %d characters", n)
		}
	})
}

func TestNormal(t *testing.T) {
	at := time.Date(2026, 8, 22, 14, 0, 0, 1999, time.FixedZone("x", 7200))
	got, err := signals.Normal(wire.PushSignal{SignalType: "release", Source: " s ", OccurredAt: at, Title: " t ", Context: []byte(`{ "b":1.0, "a":[] }`),
		Identity: wire.Identity{Email: "J@A.com", Handle: "@Octo", LinkedInURL: "linkedin.com/in/J", CompanyDomain: "WWW.A.com", FirstName: " J "}})
	want := signals.Signal{Type: "release", Source: "s", Title: "t", OccurredAt: time.Date(2026, 8, 22, 12, 0, 0, 1000, time.UTC), Context: []byte(`{"a":[],"b":1}`),
		Identity: wire.Identity{Email: "j@a.com", Handle: "github:octo", LinkedInURL: "https://www.linkedin.com/in/j", CompanyDomain: "a.com", FirstName: "J"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("error %v, differs (-want +got):\n%s", err, d)
	}
	for _, empty := range []string{"", "{}", " { } "} {
		if c, err := signals.NormalContext([]byte(empty)); c != nil || err != nil {
			t.Errorf("context %q = %q, %v", empty, c, err)
		}
	}
	for _, bad := range []string{"[]", `"x"`, "{", `{"a":1e999}`} {
		if _, err := signals.NormalContext([]byte(bad)); fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("context %q: %v", bad, err)
		}
	}
}
