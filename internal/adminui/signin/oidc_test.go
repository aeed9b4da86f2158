package signin_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/signin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/login/provider"
	"github.com/unstuckengine/unstuck/internal/login/provider/providertest"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// withProvider is a world whose people may sign in at the issuer.
func withProvider(t *testing.T) (*world, *providertest.Issuer) {
	t.Helper()
	ring, err := keys.NewKeyring(keys.Pepper{KID: 1, Secret: make([]byte, keys.MinPepper)})
	if err != nil {
		t.Fatal(err)
	}
	i := providertest.New(t)
	oidc := &signin.OIDC{Sealer: sealing.New(ring), Provider: provider.New(provider.Config{Issuer: i.URL, ClientID: providertest.ClientID, ClientSecret: providertest.ClientSecret})}
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
	if i.Asked.Get("code_challenge_method") != "S256" || i.Asked.Get("nonce") == "" || i.Asked.Get("scope") != "openid email" {
		t.Errorf("asked %v", i.Asked)
	}
	w.wantDesk(b, "ann@example.com as manager at acme")
	if status, body := b.Get("/admin/oidc/back?code=the+code&state=" + url.QueryEscape(i.Asked.Get("state"))); status != http.StatusBadRequest {
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
		i.Claims, i.Deny = c.claims, c.deny
		b := w.Anonymous()
		if status, body := b.Get("/admin/oidc"); status != c.status {
			t.Errorf("%s: %d, want %d\n%s", what, status, c.status, body)
		}
		w.wantOut(b)
	}
	i.Claims, i.Deny = nil, false
	for _, path := range []string{"/admin/oidc/back", "/admin/oidc/back?code=the+code&state=" + url.QueryEscape(i.Asked.Get("state"))} {
		if status, _ := w.Anonymous().Get(path); status != http.StatusBadRequest {
			t.Errorf("%s without having asked: %d", path, status)
		}
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.Key = other
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
