package tools

import (
	"net/http"
	"slices"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ListSignals lists what happened.
var ListSignals = define[wire.ListSignals, wire.List[wire.Signal]](Spec{
	Name: "list_signals", Title: "List signals",
	Description: `Lists events in [since, until), newest first. lead: id, email or handle. filter, e.g. {"field":"context.page","op":"eq","value":"/pricing"}.`,
	Permission:  scope.RecordsRead, Effect: Read,
	Route:     Route{http.MethodPost, "/v1/signals/search"},
	Aliases:   []Route{{http.MethodGet, "/v1/signals"}},
	Command:   []string{"signals", "list"},
	Exported:  true,
	Untrusted: under("items[].", append(slices.Clone(signalTexts), "sorted_by")),
})

// PushSignal keeps one event.
var PushSignal = define[wire.PushSignal, wire.Pushed](Spec{
	Name: "push_signal", Title: "Push a signal",
	Description: "Stores one event (RFC 3339 time with zone) and matches it by identity, at least one field, to a lead or account, made if new. Repeats have one effect.",
	Permission:  scope.SignalsWrite, Effect: Write, Idempotent: true,
	Route:   Route{http.MethodPost, "/v1/signals"},
	Command: []string{"signals", "push"},
})

// PushSignals keeps a batch of events.
var PushSignals = define[wire.PushSignals, wire.Batch](Spec{
	Name: "push_signals", Title: "Push signals",
	Description: "Stores 1-500 events, each as push_signal takes it; bad ones are rejected alone.",
	Permission:  scope.SignalsWrite, Effect: Write, Idempotent: true,
	Route:   Route{http.MethodPost, "/v1/signals/batch"},
	Command: []string{"signals", "push-batch"},
})
