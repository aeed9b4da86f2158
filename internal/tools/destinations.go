package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ListDestinations lists where changes of audiences are sent.
var ListDestinations = define[wire.ListDestinations, wire.List[wire.Destination]](Spec{
	Name: "list_destinations", Title: "List destinations",
	Description: "Lists webhooks, CRMs and files that audiences are sent to, with their status. Secrets are never shown.",
	Permission:  scope.DestinationsWrite, Effect: Read,
	Route:   Route{http.MethodGet, "/v1/destinations"},
	Command: []string{"destinations", "list"},
})

// GetDestination reads one.
var GetDestination = define[wire.GetDestination, wire.Destination](Spec{
	Name: "get_destination", Title: "Get a destination",
	Description: "One destination: where it leads, its mapping and status. Of secrets it tells whether they are set.",
	Permission:  scope.DestinationsWrite, Effect: Read, NoTool: true,
	Route:   Route{http.MethodGet, "/v1/destinations/{id}"},
	Command: []string{"destinations", "get"},
})

// SaveDestination makes or changes a destination.
var SaveDestination = define[wire.SaveDestination, wire.Destination](Spec{
	Name: "save_destination", Title: "Save a destination",
	Description: `Makes a webhook, hubspot, salesforce or csv destination; with id, changes it. Pending, and sent nothing, until an admin confirms it. ` +
		`mapping: {"leads":{"their_field":"work_email"}}. Only when the user asked.`,
	Permission: scope.DestinationsWrite, Effect: Destroy, OpenWorld: true,
	Route:   Route{http.MethodPost, "/v1/destinations"},
	Aliases: []Route{{http.MethodPatch, "/v1/destinations/{id}"}},
	Command: []string{"destinations", "save"},
})

// TestDestination sends a ping.
var TestDestination = define[wire.TestDestination, wire.Delivery](Spec{
	Name: "test_destination", Title: "Test a destination",
	Description: "Sends a ping without any record now; tells status, duration_ms and error.",
	Permission:  scope.DestinationsWrite, Effect: Write, OpenWorld: true,
	Route:   Route{http.MethodPost, "/v1/destinations/{id}/test"},
	Command: []string{"destinations", "test"},
})

// SyncAudience queues all members of an audience.
var SyncAudience = define[wire.SyncAudience, wire.AudienceSync](Spec{
	Name: "sync_audience", Title: "Send an audience again",
	Description: "Queues every member of an audience (id) for its destinations, or for one. Changes are sent by themselves; only for a new or repaired receiver.",
	Permission:  scope.DestinationsWrite, Effect: Write, OpenWorld: true,
	Route:   Route{http.MethodPost, "/v1/audiences/{id}/sync"},
	Command: []string{"audiences", "sync"},
})

// DeleteDestination ends one.
var DeleteDestination = define[wire.DeleteDestination, wire.Deleted](Spec{
	Name: "delete_destination", Title: "Delete a destination",
	Description: "Ends a destination and drops what is queued for it. Only when the user asked.",
	Permission:  scope.DestinationsWrite, Effect: Destroy, Idempotent: true,
	Route:   Route{http.MethodDelete, "/v1/destinations/{id}"},
	Command: []string{"destinations", "delete"},
})

// ListDeliveries lists what was sent.
var ListDeliveries = define[wire.ListDeliveries, wire.List[wire.Delivery]](Spec{
	Name: "list_deliveries", Title: "List deliveries",
	Description: "What was sent to a destination, the newest first: state, attempts, status and duration, never bodies.",
	Permission:  scope.DestinationsWrite, Effect: Read, NoTool: true,
	Route:   Route{http.MethodGet, "/v1/destinations/{id}/deliveries"},
	Command: []string{"destinations", "deliveries"},
})

// DestinationFile fetches the members of an audience as a CSV file.
var DestinationFile = define[wire.DestinationFile, wire.GetAccess](Spec{
	Name: "get_destination_file", Title: "Get the file of a csv destination",
	Description: "The members of an audience as a CSV file with the columns of the mapping.",
	Permission:  scope.DestinationsWrite, Effect: Read, NoTool: true, File: true,
	Route: Route{http.MethodGet, "/v1/destinations/{id}/file"},
})
