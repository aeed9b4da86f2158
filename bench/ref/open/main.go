// Command open serves the API without anybody at the door: no key is checked and nothing is counted against a limit, and
// all else is as in the API itself. It shows what the door costs. Its arguments are the address, the data directory and
// the workspace that every request belongs to.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func main() {
	if err := serve(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "open: "+err.Error())
		os.Exit(1)
	}
}

// nobody takes every request for the same workspace's.
type nobody struct{ keys.Principal }

// Verify implements api.Verifier.
func (n nobody) Verify(context.Context, string, netip.Addr) (keys.Principal, error) {
	return n.Principal, nil
}

// endless is a limit that is never reached.
type endless struct{}

// Take implements api.Limiter.
func (endless) Take(context.Context, string, int, int) (api.Decision, error) {
	return api.Decision{Allowed: true}, nil
}

// Quota implements api.Limiter.
func (endless) Quota(context.Context, string, int, int) (api.Decision, error) {
	return api.Decision{Allowed: true}, nil
}

var errNotServed = errors.New("not served here")

// The measured requests use none of these; one that did would panic, and be answered with 500.
type (
	noInsights     struct{ api.Insighter }
	noEnricher     struct{ api.Enricher }
	noBulk         struct{ api.BulkEnricher }
	noSettings     struct{ api.Settings }
	noQualifier    struct{ api.Qualifier }
	noWaitlists    struct{ api.Waitlists }
	noAudiences    struct{ api.Audiences }
	noDestinations struct{ api.Destinations }
)

func config(db *store.DB, workspace string) api.Config {
	set, _ := scope.Full.Set()
	p := keys.Principal{KeyID: "00000000", Name: "open", WorkspaceID: workspace, Preset: scope.Full, Permissions: set, Plan: workspaces.Team, Now: time.Now()}
	return api.Config{
		Verifier: nobody{p}, Limiter: endless{}, KeyStates: db.KeysForAuth, Ping: db.Ping,
		Workspaces: func(ctx context.Context, id string) (workspaces.Workspace, error) { return db.FindWorkspace(ctx, id) },
		Search:     search.New(db), Signals: signals.New(db),
		Insights: noInsights{}, Enrich: noEnricher{}, Bulk: noBulk{}, Settings: noSettings{},
		Qualify: noQualifier{}, Waitlists: noWaitlists{}, Audiences: noAudiences{}, Destinations: noDestinations{},
		Credits: func(context.Context, string, string) (credits.Balance, error) { return credits.Balance{}, errNotServed },
		Replays: func(context.Context, string, string, []byte, func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
			return api.Reply{}, false, errNotServed
		},
		Outside: func(context.Context, string, string, []byte, func(context.Context) error, func(context.Context) (api.Reply, error)) (api.Reply, bool, error) {
			return api.Reply{}, false, errNotServed
		},
		Import: func(context.Context, string, activity.Actor, api.ImportRequest) (wire.ImportReport, error) {
			return wire.ImportReport{}, errNotServed
		},
	}
}

func serve(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("give an address, a data directory and a workspace")
	}
	db, err := store.Open(ctx, store.Config{DataDir: args[1], Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	s, err := api.New(config(db, args[2]))
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Printf("{\"event\":\"ready\",\"url\":\"http://%s\"}\n", l.Addr())
	return http.Serve(l, s.Handler()) // #nosec G114 -- on loopback, for minutes
}
