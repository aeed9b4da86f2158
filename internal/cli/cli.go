// Package cli is the program unstuck: the catalogue of tools as commands, the key on this machine, imports, and the
// settings of the programs that agents run in.
//
// Data goes to stdout, messages and progress to stderr. A key is never an argument and never printed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// Env is what a program is given by the system.
type Env struct {
	Environ        []string // as os.Environ
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Programs are the commands that link more than a client does; nil leaves a command out.
type Programs struct {
	Up func(Env) *cobra.Command
}

// program is one run.
type program struct {
	Env
	output  string
	profile string
	quiet   bool
	noInput bool
}

// Run runs the program with the given arguments (without its name) until it ends or ctx does. The error is one line with
// the next step, fit to be printed; config.Code gives its exit code.
func Run(ctx context.Context, args []string, env Env, programs Programs) error {
	for _, arg := range args {
		if token.Scrub(arg) != arg {
			return config.Fail(config.ExitUsage, "a key must not be an argument, where others can read it; pipe it to `unstuck auth login --with-key`")
		}
	}
	p := &program{Env: env}
	root := p.root(programs)
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil {
		return config.Fail(config.ExitInterrupted, "interrupted")
	}
	return p.explain(err, root, args)
}

func (p *program) root(programs Programs) *cobra.Command {
	root := &cobra.Command{
		Use: "unstuck", Short: "Find companies and people, see what they did, and let agents do so with a key that allows just that",
		SilenceUsage: true, SilenceErrors: true, Args: group, RunE: help,
		PersistentPreRunE: func(*cobra.Command, []string) error { return p.check() },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&p.output, "output", "o", string(render.Table), "`format` of the data: "+strings.Join(render.Formats(), ", "))
	flags.StringVar(&p.profile, "profile", "", "`name` of the profile in the credentials file; beats UNSTUCK_PROFILE and UNSTUCK_API_KEY")
	flags.BoolVarP(&p.quiet, "quiet", "q", false, "print data and errors, no messages")
	flags.BoolVar(&p.noInput, "no-input", false, "never ask for anything")
	root.SetFlagErrorFunc(wrongFlag)
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(words(render.Formats()), cobra.ShellCompDirectiveNoFileComp))
	p.addCatalogue(root)
	root.AddCommand(p.authCommand(), p.importCommand(), p.mcpCommand(), p.doctorCommand(), p.versionCommand())
	if programs.Up != nil {
		root.AddCommand(programs.Up(p.Env))
	}
	return root
}

func words(list []string) []cobra.Completion { return list }

// check proves the flags that every command has.
func (p *program) check() error {
	for _, f := range render.Formats() {
		if p.output == f {
			return nil
		}
	}
	return config.Fail(config.ExitUsage, "--output must be one of %s", strings.Join(render.Formats(), ", "))
}

// help is what a command does that only holds others.
func help(c *cobra.Command, _ []string) error { return c.Help() }

// group refuses what is no command of a group, and names the one that was meant.
func group(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	next := fmt.Sprintf("see `%s --help`", c.CommandPath())
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		next = fmt.Sprintf("did you mean `%s %s`?", c.CommandPath(), near[0])
	}
	return config.Fail(config.ExitUsage, "%q is not a command of %s; %s", render.Clean(args[0]), c.CommandPath(), next)
}

// none refuses arguments.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return config.Fail(config.ExitUsage, "%s takes no arguments; see `%s --help`", c.CommandPath(), c.CommandPath())
	}
	return nil
}

// say prints a message for the person at the terminal.
func (p *program) say(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.Stderr, format+"\n", args...)
	}
}

// print writes an answer in the format asked for.
func (p *program) print(body []byte, l render.Layout) error { return p.printer().Print(body, l) }

func (p *program) printer() render.Printer {
	return render.Printer{W: p.Stdout, Format: render.Format(p.output), Width: p.width(), Bold: p.bold(), ASCII: p.ascii()}
}

// environment is that of the program; a profile named by a flag beats the key of a variable.
func (p *program) environment() []string {
	if p.profile == "" {
		return p.Environ
	}
	kept := make([]string, 0, len(p.Environ))
	for _, v := range p.Environ {
		if !strings.HasPrefix(v, "UNSTUCK_API_KEY=") {
			kept = append(kept, v)
		}
	}
	return kept
}

// connect returns the login and a client of its API. The error says why there is no key.
func (p *program) connect() (credentials.Login, *apiclient.Client, error) {
	login, err := credentials.Resolve(p.environment(), p.profile)
	if err != nil {
		return login, nil, err
	}
	if login.Err != nil {
		return login, nil, login.Err
	}
	client, err := p.client(login.APIURL)
	return login, client, err
}

func (p *program) client(address string) (*apiclient.Client, error) {
	return apiclient.New(address, "unstuck-cli/"+Version())
}

// asFault returns err as a refusal of the API, nil when it is none.
func asFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}
