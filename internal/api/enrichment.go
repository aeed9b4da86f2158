package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Enricher finds what is missing of a record. Errors: validation_failed, not_found, credits_exhausted, store_unavailable, and those of Do.
// *enrich.Service is one.
type Enricher interface {
	Record(ctx context.Context, c enrich.Caller, in wire.EnrichRecord) (wire.Enriched, error)
	Discover(ctx context.Context, c enrich.Caller, in wire.DiscoverContact) (wire.Enriched, error)
	Account(ctx context.Context, c enrich.Caller, in wire.EnrichAccount) (wire.EnrichedAccount, error)
	// Do is what Replays is to other writes; it holds no transaction while fn asks systems outside.
	Do(ctx context.Context, workspaceID, key string, requestHash []byte, fn func(context.Context) (enrich.Reply, error)) (enrich.Reply, bool, error)
}

// BulkEnricher enriches many records in the background. Errors: validation_failed, invalid_request for a cursor, not_found, store_unavailable.
// *enrich.Bulk is one.
type BulkEnricher interface {
	// Bulk makes a job, or tells the price of one; created is false then. It joins a transaction that ctx carries.
	Bulk(ctx context.Context, c enrich.Caller, in wire.EnrichRecords) (job wire.EnrichmentJob, created bool, err error)
	Job(ctx context.Context, workspaceID string, in wire.GetEnrichmentJob) (wire.EnrichmentJob, error)
	// Cancel joins a transaction that ctx carries.
	Cancel(ctx context.Context, c enrich.Caller, id string) (wire.EnrichmentJob, error)
}

func (s *Server) mountEnrichment() {
	handle(s, operation[wire.EnrichRecord, wire.Enriched]{op: tools.EnrichRecord, run: enriching(s.Enrich.Record), once: s.enrichOnce,
		key: func(in *wire.EnrichRecord) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.DiscoverContact, wire.Enriched]{op: tools.DiscoverContact, run: enriching(s.Enrich.Discover), once: s.enrichOnce,
		key: func(in *wire.DiscoverContact) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.EnrichAccount, wire.EnrichedAccount]{op: tools.EnrichAccount, run: enriching(s.Enrich.Account), once: s.enrichOnce,
		key: func(in *wire.EnrichAccount) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.EnrichRecords, wire.EnrichmentJob]{op: tools.EnrichRecords, run: s.enrichRecords,
		key: func(in *wire.EnrichRecords) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.GetEnrichmentJob, wire.EnrichmentJob]{op: tools.GetEnrichmentJob, run: s.enrichmentJob})
	handle(s, operation[wire.CancelEnrichmentJob, wire.EnrichmentJob]{op: tools.CancelEnrichmentJob, run: s.cancelEnrichmentJob})
}

// enrichOnce is how enrichment runs at most once for an idempotency key.
func (s *Server) enrichOnce(ctx context.Context, workspaceID, key string, requestHash []byte, fn func(context.Context) (Reply, error)) (Reply, bool, error) {
	reply, replayed, err := s.Enrich.Do(ctx, workspaceID, key, requestHash, func(ctx context.Context) (enrich.Reply, error) {
		r, err := fn(ctx)
		return enrich.Reply(r), err
	})
	return Reply(reply), replayed, err
}

func (c caller) spender() enrich.Caller {
	return enrich.Caller{WorkspaceID: c.WorkspaceID, KeyID: c.KeyID, Actor: c.Actor()}
}

// enriching answers by a method of the Enricher.
func enriching[In, Out any](method func(context.Context, enrich.Caller, In) (Out, error)) endpoint[In, Out] {
	return func(ctx context.Context, c caller, in In) (none answer[Out], err error) {
		out, err := method(ctx, c.spender(), in)
		if err != nil {
			return none, err
		}
		return encoded(http.StatusOK, out)
	}
}

// enrichRecords says 202 of a job that was made: it is not done yet.
func (s *Server) enrichRecords(ctx context.Context, c caller, in wire.EnrichRecords) (none answer[wire.EnrichmentJob], err error) {
	job, created, err := s.Bulk.Bulk(ctx, c.spender(), in)
	switch {
	case err != nil:
		return none, err
	case created:
		return encoded(http.StatusAccepted, job)
	}
	return encoded(http.StatusOK, job)
}

// enrichmentJob asks for ever smaller pages until one fits that the caller takes.
func (s *Server) enrichmentJob(ctx context.Context, c caller, in wire.GetEnrichmentJob) (none answer[wire.EnrichmentJob], err error) {
	for {
		job, err := s.Bulk.Job(ctx, c.WorkspaceID, in)
		if err != nil {
			return none, err
		}
		a, err := encoded(http.StatusOK, job)
		if err != nil || c.prefer.maxChars == 0 || utf8.RuneCount(a.body) <= c.prefer.maxChars || len(job.Items) < 2 {
			return answer[wire.EnrichmentJob](a), err
		}
		half := len(job.Items) / 2
		in.Limit = &half
	}
}

func (s *Server) cancelEnrichmentJob(ctx context.Context, c caller, in wire.CancelEnrichmentJob) (none answer[wire.EnrichmentJob], err error) {
	job, err := s.Bulk.Cancel(ctx, c.spender(), in.ID)
	if err != nil {
		return none, err
	}
	return encoded(http.StatusOK, job)
}
