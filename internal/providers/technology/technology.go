// Package technology names the products that a company's domain and pages give away, by an open file of rules (rules.json; its format is in
// docs/technology-rules.md). A rule is data and matches plain text: no expression that a hostile page could make slow.
package technology

import (
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

//go:embed rules.json
var rulesFile []byte

// Mail is the category of the products that keep a company's mailboxes.
const Mail = "mail"

// Rule says what gives a product away: any one of its patterns is enough. Case does not matter.
type Rule struct {
	Name      string            `json:"name"`
	Category  string            `json:"category"`
	MX        []string          `json:"mx,omitempty"`        // names of mail servers, or what they end in after a dot
	TXT       []string          `json:"txt,omitempty"`       // what a TXT record begins with
	SPF       []string          `json:"spf,omitempty"`       // names that the SPF record includes, or what they end in after a dot
	Header    map[string]string `json:"header,omitempty"`    // part of a header's value; "" when the header being there is enough
	Cookie    []string          `json:"cookie,omitempty"`    // what a cookie's name begins with
	Generator []string          `json:"generator,omitempty"` // what the page's generator begins with
	Script    []string          `json:"script,omitempty"`    // of a script's or style sheet's URL: host, or what it ends in, and a path's beginning; or /part of a path
}

// Rules returns the rules in the order of their names. The caller may change the slice, not what is in it.
func Rules() []Rule { return slices.Clone(rules) }

var rules = mustParse(rulesFile)

// mustParse panics on a file that is no list of rules, which a test would have found.
func mustParse(file []byte) (list []Rule) {
	if err := json.Unmarshal(file, &list); err != nil {
		panic("technology: rules.json: " + err.Error())
	}
	return list
}

// Evidence is what was seen of a domain and its page. What was not looked at is empty.
type Evidence struct {
	MX, TXT    []string            // names of mail servers; texts
	Header     map[string][]string // by canonical name
	Cookies    []string            // names
	Generators []string
	Scripts    []string // URLs of scripts and style sheets, absolute
}

// Names returns the products that the evidence gives away, each once, in the order of the rules; never nil.
func Names(e Evidence) []string {
	seen := prepare(e)
	names := []string{}
	for _, r := range rules {
		if seen.match(r) {
			names = append(names, r.Name)
		}
	}
	return names
}

// MailProvider returns the product that keeps the mailboxes behind the mail servers, or "".
func MailProvider(mx []string) string {
	seen := prepare(Evidence{MX: mx})
	for _, r := range rules {
		if r.Category == Mail && anyOf(seen.mx, r.MX, endsIn) {
			return r.Name
		}
	}
	return ""
}

// prepared is evidence in lower case, with the parts that rules speak of.
type prepared struct {
	mx, txt, spf, cookies, generators []string
	header                            map[string][]string
	scripts                           []address
}

type address struct{ host, path string }

func prepare(e Evidence) prepared {
	p := prepared{mx: hosts(e.MX), txt: lower(e.TXT), cookies: lower(e.Cookies), generators: lower(e.Generators), header: map[string][]string{}}
	for _, t := range p.txt {
		if strings.HasPrefix(t, "v=spf1 ") {
			p.spf = append(p.spf, included(t)...)
		}
	}
	for name, values := range e.Header {
		p.header[strings.ToLower(name)] = lower(values)
	}
	for _, s := range e.Scripts {
		if u, err := url.Parse(s); err == nil {
			p.scripts = append(p.scripts, address{strings.ToLower(u.Hostname()), strings.ToLower(u.Path)})
		}
	}
	return p
}

// included returns the names that an SPF record hands over to.
func included(spf string) (names []string) {
	for _, term := range strings.Fields(spf) {
		term = strings.TrimLeft(term, "+?~")
		if name, ok := strings.CutPrefix(term, "include:"); ok {
			names = append(names, name)
		} else if name, ok := strings.CutPrefix(term, "redirect="); ok {
			names = append(names, name)
		}
	}
	return hosts(names)
}

func (p prepared) match(r Rule) bool {
	return anyOf(p.mx, r.MX, endsIn) || anyOf(p.spf, r.SPF, endsIn) || anyOf(p.txt, r.TXT, strings.HasPrefix) ||
		anyOf(p.cookies, r.Cookie, strings.HasPrefix) || anyOf(p.generators, r.Generator, strings.HasPrefix) ||
		anyOf(p.scripts, r.Script, address.at) || p.headers(r.Header)
}

func (p prepared) headers(wanted map[string]string) bool {
	for name, part := range wanted {
		if anyOf(p.header[strings.ToLower(name)], []string{part}, strings.Contains) {
			return true
		}
	}
	return false
}

// at reports whether the address is the one that a pattern speaks of.
func (a address) at(pattern string) bool {
	host, path, _ := strings.Cut(pattern, "/")
	if host == "" {
		return strings.Contains(a.path, pattern)
	}
	return endsIn(a.host, host) && strings.HasPrefix(strings.TrimPrefix(a.path, "/"), path)
}

// anyOf reports whether any pattern, in lower case, fits any of the values.
func anyOf[V any](values []V, patterns []string, fits func(value V, pattern string) bool) bool {
	for _, pattern := range patterns {
		pattern = strings.ToLower(pattern)
		if slices.ContainsFunc(values, func(v V) bool { return fits(v, pattern) }) {
			return true
		}
	}
	return false
}

// endsIn reports whether a name is the other or lies below it.
func endsIn(name, suffix string) bool {
	return name == suffix || strings.HasSuffix(name, "."+suffix)
}

func lower(list []string) (out []string) {
	for _, s := range list {
		out = append(out, strings.ToLower(s))
	}
	return out
}

func hosts(list []string) (out []string) {
	for _, s := range lower(list) {
		out = append(out, strings.TrimSuffix(s, "."))
	}
	return out
}
