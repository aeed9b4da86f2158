package api_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// run is an answer that the world keeps under an idempotency key.
type run struct {
	hash  []byte
	reply enrich.Reply
}

func (w *world) Do(ctx context.Context, id, key string, hash []byte, fn func(context.Context) (enrich.Reply, error)) (enrich.Reply, bool, error) {
	w.mu.Lock()
	kept, known := w.runs[id+key]
	w.mu.Unlock()
	switch {
	case known && !bytes.Equal(kept.hash, hash):
		return enrich.Reply{}, false, fault.New(fault.IdempotencyKeyReused, fault.IdempotencyKeyReused.Detail())
	case known:
		return kept.reply, true, nil
	}
	reply, err := fn(ctx)
	if err == nil {
		w.change(func() { w.runs[id+key] = run{hash, reply} })
	}
	return reply, false, err
}

// enriched says who paid, and each time another balance.
func (w *world) enriched(method string, c enrich.Caller, in any) (wire.Enriched, error) {
	err := w.visit(method, in)
	id := "l1"
	return wire.Enriched{RecordID: &id, Bill: wire.Bill{CreditsUsed: 2, CreditsBalance: 100 - int64(w.total())}, Channels: map[wire.Channel]wire.Found{
		wire.Phone: {Value: wire.Value(`"+4930123456"`), Source: "acme for " + c.KeyID[:1] + " " + c.Actor.Name}}}, err
}

func (w *world) Enrich() *enriching { return &enriching{w} }

// enriching is the part of the world that enriches, whose methods would else be named like others.
type enriching struct{ *world }

func (e *enriching) Record(_ context.Context, c enrich.Caller, in wire.EnrichRecord) (wire.Enriched, error) {
	return e.enriched("enrich record", c, in)
}

func (e *enriching) Discover(_ context.Context, c enrich.Caller, in wire.DiscoverContact) (wire.Enriched, error) {
	return e.enriched("discover", c, in)
}

func (e *enriching) Account(_ context.Context, _ enrich.Caller, in wire.EnrichAccount) (wire.EnrichedAccount, error) {
	return wire.EnrichedAccount{Fields: map[string]wire.Found{}}, e.visit("enrich account", in)
}

func (e *enriching) Bulk(_ context.Context, _ enrich.Caller, in wire.EnrichRecords) (wire.EnrichmentJob, bool, error) {
	return wire.EnrichmentJob{ID: "j1", State: wire.JobPending, RecordType: wire.KindLead}, !in.DryRun, e.visit("bulk", in)
}

