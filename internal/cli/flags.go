package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// maxBody is the largest body that the API takes.
const maxBody = 1 << 20

// arguments are the flags of one command, made from the schema of its input.
type arguments struct {
	values []*value
	body   once // text, @file or - of the whole body; flags are laid over it
	stdin  *stdin
}

// once is a flag with a text that must not be given twice.
type once struct {
	text  string
	given bool
}

// String, Set and Type implement pflag.Value.
func (o *once) String() string { return o.text }

// Set takes the text, if it is the first.
func (o *once) Set(text string) error {
	if o.given {
		return errTwice
	}
	o.text, o.given = text, true
	return nil
}

// Type names the kind of value in the help.
func (o *once) Type() string { return "text" }

// errTwice is for JSON: which of two was meant cannot be told, and neither may be dropped silently.
var errTwice = errors.New("is given more than once")

// stdin can be read by one flag alone.
type stdin struct {
	io.Reader
	taken bool
}

// flagName spells a field as a flag. Those of an identity hint stand for themselves.
func flagName(path string) string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.TrimPrefix(path, "identity_hint."))
}

// singular lets a flag that is given once for each value be called by the name of one value.
func singular(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "channel" || name == "id" {
		name += "s"
	}
	return pflag.NormalizedName(name)
}

// addArguments gives c a flag for every field of the operation's input. What a flag calls - is read from in.
func addArguments(c *cobra.Command, spec *tools.Spec, in io.Reader) *arguments {
	a := &arguments{stdin: &stdin{Reader: in}}
	schema := spec.Input().Schema
	a.add(c, schema, schema, nil)
	if schema.Properties["channels"] != nil {
		c.Flags().SetNormalizeFunc(singular)
	}
	if len(a.values) > 0 {
		c.Flags().Var(&a.body, "json", "the whole input as JSON: `text`, @file, or - for stdin; other flags are laid over it")
	}
	return a
}

func (a *arguments) add(c *cobra.Command, root, schema *jsonschema.Schema, path []string) {
	for _, name := range schema.PropertyOrder {
		field := resolve(root, schema.Properties[name])
		at := append(slices.Clone(path), name)
		if field.Type == "object" && len(field.Properties) > 0 {
			a.add(c, root, field, at)
			continue
		}
		v := &value{path: at, kind: field.Type, enum: field.Enum, about: field.Description, stdin: a.stdin}
		if field.Type == "array" {
			item := resolve(root, field.Items)
			v.list, v.kind, v.enum = true, item.Type, item.Enum
		}
		a.values = append(a.values, v)
		flag := flagName(strings.Join(at, "."))
		f := c.Flags().VarPF(v, flag, "", v.usage())
		if v.kind == "boolean" {
			f.NoOptDefVal = "true"
		}
		if len(v.enum) > 0 {
			_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words(v.allowed()), cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// resolve follows a reference to a definition of the root.
func resolve(root, s *jsonschema.Schema) *jsonschema.Schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		return root.Defs[name]
	}
	return s
}

// readJSON reads a JSON text given itself, as @file, or as - for stdin.
func readJSON(text string, in *stdin) ([]byte, error) {
	body, err := readText(text, in)
	if err != nil {
		return nil, err
	}
	if err := strictjson.Check(body, strictjson.Options{}); err != nil {
		return nil, malformed(body, asFault(err), string(body) == text)
	}
	return bytes.TrimSpace(body), nil
}

// readText reads what @file names, or stdin for -, or returns the text.
func readText(text string, in *stdin) ([]byte, error) {
	switch {
	case text == "-" && in.taken:
		return nil, errors.New("cannot read stdin, which another flag has read")
	case text == "-":
		in.taken = true
		return limited(in, maxBody, "stdin")
	case !strings.HasPrefix(text, "@"):
		return []byte(text), nil
	}
	f, err := os.Open(text[1:])
	if err != nil {
		return nil, config.Fail(config.ExitError, "cannot read the file: %w", err)
	}
	defer f.Close()
	return limited(f, maxBody, "the file")
}

// input returns the JSON of what was given.
func (a *arguments) input() (json.RawMessage, error) {
	var in ordered.Object
	if a.body.given {
		body, err := readJSON(a.body.text, a.stdin)
		if err != nil {
			return nil, config.Fail(max(config.ExitUsage, config.Code(err)), "--json %w", err)
		}
		if in, err = ordered.Parse(body); err != nil {
			return nil, fault.Invalid("json", "must be a JSON object")
		}
	}
	for _, v := range a.values {
		if len(v.given) == 0 {
			continue
		}
		raw := v.given[0]
		if v.list {
			raw = join(v.given)
		}
		if err := place(&in, v.path, raw); err != nil {
			return nil, err
		}
	}
	return in.MarshalJSON()
}

// set gives the field at a path a text, as a positional argument does.
func (a *arguments) set(name, text string) error {
	for _, v := range a.values {
		if strings.Join(v.path, ".") == name {
			return v.Set(text)
		}
	}
	return fault.Invalid(name, "is not a field of this command")
}

func join(list []json.RawMessage) json.RawMessage {
	out := []byte{'['}
	for i, raw := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, raw...)
	}
	return append(out, ']')
}

// place sets the field at a path, making the objects on the way.
func place(o *ordered.Object, path []string, raw json.RawMessage) error {
	if len(path) == 1 {
		o.Set(path[0], raw)
		return nil
	}
	var inner ordered.Object
	if have := o.Get(path[0]); have != nil {
		var err error
		if inner, err = ordered.Parse(have); err != nil {
			return fault.Invalid(path[0], "must be an object")
		}
	}
	if err := place(&inner, path[1:], raw); err != nil {
		return err
	}
	text, err := inner.MarshalJSON()
	o.Set(path[0], text)
	return err
}
