package identity

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/unstuckengine/unstuck/internal/text"
)

//go:embed countries.txt
var countries string

type countryTable struct {
	codes map[string]string // from alpha-2, alpha-3 and names, as nameKey spells them
	names map[string]string // usual English name by alpha-2
}

var loadCountries = sync.OnceValue(func() countryTable {
	t := countryTable{codes: map[string]string{}, names: map[string]string{}}
	for line := range strings.Lines(countries) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		if strings.HasPrefix(line, "#") {
			continue
		}
		t.names[fields[0]] = fields[2]
		for _, f := range fields {
			t.codes[nameKey(f)] = fields[0]
		}
	}
	return t
})

// CountryCode returns the ISO 3166-1 alpha-2 code, in capitals, for a code (alpha-2 or alpha-3, any case) or an English country name in one of
// its usual spellings; accents, case, punctuation, "the" and "and" make no difference. UK counts as GB, and XK is Kosovo. ok is false when s names no country.
func CountryCode(s string) (code string, ok bool) {
	if len(s) > 200 {
		return "", false
	}
	code, ok = loadCountries().codes[nameKey(s)]
	return code, ok && code != ""
}

// CountryName returns the usual English name of an alpha-2 code in capitals.
func CountryName(code string) (name string, ok bool) {
	name, ok = loadCountries().names[code]
	return name, ok
}

var nameWords = map[string]string{"the": "", "and": "", "st": "saint", "rep": "republic", "dem": "democratic"}

// nameKey is a name without what people spell differently. Letters parted by dots (U.S.A.) are put together.
func nameKey(s string) string {
	words := text.Tokens(s)
	var b strings.Builder
	for i, w := range words {
		if short, ok := nameWords[w]; ok && len(words) > 1 {
			w = short
		}
		if len(w) == 1 && i > 0 && len(words[i-1]) == 1 {
			b.WriteString(w)
			continue
		}
		if w != "" && b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}
