package emailcheck_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		in, text                  string
		disposable, role, webmail bool
	}{
		{in: " Jane.Doe@ACME.com ", text: "jane.doe@acme.com"},
		{in: "jane@bücher.de", text: "jane@xn--bcher-kva.de"},
		{in: "jane@gmail.com", text: "jane@gmail.com", webmail: true},
		{in: "x@mailinator.com", text: "x@mailinator.com", disposable: true},
		{in: "x@mx.inbox.yopmail.com", text: "x@mx.inbox.yopmail.com", disposable: true},
		{in: "x@notmailinator.com", text: "x@notmailinator.com"},
		{in: "Sales@acme.com", text: "sales@acme.com", role: true},
		{in: "info+crm@acme.com", text: "info+crm@acme.com", role: true},
		{in: "informer@acme.com", text: "informer@acme.com"},
		{in: "infographics@gmail.com", text: "infographics@gmail.com", webmail: true},
	} {
		a, err := emailcheck.Parse(c.in)
		if err != nil || a.Text != c.text || a.Local+"@"+a.Domain != a.Text {
			t.Errorf("%q is %+v, %v", c.in, a, err)
		}
		if a.Disposable() != c.disposable || a.Role() != c.role || a.Webmail() != c.webmail {
			t.Errorf("%q: disposable %v, role %v, webmail %v", c.in, a.Disposable(), a.Role(), a.Webmail())
		}
	}
	for _, in := range []string{"", "jane", "jane@", "jane@localhost", "Jane <jane@acme.com>", "jane@[10.0.0.1]"} {
		if a, err := emailcheck.Parse(in); err == nil {
			t.Errorf("%q is %+v", in, a)
		}
	}
}

func TestAt(t *testing.T) {
	a, err := emailcheck.Parse("jane@mail.acme.com")
	if err != nil {
		t.Fatal(err)
	}
	for domain, want := range map[string]bool{"acme.com": true, "mail.acme.com": true, "cme.com": false, "": false, "x.mail.acme.com": false} {
		if a.At(domain) != want {
			t.Errorf("at %q: %v", domain, !want)
		}
	}
}
