package text_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/text"
)

func TestNearest(t *testing.T) {
	names := []string{"country_code", "country", "county", "city", "id"}
	for word, want := range map[string]string{
		"contry": "country", "Country": "country", "COUNTRY-CODE": "country_code", "coutny": "county", "ctiy": "city", "dity": "city",
		"": "", "i": "", "ix": "", "industry": "", "country_codes_of": "", "xxxx": "",
	} {
		if got, ok := text.Nearest(word, names); got != want || ok != (want != "") {
			t.Errorf("%q is meant as %q, want %q", word, got, want)
		}
	}
	if got, ok := text.Nearest("city", nil); ok {
		t.Errorf("of no names it is %q", got)
	}
}
