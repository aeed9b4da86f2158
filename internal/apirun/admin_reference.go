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
	"github.com/unstuckengine/unstuck/internal/providers/reference"
)

func (p *program) referenceCommand() *cobra.Command {
	return group("reference", "Keep files that enrichment answers from", p.referenceAdd(), p.referenceList(), p.referenceRemove())
}

func (p *program) referenceAdd() *cobra.Command {
	var ws, file string
	var spec reference.Spec
	c := &cobra.Command{Use: "add --workspace ID --name NAME --file FILE --key KEY --confidence C [--cost N]", Args: exactly(0),
		Short: "Store a CSV or JSON file, in place of one of the same name; prints what became of its rows"}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&spec.Name, "name", "", "`name` of the file; its values come from reference:NAME")
	c.Flags().StringVar(&file, "file", "", "CSV with a header row, a JSON array of objects, or JSON Lines; columns are named as fields are")
	c.Flags().StringVar((*string)(&spec.Key), "key", "", "what rows are found by: "+keyNames())
	c.Flags().Float64Var(&spec.Confidence, "confidence", 0, "how far its values are trusted, above 0 and at most 1")
	c.Flags().Int64Var(&spec.Cost, "cost", 0, "credits for each value it delivers")
	for _, name := range []string{"name", "file", "key", "confidence"} {
		_ = c.MarkFlagRequired(name) // fails only for a flag that is not there
	}
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(file) // #nosec G304 -- the operator names it
		if err != nil {
			return nil, config.Fail(config.ExitError, "cannot read the file: %w", err)
		}
		defer func() { _ = f.Close() }()
		report, err := reference.New(a.DB).Add(ctx, w.ID, actor, spec, reference.FormatOf(filepath.Base(file)), f)
		if err == nil && report.Stored < report.Read {
			fmt.Fprintf(p.stderr, "%d of %d rows were left out; the report says why\n", report.Read-report.Stored, report.Read)
		}
		return report, err
	})
	return c
}

func keyNames() string {
	var names []string
	for _, k := range reference.Keys() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (p *program) referenceList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "Print the reference files of a workspace", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		return reference.New(a.DB).List(ctx, w.ID)
	})
	return c
}

// removedFile is what remove prints.
type removedFile struct {
	Removed string `json:"removed"`
}

func (p *program) referenceRemove() *cobra.Command {
	var ws, name string
	c := &cobra.Command{Use: "remove --workspace ID --name NAME", Short: "Remove a reference file; values that came from it stay", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&name, "name", "", "`name` of the file")
	_ = c.MarkFlagRequired("name")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		return removedFile{name}, reference.New(a.DB).Remove(ctx, w.ID, actor, name)
	})
	return c
}
