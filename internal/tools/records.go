package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// FindLeads searches people.
var FindLeads = define[wire.FindLeads, wire.List[wire.Lead]](Spec{
	Name: "find_leads", Title: "Find leads",
	Description: `Finds people. query: words of name, title or company, typos allowed. sort: [{"field":"name","dir":"asc"}]. limit up to 100.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/leads/search"},
	Aliases:   []Route{{http.MethodGet, "/v1/leads"}},
	Command:   []string{"find", "leads"},
	Untrusted: []string{"items[].name", "items[].title", "items[].company", "items[].custom", "items[].account.name"},
})

// FindAccounts searches companies.
var FindAccounts = define[wire.FindAccounts, wire.List[wire.Account]](Spec{
	Name: "find_accounts", Title: "Find accounts",
	Description: `Finds companies. query: words of name, alias, domain or description, typos allowed. sort: [{"field":"name","dir":"asc"}]. limit up to 100.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/accounts/search"},
	Aliases:   []Route{{http.MethodGet, "/v1/accounts"}},
	Command:   []string{"find", "accounts"},
	Untrusted: []string{"items[].name", "items[].aliases", "items[].description", "items[].employees_text", "items[].location_text", "items[].custom"},
})

// GetRecord reads one account or lead.
var GetRecord = define[wire.GetRecord, wire.Record](Spec{
	Name: "get_record", Title: "Get one record",
	Description: "Reads one lead or account with its latest signals. Give exactly one hint, in any spelling.",
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodGet, "/v1/records/lookup"},
	Aliases:   []Route{{http.MethodGet, "/v1/leads/{id}"}, {http.MethodGet, "/v1/accounts/{id}"}},
	Command:   []string{"get"},
	Untrusted: []string{"name", "title", "company", "aliases", "description", "employees_text", "location_text", "custom", "account.name", "recent_signals[].title", "recent_signals[].context"},
})

// ImportRecords takes JSON Lines or CSV.
var ImportRecords = define[wire.ImportRecords, wire.ImportReport](Spec{
	Name: "import_records", Title: "Import records",
	Description: "Takes accounts, leads or signals as JSON Lines or CSV and reports every line that could not be taken whole.",
	Permission:  scope.SettingsWrite, Effect: Write, Idempotent: true, NoTool: true, Streamed: true,
	Route:   Route{http.MethodPost, "/v1/records/import"},
	Command: []string{"import"},
})
