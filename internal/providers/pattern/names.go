package pattern

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/unstuckengine/unstuck/internal/text"
)

// spelling is one way to write a name in an address.
type spelling struct {
	digraphs bool // ä is ae, and not a
	first    parts
	last     parts
}

// parts says what becomes of a name of several parts.
type parts int

const (
	joined   parts = iota // Anna Maria is annamaria
	hyphened              // anna-maria
	firstOne              // anna
	lastOne               // van der Berg is berg
	partsEnd
)

// spellings lists all ways, the usual ones first: where the known addresses do not tell, the first counts.
var spellings = func() (out []spelling) {
	for _, digraphs := range []bool{false, true} {
		for first := joined; first < lastOne; first++ { // nobody drops the front of a given name
			for last := joined; last < partsEnd; last++ {
				out = append(out, spelling{digraphs, first, last})
			}
		}
	}
	return out
}()

// digraphs are letters that languages write out as two, and single stands for letters whose plain form folding does not find.
var (
	apostrophes = strings.NewReplacer("'", "", "’", "", "ʼ", "", "`", "") // O'Neil is oneil
	digraphs    = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "å", "aa", "ø", "oe", "æ", "ae", "œ", "oe", "þ", "th")
	single      = strings.NewReplacer("ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "ħ", "h")
)

// form is a name as some of the spellings give it: letters and digits of ASCII, with hyphens within.
type form struct {
	first, last string
	by          uint32 // the spellings, a bit for each
}

// formsOf returns the different forms of a name, the usual one first; none when a part of it cannot be written in ASCII or is empty.
func formsOf(first, last string) (out []form) {
	for i, s := range spellings {
		f := form{ascii(first, s.digraphs, s.first), ascii(last, s.digraphs, s.last), 1 << i}
		if f.first == "" || f.last == "" {
			return nil
		}
		at := slices.IndexFunc(out, func(o form) bool { return o.first == f.first && o.last == f.last })
		if at < 0 {
			out = append(out, f)
		} else {
			out[at].by |= f.by
		}
	}
	return out
}

// ascii returns a name in ASCII and lower case, "" when it has a letter beyond.
func ascii(s string, two bool, p parts) string {
	s = norm.NFC.String(strings.ToLower(apostrophes.Replace(s)))
	if two {
		s = digraphs.Replace(s)
	}
	words := text.Tokens(single.Replace(s))
	for _, w := range words {
		for i := range len(w) {
			if w[i] >= 0x80 {
				return ""
			}
		}
	}
	switch {
	case len(words) == 0:
		return ""
	case p == hyphened:
		return strings.Join(words, "-")
	case p == firstOne:
		return words[0]
	case p == lastOne:
		return words[len(words)-1]
	}
	return strings.Join(words, "")
}
