package scope_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/scope"
)

// granted is the contract's table: which presets grant each permission, in wire order.
var granted = []struct {
	permission scope.Permission
	presets    []scope.Preset
}{
	{"records:read", []scope.Preset{"read_only", "write_enrichment", "write_signals", "full"}},
	{"subscribers:read", []scope.Preset{"read_only", "write_enrichment", "write_signals", "full"}},
	{"enrichment:write", []scope.Preset{"write_enrichment", "full"}},
	{"signals:write", []scope.Preset{"write_signals", "full"}},
	{"subscribers:write", []scope.Preset{"full"}},
	{"audiences:write", []scope.Preset{"full"}},
	{"destinations:write", []scope.Preset{"full"}},
	{"settings:write", []scope.Preset{"full"}},
}

func TestPresetsGrantWhatTheContractSays(t *testing.T) {
	for _, row := range granted {
		for _, p := range scope.Presets() {
			set, ok := p.Set()
			if want := slices.Contains(row.presets, p); !ok || set.Allows(row.permission) != want {
				t.Errorf("%s grants %s: %v, want %v", p, row.permission, set.Allows(row.permission), want)
			}
		}
	}
}

func TestCatalogueOrder(t *testing.T) {
	var want, infos []string
	for _, row := range granted {
		want = append(want, string(row.permission))
	}
	for _, info := range scope.All() {
		infos = append(infos, string(info.Permission))
		if info.Lets == "" {
			t.Errorf("%s lets a key do nothing", info.Permission)
		}
	}
	full, _ := scope.Full.Set()
	if d := cmp.Diff(want, scope.Words()) + cmp.Diff(want, infos) + cmp.Diff(strings.Join(want, ","), full.String()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]scope.Preset{scope.ReadOnly, scope.WriteEnrichment, scope.WriteSignals, scope.Full}, scope.Presets()); d != "" {
		t.Error(d)
	}
	scope.All()[0].Permission = "changed"
	if scope.All()[0].Permission != scope.RecordsRead {
		t.Error("a caller changed the catalogue")
	}
}

func TestTitles(t *testing.T) {
	for p, want := range map[scope.Preset]string{scope.ReadOnly: "Read-only", scope.WriteEnrichment: "Write enrichment", scope.WriteSignals: "Write signals", scope.Full: "Full", scope.Custom: "Custom"} {
		if got := p.Title(); got != want {
			t.Errorf("title of %s = %q, want %q", p, got, want)
		}
	}
	for _, p := range []scope.Preset{scope.Custom, "", "Full", "admin"} {
		if set, ok := p.Set(); ok || set != 0 {
			t.Errorf("preset %q has a set", p)
		}
	}
}

func TestAllows(t *testing.T) {
	full, _ := scope.Full.Set()
	for _, c := range []struct {
		set  scope.Set
		need scope.Permission
		want bool
	}{
		{0, scope.AnyKey, false}, {0, scope.RecordsRead, false}, {0, "", false},
		{scope.Of(scope.RecordsRead), scope.AnyKey, true}, {scope.Of(scope.RecordsRead), scope.RecordsRead, true}, {scope.Of(scope.RecordsRead), scope.SettingsWrite, false},
		{full, "", false}, {full, "keys:write", false}, {full, "Records:read", false}, {full, "records:read,", false}, {full, scope.AnyKey, true},
	} {
		if got := c.set.Allows(c.need); got != c.want {
			t.Errorf("{%s}.Allows(%q) = %v", c.set, c.need, got)
		}
	}
}

func TestValid(t *testing.T) {
	for p, want := range map[scope.Permission]bool{scope.RecordsRead: true, scope.SettingsWrite: true, scope.AnyKey: true, "": false, "records": false, "RECORDS:READ": false, "keys:write": false} {
		if got := p.Valid(); got != want {
			t.Errorf("%q is valid: %v", p, got)
		}
	}
	if scope.Of(scope.AnyKey, "", "keys:write") != 0 {
		t.Error("a key may carry what no key can carry")
	}
}

