package cli

import (
	"cmp"
	"encoding/json"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
)

// terminal returns the file behind a stream when that is a terminal.
func terminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns a table may take: COLUMNS, else those of the terminal, else any.
func (p *program) width() int {
	if n, err := strconv.Atoi(config.Environ(p.Environ)["COLUMNS"]); err == nil && n > 0 {
		return n
	}
	if f, ok := terminal(p.Stdout); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

func (p *program) bold() bool {
	env := config.Environ(p.Environ)
	_, ok := terminal(p.Stdout)
	return ok && env["NO_COLOR"] == "" && env["TERM"] != "dumb"
}

// ascii reports whether the locale promises no more than ASCII. A Windows console takes Unicode and has no such variables.
func (p *program) ascii() bool {
	env := config.Environ(p.Environ)
	locale := strings.ToLower(cmp.Or(env["LC_ALL"], env["LC_CTYPE"], env["LANG"]))
	if locale == "" {
		return runtime.GOOS != "windows"
	}
	return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
}

// bars reports whether progress may be drawn.
func (p *program) bars() bool {
	_, ok := terminal(p.Stderr)
	return ok && !p.quiet
}

// limited reads a stream up to n bytes; one that is longer is an error.
func limited(r io.Reader, n int64, what string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, n+1))
	switch {
	case err != nil:
		return nil, config.Fail(config.ExitError, "cannot read %s: %w", what, err)
	case int64(len(text)) > n:
		return nil, config.Fail(config.ExitUsage, "%s is longer than %d bytes; send less at a time", what, n)
	}
	return text, nil
}

// Version returns the version that the binary was built as.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: none, RunE: func(*cobra.Command, []string) error {
		body, err := json.Marshal(map[string]string{"version": Version()})
		if err != nil {
			return err
		}
		return p.print(body, render.Layout{CSV: render.Columns("version")})
	}}
}
