package signin_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login/provider"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// issuer is a small identity provider: it lets in everybody as whom the test says.
type issuer struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	claims map[string]any // laid over those of a good token
	deny   bool
	asked  url.Values // of the last request for a code
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		e := big.NewInt(int64(key.E)).Bytes()
		i.answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": b64(key.N.Bytes()), "e": b64(e)}}})
	})
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func (i *issuer) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (i *issuer) authorize(w http.ResponseWriter, r *http.Request) {
	i.asked = r.URL.Query()
	back := url.Values{"state": {i.asked.Get("state")}, "code": {"the code"}, "iss": {i.URL}}
	if i.deny {
		back = url.Values{"state": {i.asked.Get("state")}, "error": {"access_denied"}}
	}
	http.Redirect(w, r, i.asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token gives the token to who knows code, secret and verifier.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if id != "unstuck" || secret != "a%20secret" && secret != "a secret" && secret != "a+secret" || r.FormValue("code") != "the code" || b64(sum[:]) != i.asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		i.answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": i.URL, "aud": "unstuck", "sub": "1", "nonce": i.asked.Get("nonce"), "email": "ann@example.com", "email_verified": true,
		"iat": 1, "exp": time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC).Unix()}
	for name, value := range i.claims {
		claims[name] = value
	}
	i.answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *issuer) sign(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	text := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Error(err)
	}
	return text + "." + b64(signature)
}

// withProvider is a world whose people may sign in at the issuer.
func withProvider(t *testing.T) (*world, *issuer) {
	t.Helper()
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: make([]byte, keys.MinPepper)})
	if err != nil {
		t.Fatal(err)
	}
	i := newIssuer(t)
	oidc := &signin.OIDC{Sealer: sealing.New(ring), Provider: provider.New(provider.Config{Issuer: i.URL, ClientID: "unstuck", ClientSecret: "a secret"})}
	w := newWorld(t, oidc)
	oidc.Provider.RedirectURL = w.URL + signin.OIDCBack
	return w, i
}

func TestOIDC(t *testing.T) {
	w, i := withProvider(t)
	w.invite("acme", "ann@example.com", workspaces.Manager) // who need not have chosen a password
	b := w.Anonymous()
	if _, body := b.Get("/admin/sign-in?next=/admin/desk"); !strings.Contains(body, `href="/admin/oidc?next=%2Fadmin%2Fdesk"`) {
		t.Errorf("no way to the provider:\n%s", body)
	}
	before := w.session(b)
	res, err := b.Client.Get(w.URL + "/admin/oidc?next=%2Fadmin%2Fdesk")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Refresh") != "0; url=/admin/desk" || w.session(b) == before {
		t.Errorf("%d, refresh %q", res.StatusCode, res.Header.Get("Refresh"))
	}
	if i.asked.Get("code_challenge_method") != "S256" || i.asked.Get("nonce") == "" || i.asked.Get("scope") != "openid email" {
		t.Errorf("asked %v", i.asked)
	}
	w.wantDesk(b, "ann@example.com as manager at acme")
	if status, body := b.Get("/admin/oidc/back?code=the+code&state=" + url.QueryEscape(i.asked.Get("state"))); status != http.StatusBadRequest {
		t.Errorf("the answer again: %d\n%s", status, body)
	}
}

func TestOIDCChoose(t *testing.T) {
	w, _ := withProvider(t)
	w.invite("one", "ann@example.com", workspaces.Manager)
	w.invite("two", "ann@example.com", workspaces.Viewer)
	b := w.Anonymous()
	b.Get("/admin/oidc")
	if _, body := b.Get("/admin/sign-in/choose"); !strings.Contains(body, "Team one") || !strings.Contains(body, "Team two") {
		t.Errorf("choose:\n%s", body)
	}
	w.wantOut(b)
}

func TestOIDCRefuses(t *testing.T) {
	w, i := withProvider(t)
	w.invite("acme", "ann@example.com", workspaces.Admin)
	for what, c := range map[string]struct {
		claims map[string]any
		deny   bool
		status int
	}{
		"nobody's email":     {claims: map[string]any{"email": "eve@example.com"}, status: http.StatusForbidden},
		"an unproved email":  {claims: map[string]any{"email_verified": false}, status: http.StatusForbidden},
		"no word on it":      {claims: map[string]any{"email_verified": nil}, status: http.StatusForbidden},
		"no email":           {claims: map[string]any{"email": ""}, status: http.StatusForbidden},
		"a refusal there":    {deny: true, status: http.StatusForbidden},
		"another nonce":      {claims: map[string]any{"nonce": "x"}, status: http.StatusBadRequest},
		"another audience":   {claims: map[string]any{"aud": "other"}, status: http.StatusBadRequest},
		"another party":      {claims: map[string]any{"aud": []string{"unstuck", "other"}, "azp": "other"}, status: http.StatusBadRequest},
		"another issuer":     {claims: map[string]any{"iss": "https://evil.example"}, status: http.StatusBadRequest},
		"an expired token":   {claims: map[string]any{"exp": 5}, status: http.StatusBadRequest},
		"a claim of no kind": {claims: map[string]any{"email": 7}, status: http.StatusBadRequest},
	} {
		i.claims, i.deny = c.claims, c.deny
		b := w.Anonymous()
		if status, body := b.Get("/admin/oidc"); status != c.status {
			t.Errorf("%s: %d, want %d\n%s", what, status, c.status, body)
		}
		w.wantOut(b)
	}
	i.claims, i.deny = nil, false
	for _, path := range []string{"/admin/oidc/back", "/admin/oidc/back?code=the+code&state=" + url.QueryEscape(i.asked.Get("state"))} {
		if status, _ := w.Anonymous().Get(path); status != http.StatusBadRequest {
			t.Errorf("%s without having asked: %d", path, status)
		}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.key = other
	if status, _ := w.Anonymous().Get("/admin/oidc"); status != http.StatusBadRequest {
		t.Errorf("a forged signature: %d", status)
	}
}

func TestOIDCProviderAway(t *testing.T) {
	w, i := withProvider(t)
	i.Close()
	if status, body := w.Anonymous().Get("/admin/oidc"); status != http.StatusServiceUnavailable || !strings.Contains(body, "does not answer") {
		t.Errorf("%d\n%s", status, body)
	}
	if status, _ := newWorld(t, nil).Anonymous().Get("/admin/oidc"); status != http.StatusNotFound {
		t.Errorf("without a provider: %d", status)
	}
}
