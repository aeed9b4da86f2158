package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// batchSize is how many signals a request or a transaction carries.
const batchSize = 500

// domains returns the domains of up to 100 accounts.
func (s *stage) domains(a service) ([]string, error) {
	c, err := s.dial(a.url)
	if err != nil {
		return nil, err
	}
	body, err := c.want(request("POST", a.url+"/v1/accounts/search", `{"limit":100}`, a.bearer()), 200)
	if err != nil {
		return nil, fmt.Errorf("find domains: %w", err)
	}
	var found struct{ Items []struct{ Domain string } }
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, errors.New("there are no accounts to push about")
	}
	var out []string
	for _, i := range found.Items {
		out = append(out, i.Domain)
	}
	return out, nil
}

// signalBatch is the body of a push of new signals about the domains.
func (l *lab) signalBatch(domains []string, now time.Time) string {
	var b bytes.Buffer
	b.WriteString(`{"signals":[`)
	for i := range batchSize {
		n := l.next()
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"signal_type":"website_visit","source":"bench","occurred_at":%q,"external_id":"bench-%d","title":"Visited the pricing page",`+
			`"identity":{"company_domain":%q},"context":{"page":"/pricing","seconds":%d,"referrer":"search"}}`,
			now.Add(-time.Duration(n)*time.Second).UTC().Format(time.RFC3339), n, domains[int(n)%len(domains)], n%600)
	}
	b.WriteString(`]}`)
	return b.String()
}

// pusher is a client that pushes one batch of new signals a call.
func (s *stage) pusher(a service, domains []string) (call, error) {
	c, err := s.dial(a.url)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	want := []byte(`"created":` + strconv.Itoa(batchSize))
	return func() error {
		body, err := c.want(request("POST", a.url+"/v1/signals/batch", s.signalBatch(domains, now), a.bearer()), 200)
		if err == nil && !bytes.Contains(body, want) {
			err = fmt.Errorf("not all signals were new: %.200s", body)
		}
		return err
	}, nil
}

// pushers makes n of them and pushes once, so that there are rows to copy.
func (s *stage) pushers(ctx context.Context, a service, n int) ([]call, error) {
	domains, err := s.domains(a)
	if err != nil {
		return nil, err
	}
	clients, err := crew(n, func() (call, error) { return s.pusher(a, domains) })
	if err != nil {
		return nil, err
	}
	return clients, clients[0]()
}

// rowsRate turns batches a second into rows a second.
func rowsRate(batches sample) sample {
	return func(ctx context.Context) (float64, error) {
		v, err := batches(ctx)
		return v * batchSize, err
	}
}
