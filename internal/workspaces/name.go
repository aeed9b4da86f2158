package workspaces

import (
	"unicode"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// MaxName is the greatest number of characters in a name given by people.
const MaxName = 100

// CheckName returns nil when name is fit to be shown in lists and logs: 1 to MaxName characters of UTF-8, not only
// spaces, without an API key, control characters or others that would change how the text around it is read. Otherwise
// validation_failed for the field.
func CheckName(field, name string) error {
	n := utf8.RuneCountInString(name)
	if !utf8.ValidString(name) || n < 1 || n > MaxName {
		return fault.Invalid(field, "must have 1 to 100 characters")
	}
	seen := false
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			return fault.Invalid(field, "must not contain control characters or line breaks")
		}
		seen = seen || unicode.IsGraphic(r) && !unicode.IsSpace(r)
	}
	if token.Scrub(name) != name {
		return fault.Invalid(field, "must not hold an API key: names are shown in lists and logs")
	}
	if !seen {
		return fault.Invalid(field, "must not consist of spaces alone")
	}
	return nil
}
