package signin_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestSetupLink(t *testing.T) {
	w := newWorld(t, nil)
	token := w.invite("acme", "ann@example.com", workspaces.Admin)
	b := w.Anonymous()
	b.Get("/admin/setup")
	before := w.session(b)
	status, body := b.Post("/admin/setup", url.Values{"link": {" " + origin + workspaces.SetupPath + token + " "}}) // pasted whole
	if status != 200 || !strings.Contains(body, "<strong>ann@example.com</strong>, Admin of <strong>Team acme</strong>") || strings.Contains(body, token) {
		t.Fatalf("%d\n%s", status, body)
	}
	if w.session(b) == before || before == "" {
		t.Error("the session was not renewed when the link was proved")
	}
	for what, form := range map[string]url.Values{
		"10 to 200 characters": {"password": {"short"}, "again": {"short"}}, "easy to guess": {"password": {"ann@example.com"}, "again": {"ann@example.com"}},
		"passwords differ": {"password": {good}, "again": {another}},
	} {
		if status, body := b.Post("/admin/setup/password", form); status != http.StatusUnprocessableEntity || !strings.Contains(body, what) || strings.Contains(body, good) {
			t.Errorf("%s: %d\n%s", what, status, body)
		}
	}
	proved := w.session(b)
	if status, _ := b.Post("/admin/setup/password", url.Values{"password": {good}, "again": {good}}); status != 200 || w.session(b) == proved {
		t.Errorf("set up: %d, or the session was not renewed", status)
	}
	w.wantDesk(b, "ann@example.com as admin at acme")

	late := w.Anonymous()
	late.Get("/admin/setup")
	if status, body := late.Post("/admin/setup", url.Values{"link": {token}}); status != http.StatusGone || !strings.Contains(body, "used already") {
		t.Errorf("the link again: %d\n%s", status, body)
	}
	if _, body := late.Get("/admin/setup/password"); !strings.Contains(body, "Setup link") {
		t.Errorf("the password page without a link:\n%s", body)
	}
}

func TestSetupLinkTooLate(t *testing.T) {
	w := newWorld(t, nil)
	b, token := w.Anonymous(), w.invite("acme", "ann@example.com", workspaces.Admin)
	b.Get("/admin/setup")
	b.Post("/admin/setup", url.Values{"link": {token}})
	w.now = w.now.Add(workspaces.SetupLife)
	if status, body := b.Post("/admin/setup/password", url.Values{"password": {good}, "again": {good}}); status != http.StatusGone || !strings.Contains(body, "more than 7 days old") {
		t.Errorf("%d\n%s", status, body)
	}
	w.wantOut(b)
}

func TestSignIn(t *testing.T) {
	w := newWorld(t, nil)
	w.setUp("acme", "ann@example.com", workspaces.Admin, good)
	_, wrong, one := w.signIn("ann@example.com", another, "")
	_, none, two := w.signIn("eve@example.com", another, "")
	same := func(body string) string {
		return regexp.MustCompile(`value="[^"]*"`).ReplaceAllString(body, "")
	}
	if wrong != http.StatusUnprocessableEntity || none != wrong || same(one) != same(two) || strings.Contains(one, another) {
		t.Errorf("a wrong password: %d, an unknown email: %d\n%s\n%s", wrong, none, one, two)
	}
	b := w.Anonymous()
	b.Get(ui.SignInPath)
	planted := w.session(b)
	b.Post(ui.SignInPath, url.Values{"email": {"Ann@Example.com"}, "password": {good}, "next": {"/admin/desk/boss"}})
	if !strings.Contains(b.Body, "ann@example.com as admin") || w.session(b) == planted || planted == "" {
		t.Errorf("session renewed: %t\n%s", w.session(b) != planted, b.Body)
	}
	eve := w.Anonymous()
	u, _ := url.Parse(w.URL)
	eve.Jar.SetCookies(u, []*http.Cookie{{Name: "unstuck_session", Value: planted, Path: "/"}})
	w.wantOut(eve)
	if _, body := b.Get(ui.SignInPath); strings.Contains(body, "<h1>Sign in</h1>") {
		t.Error("who is signed in is asked again")
	}
	if _, body := b.Get("/admin/desk"); body == "" {
		t.Error("no page")
	}
	b.Post(ui.SignOut, nil)
	w.wantOut(b)
	if _, _, body := w.signIn("ann@example.com", good, "//evil.example"); !strings.Contains(body, "Desk") {
		t.Errorf("next leads elsewhere:\n%s", body)
	}
}

