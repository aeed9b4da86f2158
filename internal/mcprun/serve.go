package mcprun

import (
	"context"
	"net"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/mcpserver"
)

// Config is what Serve needs.
type Config struct {
	APIURL          string // required; https, or http on a loopback address
	Streamable, SSE bool   // the transports; at least one must be set
	Hosts           []string
	Origins         []string
	Version         string
	Log             zerolog.Logger
}

// Serve serves MCP over HTTP on l until ctx ends, then lets calls finish for ten seconds at most. Each request brings its
// own key. It closes l. Loopback names are served when l listens on a loopback address or Hosts is empty.
func Serve(ctx context.Context, cfg Config, l net.Listener) error {
	client, err := apiclient.New(cfg.APIURL, agent(cfg.Version))
	if err != nil {
		_ = l.Close()
		return err
	}
	defer client.Close()
	s := mcpserver.New(mcpserver.Config{Client: client, Version: cfg.Version, Log: cfg.Log})
	return s.Serve(ctx, l, mcpserver.HTTPConfig{
		Streamable: cfg.Streamable, SSE: cfg.SSE, Hosts: cfg.Hosts, Origins: cfg.Origins,
		LoopbackHosts: len(cfg.Hosts) == 0 || isLoopback(l.Addr().String()),
	})
}

// Ready is the line that tells where a started server is reached; an address that is not served is left out.
type Ready struct {
	Event  string `json:"event"`
	MCPURL string `json:"mcp_url,omitempty"`
	SSEURL string `json:"sse_url,omitempty"`
}

// ReadyAt returns the line for a listener's address.
func ReadyAt(addr net.Addr, cfg Config) Ready {
	r := Ready{Event: "ready"}
	base := "http://" + addr.String()
	if cfg.Streamable {
		r.MCPURL = base + mcpserver.PathMCP
	}
	if cfg.SSE {
		r.SSEURL = base + mcpserver.PathSSE
	}
	return r
}

func agent(version string) string { return "unstuck-mcp/" + version }
