package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/usage"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Config says what the API serves and to whom. All durations may be left 0 for their default.
type Config struct {
	Verifier     Verifier                    // proves keys; must be set
	KeyStates    KeyStates                   // re-reads watched keys; must be set
	Limiter      Limiter                     // the workspace rate limit; must be set
	Workspaces   Workspaces                  // the caller's own workspace; must be set
	Credits      Credits                     // what the caller may spend; must be set
	Replays      Replays                     // idempotency keys; must be set
	Outside      OutsideReplays              // idempotency keys of requests that ask systems outside; must be set
	Search       Searcher                    // find, list and get; must be set
	Insights     Insighter                   // insights; must be set
	Signals      Pusher                      // push; must be set
	Import       Importer                    // import; must be set
	Enrich       Enricher                    // enrichment of one record; must be set
	Bulk         BulkEnricher                // enrichment of many; must be set
	Settings     Settings                    // settings; must be set
	Qualify      Qualifier                   // qualification; must be set
	Waitlists    Waitlists                   // waitlists; must be set
	Audiences    Audiences                   // audiences; must be set
	Destinations Destinations                // destinations; must be set
	Ping         func(context.Context) error // reports whether the store answers; must be set
	Usage        func(usage.Event)           // told of every request of a proved key; nil = nobody
	Pages        http.Handler                // the admin pages, at / and below /admin and /device; nil = none

	AllowedHosts   []string       // Host values served, with or without a port, beside that of PublicURL; loopback names are too when it is empty or the listener is bound there
	AllowedOrigins []string       // Origin values served, beside that of PublicURL; a request without an Origin always is
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	PublicURL      string         // base address shown in the API description; "" = relative
	Version        string         // of the program, shown in the API description; "" = "dev"

	Log  zerolog.Logger                  // access log and causes of failures; the zero value is silent
	Wrap func(http.Handler) http.Handler // put around the public handler, for tracing; may be nil

	GateTimeout time.Duration // for the store to answer checks 3 to 6; 0 = 900 ms
	BodyTimeout time.Duration // for a body to arrive, or for the next part of a streamed one; 0 = 15 s
	WatchHold   time.Duration // how long a watch is held; 0 = 25 s
	WatchPoll   time.Duration // how often watched keys are read again; 0 = 500 ms
	ExportStall time.Duration // how long an export waits for a caller that reads nothing; 0 = 60 s
	LameDuck    time.Duration // how long Serve still accepts requests after its context ended, while /readyz says 503; 0 = not at all
	DrainTime   time.Duration // how long requests in flight may take after that; 0 = 10 s
}

// Verifier proves the key in an Authorization header: checks 2 to 5. *keys.Verifier is one.
type Verifier interface {
	Verify(ctx context.Context, authorization string, source netip.Addr) (keys.Principal, error)
}

// KeyStates reads several keys at once, by id; unknown ids are left out. At most 1,000 ids a call.
type KeyStates func(ctx context.Context, ids []string) (map[string]keys.AuthRow, error)

// Limiter is the workspace rate limit, exact over all processes. Its errors are store_unavailable.
type Limiter interface {
	// Take counts one request against perMinute (0 = unlimited) and burst.
	Take(ctx context.Context, workspaceID string, perMinute, burst int) (Decision, error)
	// Quota tells what Take would find, and counts nothing.
	Quota(ctx context.Context, workspaceID string, perMinute, burst int) (Decision, error)
}

// Decision is the answer of the Limiter.
type Decision struct {
	Allowed    bool
	Limit      int           // requests a minute; 0 = unlimited
	Remaining  int           // requests that could be made at once now
	ResetAfter time.Duration // until the whole burst is there again
	RetryAfter time.Duration // until the next request is allowed; 0 when this one was
}

// Workspaces returns the workspace with the id.
type Workspaces func(ctx context.Context, id string) (workspaces.Workspace, error)

// Credits returns what a workspace and one of its keys can spend now. The method Balance of a *credits.Service is one.
type Credits func(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)

// Replays runs fn at most once for a workspace and key and keeps its reply in the transaction that fn's context carries.
// Errors: idempotency_key_reused for another request hash, idempotency_in_flight, and fn's own, after which nothing is kept.
type Replays func(ctx context.Context, workspaceID, key string, requestHash []byte, fn func(context.Context) (Reply, error)) (reply Reply, replayed bool, err error)

// OutsideReplays is Replays for a request that asks systems outside first: before runs with no transaction open, once for all that send the request at a
// time, and not at all for what was answered.
type OutsideReplays func(ctx context.Context, workspaceID, key string, requestHash []byte, before func(context.Context) error,
	fn func(context.Context) (Reply, error)) (reply Reply, replayed bool, err error)

// Reply is an answer as it is sent.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Searcher answers questions about the records of one workspace. Errors: validation_failed, invalid_request for a
// cursor, not_found, store_unavailable.
type Searcher interface {
	Accounts(ctx context.Context, workspaceID string, in wire.FindAccounts) (search.Page[wire.Account], error)
	Leads(ctx context.Context, workspaceID string, in wire.FindLeads) (search.Page[wire.Lead], error)
	Signals(ctx context.Context, workspaceID string, in wire.ListSignals) (search.Page[wire.Signal], error)
	Record(ctx context.Context, workspaceID string, in wire.GetRecord) (wire.Record, error)
}

// Pusher keeps signals. Both methods join a transaction that ctx carries.
type Pusher interface {
	// Push keeps one signal; created is false when the same signal was there.
	Push(ctx context.Context, workspaceID string, actor activity.Actor, in wire.PushSignal) (out wire.Pushed, created bool, err error)
	// PushBatch keeps the valid items in one transaction and reports the others.
	PushBatch(ctx context.Context, workspaceID string, actor activity.Actor, in wire.PushSignals) (wire.Batch, error)
}

// Importer takes a streamed body.
type Importer func(ctx context.Context, workspaceID string, actor activity.Actor, r ImportRequest) (wire.ImportReport, error)

// ImportRequest is one import.
type ImportRequest struct {
	wire.ImportRecords
	CSV  bool // CSV with a header line; JSON Lines otherwise
	Body io.Reader
}

// complete fills in the defaults and refuses a Config that lacks a part.
func (c *Config) complete() error {
	if c.Verifier == nil || c.KeyStates == nil || c.Limiter == nil || c.Workspaces == nil || c.Credits == nil || c.Replays == nil || c.Outside == nil ||
		c.Search == nil || c.Insights == nil || c.Signals == nil || c.Import == nil || c.Enrich == nil || c.Bulk == nil || c.Settings == nil || c.Qualify == nil || c.Waitlists == nil || c.Audiences == nil || c.Destinations == nil || c.Ping == nil {
		return errors.New("api: a part of the Config that must be set is missing")
	}
	if c.Version == "" {
		c.Version = "dev"
	}
	for d, v := range map[*time.Duration]time.Duration{
		&c.GateTimeout: 900 * time.Millisecond, &c.BodyTimeout: 15 * time.Second, &c.WatchHold: 25 * time.Second,
		&c.WatchPoll: 500 * time.Millisecond, &c.DrainTime: 10 * time.Second,
		&c.ExportStall: 60 * time.Second,
	} {
		if *d == 0 {
			*d = v
		}
	}
	return nil
}
