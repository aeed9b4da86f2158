package credentials

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// DefaultAPIURL is the API of `unstuck up` and `api serve` on this machine.
const DefaultAPIURL = "http://127.0.0.1:8080"

// ParseAddress returns the API address without a trailing slash. It must be an https URL, or http to a loopback host, so
// that a key never crosses a network in the clear; user names, queries and fragments are refused. The error is the end of
// a sentence and never carries the text.
func ParseAddress(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return "", errors.New("must be an address such as https://api.example.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("must have no user name, query or fragment")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return strings.TrimRight(u.String(), "/"), nil
	}
	return "", errors.New("must begin with https:// (http:// is for this machine alone)")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
