package httpapi

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// values says what stands for each placeholder of a URL.
var values = map[string]func(enrich.Subject) string{
	"first_name":   func(s enrich.Subject) string { return s.FirstName },
	"last_name":    func(s enrich.Subject) string { return s.LastName },
	"domain":       func(s enrich.Subject) string { return s.Domain },
	"email":        func(s enrich.Subject) string { return s.Email },
	"linkedin_url": func(s enrich.Subject) string { return s.LinkedInURL },
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// template is a URL with placeholders in its path and query: the texts around them, and their names between.
type template struct{ texts, names []string }

func parseTemplate(url string) (t template) {
	at := 0
	for _, m := range placeholder.FindAllStringIndex(url, -1) {
		t.texts, t.names = append(t.texts, url[at:m[0]]), append(t.names, url[m[0]+1:m[1]-1])
		at = m[1]
	}
	t.texts = append(t.texts, url[at:])
	return t
}

// fill returns the URL for a subject. ok is false when something that it needs is unknown, or would change the path it stands in.
func (t template) fill(s enrich.Subject) (out string, ok bool) {
	var b strings.Builder
	for i, name := range t.names {
		value := values[name]
		if value == nil {
			return "", false
		}
		v := value(s)
		if v == "" || v == "." || v == ".." {
			return "", false
		}
		b.WriteString(t.texts[i])
		b.WriteString(strings.ReplaceAll(url.QueryEscape(v), "+", "%20")) // right in a path and in a query
	}
	b.WriteString(t.texts[len(t.names)])
	return b.String(), true
}

// withSecret adds the secret to the query where the settings say so.
func withSecret(u string, s settings.HTTPProvider) string {
	if s.SecretQuery == "" || s.Secret.IsZero() {
		return u
	}
	separator := "?"
	if strings.Contains(u, "?") {
		separator = "&"
	}
	return u + separator + url.QueryEscape(s.SecretQuery) + "=" + url.QueryEscape(s.Secret.Reveal())
}
