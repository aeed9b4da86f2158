package apirun

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/login/provider"
	"github.com/unstuckengine/unstuck/internal/sealing"
)

// checkOIDC refuses a part without the others, and an issuer to whom a secret would go in the clear.
func (c *Config) checkOIDC() error {
	set := []struct{ variable, value string }{{"UNSTUCK_OIDC_ISSUER", c.OIDCIssuer}, {"UNSTUCK_OIDC_CLIENT_ID", c.OIDCClientID}, {"UNSTUCK_OIDC_CLIENT_SECRET", c.OIDCSecret}}
	if c.OIDCIssuer == "" && c.OIDCClientID == "" && c.OIDCSecret == "" {
		return nil
	}
	for _, s := range set {
		if s.value == "" {
			return config.Fail(config.ExitUsage, "%s must be set too: UNSTUCK_OIDC_ISSUER, UNSTUCK_OIDC_CLIENT_ID and UNSTUCK_OIDC_CLIENT_SECRET belong together", s.variable)
		}
	}
	u, err := url.Parse(c.OIDCIssuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return config.Fail(config.ExitUsage, "UNSTUCK_OIDC_ISSUER must be the https address of the identity provider, as it calls itself")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// oidc returns the sign-in at the identity provider, for pages that browsers reach at base; nil without one.
func (a *App) oidc(base string) *signin.OIDC {
	if a.Config.OIDCIssuer == "" {
		return nil
	}
	return &signin.OIDC{
		Provider: provider.New(provider.Config{Issuer: a.Config.OIDCIssuer, ClientID: a.Config.OIDCClientID, ClientSecret: a.Config.OIDCSecret, RedirectURL: base + signin.OIDCBack}),
		Sealer:   sealing.New(a.Ring), Secure: strings.HasPrefix(base, "https://"),
	}
}
