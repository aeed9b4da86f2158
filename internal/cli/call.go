package cli

import (
	"context"
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// request is one call of a tool's command.
type request struct {
	spec *tools.Spec
	in   json.RawMessage
	all  bool // to the last page
	plot bool
	wait bool // until the job is over
}

func (p *program) callAndPrint(ctx context.Context, r request) error {
	login, client, err := p.connect()
	if err != nil && r.spec != tools.GetAccess.Spec {
		return err
	}
	if p.streams(r) {
		return p.export(ctx, client, login.Key, r)
	}
	layout := layoutOf(r.spec, r.in)
	var body []byte
	if err == nil {
		body, err = r.call(ctx, client, login.Key, layout.Rows)
	}
	if r.spec == tools.GetAccess.Spec && err != nil {
		return p.unusable(err)
	}
	if err != nil {
		return err
	}
	if r.wait {
		if body, err = p.await(ctx, client, login.Key, r, body); err != nil {
			return err
		}
	}
	if r.spec == tools.UpdateSettings.Spec && p.output == string(render.Table) {
		if body, err = changed(r.in, body); err != nil {
			return err
		}
	}
	switch _, enriches := found[r.spec]; {
	case enriches:
		return p.printFound(r.spec, body)
	case isJob(r.spec):
		return p.printJob(body)
	case r.plot:
		err = p.plot(r.in, body, layout)
	default:
		err = p.print(body, layout)
	}
	if err != nil {
		return err
	}
	p.sayRest(body)
	if r.spec == tools.TestDestination.Spec {
		return undelivered(body)
	}
	return nil
}

// call runs the operation once, or page after page until the last, whose answer then holds all rows.
func (r request) call(ctx context.Context, client *apiclient.Client, key token.Secret, rows string) ([]byte, error) {
	do := func() (apiclient.Response, error) { return client.Do(ctx, key, r.spec, r.in, apiclient.Options{}) }
	if !r.all {
		resp, err := do()
		return resp.Body, err
	}
	var err error
	if r.in, err = r.withLimit(); err != nil {
		return nil, err
	}
	var all []json.RawMessage
	for {
		resp, err := patiently(ctx, do)
		if err != nil {
			return nil, err
		}
		doc, err := ordered.Parse(resp.Body)
		if err != nil {
			return nil, err
		}
		var page []json.RawMessage
		if raw := doc.Get(rows); raw != nil { // a job without records has no such member
			if err := json.Unmarshal(raw, &page); err != nil {
				return nil, err
			}
			all = append(all, page...)
			doc.Set(rows, join(all))
		}
		next := doc.Get("next_cursor")
		if len(next) == 0 || string(next) == "null" {
			return doc.MarshalJSON()
		}
		if r.in, err = with(r.in, "cursor", next); err != nil {
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
func (r request) withLimit() (json.RawMessage, error) {
	o, err := ordered.Parse(r.in)
	if err != nil || o.Get("limit") != nil {
		return r.in, err
	}
	largest := wire.MaxLimit
	if r.spec == tools.GetInsights.Spec {
		largest = wire.MaxGroups
	}
	raw, err := json.Marshal(largest)
	if err != nil {
		return nil, err
	}
	return with(r.in, "limit", raw)
}

const truncated = "there are more near spellings than were tried, so records may be missing; ask for fewer or longer words"

// sayRest tells how much of the result was not shown, and how to see it.
func (p *program) sayRest(body []byte) {
	var page struct {
		Items       []json.RawMessage `json:"items"`
		Groups      []json.RawMessage `json:"groups"`
		Total       *int              `json:"total"`
		TotalGroups *int              `json:"total_groups"`
		NextCursor  *string           `json:"next_cursor"`
		Truncated   bool              `json:"truncated"`
		Note        string            `json:"note"`
	}
	if json.Unmarshal(body, &page) != nil || page.Items == nil && page.Groups == nil { // a total without a page is of something else
		return
	}
	shown, total, of := len(page.Items), page.Total, ""
	if page.TotalGroups != nil {
		shown, total, of = len(page.Groups), page.TotalGroups, " groups"
	}
	switch {
	case total == nil:
		return
	case *total == 0:
		p.say("nothing found")
	case page.NextCursor != nil:
		p.say("%d of %d%s; more with --all, or --cursor %s", shown, *total, of, safeLine(*page.NextCursor))
	default:
		p.say("%d of %d%s", shown, *total, of)
	}
	if page.Truncated {
		p.say(truncated)
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
	if err := p.print(body, layoutOf(tools.GetAccess.Spec, nil)); err != nil {
		return err
	}
	return f
}
