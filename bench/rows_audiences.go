package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// watchedBy are the filters of A1's audiences, by what they read.
var watchedBy = []struct {
	over filter.Kind
	tree string
}{
	{filter.Accounts, `{"all":[{"field":"country_code","op":"eq","value":"DE"},{"signals":{"types":["website_visit"],"last_days":30,"min":2}}]}`},
	{filter.Accounts, `{"field":"engagement_score","op":"gte","value":20}`},
	{filter.Accounts, `{"signals":{"types":["email_click"],"max":0}}`},
	{filter.Accounts, `{"any":[{"field":"industry","op":"eq","value":"industry 7"},{"signals":{"distinct":"signal_type","min":3}}]}`},
	{filter.Accounts, `{"not":{"signals":{"last_days":7,"where":{"field":"context.page","op":"eq","value":"/pricing"}}}}`},
	{filter.Accounts, `{"leads":{"where":{"signals":{"last_days":14}}}}`},
	{filter.Leads, `{"account":{"signals":{"last_days":30,"min":3}}}`},
	{filter.Leads, `{"field":"account.engagement_stage","op":"any_of","value":["warm","hot"]}`},
	{filter.Leads, `{"all":[{"field":"account.country_code","op":"eq","value":"US"},{"signals":{"min":1}}]}`},
	{filter.Leads, `{"not":{"field":"engagement_stage","op":"eq","value":"cool"}}`},
}

// keeping returns A1: what a signal costs until it is kept and every audience is true again, in a workspace of each size beside the size before it.
func keeping(all sizes) (rows []row) {
	for i := 1; i < len(all); i++ {
		for _, e := range []engine{sqlite, postgres} {
			rows = append(rows, row{
				id: "A1", what: fmt.Sprintf("a signal pushed and %d audiences kept, %d accounts, %s", len(watchedBy), all[i], e), reference: fmt.Sprintf("%d accounts", all[i-1]),
				unit: "ms", better: lower, must: 1.5, prepare: func(ctx context.Context, s *stage) (pair, error) {
					ours, err := s.keptIn(ctx, e, all[i])
					if err != nil {
						return pair{}, err
					}
					reference, err := s.keptIn(ctx, e, all[i-1])
					return pair{ours, reference}, err
				},
			})
		}
	}
	return rows
}

// nobody is a listener to which nothing is attached.
type nobody struct{}

// Changed implements audiences.Listener.
func (nobody) Changed(context.Context, string, []audiences.Event) error { return nil }

// keptIn samples one signal after the other in a workspace of so many accounts, with a lead and signals each, that is kept already.
func (s *stage) keptIn(ctx context.Context, e engine, size int) (sample, error) {
	d, err := s.database(ctx, e)
	if err != nil {
		return nil, err
	}
	db, err := s.open(ctx, d)
	if err != nil {
		return nil, err
	}
	id, err := s.peopled(ctx, d, db, size)
	if err != nil {
		return nil, err
	}
	model, err := settings.Kept{}.Scoring()
	if err != nil {
		return nil, err
	}
	keeper := audiences.NewKeeper(audiences.KeeperConfig{
		Store: db, Listener: nobody{}, Model: func(context.Context, string) (engagement.Model, error) { return model.Engagement, nil },
	})
	done := (&world{service: service{database: d}}).analyse(ctx)
	err = keeper.Settle(ctx, id)
	done()
	if err == nil && d.file == "" {
		err = statement(ctx, d.url, `VACUUM ANALYZE`)
	}
	if err != nil {
		return nil, err
	}
	one, err := s.warm(func() error {
		if _, err := db.CaptureSignals(ctx, id, []signals.Signal{visit(size)}); err != nil {
			return err
		}
		return keeper.Settle(ctx, id)
	})
	return s.middle([]call{one}, time.Millisecond), err
}

// visit is a fresh signal of some company.
func visit(size int) signals.Signal {
	i := rand.IntN(size) // #nosec G404 -- made-up data
	return signals.Signal{
		Type: "website_visit", Source: "bench", OccurredAt: time.Now().Add(-time.Minute).UTC().Truncate(time.Microsecond), Context: json.RawMessage(`{"page":"/pricing"}`),
		Identity: wire.Identity{CompanyDomain: fmt.Sprintf("company-%d.example", i), Handle: fmt.Sprintf("bench:person-%d", i)},
	}
}

// peopled makes a workspace with its records and audiences.
func (s *stage) peopled(ctx context.Context, d database, db *store.DB, size int) (id string, err error) {
	w := workspaces.Workspace{ID: uuid.Must(uuid.NewV7()).String(), Slug: "bench", Name: "bench", Plan: "team", CreatedAt: time.Now()}
	entry := activity.New(w.ID, w.CreatedAt, activity.OperatorActor("bench"), activity.WorkspaceCreated, activity.ObjectWorkspace, w.ID, nil)
	if err := db.InsertWorkspace(ctx, w, entry); err != nil {
		return "", err
	}
	world := world{service: service{database: d, workspace: w.ID}}
	done := world.analyse(ctx)
	_, err = ingest.New(db, nil).Import(ctx, w.ID, activity.OperatorActor("bench"), ingest.Options{},
		ingest.Source{Kind: wire.ImportAccounts, Name: "companies", Reader: companies(vocabulary(30_000), size)},
		ingest.Source{Kind: wire.ImportLeads, Name: "people", Reader: people(size)})
	done()
	if err != nil {
		return "", err
	}
	if err := s.fill(ctx, &world); err != nil {
		return "", err
	}
	for i, a := range watchedBy {
		kept := audiences.Audience{ID: uuid.Must(uuid.NewV7()).String(), Name: fmt.Sprint(i), Over: a.over, Filter: json.RawMessage(a.tree), Revision: 1, CreatedAt: w.CreatedAt, UpdatedAt: w.CreatedAt}
		if err := db.AddAudience(ctx, w.ID, kept); err != nil {
			return "", err
		}
	}
	return w.ID, nil
}

// people streams a lead for each company as JSON Lines.
func people(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriter(w)
		var err error
		for i := 0; i < n && err == nil; i++ {
			_, err = fmt.Fprintf(out, `{"name":"Person %d","title":"Engineer","handle":"bench:person-%d","company_domain":"company-%d.example"}`+"\n", i, i, i)
		}
		if err == nil {
			err = out.Flush()
		}
		_ = w.CloseWithError(err)
	}()
	return r
}
