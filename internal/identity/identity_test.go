package identity_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/identity"
)

type normal func(string) (string, error)

func check(t *testing.T, name string, f normal, want map[string]string) {
	t.Helper()
	for in, out := range want {
		got, err := f(in)
		if err != nil || got != out {
			t.Errorf("%s(%q) = %q, %v, want %q", name, in, got, err, out)
		}
		if again, err := f(got); err == nil && again != got {
			t.Errorf("%s(%q) = %q, again %q", name, in, got, again)
		}
	}
}

func refuse(t *testing.T, name string, f normal, want error, inputs ...string) {
	t.Helper()
	for _, in := range inputs {
		got, err := f(in)
		if !errors.Is(err, want) || got != "" {
			t.Errorf("%s(%q) = %q, %v, want %v", name, in, got, err, want)
		}
	}
}

func TestDomain(t *testing.T) {
	check(t, "Domain", identity.Domain, map[string]string{
		"grafana.com": "grafana.com", " HTTPS://user:pw@WWW.Grafana.com:443/a?b#c ": "grafana.com", "//grafana.com/x": "grafana.com", "grafana.com.": "grafana.com",
		"www.com": "www.com", "www.co.uk": "co.uk", "www.www.com": "www.com", "www.www.a.com": "a.com", "wwww.a.com": "wwww.a.com", "bücher.de": "xn--bcher-kva.de",
		"BÜCHER.de": "xn--bcher-kva.de", "xn--bcher-kva.de": "xn--bcher-kva.de", "faß.de": "xn--fa-hia.de", "ｅｘａｍｐｌｅ。com": "example.com", "r3---sn.example.com": "r3---sn.example.com",
		"01296.hk": "01296.hk", "example.com?x=1": "example.com", "example.com:": "example.com", "http://a.b/@c": "a.b", "例え.テスト": "xn--r8jz45g.xn--zckzah", "a.b.c.d.example": "a.b.c.d.example",
		strings.Repeat("a", 63) + ".com": strings.Repeat("a", 63) + ".com",
	})
	refuse(t, "Domain", identity.Domain, identity.ErrDomain, "", " ", "localhost", "com.", "a..b", ".a.b", "a.b..", "-a.com", "a-.com", "a_b.com", "a b.com", "a.com:x", "a.com:123456",
		"http://", "mailto:x", "xn--\u00fc.de", "xn--.de", "xn--99999999999.de", strings.Repeat("a", 64)+".com", strings.Repeat("a.", 126)+"com", "a\x00.com", "\xff.com", "exa\u202emple.com", "www.", "*.a.com")
	refuse(t, "Domain", identity.Domain, identity.ErrIP, "10.0.0.1", "http://[::1]:80/", "::1", "http://127.0.0.1:8080", "1.2.3", "0x7f.1", "a.0x1", "1.2.3.4.")
}

func TestEmail(t *testing.T) {
	check(t, "Email", identity.Email, map[string]string{
		" Jane.Doe+X@Example.COM ": "jane.doe+x@example.com", "a@www.example.com": "a@www.example.com", "a@bücher.de": "a@xn--bcher-kva.de", "o'neil@x.co": "o'neil@x.co",
		"JOSÉ@example.com": "josé@example.com", "jose\u0301@example.com": "josé@example.com",
	})
	refuse(t, "Email", identity.Email, identity.ErrEmail, "", "a", "@a.com", "a@", "a@b", "a@@b.com", "a b@c.com", "Jane <a@b.com>", "\"a b\"@c.com", "a@[1.2.3.4]", "a@1.2.3.4", ".a@b.com", "a.@b.com",
		"a..b@c.com", "a@b.com.", "a@b.com:25", "a@b.com/x", "a@b.com, c@d.com", "a\u0000@b.com", "a\xff@b.com", "a\u202e@b.com", strings.Repeat("a", 65)+"@b.com", "a@"+strings.Repeat("b.", 126)+"com", "mailto:a@b.com ,")
}

