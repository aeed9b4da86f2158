// Package providertest is an identity provider for tests: real HTTP, real signatures, and whatever lies the test tells.
package providertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// Who the issuer knows as a client.
const (
	ClientID     = "unstuck"
	ClientSecret = "a-client-secret"
)

// Issuer is a small identity provider: it lets in everybody as ann@example.com, or as the test says.
type Issuer struct {
	*httptest.Server
	Key    *rsa.PrivateKey // that signs; the public half of the first is published
	Claims map[string]any  // laid over those of a good token
	Deny   bool
	Asked  url.Values // of the last request for a code
	t      testing.TB
}

// New starts an Issuer until the test ends.
func New(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{t: t, Key: key}
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

func (i *Issuer) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	i.Asked = r.URL.Query()
	back := url.Values{"state": {i.Asked.Get("state")}, "code": {"the code"}, "iss": {i.URL}}
	if i.Deny {
		back = url.Values{"state": {i.Asked.Get("state")}, "error": {"access_denied"}}
	}
	http.Redirect(w, r, i.Asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token gives the token to who knows code, secret and verifier.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if id != ClientID || secret != ClientSecret || r.FormValue("code") != "the code" || b64(sum[:]) != i.Asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		i.answer(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": i.URL, "aud": ClientID, "sub": "1", "nonce": i.Asked.Get("nonce"), "email": "ann@example.com", "email_verified": true,
		"iat": 1, "exp": time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC).Unix()}
	maps.Copy(claims, i.Claims)
	i.answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": i.sign(claims)})
}

func (i *Issuer) sign(claims map[string]any) string {
	body, _ := json.Marshal(claims)
	text := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.Key, crypto.SHA256, sum[:])
	if err != nil {
		i.t.Error(err)
	}
	return text + "." + b64(signature)
}
