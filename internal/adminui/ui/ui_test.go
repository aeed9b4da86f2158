package ui_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// area has a page for each access and a form that says what it was sent.
func area() ui.Area {
	page := func(r *ui.Request) error {
		return r.Page(ui.Page{Title: "A page", Body: templ.Join(ui.CSRF(), ui.Badge(r.Person.Email, ""))})
	}
	return ui.Area{Name: "Things", Path: "/admin/things", Group: ui.Work, Who: ui.Viewers, Stories: func() []ui.Story { return nil }, Routes: []ui.Route{
		ui.Get("/admin/things", ui.Viewers, page), ui.Get("/admin/things/operators", ui.Operators, page),
		ui.Get("/admin/things/managers", ui.Managers, page), ui.Get("/admin/things/admins", ui.Admins, page),
		ui.Post("/admin/things", ui.Operators, func(r *ui.Request) error { return r.Done("Kept "+r.Value("name")+".", "/admin/things") }),
	}}
}

func TestAccess(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, area())
	order := []workspaces.Role{workspaces.Viewer, workspaces.Operator, workspaces.Manager, workspaces.Admin}
	for i, path := range []string{"/admin/things", "/admin/things/operators", "/admin/things/managers", "/admin/things/admins"} {
		for j, role := range order {
			want := http.StatusOK
			if j < i {
				want = http.StatusForbidden
			}
			if got, _ := s.As(role).Get(path); got != want {
				t.Errorf("%s as %s: %d, want %d", path, role, got, want)
			}
		}
	}
}

func TestFormsNeedTheirToken(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, area())
	b := s.As(workspaces.Operator)
	b.Get("/admin/things")
	if status, body := b.Post("/admin/things", url.Values{"name": {"<b>x</b>"}}); status != 200 || !strings.Contains(body, "Kept &lt;b&gt;x&lt;/b&gt;.") {
		t.Errorf("a form with its token: %d", status)
	}
	for name, token := range map[string]string{"none": " ", "another": "AAAA"} {
		if status, _ := b.Post("/admin/things", url.Values{"name": {"x"}, ui.TokenField: {token}}); status != http.StatusForbidden {
			t.Errorf("a form with %s token: %d, want 403", name, status)
		}
	}
	if status, _ := s.As(workspaces.Viewer).Post("/admin/things", nil); status != http.StatusForbidden {
		t.Errorf("a viewer's form: %d, want 403", status)
	}
	if status, _ := s.Anonymous().Post("/admin/things", nil); status != http.StatusUnauthorized {
		t.Errorf("a stranger's form: %d, want 401", status)
	}
	forged, _ := http.NewRequest("POST", s.URL+"/admin/things", strings.NewReader(""))
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	if res, err := b.Do(forged); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %v %v, want 403", res.StatusCode, err)
	}
}

// TestWhoWasRemovedWhileAFormArrived sends a form's body in two parts, between which its sender is removed.
func TestWhoWasRemovedWhileAFormArrived(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, area())
	b := s.As(workspaces.Operator)
	b.Get("/admin/things")
	token := regexp.MustCompile(`name="` + ui.TokenField + `" value="([^"]*)"`).FindStringSubmatch(b.Body)[1]
	body, rest := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		res, err := b.Client.Post(s.URL+"/admin/things", "application/x-www-form-urlencoded", body)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		_ = res.Body.Close()
		answered <- res.StatusCode
	}()
	form := ui.TokenField + "=" + token + "&name=x"
	_, _ = io.WriteString(rest, form[:10])
	s.End(workspaces.Operator)
	_, _ = io.WriteString(rest, form[10:])
	_ = rest.Close()
	if status := <-answered; status != http.StatusUnauthorized {
		t.Errorf("status %d, want 401", status)
	}
}

func TestOtherMethods(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, area())
	for _, c := range []struct {
		method, path string
		want         int
	}{{"HEAD", "/admin", 200}, {"PUT", "/admin/things", 405}, {"DELETE", "/admin/things/admins", 405}, {"PUT", "/admin/nowhere", 404}} {
		req, _ := http.NewRequest(c.method, s.URL+c.path, nil)
		res, err := s.As(workspaces.Admin).Do(req)
		if err != nil || res.StatusCode != c.want || (c.want == 405) != (res.Header.Get("Allow") != "") {
			t.Errorf("%s %s: %v, want %d", c.method, c.path, res, c.want)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, area())
	for _, path := range []string{"/admin/things", "/admin/nowhere", ui.Asset("app.css")} {
		res, err := s.As(workspaces.Admin).Client.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if cached := strings.Contains(res.Header.Get("Cache-Control"), "immutable"); cached != strings.HasPrefix(path, "/admin/static/") || res.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, res.Header)
		}
	}
}

func TestNextStaysWithUs(t *testing.T) {
	for _, path := range []string{"//evil.example", "https://evil.example", "/adminx", "/\\evil.example", "javascript:alert(1)", "", "/admin\\..", "/v1/leads"} {
		if got := ui.Local(path, "/admin"); got != "/admin" {
			t.Errorf("Local(%q) = %q", path, got)
		}
	}
	for _, path := range []string{"/admin", "/admin/keys?x=1", "/device?user_code=AB"} {
		if got := ui.Local(path, "/admin"); got != path {
			t.Errorf("Local(%q) = %q", path, got)
		}
	}
}

// TestPagesTellFromWhere: what is changed on a page is logged with the address of its reader.
func TestPagesTellFromWhere(t *testing.T) {
	var got activity.Source
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, ui.Area{Name: "Things", Path: "/admin/things", Group: ui.Work, Who: ui.Viewers, Stories: func() []ui.Story { return nil }, Routes: []ui.Route{
		ui.Get("/admin/things", ui.Viewers, func(r *ui.Request) error {
			got = activity.SourceOf(r.Context())
			return r.Page(ui.Page{Title: "Things", Body: ui.CSRF()})
		}),
	}})
	s.As(workspaces.Viewer).Get("/admin/things")
	if want := (activity.Source{Door: activity.DoorPage, Address: "127.0.0.1"}); got != want {
		t.Errorf("from %+v, want %+v", got, want)
	}
}
