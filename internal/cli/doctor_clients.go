package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/cli/clients"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// checkClients looks at every client that has been told about a server of ours, and asks what its profile would get.
func (d *doctor) checkClients(ctx context.Context) {
	for _, client := range clients.All() {
		path := client.Path(d.home())
		text, err := os.ReadFile(path)
		if path == "" || err != nil {
			continue
		}
		for _, server := range client.Ours(text) {
			d.checkServer(ctx, client.Title+": "+server.Name, client, server)
		}
	}
}

func (d *doctor) checkServer(ctx context.Context, check string, client clients.Client, s clients.Server) {
	if _, err := exec.LookPath(s.Command.Path); err != nil {
		d.add(check, warn, s.Command.Path+" cannot be started", "run `unstuck mcp install "+client.Name+"` again")
		return
	}
	var environ []string
	for _, v := range d.Environ {
		if !strings.HasPrefix(v, "UNSTUCK_") { // a client starts the server with variables of its own
			environ = append(environ, v)
		}
	}
	for name, v := range s.Env {
		environ = append(environ, name+"="+v)
	}
	login, err := credentials.Resolve(environ, "")
	if err == nil {
		err = login.Err
	}
	if err != nil {
		d.add(check, warn, "would get no tools but get_access_status: "+reason(err), "")
		return
	}
	api, err := d.client(login.APIURL)
	var access wire.Access
	if err == nil {
		access, err = api.Access(ctx, login.Key)
	}
	if err != nil {
		d.add(check, warn, "would get no tools but get_access_status: "+reason(err), "")
		return
	}
	d.add(check, good, fmt.Sprintf("profile %s at %s: %s", login.Profile, login.APIURL, strings.Join(access.Tools, ", ")), "")
}

// reason is an error as one line.
func reason(err error) string {
	if f := asFault(err); f != nil {
		return refusal(f, &cobra.Command{})
	}
	return err.Error()
}
