package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/text"
)

type account struct {
	ID              string   `json:"id"`
	Domain          string   `json:"domain"`
	Name            string   `json:"name"`
	Aliases         []string `json:"aliases,omitempty"`
	Website         string   `json:"website"`
	Industry        string   `json:"industry"`
	Size            string   `json:"size,omitempty"`
	Ownership       string   `json:"ownership,omitempty"`
	FoundedYear     int      `json:"founded_year,omitempty"`
	Country         string   `json:"country"`
	CountryCode     string   `json:"country_code"`
	State           string   `json:"state,omitempty"`
	City            string   `json:"city"`
	Tags            []string `json:"tags"`
	Description     string   `json:"description"`
	TechStack       []string `json:"tech_stack,omitempty"`
	LastFundingDate string   `json:"last_funding_date,omitempty"`
	Sources         []string `json:"sources"`
}

// accountAt walks the pairs of words by a step prime to their number, so that neighbours differ and no name comes twice.
func accountAt(i int, now time.Time) account {
	r := random(accountStream, i)
	pair := i * 1003 % AccountCount
	first, kind := firstWords[pair/len(secondWords)], pair%len(secondWords)
	name, home := first+" "+secondWords[kind], pick(r, places)
	a := account{
		ID: fmt.Sprintf("demo_account_%04d", i), Domain: slug(name, "-") + ".example", Name: name,
		Industry: industries[kind], Country: home.country, CountryCode: home.code, State: home.state, City: home.city,
		Tags: sample(r, tags, 1+r.IntN(4)), TechStack: sample(r, tech, r.IntN(5)), Sources: []string{"demo"},
	}
	a.Website = "https://www." + a.Domain + "/"
	a.Description = fmt.Sprintf("%s is a made-up %s company from %s that works with %s.", name, strings.ToLower(a.Industry), home.city, pick(r, secondWords[:]))
	if r.IntN(10) > 0 {
		a.Size = pick(r, sizes)
	}
	if r.IntN(4) > 0 {
		a.FoundedYear = now.UTC().Year() - 1 - often(r, 60)
	}
	if r.IntN(5) == 0 {
		a.Aliases = []string{first}
	}
	if r.IntN(12) == 0 {
		a.Ownership = "public"
	} else if r.IntN(3) == 0 {
		a.LastFundingDate = now.UTC().AddDate(0, 0, -r.IntN(900)).Format(time.DateOnly)
	}
	return a
}

type lead struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	Title         string  `json:"title"`
	Department    string  `json:"department"`
	Seniority     string  `json:"seniority"`
	Company       string  `json:"company,omitempty"`
	CompanyDomain *string `json:"company_domain"`
	Email         string  `json:"email"`
	Handle        string  `json:"handle,omitempty"`
	CountryCode   string  `json:"country_code"`
	Source        string  `json:"source"`
	Synthetic     bool    `json:"synthetic"`
}

// leadAt gives every twentieth person no company: independents exist.
func leadAt(i int) lead {
	r := random(leadStream, i)
	pair := i * 1237 % (len(givenNames) * len(familyNames))
	given, family := givenNames[pair/len(familyNames)], familyNames[pair%len(familyNames)]
	role := pick(r, roles)
	l := lead{
		ID: fmt.Sprintf("demo_lead_%04d", i), Name: given + " " + family, Title: role.title, Department: role.department, Seniority: role.seniority,
		Source: "demo", Synthetic: true,
	}
	address := slug(given, "") + "." + slug(family, "")
	if r.IntN(4) == 0 {
		l.Handle = "github:" + strings.ReplaceAll(address, ".", "-")
	}
	if i%20 == 19 {
		l.Email, l.CountryCode = address+"@independent.example", pick(r, places).code
		return l
	}
	a := accountAt(often(r, AccountCount), time.Unix(0, 0))
	l.Company, l.CompanyDomain, l.CountryCode, l.Email = a.Name, &a.Domain, a.CountryCode, address+"@"+a.Domain
	return l
}

// sample draws n different values, in the order of the list.
func sample(r *rand.Rand, values []string, n int) []string {
	out := make([]string, 0, n)
	for i, v := range values {
		if r.IntN(len(values)-i) < n-len(out) {
			out = append(out, v)
		}
	}
	return out
}

// slug joins the words of a name, without accents, as a domain or an address spells them.
func slug(name, joint string) string {
	plain := strings.NewReplacer("ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "ı", "i", "'", "").Replace(name)
	return strings.Join(text.Tokens(plain), joint)
}
