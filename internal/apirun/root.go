package apirun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/config"
)

// program is one run of the API program: where it reads and writes, and what it was told.
type program struct {
	environ        []string
	stdout, stderr io.Writer
	config         Config
	output         string
}

// Main runs the program with the given arguments (without its name) until it ends or ctx does. Data goes to stdout, the
// log to stderr; config.Code gives the exit code of the error.
func Main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	p := &program{environ: environ, stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var exit *config.Exit
	if err == nil || errors.As(err, &exit) {
		return err
	}
	return config.Fail(config.ExitUsage, "%w; see `api --help`", err) // ours are Exits; this is the command line's
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use: "api", Short: "The Unstuck API: the authority over keys, plans and data", SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(usage)
	root.AddCommand(p.serveCommand(), p.migrateCommand(), p.adminCommand(), p.versionCommand())
	return root
}

// usage turns a wrong flag into one line with the next step.
func usage(c *cobra.Command, err error) error {
	return config.Fail(config.ExitUsage, "%w; see `%s --help`", err, c.CommandPath())
}

// exactly refuses any other number of arguments, in one line.
func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return config.Fail(config.ExitUsage, "%s takes %d arguments, not %d; see `%s --help`", c.CommandPath(), n, len(args), c.CommandPath())
		}
		return nil
	}
}

// configure reads the environment, then lets the flags that were given beat it.
func (p *program) configure(override func(*Config)) error {
	c, err := LoadConfig(p.environ)
	if err != nil {
		return err
	}
	override(&c)
	p.config = c
	return p.config.validate()
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: exactly(0), RunE: func(*cobra.Command, []string) error {
		_, err := fmt.Fprintln(p.stdout, Version())
		return err
	}}
}

// Version returns the version that the binary was built as.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
