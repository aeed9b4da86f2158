package cli_test

import (
	"encoding/json"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// tells serves an audience with what it is attached to, and pings.
func (a *fakeAPI) tells(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/audiences/{id}", a.keyed(func(*http.Request, []byte) (any, *fault.Error) {
		return json.RawMessage(`{"id":"au-1","name":"Hot","filter":{"all":[{"field":"country_code","op":"eq","value":"DE"},{"field":"name","op":"eq","value":"\u001b[31m"}]},
			"destinations":[{"id":"d-1"},{"id":"d-2","mapping":{"Mail":"work_email"}}]}`), nil
	}))
	mux.HandleFunc("POST /v1/destinations/{id}/test", a.keyed(func(r *http.Request, _ []byte) (any, *fault.Error) {
		if r.PathValue("id") == "well" {
			return wire.Delivery{ID: "p-1", State: "delivered", Status: 200}, nil
		}
		return wire.Delivery{ID: "p-2", State: "failed", Error: "timeout"}, nil
	}))
}
