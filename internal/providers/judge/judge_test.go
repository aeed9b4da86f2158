package judge_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/judge"
	"github.com/unstuckengine/unstuck/internal/text"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// mail knows the domains that take mail; unsure.com cannot be asked.
type mail map[string]bool

func (m mail) TakesMail(_ context.Context, domain string) (bool, error) {
	if domain == "unsure.com" {
		return false, errors.New("no answer")
	}
	return m[domain], nil
}

func newJudge() *judge.Judge {
	return judge.New(judge.Config{Mail: mail{"acme.com": true, "gmail.com": true}, Now: func() time.Time { return now }})
}

var subject = enrich.Subject{Domain: "acme.com", CountryCode: "US"}

func TestUsable(t *testing.T) {
	for _, c := range []struct {
		field     enrich.Field
		raw, want string
	}{
		{enrich.WorkEmail, `" Jane@ACME.com"`, `"jane@acme.com"`},
		{enrich.PersonalEmail, `"jane@gmail.com"`, `"jane@gmail.com"`},
		{enrich.Phone, `"(415) 555-2671"`, `"+14155552671"`},
		{enrich.LinkedInURL, `"linkedin.com/in/Jane-Doe?x=1"`, `"https://www.linkedin.com/in/jane-doe"`},
		{enrich.Name, `" Acme\u202e \u0000 Inc\u200b. "`, `"Acme Inc."`},
		{enrich.Name, `"R&D <b>"`, `"R&D <b>"`},
		{enrich.Description, `"line one\nline\ttwo"`, `"line one line two"`},
		{enrich.HQCountry, `"Germany"`, `"DE"`}, {enrich.HQCountry, `"usa"`, `"US"`},
		{enrich.EmployeeCount, `250`, `250`}, {enrich.EmployeeCount, `2.5e2`, `250`}, {enrich.TotalRaisedUSD, `0`, `0`}, {enrich.FoundedYear, `2026`, `2026`},
		{enrich.LastFundingDate, `"2025-02-28"`, `"2025-02-28"`}, {enrich.LastFundingDate, `"2025-02-28T23:30:00-05:00"`, `"2025-03-01"`},
		{enrich.TechStack, `["Go"," go ","","\u200b",7,null,"PostgreSQL"]`, `["Go","PostgreSQL"]`},
		{enrich.Industry, `"Software"`, `"Software"`}, {enrich.RevenueBand, `"$1M - $10M"`, `"$1M - $10M"`}, {enrich.FundingStage, `"Series B"`, `"Series B"`},
		{enrich.HQCity, `"São Paulo"`, `"São Paulo"`},
	} {
		a, ok := newJudge().Judge(context.Background(), subject, enrich.Answer{Field: c.field, Value: json.RawMessage(c.raw), Confidence: 0.7})
		if !ok || string(a.Value) != c.want || a.Field != c.field || a.Confidence != 0.7 {
			t.Errorf("%s %s became %s (%v) at %v, want %s", c.field, c.raw, a.Value, ok, a.Confidence, c.want)
			continue
		}
		if again, ok := newJudge().Judge(context.Background(), subject, a); !ok || string(again.Value) != c.want {
			t.Errorf("%s %s became %s (%v) the second time", c.field, c.want, again.Value, ok)
		}
	}
}

