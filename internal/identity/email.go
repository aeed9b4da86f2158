package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxEmail = 254
	maxLocal = 64
)

// Email returns an address in one spelling: trimmed, wholly in lower case, its domain in ASCII (IDNA). The local part is lower-cased too,
// although the standard lets a server tell cases apart, because none that matters does and people write both. Only the form local@domain is
// taken: no display name, quotes, comments or address literals. Non-ASCII letters in the local part are allowed and composed (NFC).
// At most 254 bytes, the local part 64. The error is ErrEmail.
func Email(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 1 || !utf8.ValidString(s) || len(s) > 4*maxEmail {
		return "", ErrEmail
	}
	local := lower(s[:at])
	domain, err := host(s[at+1:])
	if err != nil || !validLocal(local) || len(local)+1+len(domain) > maxEmail {
		return "", ErrEmail
	}
	return local + "@" + domain, nil
}

// lower returns s in lower case and composed, so that doing it again changes nothing.
func lower(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
}

func validLocal(local string) bool {
	if len(local) > maxLocal || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		switch {
		case isAlnum(r), strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r):
		case r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)):
		default:
			return false
		}
	}
	return local != ""
}
