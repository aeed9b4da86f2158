package apirun

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// ready is the one line that serve prints when requests are answered.
type ready struct {
	Event      string `json:"event"`
	APIURL     string `json:"api_url"`
	MetricsURL string `json:"metrics_url,omitempty"`
}

func (p *program) serveCommand() *cobra.Command {
	var listen, metrics, dir string
	var noMigrate bool
	c := &cobra.Command{Use: "serve", Short: "Serve the API until it is told to stop", Args: exactly(0)}
	c.Flags().StringVar(&listen, "listen", "", "`host:port` to serve on (UNSTUCK_LISTEN_ADDR); port 0 takes a free one")
	c.Flags().StringVar(&metrics, "metrics", "", "`host:port` of /metrics and pprof (UNSTUCK_METRICS_ADDR); empty switches them off")
	c.Flags().StringVar(&dir, "data-dir", "", "data directory on SQLite (UNSTUCK_DATA_DIR)")
	c.Flags().BoolVar(&noMigrate, "no-migrate", false, "refuse to start when migrations are pending, instead of applying them")
	c.RunE = func(c *cobra.Command, _ []string) error {
		err := p.configure(func(cfg *Config) {
			override(c, "listen", &cfg.ListenAddr, listen)
			override(c, "metrics", &cfg.MetricsAddr, metrics)
			override(c, "data-dir", &cfg.DataDir, dir)
			cfg.Migrate = !noMigrate
			cfg.metricsSet = cfg.metricsSet || c.Flags().Changed("metrics")
		})
		if err != nil {
			return err
		}
		return p.serve(c.Context())
	}
	return c
}

// override sets target to the flag's value when it was used.
func override[T any](c *cobra.Command, flag string, target *T, value T) {
	if c.Flags().Changed(flag) {
		*target = value
	}
}

func (p *program) serve(ctx context.Context) error {
	log, err := config.Logger(p.stderr, p.config.LogLevel, p.config.LogFormat)
	if err != nil {
		return err
	}
	if p.config.Listener, err = Listen(p.config.ListenAddr); err != nil { // before anything is changed
		return err
	}
	defer p.config.Listener.Close()
	a, err := Open(ctx, p.config, log, true)
	if err != nil {
		return err
	}
	defer a.Close()
	a.tellHowToGetIn(ctx)
	return a.Serve(ctx, func(apiURL, metricsURL string) error {
		return json.NewEncoder(p.stdout).Encode(ready{"ready", apiURL, metricsURL})
	})
}

// Serve answers requests until ctx ends, then lets those in flight finish. announce is called once, with the addresses
// in use (metricsURL is "" when it is off), when requests are answered. The App stays open.
func (a *App) Serve(ctx context.Context, announce func(apiURL, metricsURL string) error) error {
	ln := a.Config.Listener
	if ln == nil {
		var err error
		if ln, err = Listen(a.Config.ListenAddr); err != nil {
			return err
		}
		defer ln.Close()
	}
	metrics, err := a.Config.listenMetrics(a)
	if err != nil {
		return err
	}
	wrap, flush, err := a.Config.otel.start(ctx, Version())
	if err != nil {
		return err
	}
	defer flush()
	used := keys.NewLastUsed(a.DB, 0, func(err error) {
		a.Log.Error().Err(err).Msg("last use of keys was not written; it is kept for the next time")
	})
	pages, err := a.pages(a.AdminURL(ln.Addr()))
	if err != nil {
		return config.Fail(config.ExitError, "%w", err)
	}
	server, err := api.New(a.apiConfig(used, wrap, pages))
	if err != nil {
		return config.Fail(config.ExitError, "%w", err)
	}
	return a.serveAll(ctx, server, used, ln, metrics, announce)
}

// serveAll runs the server, its companions and the work on jobs; the last uses are flushed after the last request was answered.
func (a *App) serveAll(ctx context.Context, server *api.Server, used *keys.LastUsed, ln, metrics net.Listener, announce func(string, string) error) error {
	behind, stop := context.WithCancel(context.Background())
	var companions sync.WaitGroup
	companions.Go(func() { used.Run(behind) })
	companions.Go(func() { a.counter.Run(behind) })
	companions.Go(func() { a.purge(behind) })
	companions.Go(func() {
		a.Activity.Run(behind, func(err error) { a.Log.Warn().Err(err).Msg("the activity log was not sealed; it is tried again") })
	})
	defer func() { stop(); companions.Wait() }()
	metricsURL := ""
	if metrics != nil {
		metricsURL = "http://" + metrics.Addr().String()
		side := &http.Server{Handler: server.Metrics(), ReadHeaderTimeout: 5 * time.Second}
		companions.Go(func() { _ = side.Serve(metrics) })
		defer side.Close()
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	if err := announce(a.Config.baseURL(ln.Addr()), metricsURL); err != nil {
		return err
	}
	stopJobs, err := a.work(ctx) // once requests are answered, which nobody should wait longer for
	if err != nil {
		return config.Fail(config.ExitError, "the work on jobs cannot begin: %w", err)
	}
	defer stopJobs()
	if err := <-served; err != nil {
		return config.Fail(config.ExitError, "the server stopped: %w", err)
	}
	return nil
}
