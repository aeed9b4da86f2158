package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// addCatalogue gives root a command for every tool, at the words that the catalogue gives it.
func (p *program) addCatalogue(root *cobra.Command) {
	for _, spec := range tools.All() {
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
	args := addArguments(c, spec)
	positional := positionalOf(spec)
	if positional != nil {
		c.Use += " " + positional.use
		c.Args = cobra.ArbitraryArgs
	}
	pages := pager(spec)
	all := false
	if pages {
		c.Flags().BoolVar(&all, "all", false, "fetch every page")
	}
	c.RunE = func(c *cobra.Command, words []string) error {
		if positional != nil && len(words) > 0 {
			if err := positional.set(args, strings.Join(words, " ")); err != nil {
				return err
			}
		}
		in, err := args.input(p.Stdin)
		if err != nil {
			return err
		}
		if all {
			in, err = withLimit(in)
			if err != nil {
				return err
			}
		}
		if err := spec.Check(in); err != nil {
			return err
		}
		return p.callAndPrint(c.Context(), spec, in, all)
	}
	return c
}

func (p *program) callAndPrint(ctx context.Context, spec *tools.Spec, in json.RawMessage, all bool) error {
	login, client, err := p.connect()
	if err != nil && spec != tools.GetAccess.Spec {
		return err
	}
	var body []byte
	if err == nil {
		body, err = call(ctx, client, login, spec, in, all)
	}
	if spec == tools.GetAccess.Spec && err != nil {
		return p.unusable(err)
	}
	if err != nil {
		return err
	}
	if err := p.print(body, layoutOf(spec)); err != nil {
		return err
	}
	p.sayRest(body)
	return nil
}

// call runs the operation once, or page after page until the last.
func call(ctx context.Context, client *apiclient.Client, login credentials.Login, spec *tools.Spec, in json.RawMessage, all bool) ([]byte, error) {
	var items []json.RawMessage
	if !all {
		resp, err := client.Do(ctx, login.Key, spec, in, apiclient.Options{})
		return resp.Body, err
	}
	for {
		resp, err := patiently(ctx, func() (apiclient.Response, error) { return client.Do(ctx, login.Key, spec, in, apiclient.Options{}) })
		if err != nil {
			return nil, err
		}
		doc, err := ordered.Parse(resp.Body)
		if err != nil {
			return nil, err
		}
		var page []json.RawMessage
		if err := json.Unmarshal(doc.Get("items"), &page); err != nil {
			return nil, err
		}
		items = append(items, page...)
		next := doc.Get("next_cursor")
		if len(next) == 0 || string(next) == "null" {
			doc.Set("items", join(items))
			return doc.MarshalJSON()
		}
		if in, err = with(in, "cursor", next); err != nil {
			return nil, err
		}
	}
}

func with(in json.RawMessage, name string, raw json.RawMessage) (json.RawMessage, error) {
	o, err := ordered.Parse(in)
	if err != nil {
		return nil, err
	}
	o.Set(name, raw)
	return o.MarshalJSON()
}

// withLimit asks for pages as large as they come, unless the caller wants smaller ones.
func withLimit(in json.RawMessage) (json.RawMessage, error) {
	o, err := ordered.Parse(in)
	if err != nil || o.Get("limit") != nil {
		return in, err
	}
	raw, err := json.Marshal(wire.MaxLimit)
	if err != nil {
		return nil, err
	}
	return with(in, "limit", raw)
}

// sayRest tells how much of the result was not shown, and how to see it.
func (p *program) sayRest(body []byte) {
	var page struct {
		Items      []json.RawMessage `json:"items"`
		Total      *int              `json:"total"`
		NextCursor *string           `json:"next_cursor"`
		Note       string            `json:"note"`
	}
	if json.Unmarshal(body, &page) != nil || page.Total == nil {
		return
	}
	switch {
	case *page.Total == 0:
		p.say("nothing found")
	case page.NextCursor != nil:
		p.say("%d of %d; more with --all, or --cursor %s", len(page.Items), *page.Total, safeLine(*page.NextCursor))
	default:
		p.say("%d of %d", len(page.Items), *page.Total)
	}
	if page.Note != "" {
		p.say("%s", safeLine(page.Note))
	}
}

// unusable prints why a key cannot be used, as the answer of `access`, and ends with the exit code of the reason.
func (p *program) unusable(cause error) error {
	f := asFault(cause)
	if f == nil {
		return cause
	}
	body, err := json.Marshal(apiclient.Unusable(f))
	if err != nil {
		return err
	}
	if err := p.print(body, layoutOf(tools.GetAccess.Spec)); err != nil {
		return err
	}
	return f
}

// pager reports whether the operation answers in pages.
func pager(spec *tools.Spec) bool {
	_, cursor := spec.Input().Properties["cursor"]
	return cursor && slices.Contains(spec.Output().Required, "next_cursor")
}
