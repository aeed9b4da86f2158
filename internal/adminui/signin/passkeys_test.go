package signin_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/login/passkeys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var party = virtualwebauthn.RelyingParty{Name: "Unstuck", ID: "localhost", Origin: origin}

// device is an authenticator with one key.
type device struct {
	virtualwebauthn.Authenticator
	key virtualwebauthn.Credential
}

func newDevice() *device {
	return &device{virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

// script posts as passkeys.js does, with the token of the page loaded last, and keeps that page.
func script(b *uitest.Browser, path string, form url.Values) (int, string) {
	page := b.Body
	status, body := b.Post(path, form)
	b.Body = page
	return status, body
}

// add registers the device's key for who is signed in.
func (w *world) add(b *uitest.Browser, d *device, name string) (int, string) {
	w.t.Helper()
	b.Get(ui.Profile)
	_, options := script(b, "/admin/passkeys/add/begin", nil)
	ask, err := virtualwebauthn.ParseAttestationOptions(options)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, options)
	}
	d.Options.UserHandle = []byte(ask.UserID)
	return script(b, "/admin/passkeys/add", url.Values{"name": {name}, "answer": {virtualwebauthn.CreateAttestationResponse(party, d.Authenticator, d.key, *ask)}})
}

// ask begins a sign-in in the browser and returns the device's answer.
func (w *world) ask(b *uitest.Browser, d *device, rp virtualwebauthn.RelyingParty) string {
	w.t.Helper()
	b.Get(ui.SignInPath)
	_, options := script(b, "/admin/passkeys/sign-in/begin", nil)
	ask, err := virtualwebauthn.ParseAssertionOptions(options)
	if err != nil {
		w.t.Fatalf("%v\n%s", err, options)
	}
	return virtualwebauthn.CreateAssertionResponse(rp, d.Authenticator, d.key, *ask)
}

func TestPasskey(t *testing.T) {
	w := newWorld(t, nil)
	b, d := w.setUp("acme", "ann@example.com", workspaces.Manager, good), newDevice()
	if status, body := w.add(b, d, "My <b>phone"); status != 200 || !strings.Contains(body, `"to":"/admin/profile"`) {
		t.Fatalf("add: %d %s", status, body)
	}
	if _, body := b.Get(ui.Profile); !strings.Contains(body, "My &lt;b&gt;phone") || !strings.Contains(body, "never") {
		t.Errorf("profile:\n%s", body)
	}
	fresh := w.Anonymous()
	answer := w.ask(fresh, d, party)
	planted := w.session(fresh)
	status, body := script(fresh, "/admin/passkeys/sign-in", url.Values{"answer": {answer}, "next": {"/admin/desk"}})
	if status != 200 || body != `{"to":"/admin/desk"}` || w.session(fresh) == planted {
		t.Fatalf("sign-in: %d %s", status, body)
	}
	w.wantDesk(fresh, "ann@example.com as manager at acme")
	if _, body := fresh.Get(ui.Profile); !strings.Contains(body, "<td>Passkey</td>") {
		t.Errorf("the list of logins:\n%s", body)
	}
	removed := strings.Index(b.Body, ui.Profile+"/passkeys/")
	path, _, _ := strings.Cut(b.Body[removed:], `"`)
	if _, body := b.Post(path, nil); !strings.Contains(body, "The passkey was removed here") {
		t.Errorf("remove:\n%s", body)
	}
	w.refused(d, party, "a removed passkey")
	w.wantDesk(fresh, "ann@example.com") // what it opened before is listed and can be ended
}

