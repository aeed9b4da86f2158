package keypages_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

func TestMintedKeyIsAsAskedAndWorks(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	limit := int64(500)
	for name, c := range map[string]struct {
		fields url.Values
		want   keys.Key
	}{
		"preset": {readOnly, keys.Key{Name: "Nightly", Preset: scope.ReadOnly, Permissions: scope.Of(scope.RecordsRead, scope.SubscribersRead), Expiry: keys.Expiry365}},
		"ticks beside a preset do not count": {url.Values{"name": {"n"}, "preset": {"read_only"}, "permissions": {"settings:write"}, "expires": {"30"}},
			keys.Key{Name: "n", Preset: scope.ReadOnly, Permissions: scope.Of(scope.RecordsRead, scope.SubscribersRead), Expiry: keys.Expiry30}},
		"custom": {url.Values{"name": {"  n  "}, "preset": {"custom"}, "permissions": {"records:read", "signals:write"}, "expires": {"never"}, "spend_limit": {"500"}},
			keys.Key{Name: "n", Preset: scope.Custom, Permissions: scope.Of(scope.RecordsRead, scope.SignalsWrite), Expiry: keys.ExpiryNever, SpendLimit: &limit}},
	} {
		secret := b.mustMint(browser, c.fields)
		wantCode(t, name, b.verify(secret.Reveal()), "")
		k := b.stored(secret.ID())
		got := keys.Key{Name: k.Name, Preset: k.Preset, Permissions: k.Permissions, Expiry: k.Expiry, SpendLimit: k.SpendLimit}
		if d := cmp.Diff(c.want, got); d != "" || k.CreatedBy != by {
			t.Errorf("%s: made by %s (-want +got):\n%s", name, k.CreatedBy, d)
		}
	}
	if log := b.Log(b.W, activity.KeyCreated); len(log) != 3 || log[0].Actor.Name != by {
		t.Errorf("%d entries", len(log))
	}
}

func TestWrongFormsSayWhatIsWrong(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	for want, fields := range map[string]url.Values{
		"must have 1 to 100 characters":     {"preset": {"read_only"}, "expires": {"365"}},
		"must be a preset":                  {"name": {"n"}, "preset": {"everything"}, "expires": {"365"}},
		"must be known permissions":         {"name": {"n"}, "preset": {"custom"}, "expires": {"365"}},
		"must be one of the lifetimes":      {"name": {"n"}, "preset": {"read_only"}, "expires": {"31"}},
		"must be a whole number of credits": {"name": {"n"}, "preset": {"read_only"}, "expires": {"365"}, "spend_limit": {"many"}},
		"must be 0 to":                      {"name": {"n"}, "preset": {"read_only"}, "expires": {"365"}, "spend_limit": {"-1"}},
	} {
		if status, body, _ := b.mint(browser, "/admin/keys/new", "/admin/keys", fields); status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d", want, status)
		}
	}
	if list, _, _ := b.Keys.List(context.Background(), b.W.ID); len(list) != 0 {
		t.Errorf("%d keys were made", len(list))
	}
}

