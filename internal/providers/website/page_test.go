package website_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/website"
)

func read(html string) website.Page {
	return website.Read([]byte(html), "text/html; charset=utf-8", &url.URL{Scheme: "https", Host: "acme.test", Path: "/"})
}

func ld(json string) string { return `<script type="application/ld+json">` + json + `</script>` }

// TestBrokenPages reads what browsers would show somehow, and what was made to hurt.
func TestBrokenPages(t *testing.T) {
	for _, tc := range []struct {
		name, html string
		want       website.Page
	}{
		{"nothing", "", website.Page{}},
		{"tags that do not end", `<title>A <b>`, website.Page{Title: "A <b>"}},
		{"the first of two counts", `<title>A</title><svg><title>B</title></svg><meta name=description content=1><meta name=description content=2>`, website.Page{Title: "A", Description: "1"}},
		{"an attribute twice", `<meta name=description name=generator content=1 content=2>`, website.Page{Description: "1"}},
		{"both names of a tag", `<meta name="description" property="og:description" content="x">`, website.Page{Description: "x", OGDescription: "x"}},
		{"comments and other scripts", `<!-- <title>no</title> --><script>"<title>no</title>"</script><noscript></noscript>`, website.Page{}},
		{"JSON-LD that is none", ld(`{"@type":"Organization","name":`) + ld(`"x"`) + ld(`[[[1,null,true]]]`), website.Page{}},
		{"JSON-LD with values of wrong types", ld(`{"@type":"Organization","name":{"a":1},"foundingDate":[],"numberOfEmployees":{"minValue":10,"maxValue":50},"address":"Street 1","url":7}`),
			website.Page{Organizations: []website.Organization{{URL: "7"}}}},
		{"JSON-LD with many spellings", ld(`{"@type":"https://schema.org/Organization","name":["A","B"],"foundingDate":1998,"numberOfEmployees":"1 250","address":[{"addressCountry":"US"},{"addressCountry":"DE"}]}`),
			website.Page{Organizations: []website.Organization{{Name: "A", FoundedYear: 1998, Employees: 1250, Country: "US"}}}},
		{"impossible figures", ld(`{"@type":"Organization","name":"A","foundingDate":"20000-01","numberOfEmployees":1e300}`), website.Page{Organizations: []website.Organization{{Name: "A"}}}},
		{"links that are none", `<a href="javascript:alert(1)">x</a><a href="mailto:no address">x</a><a href="mailto:%zz">x</a><a href="https://u:p@acme.test/team">x</a><a href="http://acme.test/team">x</a><script src="data:,x"></script>`, website.Page{}},
		{"an address with a name", `<a href="mailto:Jane%20Doe%20%3CJane@Acme.test%3E?subject=x">x</a>`, website.Page{Emails: []string{"jane@acme.test"}}},
		{"pages about people, best first and once", `<a href="/about">x</a><a href="/company/Team#a">x</a><a href="/company/Team">x</a>`, website.Page{About: []string{"https://acme.test/company/Team", "https://acme.test/about"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(tc.html)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestLargePagesAreBounded gives every list and text more than is kept.
func TestLargePagesAreBounded(t *testing.T) {
	many := strings.Repeat(`<a href="mailto:a@acme.test">x</a><script src="/a.js"></script><meta name=generator content=G><a href="/team"></a>`, 1000)
	p := read("<title>" + strings.Repeat("é", 10_000) + "</title>" + many + ld("["+strings.TrimSuffix(strings.Repeat(`{"@type":"Person","name":"A"},`, 3000), ",")+"]"))
	got := []int{len(p.Title), len(p.Emails), len(p.Scripts), len(p.Generators), len(p.About), len(p.People)}
	if diff := cmp.Diff([]int{4000, 200, 200, 200, 1, 200}, got); diff != "" {
		t.Error(diff)
	}
	deep := ld(strings.Repeat(`{"@graph":[`, 4000) + `{"@type":"Organization","name":"A"}` + strings.Repeat(`]}`, 4000))
	if p := read(deep + "<title>after</title>"); len(p.Organizations) != 0 || p.Title != "after" {
		t.Errorf("%+v", p)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(acme), "text/html; charset=utf-8")
	f.Add([]byte("<meta charset=utf-16><title>x"), "text/html")
	f.Add([]byte("\xff\xfe<\x00t\x00"), "text/html; charset=nothing")
	f.Add([]byte(ld(`{"@type":["Person","Organization"],"name":"\ud800","sameAs":[1,"x"],"employee":{"@graph":[]}}`)), "")
	f.Add([]byte(`<a href="//linkedin.com/in/%F0%9F%98%80"><a href="mailto:=?utf-8?q?x?= <a@b.c>">`), "application/xhtml+xml")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		p := website.Read(body, contentType, &url.URL{Scheme: "https", Host: "acme.test", Path: "/"})
		for _, s := range []string{p.Title, p.Description, p.SiteName, p.OGDescription} {
			if len(s) > 4000 || !utf8.ValidString(s) || strings.ContainsAny(s, "\n\r\t") {
				t.Errorf("text %q", s)
			}
		}
		for _, e := range p.Emails {
			if again, err := identity.Email(e); err != nil || again != e {
				t.Errorf("address %q", e)
			}
		}
		for _, l := range p.About {
			if u, err := url.Parse(l); err != nil || u.Host != "acme.test" || u.Scheme != "https" {
				t.Errorf("link %q", l)
			}
		}
		if _, err := json.Marshal(p); err != nil || max(len(p.Emails), len(p.Scripts), len(p.Profiles), len(p.Organizations), len(p.People), len(p.Generators), len(p.About)) > 200 {
			t.Errorf("%v, lists too long", err)
		}
	})
}
