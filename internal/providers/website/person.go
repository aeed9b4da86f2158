package website

import (
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
)

// who is the person that is looked for, by the words of the name.
type who struct{ first, last []string }

func personOf(s enrich.Subject) who { return who{text.Tokens(s.FirstName), text.Tokens(s.LastName)} }

func (w who) known() bool { return len(w.first) > 0 && len(w.last) > 0 }

// named reports whether words are the person's: all of the last name and the first of the first names, in any order and with others between.
func (w who) named(words []string) bool {
	if !slices.Contains(words, w.first[0]) {
		return false
	}
	for _, l := range w.last {
		if !slices.Contains(words, l) {
			return false
		}
	}
	return true
}

// address says how far an address is believed to be the person's, by its local part: 0 when it is not.
func (w who) address(local string) float64 {
	words := text.Tokens(local)
	first, last := w.first[0], strings.Join(w.last, "")
	joined := strings.Join(words, "")
	initial := string([]rune(first)[:1])
	switch joined {
	case first + last, last + first:
		return declared
	case initial + last, last + initial:
		return described
	}
	return 0
}

// person adds what the pages publish of the person. An address counts only at the company's own domain.
func (a *answers) person(w who, domain string, pages []site) {
	for _, s := range pages {
		a.trust = trust(s)
		for _, p := range s.People {
			if w.named(text.Tokens(p.Name)) {
				a.card(p, domain)
			}
		}
		for _, email := range s.Emails {
			local, at, _ := strings.Cut(email, "@")
			if c := w.address(local); c > 0 && sameCompany(at, domain) {
				a.add(enrich.WorkEmail, email, c)
			}
		}
		for _, profile := range s.Profiles {
			if w.named(text.Tokens(profile[strings.LastIndexByte(profile, '/')+1:])) {
				a.add(enrich.LinkedInURL, profile, described)
			}
		}
	}
}

// card adds what a page declares of the person in so many words.
func (a *answers) card(p Person, domain string) {
	if email, err := identity.Email(p.Email); err == nil && sameCompany(email[strings.LastIndexByte(email, '@')+1:], domain) {
		a.add(enrich.WorkEmail, email, declared)
	}
	a.add(enrich.Phone, p.Phone, declared)
	for _, at := range p.SameAs {
		if profile, err := identity.LinkedIn(at); err == nil && strings.Contains(profile, "/in/") {
			a.add(enrich.LinkedInURL, profile, declared)
		}
	}
}
