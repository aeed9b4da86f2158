package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// jobPause is how long a wait lets a job work between two looks.
const jobPause = time.Second

// found are the members of an answer that hold what was found, with what they are found by, for the operations that have one.
var found = map[*tools.Spec][2]string{
	tools.EnrichRecord.Spec: {"channels", "channel"}, tools.DiscoverContact.Spec: {"channels", "channel"}, tools.EnrichAccount.Spec: {"fields", "field"},
}

// isJob reports whether the operation answers with a job.
func isJob(spec *tools.Spec) bool {
	return spec == tools.EnrichRecords.Spec || spec == tools.GetEnrichmentJob.Spec || spec == tools.CancelEnrichmentJob.Spec
}

// printFound prints what an enrichment found, a row for each channel or field, and what it cost.
func (p *program) printFound(spec *tools.Spec, body []byte) error {
	var bill wire.Bill
	if err := json.Unmarshal(body, &bill); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	rows := body
	if p.output != string(render.JSON) {
		var err error
		if rows, err = spread(body, found[spec][0], found[spec][1]); err != nil {
			return err
		}
	}
	layout := render.Layout{Rows: "items", Table: render.Columns(found[spec][1], "value", "source", "confidence", "enriched_at", "tried_providers", "problem")}
	if err := p.print(rows, layout); err != nil {
		return err
	}
	p.sayBill(bill)
	return nil
}

// spread makes a list, as items, of the members of an object that is a member of body; each gets its name under the given one.
func spread(body []byte, member, name string) ([]byte, error) {
	doc, err := ordered.Parse(body)
	if err != nil {
		return nil, err
	}
	object, err := ordered.Parse(doc.Get(member))
	if err != nil {
		return nil, err
	}
	var rows []json.RawMessage
	for _, m := range object.Members() {
		title, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		row := append(append([]byte(`{"`+name+`":`), title...), ',')
		rows = append(rows, append(row, bytes.TrimPrefix(m.Value, []byte{'{'})...))
	}
	var out ordered.Object
	out.Set("items", join(rows))
	return out.MarshalJSON()
}

func (p *program) sayBill(b wire.Bill) {
	switch {
	case b.Quote == nil:
		p.say("%d credits used, %d left", b.CreditsUsed, b.CreditsBalance)
	case b.Quote.Least == b.Quote.Most:
		p.say("would cost %d credits, %d left; nothing was asked or charged", b.Quote.Most, b.CreditsBalance)
	default:
		p.say("would cost %d to %d credits, %d left; nothing was asked or charged", b.Quote.Least, b.Quote.Most, b.CreditsBalance)
	}
}

// printJob prints a job: its records where the answer has some, and else the job itself.
func (p *program) printJob(body []byte) error {
	var job wire.EnrichmentJob
	if err := json.Unmarshal(body, &job); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	var layout render.Layout
	if len(job.Items) > 0 {
		layout = render.Layout{Rows: "items", Table: jobColumns(job)}
	}
	if err := p.print(body, layout); err != nil {
		return err
	}
	if job.ID != "" {
		p.say("job %s %s: %d of %d records, %d enriched, %d missed, %d failed", safeLine(job.ID), job.State, job.Total-job.Remaining, job.Total, job.Enriched, job.Missed, job.Failed)
	}
	p.sayBill(job.Bill)
	switch {
	case job.NextCursor != nil:
		p.say("more with --all, or --cursor %s", safeLine(*job.NextCursor))
	case job.ID != "" && !job.State.Final():
		p.say("follow it with `unstuck enrich job %s --wait`", safeLine(job.ID))
	}
	return stoppedError(job)
}

