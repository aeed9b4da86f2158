package identity

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

const maxDomain = 253

// profile maps like a browser (UTS 46, non-transitional). Hyphens in third and fourth place are let through, because such hosts exist.
var profile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true), idna.CheckHyphens(false))

// Domain returns the domain that s names, which may be a bare domain or a URL: scheme, userinfo, port, path, query, fragment and a trailing
// dot are dropped, the rest is lower-cased and brought to ASCII (IDNA). A leading "www." is dropped as long as what is left still holds a dot.
// The result has at least one dot, valid labels and at most 253 bytes; IP addresses are refused. Errors: ErrDomain, ErrIP.
func Domain(s string) (string, error) {
	authority, err := authorityOf(strings.TrimSpace(s))
	if err != nil {
		return "", err
	}
	d, err := host(strings.TrimSuffix(authority, "."))
	if err != nil {
		return "", err
	}
	for {
		rest, ok := strings.CutPrefix(d, "www.")
		if !ok || !strings.Contains(rest, ".") {
			return d, nil
		}
		d = rest
	}
}

// authorityOf returns the host part of a URL or of what stands for one.
func authorityOf(s string) (string, error) {
	if i := strings.Index(s, "://"); i >= 0 && isScheme(s[:i]) {
		s = s[i+3:]
	} else {
		s = strings.TrimPrefix(s, "//")
	}
	if i := strings.IndexAny(s, `/?#\`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	if strings.HasPrefix(s, "[") || strings.Count(s, ":") > 1 {
		return "", ErrIP
	}
	name, port, _ := strings.Cut(s, ":")
	if strings.Trim(port, "0123456789") != "" || len(port) > 5 {
		return "", ErrDomain
	}
	return name, nil
}

func isScheme(s string) bool {
	for _, r := range s {
		if !isAlnum(r) && !strings.ContainsRune("+.-", r) {
			return false
		}
	}
	return s != ""
}

// host returns a bare host name in ASCII and lower case, when it is a domain name.
func host(s string) (string, error) {
	if len(s) > 4*maxDomain || !utf8.ValidString(s) {
		return "", ErrDomain
	}
	if !isPlainHost(s) {
		ascii, err := profile.ToASCII(s)
		if err != nil {
			return "", ErrDomain
		}
		s = ascii
	}
	s = strings.ToLower(s)
	if _, err := netip.ParseAddr(s); err == nil {
		return "", ErrIP
	}
	return s, validDomain(s)
}

// isPlainHost reports whether IDNA has nothing to do: ASCII without punycode.
func isPlainHost(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == '-' && strings.HasPrefix(s[i:], "--") {
			return false
		}
	}
	return true
}

func validDomain(s string) error {
	labels := strings.Split(s, ".")
	if len(s) > maxDomain || len(labels) < 2 {
		return ErrDomain
	}
	for _, l := range labels {
		if !validLabel(l) {
			return ErrDomain
		}
	}
	if last := labels[len(labels)-1]; isNumber(last) {
		return ErrIP // browsers read 1.2.3 and 0x7f.1 as addresses
	}
	return nil
}

func validLabel(l string) bool {
	if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	for _, r := range l {
		if r != '-' && !isAlnum(r) {
			return false
		}
	}
	return true
}

func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
