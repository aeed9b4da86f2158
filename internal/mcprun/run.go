package mcprun

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"runtime/debug"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/mcpserver"
	"github.com/unstuckengine/unstuck/internal/token"
)

// program is one run of mcp-server.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer

	transport, listen, profile string
	check                      bool

	settings settings
	log      zerolog.Logger
}

// Run is cmd/mcp-server: args without the program's name, environ as os.Environ gives it. It returns nil after a clean stop,
// which the end of ctx or, on stdio, of stdin brings about; else an error whose exit code config.Code tells.
func Run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) error {
	p := &program{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	flags, showVersion := p.flags()
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stdout, "mcp-server serves Unstuck's tools over MCP: exactly those that the API key allows.")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return config.Fail(config.ExitUsage, "%s; see mcp-server --help", token.Scrub(err.Error()))
	case flags.NArg() > 0:
		return config.Fail(config.ExitUsage, "no arguments are taken, and a key is never one; see mcp-server --help")
	case *showVersion:
		fmt.Fprintln(stdout, "mcp-server", version())
		return nil
	}
	return p.run(ctx)
}

// flags are those of package flag, since a larger library costs more of the program's size than it saves of its text.
func (p *program) flags() (*flag.FlagSet, *bool) {
	f := flag.NewFlagSet("mcp-server", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&p.transport, "transport", "stdio", "how clients connect: stdio, http, sse or http,sse")
	f.StringVar(&p.listen, "listen", "", "`address` for http and sse (default $UNSTUCK_MCP_LISTEN_ADDR or 127.0.0.1:8081)")
	f.StringVar(&p.profile, "profile", "", "`name` of a profile of the credentials file (default $UNSTUCK_PROFILE or default)")
	f.BoolVar(&p.check, "check", false, "print what the key would get, and why, then exit")
	return f, f.Bool("version", false, "print the version, then exit")
}

// version is that of the module or, in a build from a checkout, of its commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}

func (p *program) run(ctx context.Context) error {
	if err := config.Load(&p.settings, p.environ); err != nil {
		return err
	}
	if p.listen != "" {
		p.settings.Listen = p.listen
	}
	if err := p.settings.check(); err != nil {
		return err
	}
	t, err := parseTransports(p.transport)
	if err != nil {
		return err
	}
	if p.log, err = config.Logger(p.stderr, p.settings.LogLevel, p.settings.LogFormat); err != nil {
		return err
	}
	resolver, err := credentials.NewResolver(p.environ, p.profile)
	if err != nil {
		return err
	}
	switch {
	case p.check:
		return p.report(ctx, resolver.Current())
	case t.stdio:
		return p.serveStdio(ctx, resolver)
	}
	return p.serveHTTP(ctx, t, resolver)
}

func (p *program) serveStdio(ctx context.Context, resolver *credentials.Resolver) error {
	client, err := apiclient.New(resolver.Current().APIURL, agent(version()))
	if err != nil {
		return config.Fail(config.ExitUsage, "UNSTUCK_API_URL is not allowed: %w", err)
	}
	defer client.Close()
	s := mcpserver.New(mcpserver.Config{Client: client, Version: version(), Log: p.log})
	return s.ServeStdio(ctx, p.stdin, p.stdout, resolver.Current, func(err error) {
		why := apiclient.Unusable(err)
		fmt.Fprintf(p.stderr, "mcp-server: %s %s\n", why.Reason, why.NextStep)
	})
}

func (p *program) serveHTTP(ctx context.Context, t transports, resolver *credentials.Resolver) error {
	login := resolver.Current()
	if err := addressKnown(resolver, login); err != nil {
		return err
	}
	if login.KeySource == credentials.FromEnvironment || config.Environ(p.environ)["UNSTUCK_API_KEY"] != "" {
		p.log.Warn().Msg("UNSTUCK_API_KEY is ignored: over HTTP each request brings its own key")
	}
	l, err := net.Listen("tcp", p.settings.Listen)
	if err != nil {
		return config.Fail(config.ExitError, "cannot listen on %s; choose another address by --listen or UNSTUCK_MCP_LISTEN_ADDR", p.settings.Listen)
	}
	cfg := Config{APIURL: login.APIURL, Streamable: t.streamable, SSE: t.sse, Hosts: p.settings.hosts(), Origins: p.settings.Origins, Version: version(), Log: p.log}
	if err := json.NewEncoder(p.stdout).Encode(ReadyAt(l.Addr(), cfg)); err != nil {
		_ = l.Close()
		return err
	}
	return Serve(ctx, cfg, l)
}

// addressKnown refuses to fall back to the default address past a file that would have named another.
func addressKnown(resolver *credentials.Resolver, login credentials.Login) error {
	if login.URLSource != credentials.FromDefault {
		return nil
	}
	_, err := resolver.File().Load(login.Profile)
	if e := fault.From(err); e == nil || credentials.IsMissing(e) || e.Code == fault.InvalidAPIKey { // its key is not used here
		return nil
	}
	return config.Fail(config.ExitError, "%s Or set UNSTUCK_API_URL.", fault.From(err).Detail)
}
