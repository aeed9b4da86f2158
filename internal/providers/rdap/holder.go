package rdap

import (
	"encoding/json"
	"slices"
	"strings"

	openrdap "github.com/openrdap/rdap"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/identity"
)

// holder is who holds a domain, as far as the registry shows it.
type holder struct{ name, country string }

func (h holder) answers(wanted []enrich.Field) (list []enrich.Answer) {
	add := func(f enrich.Field, value string, confidence float64) {
		if raw, err := json.Marshal(value); err == nil && value != "" && slices.Contains(wanted, f) {
			list = append(list, enrich.Answer{Field: f, Value: raw, Confidence: confidence})
		}
	}
	add(enrich.Name, h.name, nameConfidence)
	add(enrich.HQCountry, h.country, countryConfidence)
	return list
}

// registrant returns the card of the holder, or nil.
func registrant(d *openrdap.Domain) *openrdap.VCard {
	for _, e := range d.Entities {
		if slices.Contains(e.Roles, "registrant") && e.VCard != nil {
			return e.VCard
		}
	}
	return nil
}

// holderOf returns the holder, unless a service stands in the holder's place, whose country is not the company's either.
func holderOf(d *openrdap.Domain) (holder, bool) {
	card := registrant(d)
	if card == nil {
		return holder{}, false
	}
	h := holder{name: strings.Join(strings.Fields(organization(card)), " "), country: country(card)}
	if hidden(h.name) || hidden(card.Name()) {
		return holder{}, false
	}
	return h, h != holder{}
}

// organization returns the name of the organisation. The name of a person is none, and not told.
func organization(card *openrdap.VCard) string {
	if org := card.Org(); org != "" {
		return org
	}
	if kind := card.GetFirst("kind"); kind != nil && slices.Equal(kind.Values(), []string{"org"}) {
		return card.Name()
	}
	return ""
}

// country returns the two letters of the address's country, given as a parameter (RFC 8605) or in words.
func country(card *openrdap.VCard) string {
	adr := card.GetFirst("adr")
	if adr == nil {
		return ""
	}
	parts := adr.Values()
	for _, c := range append(slices.Clone(adr.Parameters["cc"]), parts[max(0, len(parts)-1):]...) { // the country is the last part
		if code, ok := identity.CountryCode(c); ok {
			return code
		}
	}
	return ""
}

// veils are parts of the names that stand where the holder is hidden.
var veils = []string{"redacted", "privacy", "private", "proxy", "withheld", "whoisguard", "whois guard", "not disclosed", "data protected", "gdpr", "masked",
	"domain protection", "perfect privacy", "contact privacy", "identity protect", "statutory masking", "non-public", "hidden", "registrant of", "domain administrator", "hostmaster"}

// hidden reports whether a name is a veil. A company whose own name holds such a word is not told, which is the safer mistake.
func hidden(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(veils, func(v string) bool { return strings.Contains(name, v) })
}
