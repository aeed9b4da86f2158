package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// GetSettings reads what the admins of the workspace chose.
var GetSettings = define[wire.GetSettings, wire.Settings](Spec{
	Name: "get_settings", Title: "Get settings",
	Description: "The workspace's settings with their version: enrichment providers, signal types, ICPs with personas, engagement. Narrow by section; name is one type or ICP code.",
	Permission:  scope.SettingsWrite, Effect: Read,
	Route:   Route{http.MethodGet, "/v1/settings"},
	Command: []string{"settings", "get"},
})

// UpdateSettings changes them.
var UpdateSettings = define[wire.UpdateSettings, wire.Settings](Spec{
	Name: "update_settings", Title: "Update settings",
	Description: `Merges sections into the settings (null removes, lists replace), e.g. {"version":3,"signal_types":{"release":{"enabled":false}}}. ` +
		"Call get_settings first and send its version. It may change costs and scores: only when the user asked.",
	Permission: scope.SettingsWrite, Effect: Destroy, Idempotent: true,
	Route:   Route{http.MethodPatch, "/v1/settings"},
	Command: []string{"settings", "set"},
})
