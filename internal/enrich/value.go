package enrich

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Bounds of texts, in characters.
const (
	maxShort       = 200
	maxDescription = 2000 // longer ones are cut
	maxTechnology  = 100  // of one name
	maxTechStack   = 100  // names
)

// usable returns the answer as it is kept, clean, judged and in the normal form of its field, or one without a value.
func (s *Service) usable(ctx context.Context, subject Subject, a Answer) Answer {
	var ok bool
	if a.Value, ok = cleaned(a.Field, a.Value); !ok {
		return Answer{}
	}
	a.Confidence = fraction(a.Confidence)
	if s.Judge != nil {
		if a, ok = s.judged(ctx, subject, a); !ok {
			return Answer{}
		}
		if a.Value, ok = cleaned(a.Field, a.Value); !ok {
			return Answer{}
		}
		a.Confidence = fraction(a.Confidence)
	}
	if a.Value, ok = normal(subject.Kind, a); !ok {
		return Answer{}
	}
	return a
}

// judgeTime is what a judgement may take.
const judgeTime = 5 * time.Second

// judged asks the judge, whose panic makes the answer unusable; one that does not return is waited for no longer than the call takes.
func (s *Service) judged(ctx context.Context, subject Subject, a Answer) (out Answer, ok bool) {
	type verdict struct {
		a  Answer
		ok bool
	}
	got := make(chan verdict, 1)
	go func() {
		var v verdict
		defer func() {
			if recover() != nil {
				v.ok = false
			}
			got <- v
		}()
		bounded, cancel := context.WithTimeout(ctx, judgeTime)
		defer cancel()
		v.a, v.ok = s.Judge.Judge(bounded, subject, a)
	}()
	select {
	case v := <-got:
		return v.a, v.ok && v.a.Field == a.Field
	case <-ctx.Done():
		return Answer{}, false
	}
}

// fraction brings a confidence between 0 and 1, to three places.
func fraction(c float64) float64 {
	if math.IsNaN(c) {
		return 0
	}
	return math.Round(min(1, max(0, c))*1000) / 1000
}

// cleaned returns a value of the field's type, its texts without hidden characters and within their bounds; false when there is none.
func cleaned(f Field, raw json.RawMessage) (json.RawMessage, bool) {
	switch f.Type() {
	case IntegerValue:
		n, ok := integer(raw)
		return encoded(n), ok
	case ListValue:
		list, ok := texts(raw)
		return encoded(list), ok
	}
	s, ok := plain(raw)
	if f == Description {
		s = cut(s, maxDescription)
	}
	return encoded(s), ok && s != "" && (f == Description || utf8.RuneCountInString(s) <= maxShort)
}

func plain(raw json.RawMessage) (string, bool) {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return text.Clean(s), true
}

// integer reads a JSON integer; 12.0 is none.
func integer(raw json.RawMessage) (n int64, ok bool) {
	return n, len(raw) > 0 && raw[0] != 'n' && json.Unmarshal(raw, &n) == nil
}

func texts(raw json.RawMessage) ([]string, bool) {
	var in []json.RawMessage
	if json.Unmarshal(raw, &in) != nil {
		return nil, false
	}
	out := []string{}
	for _, one := range in {
		s, ok := plain(one)
		if !ok {
			return nil, false
		}
		if s != "" && utf8.RuneCountInString(s) <= maxTechnology && !slices.Contains(out, s) && len(out) < maxTechStack {
			out = append(out, s)
		}
	}
	return out, len(out) > 0
}

// cut shortens s to the most characters, at the end of a word where one is near.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	s = string(runes[:most-1])
	if space := strings.LastIndexByte(s, ' '); space > len(s)-80 {
		s = s[:space]
	}
	return s + "…"
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// normal brings a clean value into the normal form of its field; false when it has none or is out of range.
func normal(kind wire.Kind, a Answer) (json.RawMessage, bool) {
	switch a.Field.Type() {
	case IntegerValue:
		n, ok := integer(a.Value)
		return a.Value, ok && inRange(a.Field, n)
	case ListValue:
		return a.Value, true
	}
	s, ok := plain(a.Value)
	if !ok {
		return nil, false
	}
	switch a.Field {
	case WorkEmail, PersonalEmail:
		return normalText(identity.Email(s))
	case LinkedInURL:
		url, err := identity.LinkedIn(s)
		return encoded(url), err == nil && strings.HasPrefix(url, pageOf(kind))
	case HQCountry:
		code, ok := identity.CountryCode(s)
		return encoded(code), ok
	case LastFundingDate:
		day, _, _ := strings.Cut(s, "T")
		_, err := time.Parse(time.DateOnly, day)
		return encoded(day), err == nil
	case Phone:
		return a.Value, e164.MatchString(s)
	}
	return a.Value, true
}

func normalText(s string, err error) (json.RawMessage, bool) { return encoded(s), err == nil }

// The beginnings of LinkedIn URLs in normal form.
const (
	profilePage = "https://www.linkedin.com/in/"
	companyPage = "https://www.linkedin.com/company/"
)

func pageOf(kind wire.Kind) string {
	if kind == wire.KindAccount {
		return companyPage
	}
	return profilePage
}

func inRange(f Field, n int64) bool {
	switch f {
	case EmployeeCount:
		return n >= 1 && n <= 1e9
	case FoundedYear:
		return n >= 500 && n <= 2100
	case TotalRaisedUSD:
		return n >= 0 && n <= 1e15
	}
	return false
}

// encoded returns the JSON of a text, integer or list, with <, > and & as they are.
func encoded(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // these always have one
		panic(err)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}
