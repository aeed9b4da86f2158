package identity

import "strings"

const (
	defaultNetwork = "github"
	maxHandle      = 100
)

// Handle returns the form in which handles are compared: <network>:<name> in lower case. The network may be left out, then it is github;
// a leading @ and, for github, the profile's URL are understood. The name holds ASCII letters, digits, hyphens, underscores and dots, at most
// 100, and for an app a closing [bot]. The error is ErrHandle.
func Handle(s string) (string, error) {
	network, name := splitHandle(strings.ToLower(strings.TrimSpace(s)))
	name = strings.TrimPrefix(strings.TrimSpace(name), "@")
	if !validNetwork(network) || !validName(strings.TrimSuffix(name, "[bot]")) {
		return "", ErrHandle
	}
	return network + ":" + name, nil
}

func splitHandle(s string) (network, name string) {
	url := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "www.")
	if name, ok := strings.CutPrefix(url, "github.com/"); ok {
		return defaultNetwork, strings.TrimSuffix(name, "/")
	}
	if network, name, ok := strings.Cut(s, ":"); ok {
		return network, name
	}
	return defaultNetwork, s
}

func validNetwork(s string) bool {
	for _, r := range s {
		if !isAlnum(r) {
			return false
		}
	}
	return s != "" && len(s) <= 20
}

func validName(s string) bool {
	word := false
	for _, r := range s {
		switch {
		case isAlnum(r):
			word = true
		case r != '-' && r != '_' && r != '.':
			return false
		}
	}
	return word && len(s) <= maxHandle
}
