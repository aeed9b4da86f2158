package apirun

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	keyusage "github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// App is the open store with the services over it. It serves the HTTP API and the operator's commands alike.
type App struct {
	Config       Config
	DB           *store.DB
	Ring         *keys.Keyring
	Keys         *keys.Service
	Workspaces   *workspaces.Service
	Credits      *credits.Service
	Settings     *settings.Service
	Search       *search.Service
	Insights     *insights.Service
	Signals      *signals.Service
	Ingest       *ingest.Service
	Records      *records.Service
	Waitlists    *waitlists.Service
	Enrich       *enrich.Service
	Bulk         *enrich.Bulk
	Qualify      *qualify.Service
	Audiences    *audiences.Service
	Destinations *destinations.Service
	Activity     *chain.Service
	Usage        *keyusage.Service
	counter      *keyusage.Counter // of the requests that this process answers
	Logins       *login.Service
	Devices      *devicelogin.Service
	Log          zerolog.Logger
}

// Open opens the store that c names, migrating it when c says so, and makes the services. hold takes the data directory
// for life, as a server must; the operator's commands work beside a server and do not. Errors are one line with the exit code.
func Open(ctx context.Context, c Config, log zerolog.Logger, hold bool) (*App, error) {
	ring, err := c.keyring()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Config{
		DataDir: c.DataDir, DatabaseURL: c.DatabaseURL, ReadURL: c.DatabaseReadURL, Migrate: c.Migrate, Lock: hold, Log: log,
	})
	if err != nil {
		return nil, c.openFailed(err)
	}
	a := &App{Config: c, DB: db, Ring: ring, Log: log}
	a.Workspaces = workspaces.NewService(db, a.now)
	a.Credits, a.Settings = credits.New(db), settings.New(db, sealing.New(ring), a.requalify, a.rescore)
	a.Keys = keys.NewService(keys.ServiceConfig{Store: db, Workspaces: db, Ring: ring, Now: a.now})
	a.Search, a.Ingest = search.New(db), ingest.New(db, a.Settings.RegisterSignalTypes)
	a.Qualify = a.newQualifier()
	a.Signals = signals.New(db).With(a.Qualify, a.Credits)
	a.Insights = insights.New(db, a.Search.Resolve)
	a.Records = records.New(db)
	a.Waitlists = a.newWaitlists()
	a.Activity = chain.New(chain.Config{Store: db, Keys: ring, Now: a.now})
	a.Usage, a.counter = keyusage.New(db), a.newCounter()
	a.Logins = a.newLogins()
	a.Devices = a.newDevices()
	if a.Enrich, err = a.newEnricher(); err != nil {
		_ = a.Close()
		return nil, config.Fail(config.ExitError, "%w", err)
	}
	a.Bulk = a.newBulk(a.Enrich)
	a.Destinations = a.newDestinations()
	a.Audiences = a.newAudiences()
	if hold { // whoever held credits or idempotency keys in this directory has ended
		if err := db.EndFormer(ctx); err != nil {
			_ = a.Close()
			return nil, c.openFailed(err)
		}
	}
	return a, nil
}

// Close ends the connections and gives the data directory free.
func (a *App) Close() error {
	a.Search.Close()
	return a.DB.Close()
}

// now is the store's clock.
func (a *App) now(ctx context.Context) (time.Time, error) {
	micros, err := a.DB.Now(ctx)
	return time.UnixMicro(micros).UTC(), err
}

// reason returns the innermost text of err, in one line: drivers wrap it in layers that repeat addresses and names.
func reason(err error) string {
	for {
		var inner error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			inner = e.Unwrap()
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 {
				inner = all[len(all)-1]
			}
		}
		if inner == nil {
			return strings.Join(strings.Fields(err.Error()), " ")
		}
		err = inner
	}
}

// openFailed gives a refusal of the store its exit code.
func (c Config) openFailed(err error) error {
	switch {
	case errors.Is(err, store.ErrConfig):
		return config.Fail(config.ExitUsage, "%w", err)
	case errors.Is(err, store.ErrNewer), errors.Is(err, store.ErrPending), errors.Is(err, store.ErrLocked):
		return config.Fail(config.ExitError, "%w", err) // each names the way out itself
	case c.DatabaseURL == "" && errors.Is(err, &fault.Error{Code: fault.StoreUnavailable}):
		return config.Fail(config.ExitError, "the database %s cannot be opened (%s); restore it from a backup, or choose another UNSTUCK_DATA_DIR",
			filepath.Join(c.DataDir, store.FileName), reason(err))
	case fault.CodeOf(err) == fault.StoreUnavailable:
		return config.Fail(config.ExitUnavailable, "the database cannot be reached: check UNSTUCK_DATABASE_URL and that the server runs (%s)", reason(err))
	}
	return config.Fail(config.ExitError, "%w", err)
}
