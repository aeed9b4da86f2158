package identity

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxSlug = 200

// LinkedIn returns the canonical URL of a profile, https://www.linkedin.com/in/<slug>, or of a company, https://www.linkedin.com/company/<slug>,
// from any spelling: with or without scheme, any subdomain (www, m, a country), a query, a fragment, a trailing slash or a page below.
// The slug is percent-decoded, lower-cased, composed (NFC) and percent-encoded again. The error is ErrLinkedIn.
func LinkedIn(s string) (string, error) {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, "://"); i >= 0 {
		if scheme := strings.ToLower(s[:i]); scheme != "https" && scheme != "http" {
			return "", ErrLinkedIn
		}
		s = s[i+3:]
	}
	s = strings.TrimPrefix(s, "//")
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, "?")
	authority, path, _ := strings.Cut(s, "/")
	if !isLinkedInHost(authority) {
		return "", ErrLinkedIn
	}
	return linkedInPath(strings.Split(strings.TrimLeft(path, "/"), "/"))
}

func isLinkedInHost(authority string) bool {
	if strings.Contains(authority, "@") {
		return false
	}
	name, port, _ := strings.Cut(authority, ":")
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return (port == "" || port == "443" || port == "80") && (name == "linkedin.com" || strings.HasSuffix(name, ".linkedin.com"))
}

func linkedInPath(parts []string) (string, error) {
	if strings.EqualFold(parts[0], "mwlite") { // the old mobile site
		parts = parts[1:]
	}
	if len(parts) < 2 {
		return "", ErrLinkedIn
	}
	kind := strings.ToLower(parts[0])
	slug, err := url.PathUnescape(parts[1])
	if err != nil || (kind != "in" && kind != "company") || !utf8.ValidString(slug) {
		return "", ErrLinkedIn
	}
	if slug = lower(strings.TrimSpace(slug)); !validSlug(slug) {
		return "", ErrLinkedIn
	}
	return "https://www.linkedin.com/" + kind + "/" + url.PathEscape(slug), nil
}

func validSlug(slug string) bool {
	word := false
	for _, r := range slug {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			word = true
		case unicode.In(r, unicode.M, unicode.So), strings.ContainsRune("-_.&'+,()!~\u200d\u2019", r):
		default:
			return false
		}
	}
	return word && utf8.RuneCountInString(slug) <= maxSlug
}
