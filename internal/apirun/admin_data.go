package apirun

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) importCommand() *cobra.Command {
	var ws string
	files := map[wire.ImportKind]*string{wire.ImportAccounts: new(string), wire.ImportLeads: new(string), wire.ImportSignals: new(string)}
	var opts ingest.Options
	c := &cobra.Command{Use: "import --workspace ID [--accounts FILE] [--leads FILE] [--signals FILE]", Args: exactly(0),
		Short: "Import JSON Lines or CSV; prints what became of every line"}
	workspaceFlag(c, &ws)
	for kind, file := range files {
		c.Flags().StringVar(file, string(kind), "", "file of "+string(kind))
	}
	c.Flags().BoolVar(&opts.RegisterTypes, "register-types", false, "enable custom signal types that are new")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		sources, done, err := openSources(files)
		defer done()
		if err != nil {
			return nil, err
		}
		report, err := a.Ingest.Import(ctx, w.ID, actor, opts, sources...)
		if err == nil && report.Rejected > 0 {
			fmt.Fprintf(p.stderr, "%d of %d lines were rejected; the report says why, the rest went in\n", report.Rejected, report.Read)
		}
		return report, err
	})
	return c
}

// openSources opens the files that were named: accounts before leads before signals, since the later point at the earlier.
func openSources(files map[wire.ImportKind]*string) (sources []ingest.Source, done func(), err error) {
	var open []*os.File
	done = func() {
		for _, f := range open {
			_ = f.Close()
		}
	}
	for _, kind := range []wire.ImportKind{wire.ImportAccounts, wire.ImportLeads, wire.ImportSignals} {
		name := *files[kind]
		if name == "" {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, done, config.Fail(config.ExitError, "cannot read the file of %s: %w", kind, err)
		}
		open = append(open, f)
		sources = append(sources, ingest.Source{Kind: kind, Name: filepath.Base(name), Reader: f, CSV: strings.EqualFold(filepath.Ext(name), ".csv")})
	}
	if len(sources) == 0 {
		err = config.Fail(config.ExitUsage, "give at least one of --accounts, --leads, --signals")
	}
	return sources, done, err
}