// Job has 100 records, with as much text as a page of the size asked for may have.
func (e *enriching) Job(_ context.Context, _ string, in wire.GetEnrichmentJob) (wire.EnrichmentJob, error) {
	if err := e.visit("job", in); err != nil {
		return wire.EnrichmentJob{}, err
	}
	if in.ID == "nobody" {
		return wire.EnrichmentJob{}, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	job := wire.EnrichmentJob{ID: in.ID, State: wire.JobRunning, RecordType: wire.KindLead, Total: 100}
	n := 25
	if in.Limit != nil {
		n = *in.Limit
	}
	for i := range n {
		job.Items = append(job.Items, wire.JobItem{RecordID: fmt.Sprint("l", i), Outcome: "missed", Values: map[string]wire.Found{"phone": {Problem: strings.Repeat("x", 200)}}})
	}
	next := fmt.Sprint("after ", n)
	job.NextCursor = &next
	return job, nil
}

func (e *enriching) Cancel(_ context.Context, _ enrich.Caller, id string) (wire.EnrichmentJob, error) {
	return wire.EnrichmentJob{ID: id, State: wire.JobCanceled, RecordType: wire.KindLead}, e.visit("cancel", id)
}

func TestEnrichment(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	phone := []wire.Channel{wire.Phone}
	nested := wire.EnrichRecord{IdentityHint: &wire.Hint{Email: "a@b.example"}, Channels: phone}
	flat := wire.EnrichRecord{Hint: wire.Hint{Email: "a@b.example"}, Channels: phone}
	for _, c := range []struct {
		method, path, body string
		status             int
		want               any
	}{
		{"POST", "/v1/enrichment", `{"identity_hint":{"email":"a@b.example"},"channels":["phone"]}`, 200, nested},
		{"POST", "/v1/enrichment", `{"email":"a@b.example","channels":["phone"]}`, 200, flat},
		{"POST", "/v1/enrichment/discover", `{"first_name":"A","last_name":"B","company_domain":"b.example"}`, 200, wire.DiscoverContact{FirstName: "A", LastName: "B", CompanyDomain: "b.example"}},
		{"POST", "/v1/enrichment/account", `{"domain":"b.example"}`, 200, wire.EnrichAccount{Domain: "b.example"}},
		{"POST", "/v1/enrichment/bulk", `{"ids":["l1"]}`, 202, wire.EnrichRecords{IDs: []string{"l1"}}},
		{"POST", "/v1/enrichment/bulk", `{"ids":["l1"],"dry_run":true}`, 200, wire.EnrichRecords{IDs: []string{"l1"}, Spending: wire.Spending{DryRun: true}}},
		{"GET", "/v1/enrichment/jobs/j1?outcome=missed&limit=0", "", 200, wire.GetEnrichmentJob{ID: "j1", Outcome: "missed", Limit: new(int)}},
		{"POST", "/v1/enrichment/jobs/j1/cancel", "", 200, "j1"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", "{}", 200, "j1"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", " { } ", 200, "j1"},
	} {
		got := r.ask(c.method, c.path, key, c.body)
		if d := cmp.Diff(c.want, r.world.input()); got.status != c.status || d != "" {
			t.Errorf("%s %s: %d %s (-want +got):\n%s", c.path, c.body, got.status, got.body, d)
		}
	}
	for _, c := range []struct {
		method, path, body string
		code               fault.Code
		fields             string
	}{
		{"POST", "/v1/enrichment", `{}`, fault.ValidationFailed, "identity_hint"},
		{"POST", "/v1/enrichment", `{"email":"a@b.example","channels":[]}`, fault.ValidationFailed, "channels"},
		{"POST", "/v1/enrichment", `{"email":"a@b.example","channels":["fax"]}`, fault.ValidationFailed, "channels[0]"},
		{"POST", "/v1/enrichment", `{"email":"a@b.example","identity_hint":{"email":"a@b.example"}}`, fault.ValidationFailed, "identity_hint"},
		{"POST", "/v1/enrichment/account", `{"domain":"a.example","company_domain":"b.example"}`, fault.ValidationFailed, "domain"},
		{"POST", "/v1/enrichment/bulk", `{}`, fault.ValidationFailed, "ids"},
		{"GET", "/v1/enrichment/jobs/nobody", "", fault.NotFound, ""},
		{"GET", "/v1/enrichment/jobs/j1?outcome=lost", "", fault.ValidationFailed, "outcome"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", `{"id":"j2"}`, fault.InvalidJSON, "id"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", `{"why":"x"}`, fault.ValidationFailed, "why"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", `[]`, fault.ValidationFailed, "$"},
		{"POST", "/v1/enrichment/jobs/j1/cancel", `{`, fault.InvalidJSON, ""},
	} {
		if got := r.ask(c.method, c.path, key, c.body); got.code() != c.code || got.fields() != c.fields {
			t.Errorf("%s %s: %d %s, want %s at %q", c.path, c.body, got.status, got.body, c.code, c.fields)
		}
	}
}

// TestCreditsAreExhausted passes on what is left.
func TestCreditsAreExhausted(t *testing.T) {
	r := newRig(t, nil)
	r.world.change(func() {
		r.world.err = fault.New(fault.CreditsExhausted, "The call may cost 8 credits and 3 are left; nothing was charged.")
	})
	got := r.ask("POST", "/v1/enrichment", r.fullKey().Secret.Reveal(), `{"email":"a@b.example"}`)
	if got.status != 402 || got.code() != fault.CreditsExhausted || !strings.Contains(got.body, "3 are left") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestEnrichmentIsReplayed shows that an idempotency key goes to the port of enrichment, and that its answer comes back byte for byte.
func TestEnrichmentIsReplayed(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	for path, body := range map[string]string{
		"/v1/enrichment": `{"email":"a@b.example"%s}`, "/v1/enrichment/discover": `{"first_name":"A","last_name":"B","company_domain":"b.example"%s}`,
		"/v1/enrichment/account": `{"company_domain":"b.example"%s}`, "/v1/enrichment/bulk": `{"ids":["l1"]%s}`,
	} {
		inBody := fmt.Sprintf(body, `,"idempotency_key":"`+path+`"`)
		first := r.ask("POST", path, key, inBody)
		reached := r.world.total()
		again := r.ask("POST", path, key, fmt.Sprintf(body, ""), "Idempotency-Key: "+path)
		if first.status/100 != 2 || again.status != first.status || again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || r.world.total() != reached {
			t.Errorf("%s: %d %s, again %d %s", path, first.status, first.body, again.status, again.body)
		}
		if other := r.ask("POST", path, key, fmt.Sprintf(body, `,"refresh":true`), "Idempotency-Key: "+path); other.code() != fault.IdempotencyKeyReused {
			t.Errorf("%s: another request under the key: %d %s", path, other.status, other.body)
		}
	}
	if n := len(r.world.runs); n != 3 {
		t.Errorf("%d runs, want those of the three operations that ask systems outside", n)
	}
	again := func() answer { return r.ask("POST", "/v1/enrichment/jobs/j1/cancel", key, "", "Idempotency-Key: c") }
	if first, second := again(), again(); first.body != second.body || second.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("cancel: %s, again %v %s", first.body, second.header, second.body)
	}
}

// TestAJobFitsItsReader cuts a page of records that is larger than the caller takes, so that the cursor goes on after it.
func TestAJobFitsItsReader(t *testing.T) {
	r := newRig(t, nil)
	got := r.ask("GET", "/v1/enrichment/jobs/j1?limit=100", r.fullKey().Secret.Reveal(), "", "Prefer: max_chars=8000")
	if n := strings.Count(got.body, `"record_id"`); got.status != 200 || len(got.body) > 8000 || n != 25 || !strings.Contains(got.body, `"next_cursor":"after 25"`) {
		t.Errorf("%d items in %d bytes", n, len(got.body))
	}
}
