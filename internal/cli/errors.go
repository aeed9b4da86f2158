package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/token"
)

// explain makes any error one line with the next step and an exit code. Nothing in it can steer a terminal.
func (p *program) explain(err error, root *cobra.Command, args []string) error {
	if err == nil {
		return nil
	}
	var exit *config.Exit
	if f := asFault(err); f != nil && !errors.As(err, &exit) {
		c, _, _ := root.Find(args)
		return config.Fail(config.ExitFor(f.Code), "%s", safeLine(refusal(f, c)))
	}
	return config.Fail(config.Code(err), "%s", safeLine(err.Error()))
}

func safeLine(s string) string { return token.Scrub(render.Clean(s)) }

// refusal puts a refusal into words; fields are called by the flags of the command that sent them.
func refusal(f *fault.Error, c *cobra.Command) string {
	if len(f.Fields) > 0 {
		return fieldsLine(f.Fields, c)
	}
	detail := f.Detail
	if detail == "" {
		detail = f.Code.Detail()
	}
	line := oneSentence(detail)
	if f.RequiredScope != "" {
		line += " (" + f.RequiredScope + ")"
	}
	if f.Code == fault.Internal && f.RequestID != "" {
		line += " (request " + f.RequestID + ")"
	}
	if s := f.RetrySeconds(); f.Code.Status() == 429 {
		line += fmt.Sprintf(" (%d s)", s)
	}
	return line
}

func fieldsLine(fields []fault.Field, c *cobra.Command) string {
	var parts []string
	for _, field := range fields {
		part := flagFor(field.Path, c) + " " + field.Message
		if len(field.Allowed) > 0 {
			part += ": " + strings.Join(field.Allowed, ", ")
		}
		parts = append(parts, strings.TrimSpace(part))
	}
	return strings.Join(parts, "; ") + fmt.Sprintf("; see `%s --help`", c.CommandPath())
}

// flagFor names the flag that sets the field, with the place within what it was given, or the field itself when no flag does.
func flagFor(path string, c *cobra.Command) string {
	if path == "$" {
		return ""
	}
	base, _, _ := strings.Cut(path, "[")
	if name := flagName(base); c.Flags().Lookup(name) != nil {
		return "--" + name
	}
	if base, inner, more := strings.Cut(path, "."); more && c.Flags().Lookup(flagName(base)) != nil {
		return "--" + flagName(base) + ": " + inner
	}
	return path
}

// oneSentence joins "What. Next." as "What; next".
func oneSentence(detail string) string {
	what, next, more := strings.Cut(strings.TrimSuffix(detail, "."), ". ")
	if !more {
		return what
	}
	r, size := utf8.DecodeRuneInString(next)
	if second, _ := utf8.DecodeRuneInString(next[size:]); unicode.IsUpper(second) {
		return what + "; " + next // an acronym keeps its case
	}
	return what + "; " + string(unicode.ToLower(r)) + next[size:]
}

// wrongFlag names the flag that was wrong and the one that was probably meant.
func wrongFlag(c *cobra.Command, err error) error {
	next := fmt.Sprintf("see `%s --help`", c.CommandPath())
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearestFlag(c, unknown.GetSpecifiedName()); near != "" {
			next = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	return config.Fail(config.ExitUsage, "%s; %s", err, next)
}

func nearestFlag(c *cobra.Command, name string) string {
	best, least := "", 3
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if d, ok := text.Distance(name, f.Name, 2); ok && d < least && !f.Hidden {
			best, least = f.Name, d
		}
	})
	return best
}
