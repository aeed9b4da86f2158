package apirun

import (
	"context"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func (a *App) apiConfig(used *keys.LastUsed, wrap func(http.Handler) http.Handler, pages http.Handler) api.Config {
	return api.Config{
		Verifier:   keys.NewVerifier(keys.VerifierConfig{Store: a.DB, Ring: a.Ring, FailuresPerMinute: a.Config.AuthFailures, Touch: used.Note}),
		KeyStates:  a.DB.KeysForAuth,
		Limiter:    limiter{a.DB},
		Workspaces: func(ctx context.Context, id string) (workspaces.Workspace, error) { return a.DB.FindWorkspace(ctx, id) },
		Credits:    a.Credits.Balance,
		Replays:    a.replay,
		Outside:    a.replayOutside,
		Search:     a.Search, Insights: a.Insights, Signals: a.Signals, Import: a.importBody, Ping: a.DB.Ping,
		Enrich: a.Enrich, Bulk: a.Bulk, Settings: a.Settings, Qualify: a.Qualify, Audiences: a.Audiences, Destinations: a.Destinations, Waitlists: a.Waitlists, Usage: a.counter.Note, Pages: pages,
		AllowedHosts: a.Config.AllowedHosts, AllowedOrigins: a.Config.AllowedOrigins, TrustedProxies: a.Config.proxies,
		PublicURL: a.Config.PublicURL, Version: Version(), Log: a.Log, Wrap: wrap,
	}
}

// limiter speaks the API's words for the store's rate limiter.
type limiter struct{ db *store.DB }

// Take implements api.Limiter.
func (l limiter) Take(ctx context.Context, id string, perMinute, burst int) (api.Decision, error) {
	d, err := l.db.Take(ctx, id, perMinute, burst)
	return api.Decision(d), err
}

// Quota implements api.Limiter.
func (l limiter) Quota(ctx context.Context, id string, perMinute, burst int) (api.Decision, error) {
	d, err := l.db.Quota(ctx, id, perMinute, burst)
	return api.Decision(d), err
}

func (a *App) replay(ctx context.Context, id, key string, hash []byte, fn func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
	reply, replayed, err := a.DB.Idempotent(ctx, id, key, hash, func(ctx context.Context) (store.Reply, error) {
		r, err := fn(ctx)
		return store.Reply(r), err
	})
	return api.Reply(reply), replayed, err
}

func (a *App) replayOutside(ctx context.Context, id, key string, hash []byte, before func(context.Context) error, fn func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
	reply, replayed, err := a.DB.IdempotentOutside(ctx, id, key, hash, before, func(ctx context.Context) (store.Reply, error) {
		r, err := fn(ctx)
		return store.Reply(r), err
	})
	return api.Reply(reply), replayed, err
}

func (a *App) importBody(ctx context.Context, id string, actor activity.Actor, r api.ImportRequest) (wire.ImportReport, error) {
	return a.Ingest.Import(ctx, id, actor, ingest.Options{RegisterTypes: r.RegisterTypes},
		ingest.Source{Kind: r.Kind, Name: r.File, Reader: r.Body, FirstLine: r.FirstLine, CSV: r.CSV})
}
