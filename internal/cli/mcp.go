package cli

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/cli/clients"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
)

func (p *program) mcpCommand() *cobra.Command {
	c := &cobra.Command{Use: "mcp", Short: "Connect agents", Args: group, RunE: help}
	c.AddCommand(p.installCommand())
	return c
}

func (p *program) installCommand() *cobra.Command {
	var printOnly bool
	c := &cobra.Command{Use: "install CLIENT", Short: "Add the MCP server to a client's configuration",
		Long:      "Writes the client's settings file, after a copy of the old one. The key stays in the credentials file. Clients: " + strings.Join(clients.Names(), ", ") + ".",
		ValidArgs: clients.Names(), Args: oneClient}
	c.Flags().BoolVar(&printOnly, "print", false, "print what would be added, and write nothing")
	c.RunE = func(_ *cobra.Command, args []string) error {
		client, _ := clients.ByName(args[0])
		server, err := p.mcpServer()
		if err != nil {
			return err
		}
		if printOnly {
			text, err := client.Snippet(server)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(p.Stdout, text)
			return err
		}
		return p.install(client, server)
	}
	return c
}

func oneClient(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		if _, ok := clients.ByName(args[0]); ok {
			return nil
		}
	}
	return config.Fail(config.ExitUsage, "name one client: %s", strings.Join(clients.Names(), ", "))
}

func (p *program) home() clients.Home { return clients.Home{OS: runtime.GOOS, Environ: p.Environ} }

// mcpServer is the server as a client should start it: with the profile that this command would use.
func (p *program) mcpServer() (clients.Server, error) {
	login, err := credentials.Resolve(p.environment(), p.profile)
	if err != nil {
		return clients.Server{}, err
	}
	if login.KeySource != credentials.FromFile {
		p.say("no profile serves yet; run `unstuck auth login`, the server picks it up by itself")
	}
	executable, err := os.Executable()
	if err != nil {
		return clients.Server{}, config.Fail(config.ExitError, "cannot tell where this program is: %w", err)
	}
	workdir, err := os.Getwd()
	if err != nil {
		return clients.Server{}, config.Fail(config.ExitError, "cannot tell the working directory: %w", err)
	}
	command, err := clients.Find(p.home(), clients.MCPServer, executable, workdir)
	return clients.NewServer(command, login.Profile, p.Environ), err
}

func (p *program) install(client clients.Client, server clients.Server) error {
	path := client.Path(p.home())
	if path == "" {
		return config.Fail(config.ExitError, "the home directory is not known; run `unstuck mcp install %s --print` and paste what it prints", client.Name)
	}
	done, err := client.Install(path, server)
	switch {
	case err != nil:
		return err
	case !done.Changed:
		p.say("%s is up to date", path)
		return nil
	case done.Backup != "":
		p.say("the old file is kept as %s", done.Backup)
	}
	p.say("added %s to %s; restart %s", server.Name, path, client.Title)
	return nil
}
