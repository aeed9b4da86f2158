package enrich

import (
	"context"
	"errors"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Config says what a Service works with. Store, Credits and Plan must be set.
type Config struct {
	Store   Store
	Credits Credits
	Plan    func(ctx context.Context, workspaceID string) (Plan, error) // the waterfall by the workspace's settings as they are now
	Judge   Judge                                                       // nil takes every answer that has the form of its field

	Timeout time.Duration // for all lookups of a call together; 0 = 60 s
	Grace   time.Duration // for the two transactions of a call; Timeout and Grace after its begin it counts as dead. 0 = 30 s
	Guards  GuardConfig   // per provider

	// Failed is told of each lookup that failed, for the operator's log; may be nil. The error may hold what the provider said.
	Failed func(workspaceID, provider string, err error)
}

// Service enriches records. It is safe for concurrent use.
type Service struct {
	Config
	guards *guards
	turns  *turns
}

// New returns a service; it panics when a part is missing that must be set.
func New(c Config) *Service {
	if c.Store == nil || c.Credits == nil || c.Plan == nil {
		panic(errors.New("enrich: a part of the Config that must be set is missing"))
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Grace == 0 {
		c.Grace = 2 * storeTime
	}
	if c.Failed == nil {
		c.Failed = func(string, string, error) {}
	}
	return &Service{c, newGuards(c.Guards), newTurns()}
}

// Caller is on whose behalf a call is made and who pays.
type Caller struct {
	WorkspaceID string
	KeyID       string // whose spend limit counts; "" for none
	Actor       activity.Actor
}

// Record enriches the record that the hint names, for which it makes a lead (an email or a LinkedIn URL was given) or an account when there is
// none. A refresh asks again for all channels but those that the hint gives. A dry run answers what is there and the quote, and changes nothing. in
// must have passed its Validate. Errors: validation_failed, credits_exhausted, not_found when the record was erased meanwhile, store_unavailable,
// and those of Do.
func (s *Service) Record(ctx context.Context, c Caller, in wire.EnrichRecord) (out wire.Enriched, err error) {
	t, err := s.record(in)
	if err != nil {
		return out, err
	}
	return runAs[wire.Enriched](ctx, s, c, t)
}

// Discover is Record for a person of whom the name and the company are known. A lead is made only when something was found.
func (s *Service) Discover(ctx context.Context, c Caller, in wire.DiscoverContact) (out wire.Enriched, err error) {
	t, err := s.discovery(in)
	if err != nil {
		return out, err
	}
	return runAs[wire.Enriched](ctx, s, c, t)
}

// Account enriches the account with the domain, which it makes when there is none. Errors are those of Record.
func (s *Service) Account(ctx context.Context, c Caller, in wire.EnrichAccount) (out wire.EnrichedAccount, err error) {
	t, err := s.account(in)
	if err != nil {
		return out, err
	}
	return runAs[wire.EnrichedAccount](ctx, s, c, t)
}

// Item is one record of a bulk job.
type Item struct {
	JobID    string
	Kind     wire.Kind // lead or account
	RecordID string
	Channels []wire.Channel // of a lead; all when empty. An account gets its fields.
	Refresh  bool
}

// Outcome is what became of one record.
type Outcome struct {
	Values      map[string]wire.Found // of every field that was wanted
	CreditsUsed int64
}

// Enriched reports whether at least one of the values is there.
func (o Outcome) Enriched() bool {
	for _, f := range o.Values {
		if len(f.Value) > 0 && string(f.Value) != "null" {
			return true
		}
	}
	return false
}

// One enriches one record of a bulk job, once: called again for the same job and record it returns the outcome of the first call, and after one that
// died it goes on where that stood, without charging twice. Of two calls at the same time the later one counts and the other one fails with
// idempotency_in_flight. A context that ends does not stop the lookups that were begun. Errors are those of Record; not_found for an unknown id.
func (s *Service) One(ctx context.Context, c Caller, item Item) (Outcome, error) {
	return s.one(ctx, c, item)
}

// Quote returns what it would cost to enrich the records of the ids.
func (s *Service) Quote(ctx context.Context, c Caller, kind wire.Kind, ids []string, channels []wire.Channel, refresh bool) (wire.Price, error) {
	return s.quote(ctx, c.WorkspaceID, Item{Kind: kind, Channels: channels, Refresh: refresh}, ids)
}
