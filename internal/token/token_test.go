package token_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"flag"
	"io"
	mathrand "math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/token"
)

const vector = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"

var keyCount = flag.Int("keys", 2000, "how many keys TestEveryTypingErrorIsRefused draws")

func counting() []byte {
	raw := make([]byte, 36)
	for i := range raw[:32] {
		raw[i] = byte(i)
	}
	copy(raw[32:], []byte{0xa1, 0xb2, 0xc3, 0xd4})
	return raw
}

func mint(t testing.TB) token.Secret {
	t.Helper()
	s, err := token.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVector(t *testing.T) {
	s, err := token.Mint(bytes.NewReader(counting()))
	if err != nil || s.Reveal() != vector {
		t.Fatalf("Mint = %q, %v; want %q", s.Reveal(), err, vector)
	}
	parsed, err := token.Parse(vector)
	if err != nil || !parsed.Equal(s) || parsed.ID() != "a1b2c3d4" {
		t.Errorf("Parse = %v, %v", parsed, err)
	}
}

func TestMintExtremes(t *testing.T) {
	for name, raw := range map[string][]byte{"zeros": make([]byte, 36), "ones": bytes.Repeat([]byte{0xff}, 36)} {
		s, err := token.Mint(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := token.Parse(s.Reveal()); err != nil {
			t.Errorf("%s: Parse: %v", name, err)
		}
	}
	if _, err := token.Mint(bytes.NewReader(make([]byte, 35))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Mint without enough randomness: %v", err)
	}
}

// scanner is the expression published for secret scanners.
var scanner = regexp.MustCompile(`\bunstuck_[0-9A-Za-z]{49}_[0-9a-f]{8}\b`)

func TestMintedKeysAreFoundByScanners(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		text := mint(t).Reveal()
		if len(text) != token.Length || scanner.FindString("x "+text+".") != text || seen[text] {
			t.Fatalf("key of %d bytes is not found or not new", len(text))
		}
		seen[text] = true
	}
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func TestEveryTypingErrorIsRefused(t *testing.T) {
	var changes, swaps, passed int
	refused := func(text string) {
		if _, err := token.Parse(text); !errors.Is(err, token.ErrMalformed) {
			passed++
		}
	}
	for n := range *keyCount {
		text := mint(t).Reveal()
		for i := range len(text) {
			choices := alphabet
			if n >= 5 {
				at := mathrand.IntN(len(alphabet))
				choices = alphabet[at : at+1]
			}
			for j := range len(choices) {
				if choices[j] != text[i] {
					refused(text[:i] + choices[j:j+1] + text[i+1:])
					changes++
				}
			}
			if i > 0 && text[i] != text[i-1] {
				refused(text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:])
				swaps++
			}
		}
	}
	t.Logf("%d keys, %d one-character changes, %d neighbour swaps, %d passed", *keyCount, changes, swaps, passed)
	if passed > 0 {
		t.Errorf("%d wrong keys passed", passed)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "prefix": "unstuck_", "cut": vector[:65], "longer": vector + "0", "space before": " " + vector,
		"upper-case id":     vector[:58] + "A1B2C3D4",
		"upper-case prefix": "UNSTUCK_" + vector[8:],
		"redacted":          token.Redact("a1b2c3d4"),
		"another prefix":    strings.Replace(vector, "unstuck_", "unstack_", 1),
		"checksum too high": vector[:51] + "zzzzzz" + vector[57:],
		"sign in secret":    vector[:20] + "-" + vector[21:],
		"not ASCII":         vector[:20] + "é" + vector[22:],
		"no second bar":     vector[:57] + "0" + vector[58:],
	} {
		if s, err := token.Parse(text); !errors.Is(err, token.ErrMalformed) || !s.IsZero() {
			t.Errorf("%s: Parse = %v, %v; want ErrMalformed", name, s, err)
		}
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{"a1b2c3d4": true, "00000000": true, "A1b2c3d4": false, "a1b2c3d": false, "a1b2c3d4e": false, "": false, "g1b2c3d4": false} {
		if got := token.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v", id, got)
		}
	}
}

func TestScrub(t *testing.T) {
	wrongSum := vector[:51] + "000000" + vector[57:]
	const redacted = "unstuck_***_a1b2c3d4"
	for in, want := range map[string]string{
		"":                                "",
		"nothing here":                    "nothing here",
		vector:                            redacted,
		"Bearer " + vector + "\n":         "Bearer " + redacted + "\n",
		vector + vector:                   redacted + redacted,
		"{\"k\":\"" + vector + "\"}":      "{\"k\":\"" + redacted + "\"}",
		"x" + vector + "ff":               "x" + redacted + "ff",
		"unstuck_" + vector:               "unstuck_" + redacted,
		wrongSum + "," + vector:           redacted + "," + redacted,
		redacted + " stays":               redacted + " stays",
		"unstuck_ " + vector + " unstuck": "unstuck_ " + redacted + " unstuck",
		vector[:65]:                       vector[:65], // not shaped like a key
	} {
		if got := token.Scrub(in); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if s, err := token.Parse(vector); err != nil || s.ID() != "a1b2c3d4" {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(vector)
	f.Add("unstuck_")
	f.Add(vector[:58] + "a1b2c3d5")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := token.Parse(text)
		if err == nil && (s.Reveal() != text || !scanner.MatchString(text) || s.String() != token.Redact(s.ID())) {
			t.Errorf("accepted %q as %v", text, s)
		}
		if out := token.Scrub(text); scanner.MatchString(out) || (err == nil && out != s.String()) {
			t.Errorf("Scrub(%q) = %q", text, out)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := token.Parse(vector); err != nil {
			b.Fatal(err)
		}
	}
}
