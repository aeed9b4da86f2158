// Package records corrects and erases single records, as the people and companies in them may ask of an operator.
//
// A correction names the fields that it changes, and an erasure takes along everything that points at the person or company alone. The activity
// log tells which record and which fields, or how many rows, and never a value or the hint by which the record was found: what is erased must
// not live on in the log of its erasure. Erasing keeps no list of the erased: a later import makes the record anew.
package records

import (
	"context"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Ref names one account or lead.
type Ref struct {
	Kind filter.Kind // Accounts or Leads
	ID   string
}

// Type returns the word for the kind of record, as answers and the activity log have it.
func (r Ref) Type() string {
	if r.Kind == filter.Accounts {
		return activity.ObjectAccount
	}
	return activity.ObjectLead
}

// Counts says how much an erasure takes along with the record itself.
type Counts struct {
	Signals  int64 `json:"signals"`  // erased: of a lead those that are matched to it or carry its identity, of an account those without a lead
	Unlinked int64 `json:"unlinked"` // leads and signals that stay, without the account
	Words    int64 `json:"words"`    // of the vocabulary, that no other record has
	Replies  int64 `json:"replies"`  // kept for replay, that name the record or an erased signal
}

func (c Counts) detail() map[string]string {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return map[string]string{"signals": n(c.Signals), "unlinked": n(c.Unlinked), "words": n(c.Words), "replies": n(c.Replies)}
}

// Trace is by what an erased record is recognised in signals.
type Trace struct {
	Ref
	Emails              []string
	LinkedInURL, Handle string // in the form in which they are compared
}

// Store keeps the records. Each method joins the transaction that its context carries.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// Named returns every record that one of the attempts finds, at most ten of each.
	Named(ctx context.Context, workspaceID string, attempts []search.Attempt) ([]Ref, error)
	// Record is search.Store's.
	Record(ctx context.Context, workspaceID string, attempts []search.Attempt) (wire.Record, error)
	// ReplaceAccount lets the fields of a be those of the account with its id and domain, an absent one included, but for the times. With it go
	// the text index, the tags and the vocabulary. fault.Conflict when the external id is another's.
	ReplaceAccount(ctx context.Context, workspaceID string, a wire.Account) error
	// ReplaceLead is ReplaceAccount for leads. A changed company domain links the lead to the account with that domain, or to none.
	// fault.Conflict when another lead has the external id, an email, the LinkedIn URL or the handle.
	ReplaceLead(ctx context.Context, workspaceID string, l wire.Lead) error
	// Erase deletes the record with all that Counts names. fault.NotFound when there is none.
	Erase(ctx context.Context, workspaceID string, r Ref) (Trace, Counts, error)
	// EraseLate erases what pushes that were under way during Erase have added since. It must be called without a transaction.
	EraseLate(ctx context.Context, workspaceID string, t Trace) (Counts, error)
	// Scrub lets nothing that was erased stay in the files of the database, as far as the engine can do that. It must be called without a
	// transaction, and writers wait for it.
	Scrub(ctx context.Context) error
	// RecordActivity adds an entry to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
}

// Service corrects and erases. It is safe for concurrent use.
type Service struct{ store Store }

// New returns a service over the store.
func New(store Store) *Service { return &Service{store} }

// Get returns the record that the one hint names. Errors: validation_failed, not_found, and conflict when several have the hint.
func (s *Service) Get(ctx context.Context, workspaceID string, hint wire.GetRecord) (out wire.Record, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, _ time.Time) error {
		ref, err := s.named(ctx, workspaceID, hint)
		if err != nil {
			return err
		}
		out, err = s.read(ctx, workspaceID, ref)
		return err
	})
	return out, err
}

// named returns the one record that has the hint. Changing the wrong one of several cannot be undone, so that more than one is a conflict.
func (s *Service) named(ctx context.Context, workspaceID string, hint wire.GetRecord) (Ref, error) {
	if err := hint.Validate(); err != nil {
		return Ref{}, err
	}
	attempts, err := search.Attempts(hint)
	if err != nil {
		return Ref{}, err
	}
	found, err := s.store.Named(ctx, workspaceID, attempts)
	switch {
	case err != nil:
		return Ref{}, err
	case len(found) == 0:
		return Ref{}, fault.New(fault.NotFound, "The workspace has no such record.")
	case len(found) > 1:
		several := fault.New(fault.Conflict, "Several records have this hint. Name one of them by its id.")
		field := fault.Field{Path: "hint", Message: "is that of several records; name one by its id"}
		for _, r := range found {
			field.Allowed = append(field.Allowed, r.ID)
		}
		several.Fields = []fault.Field{field}
		return Ref{}, several
	}
	return found[0], nil
}

func (s *Service) read(ctx context.Context, workspaceID string, ref Ref) (wire.Record, error) {
	id := filter.Leaf{Field: filter.Must(ref.Kind, "id"), Op: filter.In, Values: []any{ref.ID}}
	return s.store.Record(ctx, workspaceID, []search.Attempt{{Kind: ref.Kind, Where: filter.Any{id}}})
}