// refused signs in with the device, which must not help.
func (w *world) refused(d *device, rp virtualwebauthn.RelyingParty, what string) {
	w.t.Helper()
	b := w.Anonymous()
	status, body := script(b, "/admin/passkeys/sign-in", url.Values{"answer": {w.ask(b, d, rp)}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "was not accepted") {
		w.t.Errorf("%s: %d %s", what, status, body)
	}
	w.wantOut(b)
}

func TestPasskeysThatProveNothing(t *testing.T) {
	w := newWorld(t, nil)
	b, d := w.setUp("acme", "ann@example.com", workspaces.Admin, good), newDevice()
	if status, body := w.add(b, d, "phone"); status != 200 {
		t.Fatalf("add: %d %s", status, body)
	}
	if status, _ := w.add(b, d, "phone"); status != http.StatusConflict && status != http.StatusUnprocessableEntity {
		t.Errorf("the same key twice: %d", status)
	}
	elsewhere := virtualwebauthn.RelyingParty{Name: "Evil", ID: "localhost", Origin: "http://localhost:9999"}
	w.refused(d, elsewhere, "another origin")
	w.refused(&device{d.Authenticator, virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}, party, "another key")
	other := *d
	other.Options.UserHandle = append([]byte(nil), d.Options.UserHandle...)
	other.Options.UserHandle[20] ^= 1
	w.refused(&other, party, "another member's name on the key")
	lazy := *d
	lazy.Options.UserNotVerified = true
	w.refused(&lazy, party, "nobody touched the device to prove who they are")

	replay := w.Anonymous()
	answer := w.ask(replay, d, party)
	script(replay, "/admin/passkeys/sign-in", url.Values{"answer": {answer}})
	w.wantDesk(replay, "ann@example.com")
	if status, _ := script(w.ready(), "/admin/passkeys/sign-in", url.Values{"answer": {answer}}); status != http.StatusUnprocessableEntity {
		t.Errorf("an answer to another session's challenge: %d", status)
	}
	if status, _ := script(replay, "/admin/passkeys/sign-in", url.Values{"answer": {answer}, ui.TokenField: {"x"}}); status != http.StatusForbidden {
		t.Errorf("without the form's token: %d", status)
	}
}

// ready returns a browser whose session holds a challenge.
func (w *world) ready() *uitest.Browser {
	b := w.Anonymous()
	w.ask(b, newDevice(), party)
	return b
}

func TestPasskeysCountUp(t *testing.T) {
	w := newWorld(t, nil)
	b, d := w.setUp("acme", "ann@example.com", workspaces.Admin, good), newDevice()
	d.key.Counter = 5
	if status, body := w.add(b, d, "stick"); status != 200 {
		t.Fatalf("add: %d %s", status, body)
	}
	d.key.Counter = 6
	first := w.Anonymous()
	if status, body := script(first, "/admin/passkeys/sign-in", url.Values{"answer": {w.ask(first, d, party)}}); status != 200 {
		t.Fatalf("sign-in: %d %s", status, body)
	}
	d.key.Counter = 4
	w.refused(d, party, "a copy of the device")
}

func TestChallengesDoNotLast(t *testing.T) {
	w := newWorld(t, nil)
	b := w.ready()
	script(b, "/admin/passkeys/sign-in", url.Values{"answer": {"{}"}})
	if status, body := script(b, "/admin/passkeys/sign-in", url.Values{"answer": {"{}"}}); status != http.StatusUnprocessableEntity || !json.Valid([]byte(body)) {
		t.Errorf("a challenge twice: %d %s", status, body)
	}
	if status, _ := script(b, "/admin/passkeys/add/begin", nil); status != http.StatusUnauthorized {
		t.Errorf("adding without being signed in: %d", status)
	}
}

func TestPasskeysNeedAName(t *testing.T) {
	w := newWorld(t, nil)
	b, d := w.setUp("acme", "ann@example.com", workspaces.Admin, good), newDevice()
	if status, body := w.add(b, d, ""); status != http.StatusUnprocessableEntity || !strings.Contains(body, "must have 1 to 100 characters") {
		t.Errorf("no name: %d %s", status, body)
	}
	for address, ok := range map[string]bool{
		"https://api.example.com": true, "https://api.example.com:8443": true, "http://localhost:8080": true,
		"http://127.0.0.1:8080": false, "https://192.0.2.1": false, "http://[::1]:8080": false, "http://api.example.com": false,
	} {
		if _, err := passkeys.New(w.db, nil, address); (err == nil) != ok {
			t.Errorf("passkeys at %s: %v", address, err)
		}
	}
}
