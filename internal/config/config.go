// Package config is what the three programs share at their edge: reading the environment, exit codes and the logger.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// The exit codes of every program.
const (
	ExitOK          = 0
	ExitError       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitAuth        = 4 // authentication or permission
	ExitConflict    = 5
	ExitLimit       = 6 // rate limit or credits
	ExitUnavailable = 7 // the API or its store cannot be reached
	ExitInterrupted = 130
)

// Exit is an error that ends a program with a code. Its text is one line with the next step.
type Exit struct {
	Code int
	Err  error
}

// Error returns the line to print.
func (e *Exit) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Exit) Unwrap() error { return e.Err }

// Fail returns an Exit with the code and a formatted line.
func Fail(code int, format string, args ...any) error {
	return &Exit{Code: code, Err: fmt.Errorf(format, args...)}
}

// Code returns the exit code for err: its own when it is an Exit, ExitError otherwise, ExitOK for nil.
func Code(err error) int {
	var e *Exit
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.Code
	default:
		return ExitError
	}
}

// Environ returns the environment as a map, from the form that os.Environ gives.
func Environ(environ []string) map[string]string {
	m := make(map[string]string, len(environ))
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	return m
}

var variable = regexp.MustCompile(`field "([A-Za-z0-9]+)"`)

// Load fills the struct that into points to from environ by its env tags. A value that cannot be read is an Exit with
// ExitUsage and one line that names the variable, never its value.
func Load(into any, environ []string) error {
	err := env.ParseWithOptions(into, env.Options{Environment: Environ(environ)})
	if err == nil {
		return nil
	}
	name := "a variable"
	if m := variable.FindStringSubmatch(err.Error()); m != nil {
		name = nameOf(into, m[1])
	}
	return Fail(ExitUsage, "%s has a value of the wrong kind; see the README's table of variables", name)
}

// nameOf returns the variable of the struct's field of that name, or the field when it has none.
func nameOf(into any, field string) string {
	f, ok := reflect.TypeOf(into).Elem().FieldByName(field)
	if !ok {
		return field
	}
	name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
	return name
}

// Logger returns the program's logger on w. level is a zerolog level; format is "console", "json" or "" for console on a
// terminal and JSON otherwise. A wrong value is an Exit with ExitUsage that names the variable.
func Logger(w io.Writer, level, format string) (zerolog.Logger, error) {
	l, err := zerolog.ParseLevel(level)
	if err != nil || level == "" {
		return zerolog.Nop(), Fail(ExitUsage, "UNSTUCK_LOG_LEVEL must be one of trace, debug, info, warn, error, disabled")
	}
	switch format {
	case "":
		if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
			w = zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05"}
		}
	case "console":
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05"}
	case "json":
	default:
		return zerolog.Nop(), Fail(ExitUsage, "UNSTUCK_LOG_FORMAT must be console or json")
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger(), nil
}
