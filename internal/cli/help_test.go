package cli_test

import (
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// TestHelp pins what people read: every command with every flag.
func TestHelp(t *testing.T) {
	const golden = "testdata/help.golden"
	var got strings.Builder
	for _, words := range commandsOf(t) {
		out, _, err := run(t, nil, "", append(words, "--help")...)
		if err != nil {
			t.Fatalf("%v: %v", words, err)
		}
		got.WriteString("$ unstuck " + strings.Join(append(words, "--help"), " ") + "\n" + out + "\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("the help changed; if that is meant, run with -update\n%s", d)
	}
}

// commandsOf walks the tree that a program given to Run is hung into.
func commandsOf(t *testing.T) [][]string {
	t.Helper()
	var root *cobra.Command
	probe := func(cli.Env) *cobra.Command {
		c := &cobra.Command{Use: "probe", Hidden: true, RunE: func(c *cobra.Command, _ []string) error { root = c.Root(); return nil }}
		return c
	}
	env := cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard}
	if err := cli.Run(t.Context(), []string{"probe"}, env, cli.Programs{Up: probe}); err != nil {
		t.Fatal(err)
	}
	var all [][]string
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			return
		}
		all = append(all, strings.Fields(c.CommandPath())[1:])
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	return all
}
