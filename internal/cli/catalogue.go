package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// addCatalogue gives root a command for every operation that has one, at the words that the catalogue gives it.
func (p *program) addCatalogue(root *cobra.Command) {
	for _, spec := range tools.Operations() {
		if spec.Streamed || len(spec.Command) == 0 {
			continue // import is a command of its own
		}
		parent := root
		for _, word := range spec.Command[:len(spec.Command)-1] {
			parent = child(parent, word)
			parent.Short = both(parent.Short, spec.Title)
		}
		parent.AddCommand(p.toolCommand(spec))
	}
}

// both adds the title of one more command to what a group is for.
func both(short, title string) string {
	if short == "" {
		return title
	}
	return short + "; " + strings.ToLower(title[:1]) + title[1:]
}

// child returns the group of that name below parent, making it at need.
func child(parent *cobra.Command, name string) *cobra.Command {
	for _, c := range parent.Commands() {
		if c.Name() == name {
			return c
		}
	}
	c := &cobra.Command{Use: name, Args: group, RunE: help}
	parent.AddCommand(c)
	return c
}

// toolCommand is one tool as a command; its flags are the fields of the tool's input.
func (p *program) toolCommand(spec *tools.Spec) *cobra.Command {
	c := &cobra.Command{Use: spec.Command[len(spec.Command)-1], Short: spec.Title, Long: spec.Description, Args: none}
	args := addArguments(c, spec, p.Stdin)
	positional := positionalOf(spec)
	if positional != nil {
		c.Use += " " + positional.use
		c.Args = cobra.ArbitraryArgs
	}
	r := request{spec: spec}
	if pager(spec) {
		usage := "fetch the whole result"
		if spec.Exported {
			usage += "; -o csv and ndjson print it as it arrives"
		}
		c.Flags().BoolVar(&r.all, "all", false, usage)
	}
	if spec == tools.GetInsights.Spec {
		c.Flags().BoolVar(&r.plot, "plot", false, "draw the first measure as bars in the terminal")
		c.Example = insightsExamples
	}
	if spec == tools.EnrichRecords.Spec || spec == tools.GetEnrichmentJob.Spec {
		c.Flags().BoolVar(&r.wait, "wait", false, "wait until the job is over, with a progress bar on a terminal")
	}
	c.RunE = func(c *cobra.Command, words []string) (err error) {
		if r.plot && p.output != string(render.Table) {
			return config.Fail(config.ExitUsage, "--plot draws for a terminal, so it goes with -o table alone")
		}
		if positional != nil && len(words) > 0 {
			if err := positional.set(args, strings.Join(words, " ")); err != nil {
				return err
			}
		}
		if r.in, err = args.input(); err != nil {
			return err
		}
		if err := spec.Check(r.in); err != nil {
			return err
		}
		return p.callAndPrint(c.Context(), r)
	}
	return c
}

const insightsExamples = `  unstuck insights signals --group-by account.domain --having 'count>=3' --order count:desc
  unstuck insights signals --bucket occurred_at:month:Europe/Berlin --plot
  unstuck insights signals --group-by source --measures n=count --measures people=count_distinct:lead.id -o csv
  unstuck insights leads --group-by account.country_code --filter @filter.json`

// pager reports whether the operation answers in pages.
func pager(spec *tools.Spec) bool {
	_, cursor := spec.Input().Properties["cursor"]
	_, more := spec.Output().Properties["next_cursor"]
	return cursor && more
}