func TestSignInIsThrottled(t *testing.T) {
	w := newWorld(t, nil)
	w.setUp("acme", "ann@example.com", workspaces.Admin, good)
	b := w.Anonymous()
	b.Get(ui.SignInPath)
	for range 10 {
		if status, _ := b.Post(ui.SignInPath, url.Values{"email": {"ann@example.com"}, "password": {another}}); status != http.StatusUnprocessableEntity {
			t.Fatal(status)
		}
	}
	form := url.Values{"email": {"ann@example.com"}, "password": {good}}
	if status, body := b.Post(ui.SignInPath, form); status != http.StatusTooManyRequests || !strings.Contains(body, "Wait 3") {
		t.Errorf("the eleventh: %d\n%s", status, body)
	}
	w.now = w.now.Add(31 * time.Second)
	b.Post(ui.SignInPath, form)
	w.wantDesk(b, "ann@example.com as admin at acme")
}

func TestStrangersGetSoManySessions(t *testing.T) {
	w := newWorld(t, nil)
	b := w.Anonymous()
	b.Get(ui.SignInPath)
	for range 299 {
		if status, _ := w.Anonymous().Get(ui.SignInPath); status != 200 {
			t.Fatal(status)
		}
	}
	late := w.Anonymous()
	if status, body := late.Get(ui.SignInPath); status != http.StatusTooManyRequests || !strings.Contains(body, "Wait a second") || w.session(late) != "" {
		t.Errorf("one more: %d %s", status, body)
	}
	if status, _ := b.Get(ui.SignInPath); status != 200 {
		t.Errorf("who has a session: %d", status)
	}
	if status, _ := late.Get("/admin/nowhere"); status != http.StatusNotFound { // a page without a form needs no session
		t.Errorf("a page without a form: %d", status)
	}
}

func TestChoose(t *testing.T) {
	w := newWorld(t, nil)
	w.setUp("one", "ann@example.com", workspaces.Admin, good)
	w.setUp("two", "ann@example.com", workspaces.Viewer, good)
	w.setUp("three", "ann@example.com", workspaces.Admin, another)
	b, status, body := w.signIn("ann@example.com", good, "/admin/desk")
	if status != 200 || !strings.Contains(body, "Team one") || !strings.Contains(body, "Team two") || strings.Contains(body, "Team three") {
		t.Fatalf("%d\n%s", status, body)
	}
	w.wantOut(b) // nobody is in before the choice
	third, _ := w.teams.ListMembers(ctx, "three")
	b.Get("/admin/sign-in/choose")
	b.Post("/admin/sign-in/choose", url.Values{"member": {third[0].ID}})
	w.wantOut(b)
	second, _ := w.teams.ListMembers(ctx, "two")
	b.Get("/admin/sign-in/choose")
	b.Post("/admin/sign-in/choose", url.Values{"member": {second[0].ID}})
	w.wantDesk(b, "ann@example.com as viewer at two")

	slow, _, _ := w.signIn("ann@example.com", good, "")
	w.now = w.now.Add(6 * time.Minute)
	if _, body := slow.Post("/admin/sign-in/choose", url.Values{"member": {second[0].ID}}); !strings.Contains(body, "took too long") {
		t.Errorf("a late choice:\n%s", body)
	}
	w.wantOut(slow)
}

func TestRemovalAndRoleCountAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	b := w.setUp("acme", "ann@example.com", workspaces.Admin, good)
	w.setUp("acme", "bob@example.com", workspaces.Admin, good)
	if status, _ := b.Get("/admin/desk/boss"); status != 200 {
		t.Fatal(status)
	}
	list, _ := w.teams.ListMembers(ctx, "acme")
	if _, err := w.teams.SetRole(ctx, root, list[0].WorkspaceID, list[0].ID, workspaces.Viewer); err != nil {
		t.Fatal(err)
	}
	if status, _ := b.Get("/admin/desk/boss"); status != http.StatusForbidden {
		t.Errorf("as a viewer: %d", status)
	}
	w.wantDesk(b, "as viewer")
	if _, err := w.teams.RemoveMember(ctx, root, "acme", "ann@example.com"); err != nil {
		t.Fatal(err)
	}
	w.wantOut(b)
}

var endForm = regexp.MustCompile(`action="(/admin/profile/logins/[0-9a-f-]+/end)"`)

func TestProfile(t *testing.T) {
	w := newWorld(t, nil)
	b := w.setUp("acme", "ann@example.com", workspaces.Operator, good)
	phone, _, _ := w.signIn("ann@example.com", good, "")
	tablet, _, _ := w.signIn("ann@example.com", good, "")
	_, body := b.Get(ui.Profile)
	for _, want := range []string{"ann@example.com", "Operator", "This one", "127.0.0.1", "Setup link", "Password"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in\n%s", want, body)
		}
	}
	ends := endForm.FindAllStringSubmatch(body, -1)
	if len(ends) != 2 {
		t.Fatalf("%d logins to end, want 2\n%s", len(ends), body)
	}
	if _, body := b.Post(ends[0][1], nil); !strings.Contains(body, "That login has ended.") {
		t.Errorf("end one:\n%s", body)
	}
	w.wantOut(tablet) // the newest stands first
	w.wantDesk(phone, "ann@example.com")
	stranger := w.setUp("other", "ann@example.com", workspaces.Admin, good)
	stranger.Get(ui.Profile)
	if status, _ := stranger.Post(ends[1][1], nil); status != http.StatusNotFound {
		t.Errorf("a login of another workspace: %d", status)
	}
	if _, body := b.Get(ui.Profile); strings.Contains(body, "Team other") {
		t.Error("the other workspace shows")
	}
	if status, _ := b.Post(ui.Profile+"/password", url.Values{"old": {another}, "password": {another}, "again": {another}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong old password: %d", status)
	}
	if _, body := b.Post(ui.Profile+"/password", url.Values{"old": {good}, "password": {another}, "again": {another}}); !strings.Contains(body, "Your password was changed") || strings.Contains(body, another) {
		t.Errorf("change:\n%s", body)
	}
	w.wantOut(phone)
	w.wantDesk(b, "ann@example.com")
	w.wantDesk(stranger, "at other")
	phone, _, _ = w.signIn("ann@example.com", another, "")
	w.wantDesk(phone, "at acme")
	b.Get(ui.Profile)
	if _, body := b.Post(ui.Profile+"/logins/others/end", nil); !strings.Contains(body, "Other logins ended: 1.") {
		t.Errorf("end the others:\n%s", body)
	}
	w.wantOut(phone)
	w.now = w.now.Add(login.Idle)
	w.wantOut(b)
}

func TestAnotherSignInEndsTheFirst(t *testing.T) {
	w := newWorld(t, nil)
	b := w.setUp("acme", "ann@example.com", workspaces.Admin, good)
	list, _ := w.teams.ListMembers(ctx, "acme")
	token := w.invite("acme", "bob@example.com", workspaces.Viewer)
	b.Get("/admin/setup")
	b.Post("/admin/setup", url.Values{"link": {token}})
	b.Post("/admin/setup/password", url.Values{"password": {another}, "again": {another}})
	w.wantDesk(b, "bob@example.com as viewer")
	if left, err := w.db.ListLogins(ctx, list[0].WorkspaceID, list[0].ID); err != nil || len(left) != 0 {
		t.Errorf("ann's logins: %v %v", left, err)
	}
}
