package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/unstuckengine/unstuck/internal/text"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Grafana": "grafana", "  A b\t": "a b", "Zürich": "zurich", "STRASSE": "strasse", "Straße": "strasse", "ﬁne": "fine", "Ｆｕｌｌ": "full",
		"İstanbul": "istanbul", "ΣΊΣΥΦΟΣ": "σισυφοσ", "Ångström": "angstrom", "x²": "x2", "\u00a0a\u2003": "a", "ŁÓDŹ": "łodz", "a\xffb": "a\uFFFDb",
		"\u0301": "", "हिन्दी": "हनद", "™": "tm", "Ꭰꭰᏸ": "ᎠᎠᏰ",
	} {
		if got := text.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	long := strings.Repeat("é", 70)
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"", []string{}}, {" -- ", []string{}}, {"Supply-chain, supply CHAIN!", []string{"supply", "chain", "supply", "chain"}},
		{"C++ & Node.js 18", []string{"c", "node", "js", "18"}}, {"l’Oréal", []string{"l", "oreal"}}, {"日本 語", []string{"日本", "語"}},
		{"snake_case", []string{"snake", "case"}}, {long + " b", []string{strings.Repeat("e", 64), "b"}},
		{strings.Repeat("ж", 70), []string{strings.Repeat("ж", 64)}}, {"½", []string{"1", "2"}},
	} {
		if d := cmp.Diff(tt.want, text.Tokens(tt.in)); d != "" {
			t.Errorf("Tokens(%q): %s", tt.in, d)
		}
	}
}

func TestUnique(t *testing.T) {
	in := []string{"b", "a", "b", "c", "a"}
	if d := cmp.Diff([]string{"b", "a", "c"}, text.Unique(in)); d != "" {
		t.Error(d)
	}
	if in[2] != "b" || in[3] != "c" {
		t.Error("the argument was changed")
	}
}

func TestPhraseIn(t *testing.T) {
	for _, tt := range []struct {
		folded, phrase string
		want           bool
	}{
		{"the supply chain firm", "supply chain", true}, {"supply-chain", "supply chain", false}, {"supply \t\n chain", "supply chain", true},
		{"supply chains", "supply chain", false}, {"oversupply chain", "supply chain", false}, {"oversupply chain, supply chain.", "supply chain", true},
		{"supplychain", "supply chain", false}, {"(supply chain)", "supply chain", true}, {"a", "", false}, {"", "a", false}, {"a a b", "a b", true},
		{"we use c++ here", "c++", true}, {"éa", "a", false}, {"x supply", "supply chain", false},
	} {
		if got := text.PhraseIn(tt.folded, tt.phrase); got != tt.want {
			t.Errorf("PhraseIn(%q, %q) = %v", tt.folded, tt.phrase, got)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Zürich", "ﬁ", "\xff", "İ", "ᾳ", "ẞ", "\u1e9b\u0323", "ꭰ", "ϓ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := text.Fold(s)
		if !utf8.ValidString(once) {
			t.Fatalf("Fold(%q) = %q is not UTF-8", s, once)
		}
		if twice := text.Fold(once); twice != once {
			t.Fatalf("Fold(%q) = %q, again %q", s, once, twice)
		}
		if strings.IndexFunc(once, unicode.IsMark) >= 0 || once != strings.TrimSpace(once) {
			t.Fatalf("Fold(%q) = %q keeps marks or outer space", s, once)
		}
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("Supply-chain é 12")
	f.Add("\xff½a")
	f.Fuzz(func(t *testing.T, s string) {
		tokens := text.Tokens(s)
		for _, w := range tokens {
			if n := utf8.RuneCountInString(w); n == 0 || n > text.MaxTokenRunes || strings.IndexFunc(w, func(r rune) bool { return !text.IsWord(r) }) >= 0 {
				t.Fatalf("Tokens(%q) holds %q", s, w)
			}
		}
		if d := cmp.Diff(tokens, text.Tokens(text.Fold(s))); d != "" {
			t.Fatalf("tokens of the folded text differ for %q: %s", s, d)
		}
		if d := cmp.Diff(tokens, text.Tokens(strings.Join(tokens, " "))); d != "" {
			t.Fatalf("joined tokens of %q differ: %s", s, d)
		}
	})
}

// TestFoldEveryRune holds idempotence for each code point, alone and in company.
func TestFoldEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := "a" + string(r) + "b"
		if once := text.Fold(s); text.Fold(once) != once {
			t.Fatalf("%U: %q then %q", r, once, text.Fold(once))
		}
	}
}

func words(alphabet string, most int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 0, most, -1)
}
