// Package apirun is the API program: it reads the configuration, opens the store, wires the services to the HTTP front,
// and carries the operator's commands. It is the one place where store and api meet.
package apirun

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/config"
)

// Config is everything that can be set. The tags name the variables.
type Config struct {
	DatabaseURL     string   `env:"UNSTUCK_DATABASE_URL"`      // "" = SQLite in DataDir
	DatabaseReadURL string   `env:"UNSTUCK_DATABASE_READ_URL"` // a replica for find and list
	DataDir         string   `env:"UNSTUCK_DATA_DIR"`          // "" = ~/.unstuck/data
	ListenAddr      string   `env:"UNSTUCK_LISTEN_ADDR" envDefault:"127.0.0.1:8080"`
	MetricsAddr     string   `env:"UNSTUCK_METRICS_ADDR" envDefault:"127.0.0.1:9090"` // "" = off
	PublicURL       string   `env:"UNSTUCK_PUBLIC_URL"`                               // "" = derived from ListenAddr
	MCPURL          string   `env:"UNSTUCK_MCP_URL"`                                  // of the MCP server as clients reach it; "" = not known
	AllowedHosts    []string `env:"UNSTUCK_ALLOWED_HOSTS"`
	AllowedOrigins  []string `env:"UNSTUCK_ALLOWED_ORIGINS"`
	AuthFailures    int      `env:"UNSTUCK_AUTH_FAILURES_PER_MINUTE" envDefault:"20"` // 0 = off
	TrustedProxies  []string `env:"UNSTUCK_TRUSTED_PROXIES"`                          // addresses or prefixes
	OutboundAllow   []string `env:"UNSTUCK_OUTBOUND_ALLOW"`                           // networks of one's own that enrichment and destinations may reach
	OutboundDNS     string   `env:"UNSTUCK_OUTBOUND_DNS"`                             // host:port of the resolver that enrichment asks; "" = the system's
	SecretKey       string   `env:"UNSTUCK_SECRET_KEY"`
	SecretKeyFile   string   `env:"UNSTUCK_SECRET_KEY_FILE"`
	OIDCIssuer      string   `env:"UNSTUCK_OIDC_ISSUER"` // the organisation's identity provider, where members may sign in too
	OIDCClientID    string   `env:"UNSTUCK_OIDC_CLIENT_ID"`
	OIDCSecret      string   `env:"UNSTUCK_OIDC_CLIENT_SECRET"`
	LogLevel        string   `env:"UNSTUCK_LOG_LEVEL" envDefault:"info"`
	LogFormat       string   `env:"UNSTUCK_LOG_FORMAT"`

	// Listener is served on instead of ListenAddr when it is set.
	Listener net.Listener `env:"-"`
	// Migrate applies pending migrations at start; false refuses with them.
	Migrate bool `env:"-"`

	proxies    []netip.Prefix
	outbound   []netip.Prefix
	metricsSet bool // somebody chose MetricsAddr
	otel       tracingConfig
}

// LoadConfig reads the environment and validates it whole. The error is one line that names the variable (exit 2).
func LoadConfig(environ []string) (Config, error) {
	c := Config{Migrate: true}
	if err := config.Load(&c, environ); err != nil {
		return c, err
	}
	if addr, set := config.Environ(environ)["UNSTUCK_METRICS_ADDR"]; set {
		c.MetricsAddr, c.metricsSet = addr, true // empty switches it off, which the library takes for unset
	}
	if err := config.Load(&c.otel, environ); err != nil {
		return c, err
	}
	return c, c.validate()
}

func (c *Config) validate() error {
	for _, check := range []func() error{c.checkData, c.checkAddresses, c.checkProxies, c.checkOutbound, c.checkOrigins, c.checkFailures, c.checkOIDC} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkData() error {
	if c.DataDir != "" || c.DatabaseURL != "" {
		return nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_DATA_DIR must be set, since there is no home directory")
	}
	c.DataDir = filepath.Join(home, ".unstuck", "data")
	return nil
}

func (c *Config) checkAddresses() error {
	if _, _, err := net.SplitHostPort(c.ListenAddr); err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_LISTEN_ADDR (or --listen) must be host:port, for example 127.0.0.1:8080")
	}
	if _, _, err := net.SplitHostPort(c.MetricsAddr); c.MetricsAddr != "" && err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_METRICS_ADDR (or --metrics) must be host:port, or empty to switch it off")
	}
	if !address(c.PublicURL) {
		return config.Fail(config.ExitUsage, "UNSTUCK_PUBLIC_URL must be an address such as https://api.example.com")
	}
	if !address(c.MCPURL) {
		return config.Fail(config.ExitUsage, "UNSTUCK_MCP_URL must be an address such as https://mcp.example.com/mcp")
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	return nil
}

// address reports whether text is empty or where a server is reached.
func address(text string) bool {
	u, err := url.Parse(text)
	return text == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (c *Config) checkProxies() (err error) {
	if c.proxies, err = prefixes(c.TrustedProxies); err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_TRUSTED_PROXIES must list addresses or prefixes such as 10.0.0.0/8")
	}
	return nil
}

func (c *Config) checkOutbound() (err error) {
	if c.outbound, err = prefixes(c.OutboundAllow); err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_OUTBOUND_ALLOW must list addresses or prefixes such as 10.20.0.0/16")
	}
	if c.OutboundDNS == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.OutboundDNS)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
		return config.Fail(config.ExitUsage, "UNSTUCK_OUTBOUND_DNS must be host:port of a name server, for example 10.20.0.53:53")
	}
	return nil
}

// prefixes reads networks; an address is a network of its own.
func prefixes(list []string) (out []netip.Prefix, err error) {
	for _, p := range list {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, err := netip.ParseAddr(p)
			if err != nil {
				return nil, err
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

func (c *Config) checkOrigins() error {
	for _, o := range c.AllowedOrigins {
		if u, err := url.Parse(o); err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return config.Fail(config.ExitUsage, "UNSTUCK_ALLOWED_ORIGINS must list origins such as https://app.example.com, without a path")
		}
	}
	for _, h := range c.AllowedHosts {
		if strings.ContainsAny(h, "/ \t") {
			return config.Fail(config.ExitUsage, "UNSTUCK_ALLOWED_HOSTS must list host names such as api.example.com, without a scheme")
		}
	}
	return nil
}

func (c *Config) checkFailures() error {
	if c.AuthFailures < 0 {
		return config.Fail(config.ExitUsage, "UNSTUCK_AUTH_FAILURES_PER_MINUTE must be 0 (off) or more")
	}
	return nil
}
