package uprun

import (
	"context"
	"net"

	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/mcprun"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// serve runs both servers, MCP on ln, until ctx ends or one of them fails. The MCP server stops first: its last calls need the API.
func (p *program) serve(ctx context.Context, app *apirun.App, ws workspaces.Workspace, ln net.Listener) error {
	apiCtx, stopAPI := context.WithCancel(context.WithoutCancel(ctx))
	defer stopAPI()
	up, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		stopped <- app.Serve(apiCtx, func(apiURL, _ string) error { up <- apiURL; return nil })
	}()
	var apiURL string
	select {
	case apiURL = <-up:
	case err := <-stopped:
		return err
	}
	mcpCtx, stopMCP := context.WithCancel(ctx)
	defer stopMCP()
	served := make(chan error, 1)
	go func() { served <- p.serveMCP(mcpCtx, app, ws, apiURL, ln) }()
	var err error
	select {
	case err = <-served:
		stopAPI()
		if apiErr := <-stopped; err == nil {
			err = apiErr
		}
	case err = <-stopped:
		stopMCP()
		<-served
	}
	return err
}

// serveMCP makes the login and the owner, announces what is there, and serves MCP until ctx ends.
func (p *program) serveMCP(ctx context.Context, app *apirun.App, ws workspaces.Workspace, apiURL string, ln net.Listener) error {
	l, err := p.login(asOperator(ctx), app, ws, apiURL)
	if err != nil {
		return err
	}
	setup, err := p.owner(asOperator(ctx), app, ws)
	if err != nil {
		return err
	}
	admin := pages{url: app.AdminURL(app.Config.Listener.Addr()) + "/admin", setup: setup}
	cfg := mcprun.Config{APIURL: apiURL, Streamable: true, SSE: true, Hosts: p.settings.Hosts, Origins: p.settings.Origins, Version: cli.Version(), Log: p.log}
	if err := p.announce(l, apiURL, mcprun.ReadyAt(ln.Addr(), cfg), admin); err != nil {
		return err
	}
	return mcprun.Serve(ctx, cfg, ln)
}
