package tools

//go:generate go run ../docgen ../../README.md

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// GetAccess tells what the caller's key may do.
var GetAccess = define[wire.GetAccess, wire.Access](Spec{
	Name: "get_access_status", Title: "What this key may do",
	Description: "Tells workspace, key, tools, plan, quota and credits; for an unusable key why, and what to do.",
	Permission:  scope.AnyKey, Effect: Read,
	Route:   Route{http.MethodGet, "/v1/access"},
	Command: []string{"access"},
})

// All returns every tool in the order in which models see them.
func All() []*Spec {
	return []*Spec{
		GetAccess.Spec,
		FindLeads.Spec, FindAccounts.Spec, GetRecord.Spec,
		ListSignals.Spec, GetInsights.Spec, ListAudiences.Spec, ListAudienceMembers.Spec, GetEnrichmentJob.Spec, ListSubscribers.Spec,
		EnrichRecord.Spec, DiscoverContact.Spec, EnrichAccount.Spec, EnrichRecords.Spec,
		PushSignal.Spec, PushSignals.Spec, CreateSubscriber.Spec,
		SaveAudience.Spec, PreviewAudience.Spec, DeleteAudience.Spec,
		ListDestinations.Spec, SaveDestination.Spec, TestDestination.Spec, SyncAudience.Spec, DeleteDestination.Spec,
		GetSettings.Spec, UpdateSettings.Spec,
	}
}

// Operations returns every operation: the tools, then the routes that are none.
func Operations() []*Spec {
	return append(All(), GetAudience.Spec, ListAudienceEvents.Spec, GetDestination.Spec, ListDeliveries.Spec, DestinationFile.Spec,
		CancelEnrichmentJob.Spec, QualifyRecords.Spec, GetQualificationJob.Spec, ImportRecords.Spec, WatchAccess.Spec)
}

// ByName returns the tool of that name.
func ByName(name string) (*Spec, bool) {
	for _, s := range All() {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

// Allowed returns the names of the tools that the set unlocks, in catalogue order, never nil.
func Allowed(set scope.Set) []string {
	names := []string{}
	for _, s := range All() {
		if set.Allows(s.Permission) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Missing returns the tools that the set lacks, each with its permission and the smallest preset that adds it.
func Missing(set scope.Set) []wire.MissingTool {
	missing := []wire.MissingTool{}
	for _, s := range All() {
		if !set.Allows(s.Permission) {
			missing = append(missing, wire.MissingTool{Tool: s.Name, Permission: string(s.Permission), Preset: string(scope.Suggest(set, s.Permission))})
		}
	}
	return missing
}

// WatchAccess is held open until the caller's key dies; the MCP server ends the key's streams then.
var WatchAccess = define[wire.GetAccess, wire.GetAccess](Spec{
	Name: "watch_access", Title: "Wait until the key changes",
	Description: "Held up to 25 seconds: 204 when nothing changed, 401 or 403 as soon as the key cannot be used any more.",
	Permission:  scope.AnyKey, Effect: Read, NoTool: true,
	Route: Route{http.MethodGet, "/v1/access/changes"},
})