// jobColumns are a column for each value besides those of every job.
func jobColumns(job wire.EnrichmentJob) []tabular.Column {
	columns := render.Columns("record_id", "outcome", "credits_used")
	var names []string
	for _, c := range wire.Channels() {
		names = append(names, string(c))
	}
	if job.RecordType == wire.KindAccount {
		names = []string{"name", "industry", "employee_count", "hq_country", "tech_stack"}
	}
	for _, n := range names {
		columns = append(columns, tabular.Column{Name: n, Path: []string{"values", n, "value"}})
	}
	return append(columns, tabular.Column{Name: "error", Path: []string{"error", "code"}})
}

// stoppedError is the error of a job that did not get to its end, with the exit code of what stopped it.
func stoppedError(job wire.EnrichmentJob) error {
	if job.State != wire.JobStopped {
		return nil
	}
	if job.StopReason == "max_credits" {
		return config.Fail(config.ExitLimit, "the job stopped at its bound of credits; %d records were not begun", job.Remaining)
	}
	if job.StopReason == "key_limit" {
		return config.Fail(config.ExitLimit, "the job stopped: the monthly limit of this key did not last; %d records were not begun; see `unstuck access`", job.Remaining)
	}
	code := fault.Code(job.StopReason)
	if code == fault.CreditsExhausted { // what its text says is of a call that was refused: of this one a part was done, and paid for
		return config.Fail(config.ExitLimit, "the job stopped: the credits of the workspace did not last; %d records were not begun; see `unstuck access`", job.Remaining)
	}
	return config.Fail(config.ExitFor(code), "the job stopped (%s): %s", safeLine(job.StopReason), oneSentence(code.Detail()))
}

// await follows the job of an answer to its end and returns the job as get_enrichment_job then tells it. The request that made the job is done: a
// wait that is broken off leaves it running.
func (p *program) await(ctx context.Context, client *apiclient.Client, key token.Secret, r request, body []byte) ([]byte, error) {
	var job wire.EnrichmentJob
	if err := json.Unmarshal(body, &job); err != nil || job.ID == "" || job.State.Final() {
		return body, err
	}
	look, err := json.Marshal(wire.GetEnrichmentJob{ID: job.ID, Limit: new(int)})
	if err != nil {
		return nil, err
	}
	show, finish := p.jobBar(job.Total)
	defer finish()
	for {
		show(job.Total - job.Remaining)
		if job.State.Final() {
			finish()
			return r.outcome(ctx, client, key, job.ID)
		}
		select {
		case <-ctx.Done():
			finish()
			p.say("the job goes on; follow it with `unstuck enrich job %s --wait`, end it with `unstuck enrich cancel %s`", safeLine(job.ID), safeLine(job.ID))
			return nil, ctx.Err()
		case <-time.After(jobPause):
		}
		resp, err := patiently(ctx, func() (apiclient.Response, error) {
			return client.Do(ctx, key, tools.GetEnrichmentJob.Spec, look, apiclient.Options{})
		})
		if err != nil {
			return nil, err
		}
		if json.Unmarshal(resp.Body, &job) != nil {
			return nil, config.Fail(config.ExitError, "the answer about the job cannot be read")
		}
	}
}

// outcome returns the job that is over with the records that the request asked for: all of them when it made the job.
func (r request) outcome(ctx context.Context, client *apiclient.Client, key token.Secret, id string) ([]byte, error) {
	if r.spec != tools.GetEnrichmentJob.Spec {
		in, err := json.Marshal(wire.GetEnrichmentJob{ID: id})
		if err != nil {
			return nil, err
		}
		r = request{spec: tools.GetEnrichmentJob.Spec, in: in, all: true}
	}
	return r.call(ctx, client, key, "items")
}

// jobBar returns how to show that so many records are done, on a terminal alone, and how to clear that away.
func (p *program) jobBar(total int64) (show func(done int64), finish func()) {
	if !p.bars() {
		return func(int64) {}, func() {}
	}
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.Stderr), progressbar.OptionSetDescription("enriching"),
		progressbar.OptionShowCount(), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
	return func(done int64) { _ = bar.Set64(done) }, func() { _ = bar.Finish() }
}
