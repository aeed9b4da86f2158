package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// GetInsights reckons figures.
var GetInsights = define[wire.GetInsights, wire.Insights](Spec{
	Name: "get_insights", Title: "Get insights",
	Description: `Exact figures by group, e.g. {"over":"signals","group_by":["account.domain"],"measures":[{"name":"n","fn":"count"}],"having":[{"measure":"n","op":"gte","value":3}]}. bucket: {"field":"occurred_at","unit":"month"}.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/insights"},
	Command:   []string{"insights"},
	Exported:  true,
	Untrusted: []string{"groups[].key", "groups[].values"},
})
