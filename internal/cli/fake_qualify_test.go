package cli_test

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// qualifies serves qualification.
func (a *fakeAPI) qualifies(mux *http.ServeMux) {
	job := wire.QualificationJob{ID: "q-1", State: wire.QualificationRunning, Cause: "request", Over: wire.QualifyAccounts, Total: 300, Done: 100, Matched: 40, Fitting: 7,
		CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	mux.HandleFunc("POST /v1/qualification", a.keyed(func(_ *http.Request, body []byte) (any, *fault.Error) {
		var in wire.Qualify
		if _ = json.Unmarshal(body, &in); in.Over != "" {
			return wire.Requalified{Job: &job}, nil
		}
		return wire.Requalified{Missing: []string{"none"}, Results: []wire.RecordFit{{RecordType: wire.KindLead, ID: "l-1", Breakdown: &wire.Breakdown{ICPs: []wire.Fit{}},
			Qualification: wire.Qualification{ICPCode: "eu", ICPScore: ptr(int64(67)), PersonaCode: "cto", PersonaScore: ptr(int64(100))}}}}, nil
	}))
	mux.HandleFunc("GET /v1/qualification/jobs/{id}", a.keyed(func(*http.Request, []byte) (any, *fault.Error) { return job, nil }))
}