// TestAKeyIsShownOnce looks for the key wherever it might have stayed.
func TestAKeyIsShownOnce(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	status, body, form := b.mint(browser, "/admin/keys/new", "/admin/keys", readOnly)
	secret := b.shown(status, body)
	text := secret.Reveal()
	if status, again := browser.Post("/admin/keys", form); status != http.StatusConflict || strings.Contains(again, text) || !strings.Contains(again, secret.ID()) {
		t.Errorf("a reload: %d", status)
	}
	hidden := text[len("unstuck_"):50] // no part of the secret either
	for _, path := range []string{"", "?status=any", "/new", "/" + secret.ID(), "/" + secret.ID() + "/revoke", "/" + secret.ID() + "/rotate", "/revoke?id=" + secret.ID()} {
		if _, page := browser.Get("/admin/keys" + path); strings.Contains(page, hidden) || strings.Contains(page, text) {
			t.Errorf("%s shows the key again", path)
		}
	}
	if strings.Contains(b.Sessions(), hidden) {
		t.Error("a session holds the key")
	}
	files, err := filepath.Glob(filepath.Join(b.Dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if data, _ := os.ReadFile(f); strings.Contains(string(data), hidden) {
			t.Errorf("%s holds the key", filepath.Base(f))
		}
	}
}

func TestTheAnswerThatShowsAKeyIsKeptByNobody(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	_, _, form := b.mint(browser, "/admin/keys/new", "/admin/keys/preview", readOnly)
	browser.Get("/admin/keys/new")
	form.Set("form", nonceInput.FindStringSubmatch(browser.Body)[1])
	form.Set("_token", tokenOf(browser.Body))
	res, err := browser.Client.PostForm(b.URL+"/admin/keys", form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" || res.Request.Method != http.MethodPost {
		t.Errorf("%d by %s, Cache-Control %q", res.StatusCode, res.Request.Method, res.Header.Get("Cache-Control"))
	}
}

func TestOneFormMakesOneKey(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	browser.Get("/admin/keys/new")
	form := url.Values(cloned(readOnly))
	form.Set("form", nonceInput.FindStringSubmatch(browser.Body)[1])
	form.Set("_token", tokenOf(browser.Body))
	var wg sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		wg.Go(func() {
			if res, err := browser.Client.PostForm(b.URL+"/admin/keys", form); err == nil {
				_ = res.Body.Close()
				statuses[i] = res.StatusCode
			}
		})
	}
	wg.Wait()
	shown := 0
	for _, s := range statuses {
		if s == http.StatusOK {
			shown++
		} else if s != http.StatusConflict {
			t.Errorf("a form sent again: %d, want 409", s)
		}
	}
	if list, _, _ := b.Keys.List(context.Background(), b.W.ID); len(list) != 1 || shown != 1 {
		t.Errorf("%d keys, shown %d times", len(list), shown)
	}
}

func TestFormsThatCannotBeToldApartMakeNoKey(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	browser.Get("/admin/keys/new")
	_, random, _ := strings.Cut(nonceInput.FindStringSubmatch(browser.Body)[1], "-")
	old := strconv.FormatInt(time.Now().Add(-21*time.Hour).Unix(), 36) + "-" + random
	for _, nonce := range []string{"", "x", random, old, "-" + random, "zzzzzzz-" + random} {
		browser.Get("/admin/keys/new")
		form := url.Values(cloned(readOnly))
		form.Set("form", nonce)
		if status, _ := browser.Post("/admin/keys", form); status != http.StatusConflict {
			t.Errorf("form %q: %d, want 409", nonce, status)
		}
	}
	if list, _, _ := b.Keys.List(context.Background(), b.W.ID); len(list) != 0 {
		t.Errorf("%d keys were made", len(list))
	}
}

func TestSnippetsNameTheAddresses(t *testing.T) {
	b := newBench(t)
	status, body, _ := b.mint(b.admin(), "/admin/keys/new", "/admin/keys", readOnly)
	text := b.shown(status, body).Reveal()
	for _, want := range []string{
		"export UNSTUCK_API_KEY=" + text + "\nexport UNSTUCK_API_URL=https://api.example.com",
		`claude mcp add --transport http unstuck https://mcp.example.com/mcp --header &#34;Authorization: Bearer $UNSTUCK_API_KEY&#34;`,
		`curl -H &#34;Authorization: Bearer $UNSTUCK_API_KEY&#34; https://api.example.com/v1/access`,
		`&#34;UNSTUCK_API_KEY&#34;: &#34;` + text + `&#34;`, // Claude Desktop starts a program
		`&#34;url&#34;: &#34;https://mcp.example.com/mcp&#34;`,
		`&#34;Authorization&#34;: &#34;Bearer ` + text + `&#34;`,
		"unstuck auth login --with-key --api-url https://api.example.com",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestKeyDiesWithItsRevocation(t *testing.T) {
	b := newBench(t)
	browser := b.admin()
	secret := b.mustMint(browser, readOnly)
	browser.Get("/admin/keys/" + secret.ID() + "/revoke")
	if status, _ := browser.Post("/admin/keys/"+secret.ID()+"/revoke", url.Values{"confirm": {"Nightly"}}); status != http.StatusOK {
		t.Errorf("revoke: %d", status)
	}
	wantCode(t, "the next call", b.verify(secret.Reveal()), fault.KeyRevoked)
}
