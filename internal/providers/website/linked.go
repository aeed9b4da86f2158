package website

import (
	"encoding/json"
	"strconv"
	"strings"
)

// The bounds of what is read of one script of JSON-LD.
const (
	maxDepth = 12
	maxItems = 2_000
)

// Organization is what a page declares of a company, in the words of schema.org; "" and 0 where nothing is declared.
type Organization struct {
	Name, Description string
	URL               string
	FoundedYear       int
	Employees         int64 // an exact number; ranges are left out
	Country, City     string
}

// Person is what a page declares of a person.
type Person struct {
	Name, Email, Phone string
	SameAs             []string
}

// organizationTypes are the types of schema.org that stand for the company itself. A product, an article or an event is none.
var organizationTypes = map[string]bool{"Organization": true, "Corporation": true, "LocalBusiness": true, "OnlineBusiness": true, "OnlineStore": true,
	"ProfessionalService": true, "FinancialService": true, "NGO": true, "EducationalOrganization": true, "CollegeOrUniversity": true,
	"MedicalOrganization": true, "NewsMediaOrganization": true, "SoftwareCompany": true, "Store": true, "Airline": true, "LegalService": true}

// holders are the members under which the company or its people stand inside something else.
var holders = []string{"@graph", "mainEntity", "publisher", "about", "itemListElement", "item", "employee", "employees", "founder", "founders", "member", "members"}

// linked returns the organisations and people of one script, in their order; none when it is no JSON.
func linked(script []byte) ([]Organization, []Person) {
	var root any
	if json.Unmarshal(script, &root) != nil {
		return nil, nil
	}
	w := walk{left: maxItems}
	w.visit(root, maxDepth)
	return w.organizations, w.people
}

type walk struct {
	organizations []Organization
	people        []Person
	left          int
}

func (w *walk) visit(v any, depth int) {
	w.left--
	if depth == 0 || w.left < 0 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			w.visit(e, depth-1)
		}
	case map[string]any:
		w.object(v)
		for _, name := range holders {
			if inner, ok := v[name]; ok {
				w.visit(inner, depth-1)
			}
		}
	}
}

func (w *walk) object(o map[string]any) {
	for _, kind := range textsOf(o["@type"]) {
		kind = kind[strings.LastIndexAny(kind, "/:")+1:]
		switch {
		case organizationTypes[kind]:
			w.organizations = append(w.organizations, organization(o))
			return
		case kind == "Person":
			w.people = append(w.people, Person{textOf(o["name"]), strings.TrimPrefix(textOf(o["email"]), "mailto:"), textOf(o["telephone"]), textsOf(o["sameAs"])})
			return
		}
	}
}

func organization(o map[string]any) Organization {
	org := Organization{Name: textOf(o["name"]), Description: textOf(o["description"]), URL: textOf(o["url"]), FoundedYear: year(textOf(o["foundingDate"])), Employees: exact(o["numberOfEmployees"])}
	address := o["address"]
	if list, ok := address.([]any); ok && len(list) > 0 {
		address = list[0]
	}
	if at, ok := address.(map[string]any); ok {
		org.City, org.Country = textOf(at["addressLocality"]), textOf(at["addressCountry"])
	}
	return org
}

// textOf returns the text that a value is, or that an object is named by, or the first of a list.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return line(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		for _, name := range []string{"@value", "name"} {
			if s, ok := v[name].(string); ok {
				return line(s)
			}
		}
	case []any:
		if len(v) > 0 {
			if s, ok := v[0].(string); ok {
				return line(s)
			}
		}
	}
	return ""
}

func textsOf(v any) (list []string) {
	switch v := v.(type) {
	case string:
		return []string{line(v)}
	case []any:
		for _, e := range v {
			if s, ok := e.(string); ok {
				list = upTo(list, line(s))
			}
		}
	}
	return list
}

// year returns the year that a date begins with, or 0.
func year(date string) int {
	digits, rest, _ := strings.Cut(date, "-")
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) != 4 || n < 1000 || n > 2100 || len(rest) > 25 {
		return 0
	}
	return n
}

// exact returns the number that a value is, or that a quantity holds, or 0. A range is no number.
func exact(v any) int64 {
	switch v := v.(type) {
	case map[string]any:
		if least, most := exact(v["minValue"]), exact(v["maxValue"]); least != 0 && least == most {
			return least
		}
		return exact(v["value"])
	case float64:
		if v >= 1 && v <= 1e7 && v == float64(int64(v)) {
			return int64(v)
		}
	case string:
		n, err := strconv.ParseInt(strings.NewReplacer(",", "", " ", "").Replace(v), 10, 64)
		if err == nil && n >= 1 && n <= 1e7 {
			return n
		}
	}
	return 0
}
