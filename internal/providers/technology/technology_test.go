package technology_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/providers/technology"
)

// evidence returns for every pattern of a rule the evidence that it speaks of, by the pattern.
func evidence(r technology.Rule) map[string]technology.Evidence {
	all := map[string]technology.Evidence{}
	for _, p := range r.MX {
		all["mx "+p] = technology.Evidence{MX: []string{"MX1." + strings.ToUpper(p) + "."}}
	}
	for _, p := range r.TXT {
		all["txt "+p] = technology.Evidence{TXT: []string{p + "abc"}}
	}
	for _, p := range r.SPF {
		all["spf "+p] = technology.Evidence{TXT: []string{"v=spf1 ip4:192.0.2.1 include:" + p + " -all"}}
	}
	for name, part := range r.Header {
		all["header "+name] = technology.Evidence{Header: map[string][]string{strings.ToUpper(name): {"x" + strings.ToUpper(part) + "y"}}}
	}
	for _, p := range r.Cookie {
		all["cookie "+p] = technology.Evidence{Cookies: []string{p + "1"}}
	}
	for _, p := range r.Generator {
		all["generator "+p] = technology.Evidence{Generators: []string{p + " 1.2"}}
	}
	for _, p := range r.Script {
		at := "https://sub." + p
		if strings.HasPrefix(p, "/") {
			at = "https://acme.test/a" + p
		}
		all["script "+p] = technology.Evidence{Scripts: []string{at}}
	}
	return all
}

// TestRules checks the file: names and categories, patterns that say something, each in one rule alone, and each enough to name the product.
func TestRules(t *testing.T) {
	rules := technology.Rules()
	categories := []string{"ai", "analytics", "cms", "collaboration", "crm", "database", "design", "development", "documents", "ecommerce", "email delivery", "framework",
		"hosting", "identity", "infrastructure", "mail", "mail security", "marketing", "payments", "privacy", "sales", "search", "security", "server", "storage", "support"}
	owner := map[string]string{}
	for i, r := range rules {
		if i > 0 && strings.ToLower(rules[i-1].Name) >= strings.ToLower(r.Name) {
			t.Errorf("%q stands after %q", r.Name, rules[i-1].Name)
		}
		if !slices.Contains(categories, r.Category) {
			t.Errorf("%s: no category %q", r.Name, r.Category)
		}
		if r.Category == technology.Mail && len(r.MX) == 0 {
			t.Errorf("%s keeps mail and has no mail server", r.Name)
		}
		seen := evidence(r)
		if len(seen) == 0 {
			t.Errorf("%s has no pattern", r.Name)
		}
		for pattern, e := range seen {
			if names := technology.Names(e); !slices.Contains(names, r.Name) {
				t.Errorf("%s: %s gives %v", r.Name, pattern, names)
			}
			if _, p, _ := strings.Cut(pattern, " "); len(p) < 3 {
				t.Errorf("%s: %s says too little", r.Name, pattern)
			}
			if other, taken := owner[pattern]; taken && pattern != "header server" && pattern != "header x-powered-by" {
				t.Errorf("%s: %s belongs to %s", r.Name, pattern, other)
			}
			owner[pattern] = r.Name
		}
	}
	if len(rules) < 60 {
		t.Errorf("%d rules", len(rules))
	}
}

// TestNothingIsGuessed: what is only similar gives nothing away.
func TestNothingIsGuessed(t *testing.T) {
	got := technology.Names(technology.Evidence{
		MX:         []string{"notgoogle.com", "google.com.evil.test", "mail.acme.test"},
		TXT:        []string{"v=spf1 include:sendgrid.net.evil.test -include:mailgun.org ~all", "see google-site-verification=x", "v=spf10 include:sendgrid.net"},
		Header:     map[string][]string{"Server": {"caddy"}},
		Cookies:    []string{"x_ga"},
		Generators: []string{"Not WordPress"},
		Scripts:    []string{"https://js.stripe.com.evil.test/v3", "https://evil.test/js.stripe.com/v3", "https://googletagmanager.com/other.js", "://", "data:text/javascript,1"},
	})
	if diff := cmp.Diff([]string{}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMailProvider(t *testing.T) {
	for mx, want := range map[string]string{"aspmx.l.google.com": "Google Workspace", "acme-com.mail.protection.outlook.com.": "Microsoft 365", "mx.zoho.eu": "Zoho Mail",
		"eu-smtp-inbound-1.mimecast.com": "", "mx.acme.test": "", "": ""} {
		if got := technology.MailProvider([]string{mx}); got != want {
			t.Errorf("%s: %q", mx, got)
		}
	}
}

// TestTheDocumentNamesEveryPart keeps docs/technology-rules.md in step with the members of a rule and with the categories in use.
func TestTheDocumentNamesEveryPart(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/technology-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"name", "category", "mx", "txt", "spf", "header", "cookie", "generator", "script"} {
		if !regexp.MustCompile("(?m)^\\| `" + part + "` ").Match(doc) {
			t.Errorf("the member %s is not described", part)
		}
	}
	for _, r := range technology.Rules() {
		if !strings.Contains(string(doc), "`"+r.Category+"`") {
			t.Errorf("the category %s is not listed", r.Category)
		}
	}
}
