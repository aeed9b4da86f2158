package ui_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// openArea has a page, to sign in at, and a route for programs that says whom it sees.
func openArea() ui.Area {
	a := area()
	a.Routes = append(a.Routes, ui.Route{Method: "POST", Path: "/device/say", Who: ui.Anyone, Open: true, Handle: func(r *ui.Request) error {
		if r.Value("name") == "" {
			return ui.NotFound("Nobody is named.")
		}
		return r.JSON(http.StatusOK, map[string]string{"name": r.Value("name"), "email": r.Person.Email, "cookie": r.Header.Get("Cookie")})
	}})
	return a
}

func TestASessionGivesAnOpenRouteNothing(t *testing.T) {
	s := uitest.Serve(t, workspaces.Workspace{ID: "w", Name: "Acme"}, openArea())
	admin := s.As(workspaces.Admin)
	for name, b := range map[string]*uitest.Browser{"an admin": admin, "a program": s.Anonymous()} {
		if status, body := b.Post("/device/say", url.Values{"name": {"x"}}); status != 200 || body != `{"cookie":"","email":"","name":"x"}` {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, body := admin.Post("/device/say", nil); status != 404 || strings.TrimSpace(body) != "Nobody is named." {
		t.Errorf("an error: %d %s", status, body)
	}
	if status, _ := admin.Post("/device/say", url.Values{"name": {strings.Repeat("x", 300<<10)}}); status != http.StatusBadRequest {
		t.Errorf("a large form: %d", status)
	}
	forged, _ := http.NewRequest("POST", s.URL+"/device/say", strings.NewReader("name=x"))
	forged.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	if res, err := admin.Do(forged); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another site: %v, %v", res.StatusCode, err)
	}
	if status, _ := admin.Get("/admin/things"); status != 200 {
		t.Errorf("the session afterwards: %d", status)
	}
}

func TestAnOpenRouteIsForAnyone(t *testing.T) {
	a := openArea()
	a.Routes[len(a.Routes)-1].Who = ui.Admins
	nobody := func(context.Context, string) (login.Person, workspaces.Workspace, error) {
		return login.Person{}, workspaces.Workspace{}, login.ErrOver
	}
	_, err := ui.New(ui.Config{Areas: []ui.Area{a}, Sessions: struct{ ui.Sessions }{}, People: nobody})
	if err == nil || !strings.Contains(err.Error(), "/device/say is open") {
		t.Errorf("an open route for admins was mounted: %v", err)
	}
}
