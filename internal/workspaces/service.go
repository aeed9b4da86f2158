package workspaces

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// Highest settings that are taken: beyond any use, and safe to reckon with in microseconds.
const (
	maxRate  = 1_000_000
	maxBurst = 1_000_000
)

// Service manages workspaces and members, and writes each change into the activity log. That the actor may do so is for
// the caller to check. All methods pass on the errors of Store.
type Service struct {
	store Store
	now   func(ctx context.Context) (time.Time, error)
}

// NewService returns a Service over store; now is the store's clock.
func NewService(store Store, now func(ctx context.Context) (time.Time, error)) *Service {
	return &Service{store: store, now: now}
}

func (s *Service) clock(ctx context.Context) (time.Time, error) {
	now, err := s.now(ctx)
	return now.UTC().Truncate(time.Microsecond), err
}

// Create makes a workspace with the limits and credits of its plan ("" = Free). Without a slug one is derived from the
// name and made unique; a given one that is taken is conflict. validation_failed for name, plan or slug.
func (s *Service) Create(ctx context.Context, actor activity.Actor, name string, plan Plan, slug string) (Workspace, error) {
	if plan == "" {
		plan = Free
	}
	if err := checkNew(name, plan, slug); err != nil {
		return Workspace{}, err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return Workspace{}, err
	}
	w := Workspace{
		ID: uuid.Must(uuid.NewV7()).String(), Slug: slug, Name: name, Plan: plan, Limits: plan.Limits(),
		Credits:   Credits{Balance: plan.Credits(), Monthly: plan.Credits(), ResetsAt: credits.NextReset(now)},
		CreatedAt: now,
	}
	if slug != "" {
		return w, s.insert(ctx, actor, w)
	}
	for taken := range slugDraws {
		w.Slug = candidate(slugOf(name), taken)
		if err = s.insert(ctx, actor, w); !errors.Is(err, &fault.Error{Code: fault.Conflict}) {
			break
		}
	}
	return w, err
}

func checkNew(name string, plan Plan, slug string) error {
	if err := CheckName("name", name); err != nil {
		return err
	}
	if !plan.Valid() {
		return invalidPlan()
	}
	if slug == "" {
		return nil
	}
	return checkSlug(slug)
}

func invalidPlan() error { return fault.Invalid("plan", "must be one of the plans", words(Plans())...) }

func words[T ~string](of []T) []string {
	out := make([]string, len(of))
	for i, w := range of {
		out[i] = string(w)
	}
	return out
}

func (s *Service) insert(ctx context.Context, actor activity.Actor, w Workspace) error {
	detail := map[string]string{"name": w.Name, "slug": w.Slug, "plan": string(w.Plan)}
	return s.store.InsertWorkspace(ctx, w, activity.New(w.ID, w.CreatedAt, actor, activity.WorkspaceCreated, activity.ObjectWorkspace, w.ID, detail))
}

// List returns all workspaces, oldest first.
func (s *Service) List(ctx context.Context) ([]Workspace, error) { return s.store.ListWorkspaces(ctx) }

// Find returns the workspace whose id or slug is ref. not_found when there is none.
func (s *Service) Find(ctx context.Context, ref string) (Workspace, error) {
	return s.store.FindWorkspace(ctx, ref)
}

// Set changes settings of the workspace whose id or slug is ref and returns it as it then is. A change of plan brings
// the new plan's rate and burst along wherever the workspace had its old plan's and c names none, and likewise its monthly
// grant: what a larger plan grants more than was granted this month comes at once, a smaller one takes nothing away.
// validation_failed for an empty change or a value out of range; not_found for an unknown workspace.
func (s *Service) Set(ctx context.Context, actor activity.Actor, ref string, c Change) (Workspace, error) {
	if err := c.check(); err != nil {
		return Workspace{}, err
	}
	old, err := s.store.FindWorkspace(ctx, ref)
	if err != nil {
		return Workspace{}, err
	}
	now, err := s.clock(ctx)
	if err != nil {
		return Workspace{}, err
	}
	c = c.withDefaults(old)
	e := activity.New(old.ID, now, actor, activity.WorkspaceUpdated, activity.ObjectWorkspace, old.ID, c.detail(old))
	return s.store.UpdateWorkspace(ctx, old.ID, c, e)
}

func (c Change) check() error {
	switch {
	case c.Empty():
		return fault.Invalid("", "give at least one setting to change", "plan", "rate_per_minute", "burst", "credits")
	case c.Plan != nil && !c.Plan.Valid():
		return invalidPlan()
	case c.RatePerMinute != nil && (*c.RatePerMinute < 0 || *c.RatePerMinute > maxRate):
		return fault.Invalid("rate_per_minute", fmt.Sprintf("must be 0 (unlimited) to %d", maxRate))
	case c.Burst != nil && (*c.Burst < 1 || *c.Burst > maxBurst):
		return fault.Invalid("burst", fmt.Sprintf("must be 1 to %d", maxBurst))
	case c.Credits != nil && (*c.Credits < 0 || *c.Credits > credits.MaxAmount):
		return fault.Invalid("credits", fmt.Sprintf("must be 0 to %d", int64(credits.MaxAmount)))
	}
	return nil
}

func (c Change) withDefaults(old Workspace) Change {
	if c.Plan == nil {
		return c
	}
	before, after := old.Plan.Limits(), c.Plan.Limits()
	if c.RatePerMinute == nil && old.Limits.RatePerMinute == before.RatePerMinute {
		c.RatePerMinute = &after.RatePerMinute
	}
	if c.Burst == nil && old.Limits.Burst == before.Burst {
		c.Burst = &after.Burst
	}
	if grant := c.Plan.Credits(); c.Monthly == nil && old.Credits.Monthly == old.Plan.Credits() && old.Plan != *c.Plan {
		c.Monthly = &grant
	}
	return c
}

// detail tells each setting's new and old value.
func (c Change) detail(old Workspace) map[string]string {
	out := map[string]string{}
	tell := func(name, was, is string) {
		if was != is {
			maps.Copy(out, map[string]string{name: is, name + "_before": was})
		}
	}
	if c.Plan != nil {
		tell("plan", string(old.Plan), string(*c.Plan))
	}
	if c.RatePerMinute != nil {
		tell("rate_per_minute", strconv.Itoa(old.Limits.RatePerMinute), strconv.Itoa(*c.RatePerMinute))
	}
	if c.Burst != nil {
		tell("burst", strconv.Itoa(old.Limits.Burst), strconv.Itoa(*c.Burst))
	}
	if c.Monthly != nil {
		tell("credits_monthly", strconv.FormatInt(old.Credits.Monthly, 10), strconv.FormatInt(*c.Monthly, 10))
	}
	if c.Credits != nil {
		tell("credits", strconv.FormatInt(old.Credits.Balance, 10), strconv.FormatInt(*c.Credits, 10))
	}
	return out
}
