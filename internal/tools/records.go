package tools

import (
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The fields that hold text of third parties: whoever publishes a page or fills in a form may have written them.
var (
	accountTexts = []string{"name", "aliases", "website", "industry", "sector", "description", "employees_text", "location_text", "country", "state", "city", "tags", "tech_stack", "custom"}
	leadTexts    = []string{"name", "first_name", "last_name", "title", "seniority", "department", "company", "custom", "account.name"}
	signalTexts  = []string{"title", "event_name", "source", "context", "identity", "account.name", "lead.name"}
)

// under puts a prefix before each path.
func under(prefix string, paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = prefix + p
	}
	return out
}

// distinct joins lists in order, each path once.
func distinct(lists ...[]string) (out []string) {
	for _, path := range slices.Concat(lists...) {
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}

// FindLeads searches people.
var FindLeads = define[wire.FindLeads, wire.List[wire.Lead]](Spec{
	Name: "find_leads", Title: "Find leads",
	Description: `Finds people by words (query), parameters and filter, e.g. {"field":"account.country_code","op":"eq","value":"DE"}.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/leads/search"},
	Aliases:   []Route{{http.MethodGet, "/v1/leads"}},
	Command:   []string{"find", "leads"},
	Exported:  true,
	Untrusted: under("items[].", append(slices.Clone(leadTexts), "sorted_by")),
})

// FindAccounts searches companies.
var FindAccounts = define[wire.FindAccounts, wire.List[wire.Account]](Spec{
	Name: "find_accounts", Title: "Find accounts",
	Description: `Finds companies by words (query), parameters and filter, e.g. {"field":"founded_year","op":"gte","value":2000}.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/accounts/search"},
	Aliases:   []Route{{http.MethodGet, "/v1/accounts"}},
	Command:   []string{"find", "accounts"},
	Exported:  true,
	Untrusted: under("items[].", accountTexts),
})

// GetRecord reads one account or lead.
var GetRecord = define[wire.GetRecord, wire.Record](Spec{
	Name: "get_record", Title: "Get one record",
	Description: "Reads one lead or account with its latest signals. Give exactly one hint, in any spelling.",
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodGet, "/v1/records/lookup"},
	Aliases:   []Route{{http.MethodGet, "/v1/leads/{id}"}, {http.MethodGet, "/v1/accounts/{id}"}},
	Command:   []string{"get"},
	Untrusted: slices.Concat(distinct(accountTexts, leadTexts), under("recent_signals[].", signalTexts)),
})

// ImportRecords takes JSON Lines or CSV.
var ImportRecords = define[wire.ImportRecords, wire.ImportReport](Spec{
	Name: "import_records", Title: "Import records",
	Description: "Takes accounts, leads or signals as JSON Lines or CSV and reports every line that could not be taken whole.",
	Permission:  scope.SettingsWrite, Effect: Write, Idempotent: true, NoTool: true, Streamed: true,
	Route:   Route{http.MethodPost, "/v1/records/import"},
	Command: []string{"import"},
})
