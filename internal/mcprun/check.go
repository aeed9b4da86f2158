package mcprun

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// report prints what the login's key would get, and why. A key that cannot be used is an Exit with ExitAuth, an API that
// cannot tell one with ExitUnavailable.
func (p *program) report(ctx context.Context, login credentials.Login) error {
	client, err := apiclient.New(login.APIURL, agent(version()))
	if err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_API_URL is not allowed: %w", err)
	}
	defer client.Close()
	w := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "API\t%s (from %s)\n", login.APIURL, login.URLSource)
	fmt.Fprintf(w, "Profile\t%s\n", login.Profile)
	if login.Err == nil {
		fmt.Fprintf(w, "Key\t%s (from %s)\n", login.Key, login.KeySource)
	}
	access, err := wire.Access{}, login.Err
	if err == nil {
		access, err = client.Access(ctx, login.Key)
	}
	if err == nil && (access.Key == nil || access.Workspace == nil) {
		err = fault.New(fault.APIUnreachable, "What answers at the API's address is not the Unstuck API.")
	}
	if err != nil {
		_ = w.Flush()
		return unusable(err)
	}
	fmt.Fprintf(w, "Workspace\t%s (plan %s)\n", access.Workspace.Name, access.Plan)
	fmt.Fprintf(w, "Name\t%s\n", access.Key.Name)
	fmt.Fprintf(w, "Preset\t%s: %s\n", access.Key.Preset, strings.Join(access.Key.Permissions, ", "))
	fmt.Fprintf(w, "Expires\t%s\n", expiry(access.Key.ExpiresAt))
	for _, tool := range access.Tools {
		fmt.Fprintf(w, "Tool\t%s\n", tool)
	}
	for _, m := range access.Missing {
		fmt.Fprintf(w, "Missing\t%s (needs %s, in preset %s)\n", m.Tool, m.Permission, m.Preset)
	}
	return w.Flush()
}

func expiry(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.UTC().Format(time.RFC3339)
}

func unusable(err error) error {
	why, code := apiclient.Unusable(err), config.ExitAuth
	if status := fault.From(err).Code.Status(); status == http.StatusServiceUnavailable || status == http.StatusInternalServerError {
		code = config.ExitUnavailable
	}
	return config.Fail(code, "%s %s", why.Reason, why.NextStep)
}
