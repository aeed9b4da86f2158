package text_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/text"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " Acme\r\n\tLtd ": "Acme Ltd", "a\u202eb\u200bc\u00add": "abcd", "x\U000E0041\U000E0042y": "xy", "\ufeffzürich\x00\x1b[31m": "zürich[31m",
		"a\xffb": "ab", "日本 語": "日本 語", "\u2066\u2069": "",
	} {
		if got := text.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanLeavesNothingHidden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hidden := rapid.SampledFrom([]rune("\u0000\u0007\u001b\u007f\u0085\u00ad\u061c\u200b\u200f\u2028\u202e\u2066\ufeff\U000E0001\U000E007F"))
		s := rapid.StringOf(rapid.OneOf(hidden, rapid.Rune())).Draw(t, "text")
		once := text.Clean(s)
		if strings.IndexFunc(once, text.Hidden) >= 0 || text.Clean(once) != once {
			t.Fatalf("Clean(%q) = %q", s, once)
		}
	})
}
