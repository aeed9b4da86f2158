package cli_test

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/unstuckengine/unstuck/internal/token"
)

// device is the admin behind the fake API: what is decided once a program has asked twice.
type device struct {
	mu      sync.Mutex
	decides string            // see answer
	asked   map[string]string // the last request for codes
	polls   int
	polled  chan struct{} // told of each question; may be nil
	done    token.Secret  // whose key proved itself
}

// serve adds the endpoints of the flow. Programs are let ask as often as they like.
func (d *device) serve(mux *http.ServeMux, a *fakeAPI) {
	mux.HandleFunc("POST /device/code", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.polls, d.asked = 0, map[string]string{}
		_ = r.ParseForm()
		for name := range r.PostForm {
			d.asked[name] = r.PostForm.Get(name)
		}
		if d.decides == "busy" {
			w.Header().Set("Retry-After", "41")
			say(w, 429, map[string]any{"error": "temporarily_unavailable"})
			return
		}
		say(w, 200, map[string]any{"device_code": "d-1", "user_code": "BCDF-GHJK", "verification_uri": a.URL + "/device",
			"verification_uri_complete": a.URL + "/device?user_code=BCDF-GHJK", "expires_in": 900, "interval": 0})
	})
	mux.HandleFunc("POST /device/token", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.polls++; d.polled != nil {
			d.polled <- struct{}{}
		}
		status, out := 400, map[string]any{"error": "authorization_pending"}
		if r.FormValue("device_code") != "d-1" || r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" {
			out["error"] = "invalid_request"
		} else if d.polls > 1 {
			status, out = d.answer(a)
		}
		say(w, status, out)
	})
	mux.HandleFunc("POST /device/done", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.decides == "revoke-fails" || r.Header.Get("Authorization") != "Bearer "+a.full.Reveal() || r.FormValue("device_code") != "d-1" {
			say(w, 400, map[string]any{"error": "access_denied"})
			return
		}
		d.done = a.full
		say(w, 200, map[string]any{"revoked": true})
	})
}

// answer is what a program is told after the decision.
func (d *device) answer(a *fakeAPI) (int, map[string]any) {
	key := map[string]any{"access_token": a.full.Reveal(), "token_type": "Bearer", "scope": "records:read signals:write"}
	switch d.decides {
	case "approve":
	case "revoke", "revoke-fails":
		key["revoke_old"] = true
	case "give-dead": // a key that does not work
		key["access_token"] = a.revoked.Reveal()
	case "wait":
		return 400, map[string]any{"error": "authorization_pending"}
	default:
		return 400, map[string]any{"error": d.decides}
	}
	return 200, key
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// admin decides what the next requests are answered with.
func admin(ts *testscript.TestScript, _ bool, args []string) {
	d := &apiOf(ts).device
	d.mu.Lock()
	defer d.mu.Unlock()
	d.decides = args[0]
}

// asked compares a field of the last request for a key; "old" stands for the public id of the read-only key, and done asks whether its successor
// proved itself.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	api := apiOf(ts)
	api.device.mu.Lock()
	defer api.device.mu.Unlock()
	if args[0] == "done" {
		if api.device.done.IsZero() != neg {
			ts.Fatalf("proved: %v", api.device.done)
		}
		return
	}
	want := args[1]
	if want == "old" {
		want = api.readOnly.ID()
	}
	if got := api.device.asked[args[0]]; (got == want) == neg {
		ts.Fatalf("asked for %s %q", args[0], got)
	}
}
