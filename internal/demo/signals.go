package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

type signal struct {
	ID            string         `json:"id"`
	Type          string         `json:"type"`
	CompanyDomain string         `json:"company_domain,omitempty"`
	PersonEmail   string         `json:"person_email,omitempty"`
	Source        string         `json:"source"`
	OccurredAt    string         `json:"occurred_at"`
	Title         string         `json:"title"`
	Payload       map[string]any `json:"payload"`
}

// event is a kind of thing that happens.
type event struct {
	name, source, title string
	weight              int  // how often, against the others
	personal            bool // done by a person, rather than by a company
	payload             func(*rand.Rand) map[string]any
}

var events = []event{
	{"website_visit", "website", "Visited %s", 40, true, func(r *rand.Rand) map[string]any {
		return map[string]any{"page": pick(r, pages), "seconds": 5 + r.IntN(600), "referrer": pick(r, []string{"search", "newsletter", "direct", "social"})}
	}},
	{"product_usage", "app", "Used the product: %s", 20, true, func(r *rand.Rand) map[string]any {
		return map[string]any{"feature": pick(r, []string{"search", "export", "api", "dashboard"}), "team_size": 1 + r.IntN(40)}
	}},
	{"form_fill", "website", "Filled in a form: %s", 8, true, func(r *rand.Rand) map[string]any {
		return map[string]any{"form": pick(r, []string{"demo", "contact", "webinar", "whitepaper"})}
	}},
	{"demo_viewed", "app", "Watched the demo: %s", 6, true, func(r *rand.Rand) map[string]any {
		return map[string]any{"minutes": 1 + r.IntN(30)}
	}},
	{"job_change", "news", "Changed jobs: %s", 4, true, func(r *rand.Rand) map[string]any {
		return map[string]any{"change": pick(r, []string{"joined", "promoted", "moved"})}
	}},
	{"hiring", "job-board", "%s is hiring", 10, false, func(r *rand.Rand) map[string]any {
		return map[string]any{"role": pick(r, roles).title, "openings": 1 + r.IntN(12)}
	}},
	{"product_launch", "news", "%s launched a product", 6, false, func(r *rand.Rand) map[string]any {
		return map[string]any{"version": fmt.Sprintf("%d.%d", 1+r.IntN(9), r.IntN(10))}
	}},
	{"funding", "news", "%s raised money", 3, false, func(r *rand.Rand) map[string]any {
		return map[string]any{"round": pick(r, []string{"seed", "series-a", "series-b", "series-c"}), "amount_usd": 500_000 * (1 + often(r, 200))}
	}},
	{"security_breach", "news", "%s reported a breach", 1, false, func(r *rand.Rand) map[string]any {
		return map[string]any{"records": 1000 * (1 + often(r, 5000))}
	}},
}

var pages = []string{"/", "/pricing", "/pricing", "/docs", "/docs/api", "/blog", "/customers", "/compare", "/security"}

// period is how far back signals go.
const period = 365 * 24 * time.Hour

// signalAt spreads the events over the period in order, the recent weeks three times as full as the first ones.
func signalAt(i int, now time.Time) signal {
	r := random(signalStream, i)
	age := 1 - (float64(i)+r.Float64())/SignalCount
	e := drawEvent(r)
	s := signal{
		ID: fmt.Sprintf("demo_signal_%05d", i), Type: e.name, Source: e.source, Payload: e.payload(r),
		OccurredAt: now.UTC().Add(-time.Duration(age * (1 + age) / 2 * float64(period))).Truncate(time.Second).Format(time.RFC3339),
	}
	if e.personal {
		l := leadAt(often(r, LeadCount))
		s.PersonEmail, s.Title = l.Email, fmt.Sprintf(e.title, l.Name)
		if page, ok := s.Payload["page"].(string); ok {
			s.Title = fmt.Sprintf(e.title, page)
		}
		if l.CompanyDomain != nil {
			s.CompanyDomain = *l.CompanyDomain
		}
		return s
	}
	a := accountAt(often(r, AccountCount), now)
	s.CompanyDomain, s.Title = a.Domain, fmt.Sprintf(e.title, a.Name)
	return s
}

func drawEvent(r *rand.Rand) event {
	total := 0
	for _, e := range events {
		total += e.weight
	}
	n := r.IntN(total)
	for _, e := range events {
		if n -= e.weight; n < 0 {
			return e
		}
	}
	return events[0]
}
