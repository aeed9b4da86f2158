package signals

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Qualifier tells what records fit.
type Qualifier interface {
	// QualifyMatched works out and keeps what accounts and leads fit, and returns it by id. It joins the transaction that ctx carries.
	QualifyMatched(ctx context.Context, workspaceID string, accounts, leads []string) (map[string]wire.Qualification, error)
}

// Credits pays for captures. Both methods join the transaction that ctx carries. *credits.Service is one.
type Credits interface {
	Balance(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)
	Settle(ctx context.Context, workspaceID, keyID, holdID string, charges []credits.Charge) (credits.Balance, error)
}

// With returns a service that also qualifies what signals match and charges for them, as the settings of their types say.
func (s *Service) With(q Qualifier, c Credits) *Service {
	return &Service{store: s.store, qualifier: q, credits: c}
}

// push is what is being taken in by one request.
type push struct {
	workspaceID string
	actor       activity.Actor
	tool        string
	types       Types
}

// cost is what one signal costs, if it is new.
func (s *Service) cost(p push, in Signal) int64 {
	if s.credits == nil {
		return 0
	}
	return p.types[in.Type].CreditCost
}

func (s *Service) qualifies(p push, in Signal) bool {
	return s.qualifier != nil && p.types[in.Type].Autoqualify
}

// lock keeps the credits and the records as they are until the transaction ends, when anything will be made of them; before the signals are written, so
// that two pushes wait for each other in one order.
func (s *Service) lock(ctx context.Context, p push, in []Signal) error {
	for _, one := range in {
		if s.cost(p, one) > 0 || s.qualifies(p, one) {
			return s.store.LockRecords(ctx, p.workspaceID)
		}
	}
	return nil
}

// follow charges for the signals that are new and qualifies what they matched. credits_exhausted when they cannot be paid for.
func (s *Service) follow(ctx context.Context, p push, in []Signal, captured []Captured) error {
	if err := s.charge(ctx, p, in, captured); err != nil {
		return err
	}
	var accounts, leads []string
	for i, c := range captured {
		switch {
		case c.Duplicate || !s.qualifies(p, in[i]):
		case c.Match.LeadID != "":
			leads = append(leads, c.Match.LeadID)
		case c.Match.AccountID != "":
			accounts = append(accounts, c.Match.AccountID)
		}
	}
	if len(accounts)+len(leads) == 0 {
		return nil
	}
	found, err := s.qualifier.QualifyMatched(ctx, p.workspaceID, accounts, leads)
	if err != nil {
		return err
	}
	kept := map[string]wire.Qualification{}
	for i := range captured {
		c := &captured[i]
		if q, ok := found[c.Match.RecordID()]; ok && !c.Duplicate && s.qualifies(p, in[i]) {
			c.Qualification, kept[c.ID] = &q, q
		}
	}
	return s.store.KeepSignalQualifications(ctx, p.workspaceID, kept)
}

func (s *Service) charge(ctx context.Context, p push, in []Signal, captured []Captured) error {
	var charges []credits.Charge
	for i, c := range captured {
		if cost := s.cost(p, in[i]); cost > 0 && !c.Duplicate {
			charges = append(charges, credits.Charge{ID: "capture " + c.ID, Field: in[i].Type, RecordID: c.Match.RecordID(), Tool: p.tool, Amount: cost})
		}
	}
	if len(charges) == 0 {
		return nil
	}
	_, err := s.credits.Settle(ctx, p.workspaceID, p.actor.KeyID, "", charges)
	return err
}
