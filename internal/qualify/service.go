package qualify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Config says what a Service works with. All but Silence must be set.
type Config struct {
	Store Store
	// Settings returns the enabled ICPs by code, and the version of the settings that they are from.
	Settings func(ctx context.Context, workspaceID string) (version int64, icps []ICP, err error)
	Silence  time.Duration // after which a job of which nothing is heard is given to another worker; 0 = 30 s, far more than a part takes
	Limit    time.Duration // the longest that a transaction looks at records, since others wait for it; 0 = 2 s
}

// Service qualifies records. It is safe for concurrent use.
type Service struct {
	Config
	slow sync.Map // by workspace, until when its pushes are not qualified
}

// New returns a Service; it panics when a part is missing.
func New(c Config) *Service {
	if c.Store == nil || c.Settings == nil {
		panic(errors.New("qualify: a part of the Config is missing"))
	}
	if c.Silence == 0 {
		c.Silence = 30 * time.Second
	}
	if c.Limit == 0 {
		c.Limit = 2 * time.Second
	}
	return &Service{Config: c}
}

// Result is what a record was found to fit.
type Result struct {
	Kind     filter.Kind
	ID       string
	Version  int64     // of the settings
	At       time.Time // for which it was worked out
	ICPs     []Fit     // of the record or, of a lead, of its account; only the one that counts has rows
	ICP      *Fit      // the one that counts; nil for none
	Personas []Fit     // of the ICP, of a lead
	Persona  *Fit
	Changed  bool // whether its codes and scores are others than those that the record has
}

// Qualify works out what the records of the kind fit, with the ICPs as they are set now, and keeps it with them; the account of a lead is qualified
// too, and the result of one that is unknown is left out. It joins the transaction that ctx carries. The errors are those of the store.
func (s *Service) Qualify(ctx context.Context, workspaceID string, kind filter.Kind, ids []string) (out []Result, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := s.Store.LockRecords(ctx, workspaceID); err != nil {
			return err
		}
		version, icps, err := s.Settings(ctx, workspaceID)
		if err != nil {
			return err
		}
		at, err := s.after(ctx, now)
		if err != nil {
			return err
		}
		r := run{Service: s, workspaceID: workspaceID, now: at, version: version, icps: icps, known: map[string]wire.Account{}}
		return s.Store.Read(ctx, workspaceID, func(ctx context.Context, reader search.Reader) error {
			r.reader = reader
			if kind == filter.Leads {
				out, err = r.leads(ctx, ids)
			} else {
				out, err = r.accounts(ctx, ids)
			}
			return err
		})
	})
	return out, err
}

// after returns a time just after that of a transaction and of those that it waited for, so that what happened in them, such as a sign-up, lies within
// the last days.
func (s *Service) after(ctx context.Context, now time.Time) (time.Time, error) {
	us, err := s.Store.Now(ctx)
	if at := time.UnixMicro(us).In(now.Location()); at.After(now) {
		now = at
	}
	return now.Add(time.Microsecond), err
}