func TestParseSet(t *testing.T) {
	for text, want := range map[string]string{
		"records:read": "records:read", "signals:write,records:read": "records:read,signals:write", " records:read , settings:write ": "records:read,settings:write",
		"": "", ",": "", "records:read,": "", "records:read,records:read": "", "any": "", "records:read,any": "", "keys:write": "", "Records:Read": "", "records:read signals:write": "", "custom": "", "full": "",
	} {
		set, err := scope.ParseSet(text)
		if set.String() != want || (err == nil) != (want != "") {
			t.Errorf("ParseSet(%q) = %q, %v; want %q", text, set, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "keys:write") {
			t.Errorf("the error repeats the input: %v", err)
		}
	}
	if set, err := scope.FromStrings(nil); set != 0 || err == nil {
		t.Errorf("FromStrings(nil) = %v, %v", set, err)
	}
}

func TestNarrowest(t *testing.T) {
	for p, want := range map[scope.Permission]scope.Preset{
		scope.RecordsRead: scope.ReadOnly, scope.SubscribersRead: scope.ReadOnly, scope.EnrichmentWrite: scope.WriteEnrichment, scope.SignalsWrite: scope.WriteSignals,
		scope.SettingsWrite: scope.Full, scope.AnyKey: scope.ReadOnly, "": scope.Custom, "keys:write": scope.Custom,
	} {
		if got := scope.Narrowest(p); got != want {
			t.Errorf("Narrowest(%s) = %s, want %s", p, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	of := func(p scope.Preset) scope.Set { s, _ := p.Set(); return s }
	for _, c := range []struct {
		have scope.Set
		need scope.Permission
		want scope.Preset
	}{
		{of(scope.ReadOnly), scope.EnrichmentWrite, scope.WriteEnrichment}, {of(scope.ReadOnly), scope.SignalsWrite, scope.WriteSignals},
		{of(scope.WriteEnrichment), scope.SignalsWrite, scope.Full}, {of(scope.WriteSignals), scope.EnrichmentWrite, scope.Full},
		{0, scope.SettingsWrite, scope.Full}, {0, scope.RecordsRead, scope.ReadOnly}, {scope.Of(scope.SignalsWrite), scope.RecordsRead, scope.WriteSignals},
		{of(scope.Full), "keys:write", scope.Custom},
	} {
		if got := scope.Suggest(c.have, c.need); got != c.want {
			t.Errorf("Suggest({%s}, %s) = %s, want %s", c.have, c.need, got, c.want)
		}
	}
}

func sets() *rapid.Generator[scope.Set] {
	return rapid.Custom(func(t *rapid.T) scope.Set {
		var s scope.Set
		for _, w := range rapid.SliceOfDistinct(rapid.SampledFrom(scope.Words()), rapid.ID).Draw(t, "words") {
			s |= scope.Of(scope.Permission(w))
		}
		return s
	})
}

func TestASuggestionGrantsAndKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, need := sets().Draw(t, "have"), scope.Permission(rapid.SampledFrom(scope.Words()).Draw(t, "need"))
		set, ok := scope.Suggest(have, need).Set()
		if !ok || !set.Allows(need) || set&have != have {
			t.Fatalf("Suggest({%s}, %s) = {%s}", have, need, set)
		}
	})
}

func TestSetsComeBackFromText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sets().Draw(t, "set")
		back, err := scope.ParseSet(s.String())
		if s == 0 {
			if err == nil {
				t.Fatal("the empty set was parsed")
			}
			return
		}
		if err != nil || back != s || scope.Of(s.Permissions()...) != s {
			t.Fatalf("{%s} came back as {%s}, %v", s, back, err)
		}
	})
}

func FuzzParseSet(f *testing.F) {
	for _, s := range []string{"records:read", "signals:write, records:read", "any", ",,", "records:read\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := scope.ParseSet(text)
		if (err == nil) != (set != 0) {
			t.Fatalf("ParseSet(%q) = {%s}, %v", text, set, err)
		}
		if err != nil {
			return
		}
		if n := len(strings.Split(text, ",")); n != len(set.Permissions()) {
			t.Errorf("%d words gave %d permissions", n, len(set.Permissions()))
		}
		if again, err := scope.ParseSet(set.String()); err != nil || again != set {
			t.Errorf("{%s} came back as {%s}, %v", set, again, err)
		}
	})
}
