package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// EnrichRecord finds the channels of a person who is known by a hint.
var EnrichRecord = define[wire.EnrichRecord, wire.Enriched](Spec{
	Name: "enrich_record", Title: "Enrich a record",
	Description: "Finds missing channels of one person by identity_hint. Spends credits, only for values found; filled channels are free. " +
		"Not for what get_record shows; for facts of a company, enrich_account. dry_run quotes; refresh pays again.",
	Permission: scope.EnrichmentWrite, Effect: Write, OpenWorld: true,
	Route:     Route{http.MethodPost, "/v1/enrichment"},
	Command:   []string{"enrich", "record"},
	Respelt:   []string{"email", "linkedin_url", "company_domain"},
	Needed:    []string{"identity_hint"},
	Untrusted: []string{"channels.*.value"},
})

// DiscoverContact finds a person of whom name and company are known.
var DiscoverContact = define[wire.DiscoverContact, wire.Enriched](Spec{
	Name: "discover_contact", Title: "Discover a contact",
	Description: "Finds channels of a person by name and company. Spends credits, only for values found; filled channels are free. " +
		"With a known email or LinkedIn URL use enrich_record, which is surer. dry_run quotes.",
	Permission: scope.EnrichmentWrite, Effect: Write, OpenWorld: true,
	Route:     Route{http.MethodPost, "/v1/enrichment/discover"},
	Command:   []string{"enrich", "contact"},
	Untrusted: []string{"channels.*.value"},
})

// EnrichAccount finds the facts of a company.
var EnrichAccount = define[wire.EnrichAccount, wire.EnrichedAccount](Spec{
	Name: "enrich_account", Title: "Enrich an account",
	Description: "Finds missing facts of a company, such as industry, size and tech stack. Spends credits, only for values found. " +
		"Not for what get_record shows. dry_run quotes.",
	Permission: scope.EnrichmentWrite, Effect: Write, OpenWorld: true,
	Route:     Route{http.MethodPost, "/v1/enrichment/account"},
	Command:   []string{"enrich", "account"},
	Respelt:   []string{"domain"},
	Needed:    []string{"company_domain"},
	Untrusted: []string{"fields.*.value"},
})

// EnrichRecords starts a job over many records.
var EnrichRecords = define[wire.EnrichRecords, wire.EnrichmentJob](Spec{
	Name: "enrich_records", Title: "Enrich many records",
	Description: "Starts a job over up to 10,000 leads or accounts, by ids or filter, and answers it at once; get_enrichment_job follows it. " +
		"May spend many credits: quote with dry_run first, bound with max_credits. Not for one record.",
	Permission: scope.EnrichmentWrite, Effect: Write, OpenWorld: true,
	Route:     Route{http.MethodPost, "/v1/enrichment/bulk"},
	Command:   []string{"enrich", "records"},
	Untrusted: []string{"items[].values.*.value"},
})

// GetEnrichmentJob reads the state of a job.
var GetEnrichmentJob = define[wire.GetEnrichmentJob, wire.EnrichmentJob](Spec{
	Name: "get_enrichment_job", Title: "Get an enrichment job",
	Description: "State, counts and cost of a job of enrich_records, with a page of its records (outcome: enriched missed failed skipped pending). Free. limit 0: counts alone.",
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodGet, "/v1/enrichment/jobs/{id}"},
	Command:   []string{"enrich", "job"},
	Untrusted: []string{"items[].values.*.value"},
})

// CancelEnrichmentJob ends a job before its time.
var CancelEnrichmentJob = define[wire.CancelEnrichmentJob, wire.EnrichmentJob](Spec{
	Name: "cancel_enrichment_job", Title: "Cancel an enrichment job",
	Description: "Ends a job; records that were begun are finished, and what was found stays and stays charged. A job that is over stays as it is.",
	Permission:  scope.EnrichmentWrite, Effect: Write, Idempotent: true, NoTool: true,
	Route:     Route{http.MethodPost, "/v1/enrichment/jobs/{id}/cancel"},
	Command:   []string{"enrich", "cancel"},
	Untrusted: []string{"items[].values.*.value"},
})