func TestUnusable(t *testing.T) {
	for field, raws := range map[enrich.Field][]string{
		enrich.WorkEmail: {`null`, ``, `7`, `"jane"`, `"jane@gmail.com"`, `"sales@acme.com"`, `"jane@mailinator.com"`, `"jane@nomail.com"`, `["jane@acme.com"]`,
			`"Jane <jane@acme.com>"`, `"jane@acme.com, bob@acme.com"`},
		enrich.PersonalEmail:   {`"jane@acme.com"`, `"jane@mail.acme.com"`, `"info@gmail.com"`},
		enrich.Phone:           {`"12"`, `14155552671`, `"+1 900 555 0199"`, `"ask Jane"`},
		enrich.LinkedInURL:     {`"https://www.linkedin.com/company/acme"`, `"https://evil.com/in/jane"`, `"javascript:alert(1)"`},
		enrich.Name:            {`""`, `"..."`, `"N/A"`, `"unknown"`, `"\u200b"`, `{}`, `null`},
		enrich.HQCountry:       {`"Atlantis"`, `""`},
		enrich.EmployeeCount:   {`0`, `-5`, `1.5`, `"250"`, `1e99`, `null`, `[1]`},
		enrich.FoundedYear:     {`999`, `2027`},
		enrich.TotalRaisedUSD:  {`-1`, `1e14`},
		enrich.LastFundingDate: {`"28.02.2025"`, `"2025-02-30"`, `"2027-01-01"`, `"1899-12-31"`, `"soon"`},
		enrich.TechStack:       {`[]`, `["",null]`, `"Go"`, `{"a":1}`},
		"shoe_size":            {`"44"`},
	} {
		for _, raw := range raws {
			if a, ok := newJudge().Judge(context.Background(), subject, enrich.Answer{Field: field, Value: json.RawMessage(raw), Confidence: 1}); ok {
				t.Errorf("%s %s became %s", field, raw, a.Value)
			}
		}
	}
}

func TestConfidence(t *testing.T) {
	for _, c := range []struct {
		email      string
		given, got float64
	}{
		{"jane@acme.com", 0.6, 0.6}, {"jane@unsure.com", 0.5, 0.5 * judge.Unproven}, {"jane@acme.com", 7, 1}, {"jane@acme.com", -1, 0}, {"jane@acme.com", math.Inf(1), 1},
	} {
		a, ok := newJudge().Judge(context.Background(), enrich.Subject{}, enrich.Answer{Field: enrich.WorkEmail, Value: json.RawMessage(`"` + c.email + `"`), Confidence: c.given})
		if !ok || a.Confidence != c.got {
			t.Errorf("%s at %v is left at %v (%v), want %v", c.email, c.given, a.Confidence, ok, c.got)
		}
	}
	if _, ok := newJudge().Judge(context.Background(), subject, enrich.Answer{Field: enrich.Name, Value: json.RawMessage(`"Acme"`), Confidence: math.NaN()}); ok {
		t.Error("a confidence that is no number was taken")
	}
	if _, ok := judge.New(judge.Config{}).Judge(context.Background(), subject, enrich.Answer{Field: enrich.WorkEmail, Value: json.RawMessage(`"jane@nomail.com"`)}); !ok {
		t.Error("an email was refused for its domain although nobody can be asked")
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"e\u0301": "é", "a\u200db": "ab", "x\U000E0041\U000E0042y": "xy", "\x1b[31mred": "[31mred", "\u3164": "", "\xff\xfe": "", "a\u202eb\u2066c": "abc", " a\r\n\tb ": "a b",
	} {
		if got := judge.Clean(in, 100); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	long := strings.Repeat("word ", 100)
	if got := judge.Clean(long, 23); got != "word word word word" {
		t.Errorf("cut to %q", got)
	}
}

// TestCleanTexts states what holds for any text: short enough, nothing hidden, on one line, and the same when cleaned again.
func TestCleanTexts(t *testing.T) {
	letters := rapid.StringOf(rapid.RuneFrom([]rune("aä \n\t\u200b\u200c\u200d\u202e\ufe0f\u0301\U000E0041世م"), unicode.L, unicode.Cf, unicode.M))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(letters, rapid.String()).Draw(t, "s")
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		got := judge.Clean(s, limit)
		if utf8.RuneCountInString(got) > limit || !utf8.ValidString(got) || strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("%q became %q", s, got)
		}
		for _, r := range got {
			if unicode.Is(unicode.Cc, r) || text.Hidden(r) || r != ' ' && unicode.IsSpace(r) {
				t.Fatalf("%q still holds %U", got, r)
			}
		}
		if again := judge.Clean(got, limit); again != got {
			t.Fatalf("%q became %q and then %q", s, got, again)
		}
	})
}
