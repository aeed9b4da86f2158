package website

import (
	"encoding/json"
	"math"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
)

// How far each kind of evidence is believed; docs/technology-rules.md and docs/providers.md show the table.
const (
	declared  = 0.8  // JSON-LD of the company's own page, a published address of the person
	described = 0.6  // Open Graph and meta description, a name's initial in an address, a profile's slug
	titled    = 0.4  // a part of the title that is the domain's name
	detected  = 0.75 // products

	unsecured = 0.75 // factor for a page that came over plain http
)

// answers are being collected: the first of each field stays.
type answers struct {
	list  []enrich.Answer
	trust float64 // factor
}

func (a *answers) add(f enrich.Field, value any, confidence float64) {
	for _, have := range a.list {
		if have.Field == f {
			return
		}
	}
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case int64:
		if v == 0 {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	}
	if raw, err := json.Marshal(value); err == nil {
		a.list = append(a.list, enrich.Answer{Field: f, Value: raw, Confidence: math.Round(confidence*a.trust*100) / 100})
	}
}

func trust(s site) float64 {
	if s.secure {
		return 1
	}
	return unsecured
}

// company adds what the page says of the company.
func (a *answers) company(s site, domain string, stack []string) {
	a.trust = trust(s)
	if org, ok := own(s.Organizations, domain); ok {
		a.add(enrich.Name, org.Name, declared)
		a.add(enrich.Description, org.Description, declared)
		a.add(enrich.FoundedYear, int64(org.FoundedYear), declared)
		a.add(enrich.EmployeeCount, org.Employees, declared)
		a.add(enrich.HQCity, org.City, declared)
		if code, ok := identity.CountryCode(org.Country); ok {
			a.add(enrich.HQCountry, code, declared)
		}
	}
	a.add(enrich.Name, s.SiteName, described)
	a.add(enrich.Name, titleName(s.Title, domain), titled)
	a.add(enrich.Description, s.OGDescription, described)
	a.add(enrich.Description, s.Description, described)
	a.add(enrich.TechStack, stack, detected)
}

// own returns the organisation that stands for the company: the first that says it lives at the domain, else the first that does not say where.
func own(list []Organization, domain string) (org Organization, ok bool) {
	for _, o := range list {
		d, err := identity.Domain(o.URL)
		switch {
		case o.URL != "" && err == nil && sameCompany(d, domain):
			return o, true
		case o.URL == "" && !ok:
			org, ok = o, true
		}
	}
	return org, ok
}

// titleName returns the part of a title that is the domain's own name, in the spelling of the title.
func titleName(title, domain string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return ""
	}
	name, _, _ := strings.Cut(registered, ".")
	name = strings.ReplaceAll(name, "-", "")
	for _, part := range strings.FieldsFunc(title, func(r rune) bool { return strings.ContainsRune("|–—·•:", r) }) {
		if strings.Join(text.Tokens(part), "") == name {
			return line(part)
		}
	}
	return ""
}
