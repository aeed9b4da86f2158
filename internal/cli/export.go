package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/token"
)

// exports are the formats that the API streams, and what ends each of their rows: a cell of a CSV has no carriage return.
var exports = map[render.Format]struct {
	contentType string
	rowEnd      byte
	heads       int // rows that are none of the result's
}{
	render.NDJSON: {apiclient.JSONLines, '\n', 0},
	render.CSV:    {apiclient.CSV, '\r', 1},
}

// streams reports whether the answer is printed while it arrives.
func (p *program) streams(r request) bool {
	_, ok := exports[render.Format(p.output)]
	return ok && r.all && r.spec.Exported
}

// export prints the whole result row by row, in constant memory.
func (p *program) export(ctx context.Context, client *apiclient.Client, key token.Secret, r request) error {
	form := exports[render.Format(p.output)]
	in, err := withoutLimit(r.in)
	if err != nil {
		return err
	}
	result, err := patiently(ctx, func() (apiclient.Export, error) {
		return client.Export(ctx, key, r.spec, in, form.contentType, apiclient.Options{})
	})
	if err != nil {
		return err
	}
	defer result.Body.Close()
	rows := &counter{r: result.Body, end: form.rowEnd, n: -form.heads}
	_, err = io.Copy(render.Safe(p.Stdout, render.Format(p.output)), rows)
	if f := asFault(err); f != nil {
		return config.Fail(config.ExitFor(f.Code), "the transfer broke off after %d of %d rows, so what was printed is not the whole result; try again", max(rows.n, 0), result.Total)
	}
	if err != nil {
		return config.Fail(config.ExitError, "cannot print the result: %w", err)
	}
	p.say("%d of %d", rows.n, result.Total)
	if result.Truncated {
		p.say(truncated)
	}
	return nil
}

// withoutLimit asks for all: a limit would end an export, which has no pages.
func withoutLimit(in json.RawMessage) (json.RawMessage, error) {
	o, err := ordered.Parse(in)
	if err != nil {
		return nil, err
	}
	var kept ordered.Object
	for _, m := range o.Members() {
		if m.Name != "limit" {
			kept.Set(m.Name, m.Value)
		}
	}
	return kept.MarshalJSON()
}

// counter counts the rows that it reads.
type counter struct {
	r   io.Reader
	end byte
	n   int
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += bytes.Count(p[:n], []byte{c.end})
	return n, err
}
