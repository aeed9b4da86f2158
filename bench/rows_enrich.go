package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// slowestProvider is what the slowest provider of a call takes.
const slowestProvider = 20 * time.Millisecond

// timed is a provider that answers after its time.
type timed struct {
	takes   time.Duration
	answers []enrich.Answer
}

// Lookup implements enrich.Provider.
func (t timed) Lookup(ctx context.Context, _ enrich.Subject, _ []enrich.Field) ([]enrich.Answer, error) {
	if t.takes == 0 {
		return t.answers, nil
	}
	select {
	case <-time.After(t.takes):
		return t.answers, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enriching is E1: the median of a call that refreshes two channels of a lead, reserves and charges credits, and keeps values and answer, beside the
// slowest provider that it waits for. Two quicker ones miss before it.
func enriching(e engine) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		d, err := s.database(ctx, e)
		if err != nil {
			return pair{}, err
		}
		workspace, _, err := s.tenant(ctx, d)
		if err != nil {
			return pair{}, err
		}
		db, err := s.open(ctx, d)
		if err != nil {
			return pair{}, err
		}
		caller := enrich.Caller{WorkspaceID: workspace, Actor: activity.OperatorActor("bench")}
		purse := credits.New(db)
		if _, err := purse.TopUp(ctx, caller.Actor, workspace, credits.MaxAmount); err != nil {
			return pair{}, err
		}
		plans, calls := [2]enrich.Plan{waterfall("+4930123456"), waterfall("+4930654321")}, 0
		service := enrich.New(enrich.Config{Store: db, Credits: purse, Plan: func(context.Context, string) (enrich.Plan, error) {
			calls++
			return plans[calls%2], nil // so that each call changes the lead
		}})
		in := wire.EnrichRecord{Hint: wire.Hint{Email: "jane@example.com"}, Channels: []wire.Channel{wire.Phone, wire.LinkedInURL}, Spending: wire.Spending{Refresh: true}}
		whole := func() error { _, err := service.Record(ctx, caller, in); return err }
		alone := func() error {
			_, err := plans[0][enrich.Phone][2].Provider.Lookup(ctx, enrich.Subject{}, nil)
			return err
		}
		return pair{s.middle([]call{whole}, time.Millisecond), s.middle([]call{alone}, time.Millisecond)}, nil
	}
}

// waterfall is two quick providers that miss, and a slow one that delivers for a credit each.
func waterfall(phone string) enrich.Plan {
	entry := func(name string, p timed) enrich.Entry {
		return enrich.Entry{Name: name, Provider: p, Cost: 1, Timeout: time.Second}
	}
	all := []enrich.Entry{entry("a", timed{}), entry("b", timed{}), entry("c", timed{slowestProvider, []enrich.Answer{
		{Field: enrich.Phone, Value: json.RawMessage(`"` + phone + `"`), Confidence: 0.9},
		{Field: enrich.LinkedInURL, Value: json.RawMessage(`"https://www.linkedin.com/in/jane"`), Confidence: 0.9},
	}})}
	return enrich.Plan{enrich.Phone: all, enrich.LinkedInURL: all}
}
