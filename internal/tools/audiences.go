package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// memberTexts hold text of third parties in a list of members.
var memberTexts = under("items[].", append(distinct(accountTexts, leadTexts), "sorted_by"))

// ListAudiences lists the saved filters.
var ListAudiences = define[wire.ListAudiences, wire.List[wire.Audience]](Spec{
	Name: "list_audiences", Title: "List audiences",
	Description: "Lists saved filters by name, each with how many records are in it now (members) and version.",
	Permission:  scope.RecordsRead, Effect: Read,
	Route:   Route{http.MethodGet, "/v1/audiences"},
	Command: []string{"audiences", "list"},
})

// GetAudience reads one with its filter.
var GetAudience = define[wire.GetAudience, wire.Audience](Spec{
	Name: "get_audience", Title: "Get an audience",
	Description: "One audience with its filter, ranking, enrichment scope and destinations.",
	Permission:  scope.RecordsRead, Effect: Read, NoTool: true,
	Route:   Route{http.MethodGet, "/v1/audiences/{id}"},
	Command: []string{"audiences", "get"},
})

// ListAudienceMembers lists who is in an audience.
var ListAudienceMembers = define[wire.ListAudienceMembers, wire.AudienceMembers](Spec{
	Name: "list_audience_members", Title: "List an audience's members",
	Description: "Lists who is in an audience, by its ranking, as of as_of. Its id is in list_audiences.",
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodGet, "/v1/audiences/{id}/members"},
	Command:   []string{"audiences", "members"},
	Exported:  true,
	Untrusted: memberTexts,
})

// ListAudienceEvents lists what changed in an audience.
var ListAudienceEvents = define[wire.ListAudienceEvents, wire.List[wire.AudienceEvent]](Spec{
	Name: "list_audience_events", Title: "List an audience's events",
	Description: "Who was added, removed or reranked, the oldest first; after: the id of the last event that is known.",
	Permission:  scope.RecordsRead, Effect: Read, NoTool: true,
	Route:   Route{http.MethodGet, "/v1/audiences/{id}/events"},
	Command: []string{"audiences", "events"},
})

// SaveAudience makes or changes an audience.
var SaveAudience = define[wire.SaveAudience, wire.Audience](Spec{
	Name: "save_audience", Title: "Save an audience",
	Description: `Makes an audience that keeps itself current; with id, changes it (left out: unchanged). Preview first. ` +
		`filter as in find_leads, or find_accounts. ranking: [{"field":"icp_score","dir":"desc"}]; destinations: [{"id":"..."}].`,
	Permission: scope.AudiencesWrite, Effect: Destroy,
	Route:   Route{http.MethodPost, "/v1/audiences"},
	Aliases: []Route{{http.MethodPatch, "/v1/audiences/{id}"}},
	Command: []string{"audiences", "save"},
})

// PreviewAudience tells who would be in one.
var PreviewAudience = define[wire.PreviewAudience, wire.AudiencePreview](Spec{
	Name: "preview_audience", Title: "Preview an audience",
	Description: "Exact count, first 10 records, and what enriching them costs at most, for a filter that is not saved yet, or with id for changes to an audience. Free.",
	Permission:  scope.AudiencesWrite, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/audiences/preview"},
	Aliases:   []Route{{http.MethodPost, "/v1/audiences/{id}/preview"}},
	Command:   []string{"audiences", "preview"},
	Untrusted: under("sample[].", append(distinct(accountTexts, leadTexts), "sorted_by")),
})

// DeleteAudience ends one.
var DeleteAudience = define[wire.DeleteAudience, wire.Deleted](Spec{
	Name: "delete_audience", Title: "Delete an audience",
	Description: "Ends an audience for good; its records stay. Only when the user asked.",
	Permission:  scope.AudiencesWrite, Effect: Destroy, Idempotent: true,
	Route:   Route{http.MethodDelete, "/v1/audiences/{id}"},
	Command: []string{"audiences", "delete"},
})
