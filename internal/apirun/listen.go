package apirun

import (
	"net"

	"github.com/unstuckengine/unstuck/internal/config"
)

// Listen takes the address to serve on. The error is one line with the next step.
func Listen(addr string) (net.Listener, error) {
	return ListenAs(addr, "UNSTUCK_LISTEN_ADDR, or --listen 127.0.0.1:0")
}

// ListenAs takes the address; a port that is taken is named with its cause and what to change, such as a variable.
func ListenAs(addr, change string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, config.Fail(config.ExitError, "cannot listen on %s: %s; choose another by %s", addr, reason(err), change)
	}
	return ln, nil
}

// listenMetrics returns nil when metrics are off. Only an address that somebody chose must be free: several servers on
// one machine otherwise take free ports.
func (c Config) listenMetrics(a *App) (net.Listener, error) {
	if c.MetricsAddr == "" {
		return nil, nil
	}
	ln, err := ListenAs(c.MetricsAddr, "UNSTUCK_METRICS_ADDR, or --metrics")
	if err == nil || c.metricsSet {
		return ln, err
	}
	a.Log.Warn().Str("address", c.MetricsAddr).Msg("the default address of /metrics is taken; a free port is used, set UNSTUCK_METRICS_ADDR to choose")
	return ListenAs("127.0.0.1:0", "UNSTUCK_METRICS_ADDR")
}

// baseURL is the address that clients use: the configured one, or that of the listener.
func (c Config) baseURL(addr net.Addr) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return "http://" + dialable(addr.String())
}

// publicURL is baseURL for a command that listens on nothing.
func (c Config) publicURL() string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return "http://" + dialable(c.ListenAddr)
}

// dialable turns an address that means every interface into one that can be dialled on this machine.
func dialable(hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
