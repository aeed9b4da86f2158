// Package oracle answers questions about the sample data by a plain scan of its files. It shares no code with the product, so that the two agree
// only where both are right.
package oracle

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Company is a line of companies.jsonl. An absent text is empty.
type Company struct {
	ID           string
	Domain       string
	Name         string
	Aliases      []string
	Industry     string
	Sector       string
	Size         string
	MarketCap    string `json:"market_cap"`
	Ownership    string
	Symbol       string
	FoundedYear  int `json:"founded_year"` // 0 when unknown
	Country      string
	CountryCode  string `json:"country_code"`
	State        string
	City         string
	LocationText string `json:"location_text"`
	Tags         []string
	Description  string
	Sources      []string

	People  []*Person // in the order of their file
	Signals []*Signal
}

// Person is a line of people.jsonl.
type Person struct {
	ID            string
	Name          string
	Title         string
	Department    string
	Seniority     string
	Company       string
	CompanyDomain string `json:"company_domain"`
	Email         string
	Handle        string
	CountryCode   string `json:"country_code"`
	Source        string
	Synthetic     bool

	At      *Company // nil where no company is known
	Signals []*Signal
}

// Signal is a line of signals.jsonl.
type Signal struct {
	ID            string
	Type          string
	CompanyDomain string `json:"company_domain"`
	PersonHandle  string `json:"person_handle"`
	PersonEmail   string `json:"person_email"`
	Source        string
	OccurredAt    time.Time `json:"occurred_at"`
	Title         string
	Payload       map[string]any

	At *Company
	By *Person // nil where no person is named, or the one named is not among the people
}

// Data is all three files, joined.
type Data struct {
	Companies []*Company
	People    []*Person
	Signals   []*Signal
}

// Load reads the three files of a directory and joins them by domain, email and handle. Broken lines and dangling domains are errors.
func Load(dir string) (*Data, error) {
	var d Data
	var err error
	if d.Companies, err = lines[Company](filepath.Join(dir, "companies.jsonl")); err != nil {
		return nil, err
	}
	if d.People, err = lines[Person](filepath.Join(dir, "people.jsonl")); err != nil {
		return nil, err
	}
	if d.Signals, err = lines[Signal](filepath.Join(dir, "signals.jsonl")); err != nil {
		return nil, err
	}
	return &d, d.join()
}

func lines[T any](path string) (out []*T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		row := new(T)
		if err := json.Unmarshal(scanner.Bytes(), row); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", filepath.Base(path), len(out)+1, err)
		}
		out = append(out, row)
	}
	return out, scanner.Err()
}

func (d *Data) join() error {
	at, by := map[string]*Company{}, map[string]*Person{}
	for _, c := range d.Companies {
		at[c.Domain] = c
	}
	for _, p := range d.People {
		if p.Email != "" {
			by[strings.ToLower(p.Email)] = p
		}
		if p.Handle != "" {
			by[strings.ToLower(p.Handle)] = p
		}
		if p.CompanyDomain == "" {
			continue
		}
		if p.At = at[p.CompanyDomain]; p.At == nil {
			return fmt.Errorf("person %s works at an unknown domain", p.ID)
		}
		p.At.People = append(p.At.People, p)
	}
	for _, s := range d.Signals {
		if s.At = at[s.CompanyDomain]; s.At == nil {
			return fmt.Errorf("signal %s happened at an unknown domain", s.ID)
		}
		s.At.Signals = append(s.At.Signals, s)
		if s.By = by[strings.ToLower(s.PersonEmail+s.PersonHandle)]; s.By != nil {
			s.By.Signals = append(s.By.Signals, s)
		}
	}
	return nil
}

// Text returns a member of the payload as text, empty when it is missing or no text.
func (s *Signal) Text(member string) string {
	text, _ := s.Payload[member].(string)
	return text
}

// Number returns a member of the payload as a number, and whether it is one.
func (s *Signal) Number(member string) (float64, bool) {
	n, ok := s.Payload[member].(float64)
	return n, ok
}

// Lists returns the texts of a member of the payload that is a list.
func (s *Signal) Lists(member string) (out []string) {
	list, _ := s.Payload[member].([]any)
	for _, v := range list {
		if text, ok := v.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// In reports whether the signal occurred in [from, to), both RFC 3339.
func (s *Signal) In(from, to string) bool {
	return !s.OccurredAt.Before(Time(from)) && s.OccurredAt.Before(Time(to))
}

// Time reads an RFC 3339 time of a question; a wrong one panics.
func Time(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}
