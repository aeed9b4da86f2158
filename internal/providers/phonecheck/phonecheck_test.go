package phonecheck_test

import (
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/providers/phonecheck"
)

func TestE164(t *testing.T) {
	for _, c := range [][3]string{ // text, country, number
		{"+1 (415) 555-2671", "", "+14155552671"}, {"(415) 555-2671", "US", "+14155552671"}, {"030 901820", "DE", "+4930901820"},
		{"0044 20 7946 0958", "DE", "+442079460958"}, {"020 7946 0958", "GB", "+442079460958"}, {"+41 44 668 18 00", "US", "+41446681800"},
		{"+1 415 555 2671 ext. 12", "", "+14155552671"}, {"tel:+14155552671", "", "+14155552671"}, {"+39 06 6982", "", "+39066982"},
	} {
		got, err := phonecheck.E164(c[0], c[1])
		if err != nil || got != c[2] {
			t.Errorf("%q in %q is %q, %v, want %s", c[0], c[1], got, err, c[2])
		}
		if again, err := phonecheck.E164(got, ""); err != nil || again != got {
			t.Errorf("%s is %q, %v when read again", got, again, err)
		}
	}
	for _, c := range [][2]string{
		{"", "US"}, {"415 555 2671", ""}, {"12", "US"}, {"+1 900 555 0199", ""}, {"+1 000 000 0000", ""}, {"+999 1234567", ""}, {"call me", "US"},
		{"=1+1", "US"}, {strings.Repeat("1", 61), "US"}, {"+49 1", ""}, {"555-2671", "ZZ"},
	} {
		if got, err := phonecheck.E164(c[0], c[1]); err == nil {
			t.Errorf("%q in %q is taken for %s", c[0], c[1], got)
		}
	}
}
