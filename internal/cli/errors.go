package cli

import (
	"errors"
	"fmt"
	"strconv"
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
		parts = append(parts, strings.TrimSpace(subject(field, c)+" "+refused(field, c)))
	}
	return strings.Join(parts, "; ") + fmt.Sprintf("; see `%s --help`", c.CommandPath())
}

// subject names what a message is about; nothing where the message itself tells what to give in place of a flag.
func subject(field fault.Field, c *cobra.Command) string {
	name := flagFor(field.Path, c)
	if strings.HasPrefix(field.Message, "give ") && strings.HasPrefix(name, "--") && !strings.Contains(name, ": ") {
		return ""
	}
	return name
}

// refused says what is wrong with the field, and what is right.
func refused(field fault.Field, c *cobra.Command) string {
	list := strings.Join(field.Allowed, ", ")
	short, closed := strings.CutSuffix(field.Message, "the allowed values")
	base, _, _ := strings.Cut(field.Path, "[")
	s, spelt := spellings[base]
	switch {
	case list != "" && closed:
		return short + list
	case list != "":
		return field.Message + ": " + list
	case spelt && strings.HasPrefix(field.Message, "is missing") && c.Flags().Lookup(flagName(base)) != nil:
		return field.Message + ", such as " + s.example
	}
	return field.Message
}

// flagFor names the flag that sets the field, with the place within what it was given, or the field itself when no flag does.
func flagFor(path string, c *cobra.Command) string {
	if path == "$" || path == "identity_hint" {
		return ""
	}
	base, _, _ := strings.Cut(path, "[")
	if name := flagName(base); c.Flags().Lookup(name) != nil {
		return "--" + name + within(path[len(base):])
	}
	if base, inner, more := strings.Cut(path, "."); more && c.Flags().Lookup(flagName(base)) != nil {
		return "--" + flagName(base) + ": " + inner
	}
	return path
}

// within names a place in what a flag was given: the how-manieth of a list, from 1, and the field of that.
func within(rest string) string {
	index, inner, _ := strings.Cut(strings.TrimPrefix(rest, "["), "]")
	n, err := strconv.Atoi(index)
	inner = strings.TrimPrefix(inner, ".")
	switch {
	case rest == "":
		return ""
	case err != nil:
		return ": " + rest
	case inner == "":
		return " " + strconv.Itoa(n+1)
	}
	return " " + strconv.Itoa(n+1) + ": " + inner
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
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) && ours(invalid.GetFlag().Value) {
		return config.Fail(config.ExitUsage, "--%s %w; %s", invalid.GetFlag().Name, invalid.Unwrap(), next)
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearestFlag(c, unknown.GetSpecifiedName()); near != "" {
			next = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	return config.Fail(config.ExitUsage, "%s; %s", err, next)
}

// ours reports whether a flag's refusals are worded here; the others repeat what they were given.
func ours(v pflag.Value) bool {
	switch v.(type) {
	case *value, *once:
		return true
	}
	return false
}

func nearestFlag(c *cobra.Command, name string) string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	near, _ := text.Nearest(name, names)
	return near
}
