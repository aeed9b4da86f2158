package website

import (
	"bytes"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"github.com/unstuckengine/unstuck/internal/identity"
)

// The bounds of what is read of one page.
const (
	maxToken = maxPage // bytes of one tag, or of one script
	maxTags  = 50_000
	maxText  = 4_000 // bytes of one text
	maxList  = 200   // of each list of a Page
)

// Page is what a page says in its markup. Its texts are the site's own words, with white space collapsed and nothing else done to them.
type Page struct {
	Title         string
	Description   string // meta description
	SiteName      string // og:site_name
	OGDescription string
	Generators    []string
	Scripts       []string // URLs of scripts and style sheets, absolute
	Emails        []string // of mailto links, in normal form
	Profiles      []string // LinkedIn URLs of people, in normal form
	About         []string // URLs of pages of the same host that may name people, the most promising first
	Organizations []Organization
	People        []Person
}

// Read takes a page apart tag by tag, in time and memory that grow with its size alone: no tree is built, so that depth costs nothing. What
// lies beyond the bounds is left out. contentType is that of the answer, base its URL.
func Read(body []byte, contentType string, base *url.URL) Page {
	r := reader{base: base}
	utf8, err := charset.NewReader(bytes.NewReader(body), contentType)
	if err != nil {
		return r.Page
	}
	z := html.NewTokenizer(utf8)
	z.SetMaxBuf(maxToken)
	for range maxTags {
		switch z.Next() {
		case html.ErrorToken:
			return r.done()
		case html.StartTagToken, html.SelfClosingTagToken:
			r.tag(z.Token())
		case html.TextToken:
			r.text(z.Text())
		case html.EndTagToken:
			r.inside = nothing
		}
	}
	return r.done()
}

// reader is a page that is being read.
type reader struct {
	Page
	base   *url.URL
	inside element
	about  []link
}

// element says what the text belongs to that comes next.
type element int

const (
	nothing element = iota
	title
	linkedData
)

func (r *reader) tag(t html.Token) {
	a := attributes(t)
	r.inside = nothing
	switch t.DataAtom {
	case atom.Title:
		r.inside = title
	case atom.Meta:
		r.meta(a)
	case atom.Script:
		if kind, _, _ := strings.Cut(strings.ToLower(a["type"]), ";"); strings.TrimSpace(kind) == "application/ld+json" {
			r.inside = linkedData
		}
		r.asset(a["src"])
	case atom.Link:
		if strings.EqualFold(a["rel"], "stylesheet") || strings.EqualFold(a["rel"], "preload") {
			r.asset(a["href"])
		}
	case atom.A:
		r.link(a["href"])
	}
}

// attributes returns the attributes of a tag, the first of each name.
func attributes(t html.Token) map[string]string {
	m := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		if _, twice := m[a.Key]; !twice {
			m[a.Key] = a.Val
		}
	}
	return m
}

func (r *reader) text(raw []byte) {
	switch r.inside {
	case title:
		if r.Title == "" { // an SVG's title comes later
			r.Title = line(html.UnescapeString(string(raw)))
		}
	case linkedData:
		orgs, people := linked(raw)
		r.Organizations = upTo(r.Organizations, orgs...)
		r.People = upTo(r.People, people...)
	}
}

func (r *reader) meta(a map[string]string) {
	content := line(a["content"])
	into := map[string]*string{"description": &r.Description, "og:site_name": &r.SiteName, "og:description": &r.OGDescription}
	for _, name := range []string{strings.ToLower(a["name"]), strings.ToLower(a["property"])} {
		if name == "generator" && content != "" {
			r.Generators = upTo(r.Generators, content)
		} else if to := into[name]; to != nil && *to == "" {
			*to = content
		}
	}
}

func (r *reader) asset(src string) {
	if u := resolve(r.base, src); src != "" && u != nil {
		r.Scripts = upTo(r.Scripts, u.String())
	}
}

func (r *reader) link(href string) {
	if to, is := strings.CutPrefix(strings.TrimSpace(href), "mailto:"); is {
		r.mailto(to)
		return
	}
	u := resolve(r.base, href)
	if u == nil {
		return
	}
	if profile, err := identity.LinkedIn(u.String()); err == nil && strings.Contains(profile, "/in/") {
		r.Profiles = upTo(r.Profiles, profile)
	} else if rank := slices.IndexFunc(aboutPeople, func(word string) bool { return strings.Contains(strings.ToLower(u.Path), word) }); rank >= 0 &&
		u.Host == r.base.Host && u.Scheme == r.base.Scheme {
		r.about = upTo(r.about, link{u.String(), rank})
	}
}

func (r *reader) mailto(to string) {
	to, _, _ = strings.Cut(to, "?")
	plain, err := url.PathUnescape(to)
	if err != nil || len(plain) > maxText {
		return
	}
	if parsed, err := mail.ParseAddress(plain); err == nil {
		plain = parsed.Address
	}
	if email, err := identity.Email(plain); err == nil {
		r.Emails = upTo(r.Emails, email)
	}
}

// aboutPeople are parts of the paths of pages that name people, the most promising first.
var aboutPeople = []string{"team", "people", "leadership", "management", "contact", "kontakt", "impressum", "about", "ueber-uns", "company"}

type link struct {
	url  string
	rank int
}

// done sorts the links by what they promise.
func (r *reader) done() Page {
	slices.SortStableFunc(r.about, func(a, b link) int { return a.rank - b.rank })
	for _, l := range r.about {
		if !slices.Contains(r.About, l.url) && l.url != r.base.String() {
			r.About = append(r.About, l.url)
		}
	}
	return r.Page
}

// line returns the beginning of a text in one line.
func line(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxText)], "")
	return strings.Join(strings.Fields(s), " ")
}

// upTo appends as long as the list is not full.
func upTo[T any](list []T, more ...T) []T {
	return append(list, more[:min(len(more), max(0, maxList-len(list)))]...)
}
