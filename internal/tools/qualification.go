package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// QualifyRecords works out anew what records fit.
var QualifyRecords = define[wire.Qualify, wire.Requalified](Spec{
	Name: "qualify_records", Title: "Qualify records",
	Description: "Scores records against the ICPs and personas as they are set now, and keeps codes, scores and their breakdown. Free. Up to 100 ids are answered " +
		"at once; over accounts, leads or all of them, with a filter, it answers a job.",
	Permission: scope.SettingsWrite, Effect: Write, Idempotent: true, NoTool: true,
	Route:     Route{http.MethodPost, "/v1/qualification"},
	Command:   []string{"qualify", "records"},
	Untrusted: []string{"results[].breakdown.icps[].parameters[].value", "results[].breakdown.personas[].parameters[].value"},
})

// GetQualificationJob reads the state of a job.
var GetQualificationJob = define[wire.GetQualificationJob, wire.QualificationJob](Spec{
	Name: "get_qualification_job", Title: "Get a qualification job",
	Description: "State and counts of a job of qualify_records, or of one that a change of the ICPs began.",
	Permission:  scope.SettingsWrite, Effect: Read, NoTool: true,
	Route:   Route{http.MethodGet, "/v1/qualification/jobs/{id}"},
	Command: []string{"qualify", "job"},
})
