package audiences

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Records finds the records of a workspace. *search.Service is one.
type Records interface {
	Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (search.Page[wire.Account], error)
	Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (search.Page[wire.Lead], error)
	// AccountsIn and LeadsIn return one page of the members of an audience.
	AccountsIn(ctx context.Context, workspaceID, audienceID string, p wire.Page) (search.Page[wire.Account], error)
	LeadsIn(ctx context.Context, workspaceID, audienceID string, p wire.Page) (search.Page[wire.Lead], error)
	// Lacking returns how many of the records that fulfil the condition have no value at each of the paths.
	Lacking(ctx context.Context, workspaceID string, k filter.Kind, c wire.Condition, paths []string) ([]int, error)
}

// Destinations tells of the destinations of a workspace. *destinations.Service is one.
type Destinations interface {
	// CheckAttached returns what is wrong with attaching the destinations to an audience over records of the kind, by paths below at.
	CheckAttached(ctx context.Context, workspaceID string, over filter.Kind, list []Attached, at string) ([]fault.Field, error)
}

// Config says what a Service works with. All must be set.
type Config struct {
	Store        Store
	Records      Records
	Destinations Destinations
	// Dearest returns by field what the dearest provider costs that may be asked for it.
	Dearest func(ctx context.Context, workspaceID string) (map[string]int64, error)
	Now     func(ctx context.Context) (time.Time, error)
}

// Service keeps audiences as callers ask for them. That the caller may do so is for the API and the pages to check. It is safe for concurrent use.
type Service struct{ Config }

// New returns a Service; it panics when a part is missing.
func New(c Config) *Service {
	if c.Store == nil || c.Records == nil || c.Destinations == nil || c.Dearest == nil || c.Now == nil {
		panic(errors.New("audiences: a part of the Config is missing"))
	}
	return &Service{c}
}

// Find returns an audience. not_found when the workspace has none of the id.
func (s *Service) Find(ctx context.Context, workspaceID, id string) (Audience, error) {
	return s.Store.FindAudience(ctx, workspaceID, id)
}

// Get is Find in the words of the wire.
func (s *Service) Get(ctx context.Context, workspaceID string, in wire.GetAudience) (wire.Audience, error) {
	a, err := s.Find(ctx, workspaceID, in.ID)
	return a.Wire(), err
}

// List returns a page of the audiences, by name. invalid_request for a cursor of another list.
func (s *Service) List(ctx context.Context, workspaceID string, in wire.ListAudiences) (page search.Page[wire.Audience], err error) {
	question := cursor.Of(workspaceID, "audiences", nil)
	after, err := cursor.Open(in.Cursor, question)
	if err != nil {
		return page, err
	}
	all, err := s.Store.ListAudiences(ctx, workspaceID)
	if err != nil {
		return page, err
	}
	slices.SortFunc(all, func(a, b Audience) int { return slices.Compare(a.place(), b.place()) })
	page.Total = len(all)
	if after != nil {
		from, ok := places(after)
		if !ok {
			return page, cursor.Err
		}
		all = slices.DeleteFunc(all, func(a Audience) bool { return slices.Compare(a.place(), from) <= 0 })
	}
	size := min(in.Page().Size(), len(all))
	page.More = size < len(all)
	for _, a := range all[:size] {
		page.Items = append(page.Items, a.Wire())
		page.Cursors = append(page.Cursors, cursor.Seal(question, []any{a.place()[0], a.ID}))
	}
	return page, nil
}

// place is by what a list is ordered.
func (a Audience) place() []string { return []string{text.Fold(a.Name), a.ID} }

// places reads a place from a cursor.
func places(position []any) (out []string, ok bool) {
	for _, v := range position {
		s, is := v.(string)
		if !is {
			return nil, false
		}
		out = append(out, s)
	}
	return out, len(out) == 2
}

// Wire returns a as answers show it.
func (a Audience) Wire() wire.Audience {
	out := wire.Audience{
		ID: a.ID, Name: a.Name, Over: wire.Over(a.Over), Filter: a.Filter, Ranking: a.Ranking, Enrich: a.Enrich, State: string(a.State), Version: a.Revision,
		Members: a.Members, AsOf: wire.Time(a.AsOf), CreatedAt: wire.Time(a.CreatedAt), CreatedBy: a.CreatedBy, UpdatedAt: wire.Time(a.UpdatedAt),
	}
	for _, d := range a.Destinations {
		out.Destinations = append(out.Destinations, wire.AudienceDestination{ID: d.DestinationID, Mapping: d.Mapping})
	}
	return out
}

// RecordKind returns the word for one member.
func (a Audience) RecordKind() wire.Kind {
	if a.Over == filter.Accounts {
		return wire.KindAccount
	}
	return wire.KindLead
}