func TestLinkedIn(t *testing.T) {
	const in, co = "https://www.linkedin.com/in/", "https://www.linkedin.com/company/"
	check(t, "LinkedIn", identity.LinkedIn, map[string]string{
		"https://www.linkedin.com/in/jane-doe": in + "jane-doe", "http://de.linkedin.com/in/Jane-Doe/?trk=x#y": in + "jane-doe", "linkedin.com/IN/jane-doe/de": in + "jane-doe",
		"m.linkedin.com/mwlite/in/jane": in + "jane", "//linkedin.com/company/Grafana-Labs/about/": co + "grafana-labs", "https://LinkedIn.com:443/company/1234": co + "1234",
		"https://www.linkedin.com/in/jos%C3%A9": in + "jos%C3%A9", "https://www.linkedin.com/in/josé": in + "jos%C3%A9", "https://www.linkedin.com/in/jose%cc%81": in + "jos%C3%A9", "https://www.linkedin.com/in/JOS%C3%89/": in + "jos%C3%A9",
		"linkedin.com//in/a": in + "a", "linkedin.com./in/a%2Db": in + "a-b",
	})
	refuse(t, "LinkedIn", identity.LinkedIn, identity.ErrLinkedIn, "", "jane", "https://linkedin.com", "https://linkedin.com/in/", "https://linkedin.com/in/%20", "https://linkedin.com/in/..", "https://linkedin.com/jobs/view/1",
		"https://notlinkedin.com/in/a", "https://linkedin.com.evil.com/in/a", "https://x@evil.com/in/a", "https://linkedin.com@evil.com/in/a", "ftp://linkedin.com/in/a", "javascript://linkedin.com/in/a", "https://linkedin.com/in/a%2Fb",
		"https://linkedin.com/in/%zz", "https://linkedin.com/in/%ff", "https://linkedin.com/in/a%00", "https://linkedin.com/in/"+strings.Repeat("a", 201), "https://linkedin.com:8080/in/a")
}

func TestHandle(t *testing.T) {
	check(t, "Handle", identity.Handle, map[string]string{
		"github:06kellyjac": "github:06kellyjac", "0xE282B0": "github:0xe282b0", "@Octocat": "github:octocat", " GitHub:@OctoCat ": "github:octocat", "https://github.com/Octo-Cat/": "github:octo-cat",
		"github.com/octocat": "github:octocat", "dependabot[bot]": "github:dependabot[bot]", "x:Jack": "x:jack", "name_corp": "github:name_corp",
	})
	refuse(t, "Handle", identity.Handle, identity.ErrHandle, "", "@", "github:", ":a", "a b", "a/b", "https://example.com/a", "é", "[bot]", "--", "a:b:c", strings.Repeat("a", 101), "a\x00", "g h:a")
}

func FuzzNormalForms(f *testing.F) {
	for _, s := range []string{"https://www.Example.com:80/x", "JOSÉ@bücher.de", "de.linkedin.com/in/Jos%C3%A9", "@Octocat", "xn--a", "İ@İ.com", "linkedin.com/in/İ%", "www.www.www.a", "United States"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, f := range map[string]normal{"Domain": identity.Domain, "Email": identity.Email, "LinkedIn": identity.LinkedIn, "Handle": identity.Handle} {
			once, err := f(s)
			if err != nil {
				if once != "" {
					t.Fatalf("%s(%q) returns %q beside an error", name, s, once)
				}
				continue
			}
			if twice, err := f(once); err != nil || twice != once {
				t.Fatalf("%s(%q) = %q, again %q, %v", name, s, once, twice, err)
			}
		}
		if d, err := identity.Domain(s); err == nil && (len(d) > 253 || d != strings.ToLower(d) || !strings.Contains(d, ".") || strings.ContainsAny(d, " /@:")) {
			t.Fatalf("Domain(%q) = %q", s, d)
		}
		if code, ok := identity.CountryCode(s); ok && len(code) != 2 {
			t.Fatalf("CountryCode(%q) = %q", s, code)
		}
	})
}

func TestMailboxProviders(t *testing.T) {
	for _, d := range []string{"gmail.com", "web.de", "yahoo.co.uk", "mail.ru", "qq.com"} {
		if !identity.MailboxProvider(d) {
			t.Errorf("%s counts as a company's", d)
		}
	}
	for _, d := range []string{"", "#", "acme.com", "notgmail.com", "gmail.com.acme.com", "mail.gmail.acme.com"} {
		if identity.MailboxProvider(d) {
			t.Errorf("%q counts as a mailbox provider's", d)
		}
	}
}
