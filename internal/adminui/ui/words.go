package ui

import (
	"cmp"
	"strconv"
	"strings"
)

func orText(kind string) string    { return cmp.Or(kind, "text") }
func orOff(complete string) string { return cmp.Or(complete, "off") }

// Number writes n with its thousands apart.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Title begins the name of a plan or a role with a capital, as people write it.
func Title[T ~string](name T) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(string(name[:1])) + string(name[1:])
}

// wholly are the words of names that are not written as they stand.
var wholly = map[string]string{"id": "ID", "url": "URL", "linkedin": "LinkedIn", "icp": "ICP", "hq": "HQ", "usd": "USD"}

// Words writes a name of the API for people: linkedin_url is LinkedIn URL.
func Words(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if known, ok := wholly[w]; ok {
			words[i] = known
		} else if i == 0 && w != "" && w[0] >= 'a' && w[0] <= 'z' {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}
