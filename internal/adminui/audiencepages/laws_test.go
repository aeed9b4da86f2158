package audiencepages

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var leaves = []string{
	`{"field":"name","op":"eq","value":"Acme & <b>"}`, `{"field":"name","op":"in","value":["a","b c","d,e"]}`, `{"field":"icp_score","op":"gte","value":50}`,
	`{"field":"custom.a.b","op":"eq","value":"1"}`, `{"field":"custom.a.b","op":"eq","value":1}`, `{"field":"custom.x","op":"in","value":[1,"1",true]}`,
	`{"field":"icp_code","op":"missing"}`, `{"field":"created_at","op":"lt","value":"2026-01-31T12:00:00+01:00"}`,
	`{"signals":{"types":["hiring"],"last_days":30,"min":2}}`, `{"signals":{"max":0}}`, `{"signals":{"from":"2026-01-01T00:00:00Z","distinct":"source","min":2}}`,
}

// tree draws a filter.
func tree(t *rapid.T, depth int) json.RawMessage {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return json.RawMessage(rapid.SampledFrom(leaves).Draw(t, "which"))
	}
	if rapid.IntRange(0, 3).Draw(t, "not") == 0 {
		return json.RawMessage(`{"not":` + string(tree(t, depth-1)) + `}`)
	}
	var parts []string
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		parts = append(parts, string(tree(t, depth-1)))
	}
	return json.RawMessage(`{"` + rapid.SampledFrom([]string{"all", "any"}).Draw(t, "together") + `":[` + strings.Join(parts, ",") + `]}`)
}

// TestAFormSaysItsFilter: whatever is set comes back from its form, at most within an all of its own, which means the same.
func TestAFormSaysItsFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		over := rapid.SampledFrom(overs).Draw(t, "over")
		want, err := strictjson.Canonical(tree(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := filter.Parse(over, want, time.Now()); err != nil {
			t.Fatalf("%s is no filter: %v", want, err)
		}
		got, err := begin(wire.Audience{Over: wire.Over(over), Filter: want}).filter()
		if wrapped := `{"all":[` + string(want) + `]}`; err != nil || string(got) != string(want) && string(got) != wrapped {
			t.Fatalf("%s came back as %s, %v", want, got, err)
		}
	})
}

func TestAMappingComesBackFromItsLines(t *testing.T) {
	theirs := rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_. =-]{0,20}[A-Za-z0-9_]`)
	ours := rapid.SampledFrom([]string{"name", "icp_score", "account.domain", "custom.a=b", "last_signal.title"})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOf(theirs, ours).Draw(t, "mapping")
		got, err := readMapping(mappingText(want))
		if err != nil || !maps.Equal(want, got) {
			t.Fatalf("%q came back as %q, %v", want, got, err)
		}
	})
}

// TestEverythingElseComesBackFromThePost draws a form without conditions and reads what its inputs would send.
func TestEverythingElseComesBackFromThePost(t *testing.T) {
	word := rapid.StringMatching(`[a-z_.]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		want := begin(wire.Audience{Over: wire.Over(rapid.SampledFrom(overs).Draw(t, "over")), Filter: everyone})
		want.Name, want.Version = rapid.StringMatching(`[A-Za-z][A-Za-z <&"']{0,20}[a-z]`).Draw(t, "name"), "3"
		posted := url.Values{"over": {string(want.Over)}, "name": {" " + want.Name + " "}, "version": {"3"}, "match": {"all"}}
		for i := range rapid.IntRange(0, wire.MaxRanking).Draw(t, "ranks") {
			s := wire.Sort{Field: word.Draw(t, "field"), Dir: rapid.SampledFrom([]wire.Direction{wire.Ascending, wire.Descending}).Draw(t, "dir")}
			want.Ranking = append(want.Ranking, s)
			posted.Set(rankName(i)+".field", s.Field)
			posted.Set(rankName(i)+".dir", string(s.Dir))
		}
		for _, id := range rapid.SliceOfNDistinct(word, 0, 3, rapid.ID).Draw(t, "destinations") {
			text := mappingText(rapid.MapOf(word, word).Draw(t, "mapping"))
			want.Attached = append(want.Attached, attachment{id, text})
			posted.Add("destination", id)
			posted.Set("mapping."+id, strings.ReplaceAll(text, "\n", "\r\n"))
		}
		got, do := read(posted)
		if d := cmp.Diff(want, got); d != "" || do != "" {
			t.Fatalf("%s %s", do, d)
		}
	})
}
