// Package mcprun is the wiring of cmd/mcp-server: flags and environment in, transports out.
package mcprun

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/config"
)

// settings are what the environment says. The key and the API address are read by package credentials.
type settings struct {
	Listen    string   `env:"UNSTUCK_MCP_LISTEN_ADDR" envDefault:"127.0.0.1:8081"`
	PublicURL string   `env:"UNSTUCK_PUBLIC_URL"`
	Hosts     []string `env:"UNSTUCK_ALLOWED_HOSTS"`
	Origins   []string `env:"UNSTUCK_ALLOWED_ORIGINS"`
	LogLevel  string   `env:"UNSTUCK_LOG_LEVEL" envDefault:"info"`
	LogFormat string   `env:"UNSTUCK_LOG_FORMAT"`
}

// transports are the ways in which one process is reached.
type transports struct{ stdio, streamable, sse bool }

// parseTransports reads --transport: stdio alone, or http and sse in any combination.
func parseTransports(text string) (transports, error) {
	var t transports
	names := strings.Split(text, ",")
	for _, name := range names {
		switch strings.TrimSpace(name) {
		case "stdio":
			t.stdio = true
		case "http":
			t.streamable = true
		case "sse":
			t.sse = true
		default:
			return t, errTransport
		}
	}
	if t.stdio && len(names) > 1 {
		return t, errTransport
	}
	return t, nil
}

var errTransport = config.Fail(config.ExitUsage, "--transport must be stdio, http, sse or http,sse")

// check refuses values that could only be mistakes, naming the variable.
func (s settings) check() error {
	for _, origin := range s.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
			return config.Fail(config.ExitUsage, "UNSTUCK_ALLOWED_ORIGINS must list origins such as https://app.example.com, parted by commas")
		}
	}
	for _, host := range s.Hosts {
		if host == "" || strings.ContainsAny(host, "/ ") {
			return config.Fail(config.ExitUsage, "UNSTUCK_ALLOWED_HOSTS must list host names such as mcp.example.com, parted by commas")
		}
	}
	if s.PublicURL != "" {
		if u, err := url.Parse(s.PublicURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return config.Fail(config.ExitUsage, "UNSTUCK_PUBLIC_URL must be an address such as https://mcp.example.com")
		}
	}
	return nil
}

// hosts returns the Host names to serve beside the loopback names.
func (s settings) hosts() []string {
	hosts := slices.Clone(s.Hosts)
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		hosts = append(hosts, u.Host)
	}
	return hosts
}

// isLoopback reports whether addr, as a listener gives it, is reached from this machine alone.
func isLoopback(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().IsLoopback()
}
