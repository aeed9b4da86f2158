package settingspages_test

import (
	"context"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/settingspages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	evil   = `<script>alert(1)</script>`
	secret = "s3cr3t-of-acme-0123456789"
)

type world struct {
	*uitest.World
	*uitest.Server
	settings *settings.Service
	credits  *credits.Service
}

func setup(t *testing.T) world {
	t.Helper()
	w := uitest.NewWorld(t)
	out := world{World: w, settings: settings.New(w.DB, sealing.New(w.Ring)), credits: credits.New(w.DB)}
	out.Server = uitest.Serve(t, w.W, settingspages.New(settingspages.Config{Settings: out.settings, Credits: out.credits}))
	return out
}

func (w world) get(t *testing.T) wire.Settings {
	t.Helper()
	s, err := w.settings.Get(context.Background(), w.W.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// set changes the settings as somebody else would.
func (w world) set(t *testing.T, section string) {
	t.Helper()
	_, err := w.settings.Update(context.Background(), w.W.ID, activity.PersonActor("bob@example.com"), wire.UpdateSettings{Enrichment: []byte(section)})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	inputs    = regexp.MustCompile(`<input[^>]*>`)
	areas     = regexp.MustCompile(`(?s)<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>`)
	selects   = regexp.MustCompile(`(?s)<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>`)
	chosen    = regexp.MustCompile(`<option value="([^"]*)" selected`)
	attribute = regexp.MustCompile(`(name|value|type)="([^"]*)"|( checked)`)
)

// form returns what a browser would send of the first form whose target is path.
func form(t *testing.T, body, path string) url.Values {
	t.Helper()
	start := strings.Index(body, `action="`+path+`"`)
	if start < 0 {
		t.Fatalf("no form for %s in\n%s", path, body)
	}
	body = body[start:]
	body = body[:strings.Index(body, "</form>")]
	out := url.Values{}
	for _, input := range inputs.FindAllString(body, -1) {
		a := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(input, -1) {
			a[m[1]] = html.UnescapeString(m[2])
			if m[3] != "" {
				a["checked"] = "checked"
			}
		}
		if a["name"] != "" && (a["type"] != "checkbox" || a["checked"] != "") {
			out.Add(a["name"], a["value"])
		}
	}
	for _, m := range areas.FindAllStringSubmatch(body, -1) {
		out.Set(m[1], html.UnescapeString(m[2]))
	}
	for _, m := range selects.FindAllStringSubmatch(body, -1) {
		if c := chosen.FindStringSubmatch(m[2]); c != nil {
			out.Set(m[1], c[1])
		}
	}
	return out
}

// acme is the form of a provider with all that must be given.
func acme(t *testing.T, b *uitest.Browser) url.Values {
	t.Helper()
	_, body := b.Get(settingspages.Path + "/new-provider")
	f := form(t, body, settingspages.Path+"/new-provider")
	maps.Copy(f, url.Values{"name": {"acme"}, "url": {"https://api.acme.example/find?e={email}"}, "response": {"{work_email: .email}"}, "fields": {"work_email", "phone"}, "cost": {"2"},
		"secret": {secret}, "secret_header": {"Authorization"}, "secret_prefix": {"Bearer "}, "headers": {"X-Team: one\r\nAccept: application/json"}})
	return f
}

func TestRoles(t *testing.T) {
	w := setup(t)
	w.set(t, `{"providers":{"acme":{"kind":"http","url":"https://acme.example/","response":".","fields":["phone"],"cost":1}}}`)
	w.Roles(map[string]workspaces.Role{
		settingspages.Path: workspaces.Manager, settingspages.Path + "/new-provider": workspaces.Manager, settingspages.Path + "/providers/acme": workspaces.Manager,
		settingspages.Path + "/json": workspaces.Manager, settingspages.CreditsPath: workspaces.Manager,
	})
	for _, role := range []workspaces.Role{workspaces.Operator, workspaces.Viewer} {
		for _, more := range []string{"", "/new-provider", "/providers/acme", "/providers/acme/remove", "/json", "/credits"} {
			if got, _ := w.As(role).Post(settingspages.Path+more, nil); got != http.StatusForbidden {
				t.Errorf("a form to %s as %s: %d", more, role, got)
			}
		}
	}
	b := w.As(workspaces.Manager)
	if _, body := b.Get(settingspages.CreditsPath); strings.Contains(body, `name="amount"`) {
		t.Error("a manager is offered to top up")
	}
	b.Get(settingspages.Path)
	if got, _ := b.Post(settingspages.CreditsPath, url.Values{"amount": {"5"}}); got != http.StatusForbidden {
		t.Errorf("a manager tops up: %d", got)
	}
	w.Server.Workspace = w.Other
	if got, _ := w.As(workspaces.Admin).Get(settingspages.Path + "/providers/acme"); got != http.StatusNotFound {
		t.Errorf("a provider of another workspace: %d", got)
	}
}

func TestGeneral(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Manager)
	_, body := b.Get(settingspages.Path)
	f := form(t, body, settingspages.Path)
	if status, body := b.Post(settingspages.Path, f); status != http.StatusOK || !strings.Contains(body, "Nothing was changed") || w.get(t).Version != 0 {
		t.Errorf("unchanged: %d, version %d", status, w.get(t).Version)
	}
	maps.Copy(f, url.Values{"overage": {"pause"}, "order.phone": {"none"}, "order.work_email": {"website\r\nworkspace"}})
	if status, _ := b.Post(settingspages.Path, f); status != http.StatusOK {
		t.Errorf("changed: %d", status)
	}
	s := w.get(t)
	if s.Enrichment.Overage != "pause" || len(s.Enrichment.Order["phone"]) != 0 || cmp.Diff([]string{"website", "workspace"}, s.Enrichment.Order["work_email"]) != "" || s.Version != 1 {
		t.Errorf("settings = %+v", s)
	}
	if log := w.Log(w.W, activity.SettingsUpdated); len(log) != 1 || log[0].Actor.Name != "manager@example.com" || len(log[0].Detail) != 3 {
		t.Errorf("log = %+v", log)
	}
	_, body = b.Get(settingspages.Path)
	f = form(t, body, settingspages.Path)
	f.Set("order.phone", evil)
	f.Set("order.account", "")
	status, body := b.Post(settingspages.Path, f)
	if status != http.StatusUnprocessableEntity || strings.Contains(body, evil) || form(t, body, settingspages.Path).Get("order.phone") != evil || !strings.Contains(body, `id="h-order.phone" class="error"`) {
		t.Errorf("no provider: %d\n%s", status, body)
	}
}

// TestConflict lets two people change the settings at once: nothing of either is lost.
func TestConflict(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	_, body := b.Get(settingspages.Path)
	f := form(t, body, settingspages.Path)
	w.set(t, `{"overage":"pause","order":{"phone":["reference"],"work_email":["pattern"]}}`)
	maps.Copy(f, url.Values{"order.phone": {"workspace"}, "order.linkedin_url": {"none"}})
	status, body := b.Post(settingspages.Path, f)
	if status != http.StatusConflict || !strings.Contains(body, "meanwhile: reference") {
		t.Fatalf("%d\n%s", status, body)
	}
	again := form(t, body, settingspages.Path)
	for name, want := range map[string]string{"overage": "pause", "order.work_email": "pattern", "order.phone": "workspace", "order.linkedin_url": "none"} {
		if again.Get(name) != want {
			t.Errorf("%s comes back as %q, want %q", name, again.Get(name), want)
		}
	}
	if status, _ := b.Post(settingspages.Path, again); status != http.StatusOK {
		t.Errorf("again: %d", status)
	}
	s := w.get(t)
	if s.Enrichment.Overage != "pause" || s.Enrichment.Order["work_email"][0] != "pattern" || s.Enrichment.Order["phone"][0] != "workspace" || len(s.Enrichment.Order["linkedin_url"]) != 0 {
		t.Errorf("settings = %+v", s.Enrichment)
	}
}

func TestProvider(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	f := acme(t, b)
	if status, body := b.Post(settingspages.Path+"/new-provider", f); status != http.StatusOK || strings.Contains(body, secret) {
		t.Fatalf("%d\n%s", status, body)
	}
	p := w.get(t).Enrichment.Providers["acme"]
	if !*p.SecretSet || *p.Cost != 2 || p.SecretPrefix != "Bearer " || p.Headers["X-Team"] != "one" || len(p.Headers) != 2 || !*p.Enabled {
		t.Errorf("provider = %+v", p)
	}
	e, err := w.settings.Enrichment(context.Background(), w.W.ID)
	if err != nil || e.Providers["acme"].Secret.Reveal() != secret {
		t.Errorf("the secret is not the one typed: %v", err)
	}
	path := settingspages.Path + "/providers/acme"
	_, body := b.Get(path)
	f = form(t, body, path)
	if status, body := b.Post(path, f); status != http.StatusOK || !strings.Contains(body, "Nothing was changed") || w.get(t).Version != 1 {
		t.Errorf("unchanged: %d, version %d", status, w.get(t).Version)
	}
	maps.Copy(f, url.Values{"cost": {"7"}, "headers": {"X-Team: two"}, "fields": {"phone"}})
	f.Del("enabled")
	if status, _ := b.Post(path, f); status != http.StatusOK {
		t.Errorf("changed: %d", status)
	}
	p = w.get(t).Enrichment.Providers["acme"]
	if *p.Cost != 7 || *p.Enabled || cmp.Diff(map[string]string{"X-Team": "two"}, p.Headers) != "" || cmp.Diff([]string{"phone"}, p.Fields) != "" || !*p.SecretSet {
		t.Errorf("provider = %+v", p)
	}
	for _, e := range w.Log(w.W, "") {
		for _, text := range e.Detail {
			if strings.Contains(text, secret) {
				t.Error("the log holds the secret")
			}
		}
	}
}

func TestProviderRefused(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	f := acme(t, b)
	maps.Copy(f, url.Values{"url": {"http://acme.example/" + evil}, "cost": {"dear"}, "response": {"{"}, "headers": {"Cookie: x"}, "fields": {}})
	status, body := b.Post(settingspages.Path+"/new-provider", f)
	if status != http.StatusUnprocessableEntity || strings.Contains(body, secret) || strings.Contains(body, evil) {
		t.Errorf("%d", status)
	}
	if back := form(t, body, settingspages.Path+"/new-provider"); back.Get("url") != f.Get("url") || back.Get("cost") != "dear" || back.Get("name") != "acme" || back.Get("secret") != "" {
		t.Errorf("what was typed is lost: %v", back)
	}
	f.Set("cost", "2")
	_, body = b.Post(settingspages.Path+"/new-provider", f)
	for _, name := range []string{"url", "response", "headers"} {
		if !strings.Contains(body, `id="h-`+name+`" class="error"`) {
			t.Errorf("nothing stands beside %s", name)
		}
	}
	if len(w.get(t).Enrichment.Providers) != 0 {
		t.Error("a refused provider was kept")
	}
	f = acme(t, b)
	b.Post(settingspages.Path+"/new-provider", f)
	if status, body := b.Post(settingspages.Path+"/new-provider", f); status != http.StatusUnprocessableEntity || !strings.Contains(body, "already") || w.get(t).Version != 1 {
		t.Errorf("the same name: %d", status)
	}
	path := settingspages.Path + "/providers/acme"
	_, body = b.Get(path)
	f = form(t, body, path)
	f.Set("url", "https://elsewhere.example/")
	if status, body := b.Post(path, f); status != http.StatusUnprocessableEntity || !strings.Contains(body, `id="h-secret" class="error"`) {
		t.Errorf("another host for the secret: %d", status)
	}
}

func TestRemoveProvider(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	b.Post(settingspages.Path+"/new-provider", acme(t, b))
	w.set(t, `{"order":{"phone":["acme"],"work_email":["workspace","acme"]}}`)
	path := settingspages.Path + "/providers/acme/remove"
	b.Get(settingspages.Path + "/providers/acme")
	if status, _ := b.Post(path, url.Values{"confirm": {"acm"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("without its name: %d", status)
	}
	if status, body := b.Post(path, url.Values{"confirm": {"acme"}}); status != http.StatusOK {
		t.Errorf("%d\n%s", status, body)
	}
	s := w.get(t).Enrichment
	if len(s.Providers) != 0 || cmp.Diff([]string{"workspace"}, s.Order["work_email"]) != "" || cmp.Diff([]string{"workspace", "reference"}, s.Order["phone"]) != "" {
		t.Errorf("settings = %+v", s)
	}
	if status, _ := b.Post(path, url.Values{"confirm": {"acme"}}); status != http.StatusNotFound {
		t.Errorf("again: %d", status)
	}
}

func TestDocument(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	path := settingspages.Path + "/json"
	b.Get(path)
	patch := `{"overage":"pause","providers":{"acme":{"kind":"http","url":"https://acme.example/","response":".","fields":["phone"],"cost":1,"secret_query":"k","secret":"` + secret + `"}}}`
	if status, body := b.Post(path, url.Values{"version": {"0"}, "patch": {patch}}); status != http.StatusOK || strings.Contains(body, secret) || !strings.Contains(html.UnescapeString(body), `"secret_set": true`) {
		t.Errorf("%d\n%s", status, body)
	}
	for name, c := range map[string]struct {
		version, patch string
		want           int
	}{
		"stale": {"0", patch, http.StatusConflict}, "wrong": {"1", strings.Replace(patch, "pause", "gold", 1), http.StatusUnprocessableEntity},
		"no JSON": {"1", patch[:len(patch)-4], http.StatusBadRequest}, "no object": {"1", `[]`, http.StatusUnprocessableEntity}, "nothing": {"1", ``, http.StatusUnprocessableEntity},
	} {
		if status, body := b.Post(path, url.Values{"version": {c.version}, "patch": {c.patch}}); status != c.want || strings.Contains(body, secret) {
			t.Errorf("%s: %d, shows the secret: %v", name, status, strings.Contains(body, secret))
		}
	}
	if s := w.get(t); s.Version != 1 {
		t.Errorf("version %d", s.Version)
	}
}

func TestCredits(t *testing.T) {
	w := setup(t)
	b := w.As(workspaces.Admin)
	_, body := b.Get(settingspages.CreditsPath)
	f := form(t, body, settingspages.CreditsPath)
	f.Set("amount", "1,234")
	for _, says := range []string{"Topped up by 1,234", "was sent before"} { // a form sent twice, by a reader who thought better of it
		if status, body := b.Post(settingspages.CreditsPath, f); status != http.StatusOK || !strings.Contains(body, says) {
			t.Errorf("%q: %d", says, status)
		}
		f.Set("amount", "7")
	}
	balance, err := w.credits.Balance(context.Background(), w.W.ID, "")
	if log := w.Log(w.W, activity.CreditsToppedUp); err != nil || balance.TopUp != 1234 || len(log) != 1 || log[0].Actor.Name != "admin@example.com" {
		t.Errorf("topped up by %d in %d entries, %v", balance.TopUp, len(log), err)
	}
	for _, amount := range []string{"", "0", "-5", "much", "5,5", evil, "10000000000000000000"} {
		_, body := b.Get(settingspages.CreditsPath)
		f := form(t, body, settingspages.CreditsPath)
		f.Set("amount", amount)
		if status, body := b.Post(settingspages.CreditsPath, f); status != http.StatusUnprocessableEntity || strings.Contains(body, evil) {
			t.Errorf("%q: %d", amount, status)
		}
	}
	for range 60 {
		if _, err := w.credits.TopUp(context.Background(), activity.PersonActor("ann@example.com"), w.W.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	rows, path := 0, settingspages.CreditsPath+"?kind=topup"
	for range 3 {
		_, body := b.Get(path)
		rows += strings.Count(body, "<td>topped up")
		if path = ""; strings.Contains(body, `rel="next"`) {
			link := regexp.MustCompile(`<a href="([^"]*)" rel="next"`).FindStringSubmatch(body)
			path = html.UnescapeString(link[1])
		} else {
			break
		}
	}
	if rows != 61 || path != "" {
		t.Errorf("%d rows over all pages, want 61; then %q", rows, path)
	}
}
