// Package uprun is `unstuck up`: API and MCP server in one process on this machine, with a workspace, a key in a profile
// of its own and, when asked for, data to try it on.
package uprun

import (
	"cmp"
	"context"
	"fmt"
	"net"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/mcprun"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// settings are what the environment says to the parts that are not the API.
type settings struct {
	MCPListen string   `env:"UNSTUCK_MCP_LISTEN_ADDR" envDefault:"127.0.0.1:8081"`
	Hosts     []string `env:"UNSTUCK_ALLOWED_HOSTS"`
	Origins   []string `env:"UNSTUCK_ALLOWED_ORIGINS"`
}

// program is one run.
type program struct {
	cli.Env
	demo      bool
	preset    string
	asJSON    bool
	quiet     bool
	presetSet bool

	settings settings
	config   apirun.Config
	log      zerolog.Logger
}

// Command returns the command up, as cli.Programs takes it.
func Command(env cli.Env) *cobra.Command {
	p := &program{Env: env}
	c := &cobra.Command{Use: "up", Short: "Run everything on this machine: API, MCP server and database",
		Long: "Starts the API and the MCP server (Streamable HTTP and SSE) over SQLite in the data directory, makes a workspace and a key in a profile of its own, " +
			"and prints what to paste into agents. A second run takes up the same data and profile. Ctrl-C stops it.",
		Args: noArguments}
	flags := c.Flags()
	flags.BoolVar(&p.demo, "demo", false, "a workspace with made-up companies, people and signals")
	flags.StringVar(&p.preset, "preset", string(scope.ReadOnly), "what the key may do: read_only, write_enrichment, write_signals or full")
	dir := flags.String("data-dir", "", "`directory` of the data (UNSTUCK_DATA_DIR)")
	listen := flags.String("listen", "", "`host:port` of the API (UNSTUCK_LISTEN_ADDR); port 0 takes a free one")
	mcpListen := flags.String("mcp-listen", "", "`host:port` of the MCP server (UNSTUCK_MCP_LISTEN_ADDR)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p.presetSet = flags.Changed("preset")
		p.asJSON = flags.Lookup("output").Value.String() == "json"
		p.quiet = flags.Lookup("quiet").Value.String() == "true"
		over := map[string]string{"UNSTUCK_DATA_DIR": *dir, "UNSTUCK_LISTEN_ADDR": *listen, "UNSTUCK_MCP_LISTEN_ADDR": *mcpListen}
		if err := p.configure(over); err != nil {
			return err
		}
		err := p.run(c.Context())
		if c.Context().Err() != nil {
			return nil // told to stop; what was being done is taken up by the next run
		}
		return err
	}
	return c
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return config.Fail(config.ExitUsage, "unstuck up takes no arguments; see `unstuck up --help`")
	}
	return nil
}

// configure reads the environment with the flags laid over it. Requests are not logged unless somebody asks: the terminal
// shows what to do next.
func (p *program) configure(flags map[string]string) error {
	if _, ok := scope.Preset(p.preset).Set(); !ok {
		return config.Fail(config.ExitUsage, "--preset must be one of %v", scope.Presets())
	}
	environ := append([]string{"UNSTUCK_LOG_LEVEL=warn"}, p.Environ...)
	for name, value := range flags {
		if value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	var err error
	if p.config, err = apirun.LoadConfig(environ); err != nil {
		return err
	}
	if err := config.Load(&p.settings, environ); err != nil {
		return err
	}
	p.log, err = config.Logger(p.Stderr, p.config.LogLevel, p.config.LogFormat)
	return err
}

// mcpURL is where clients reach the MCP server that listens on addr; "" when addr stands for every address of the machine.
func mcpURL(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return ""
	}
	return mcprun.ReadyAt(addr, mcprun.Config{Streamable: true}).MCPURL
}

// say prints a message for the person at the terminal.
func (p *program) say(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.Stderr, format+"\n", args...)
	}
}

// run does everything until ctx ends or one of the servers does.
func (p *program) run(ctx context.Context) error {
	app, err := apirun.Open(ctx, p.config, p.log, true)
	if err != nil {
		return err
	}
	defer app.Close()
	if app.Config.Listener, err = apirun.Listen(p.config.ListenAddr); err != nil { // both before anything is made
		return err
	}
	defer app.Config.Listener.Close()
	mcp, err := apirun.ListenAs(p.settings.MCPListen, "UNSTUCK_MCP_LISTEN_ADDR, or --mcp-listen 127.0.0.1:0")
	if err != nil {
		return err
	}
	defer mcp.Close()
	app.Config.MCPURL = cmp.Or(app.Config.MCPURL, mcpURL(mcp.Addr()))
	ws, err := p.workspace(asOperator(ctx), app)
	if err != nil {
		return err
	}
	return p.serve(ctx, app, ws, mcp)
}
