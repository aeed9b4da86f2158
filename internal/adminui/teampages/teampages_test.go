package teampages_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/teampages"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const evil = `<script>alert(1)</script>`

// team is a workspace with a member of each role, whom the browsers are signed in as.
type team struct {
	*uitest.World
	*uitest.Server
	members map[workspaces.Role]workspaces.Member
}

func setup(t *testing.T) team {
	t.Helper()
	w := uitest.NewWorld(t)
	area := teampages.New(teampages.Config{Members: w.Workspaces, Keys: w.Keys, InTx: w.DB.InTx, PublicURL: "https://unstuck.example"})
	out := team{w, uitest.Serve(t, w.W, area), map[workspaces.Role]workspaces.Member{}}
	for _, role := range workspaces.Roles() {
		out.members[role] = w.Member(w.W, string(role)+"@example.com", role)
	}
	return out
}

func (s team) path(role workspaces.Role, more string) string {
	return teampages.Path + "/" + s.members[role].ID + more
}

func TestRoles(t *testing.T) {
	s := setup(t)
	s.Roles(map[string]workspaces.Role{
		teampages.Path: workspaces.Manager, s.path(workspaces.Operator, ""): workspaces.Manager, s.path(workspaces.Viewer, "/remove"): workspaces.Manager,
		s.path(workspaces.Admin, ""): workspaces.Admin, s.path(workspaces.Manager, "/remove"): workspaces.Admin,
	})
	for _, role := range []workspaces.Role{workspaces.Operator, workspaces.Viewer} {
		for _, path := range []string{teampages.Path + "/invite", s.path(workspaces.Viewer, "/role"), s.path(workspaces.Viewer, "/link"), s.path(workspaces.Viewer, "/remove")} {
			if got, _ := s.As(role).Post(path, nil); got != http.StatusForbidden {
				t.Errorf("%s as %s: %d", path, role, got)
			}
		}
	}
}

func TestManagersReachNobodyAboveThem(t *testing.T) {
	s := setup(t)
	b := s.As(workspaces.Manager)
	b.Get(teampages.Path)
	for path, form := range map[string]url.Values{
		s.path(workspaces.Admin, "/role"):   {"role": {"viewer"}},
		s.path(workspaces.Admin, "/link"):   {},
		s.path(workspaces.Admin, "/remove"): {"confirm": {"admin@example.com"}},
		s.path(workspaces.Manager, "/role"): {"role": {"viewer"}},
		s.path(workspaces.Viewer, "/role"):  {"role": {"admin"}},
		teampages.Path + "/invite":          {"email": {"eve@example.com"}, "role": {"admin"}},
	} {
		b.Get(teampages.Path)
		if got, _ := b.Post(path, form); got != http.StatusForbidden {
			t.Errorf("%s %v: %d, want 403", path, form, got)
		}
	}
	if n := len(s.Log(s.W, activity.MemberUpdated)) + len(s.Log(s.W, activity.MemberInvited)) + len(s.Log(s.W, activity.MemberRemoved)); n != 0 {
		t.Errorf("%d changes were logged", n)
	}
}

func TestInvite(t *testing.T) {
	s := setup(t)
	b := s.As(workspaces.Manager)
	b.Get(teampages.Path)
	status, body := b.Post(teampages.Path+"/invite", url.Values{"email": {"New@Example.com"}, "role": {"operator"}})
	link := "https://unstuck.example" + workspaces.SetupPath
	if status != http.StatusOK || strings.Count(body, link) != 1 || !strings.Contains(body, "new@example.com") {
		t.Fatalf("%d\n%s", status, body)
	}
	token := body[strings.Index(body, link)+len(link):]
	token = token[:strings.IndexAny(token, "<")]
	list, _ := s.Workspaces.ListMembers(t.Context(), s.W.ID)
	if m := list[len(list)-1]; m.Email != "new@example.com" || m.Role != workspaces.Operator || m.SetupTokenHash != workspaces.HashSetupToken(token) {
		t.Errorf("member = %+v", m)
	}
	if _, body := b.Get(teampages.Path); strings.Contains(body, token) || !strings.Contains(body, "invited") {
		t.Error("the link is shown twice, or the member is not shown as invited")
	}
	if status, body := b.Post(teampages.Path+"/invite", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}); status != http.StatusConflict || strings.Contains(body, link) {
		t.Errorf("the same again: %d", status)
	}
	if status, body := b.Post(teampages.Path+"/invite", url.Values{"email": {evil}, "role": {"viewer"}}); status != http.StatusUnprocessableEntity || strings.Contains(body, evil) || !strings.Contains(body, html.EscapeString(evil)) {
		t.Errorf("no email: %d", status)
	}
}

func TestChangeRoleAndLink(t *testing.T) {
	s := setup(t)
	b := s.As(workspaces.Admin)
	b.Get(s.path(workspaces.Viewer, ""))
	if status, body := b.Post(s.path(workspaces.Viewer, "/role"), url.Values{"role": {"manager"}}); status != http.StatusOK || !strings.Contains(body, "now has the role Manager") {
		t.Errorf("role: %d", status)
	}
	if log := s.Log(s.W, activity.MemberUpdated); len(log) != 1 || log[0].Detail["role"] != "manager" || log[0].Detail["role_before"] != "viewer" || log[0].Actor.Name != "admin@example.com" {
		t.Errorf("log = %+v", log)
	}
	if status, body := b.Post(s.path(workspaces.Admin, "/role"), url.Values{"role": {"viewer"}}); status != http.StatusConflict || !strings.Contains(body, "last Admin") {
		t.Errorf("the last admin: %d", status)
	}
	_, first := b.Post(s.path(workspaces.Operator, "/link"), nil)
	_, second := b.Post(s.path(workspaces.Operator, "/link"), nil)
	if !strings.Contains(first, workspaces.SetupPath) || first == second {
		t.Error("no new link")
	}
	if got, _ := b.Get(teampages.Path + "/nobody"); got != http.StatusNotFound {
		t.Errorf("nobody: %d", got)
	}
	foreign := s.Member(s.Other, "eve@example.com", workspaces.Viewer)
	for _, more := range []string{"", "/remove"} {
		if got, _ := b.Get(teampages.Path + "/" + foreign.ID + more); got != http.StatusNotFound {
			t.Errorf("a member of another workspace%s: %d", more, got)
		}
	}
	b.Get(teampages.Path)
	for more, form := range map[string]url.Values{"/role": {"role": {"admin"}}, "/link": nil, "/remove": {"confirm": {"eve@example.com"}}} {
		if got, _ := b.Post(teampages.Path+"/"+foreign.ID+more, form); got != http.StatusNotFound {
			t.Errorf("a member of another workspace%s: %d", more, got)
		}
	}
}

// TestRemove decides for each key of the leaving member: nothing is revoked silently.
func TestRemove(t *testing.T) {
	s := setup(t)
	bob := s.members[workspaces.Operator]
	ends, stays := s.Key(s.W, "ends "+evil, bob.Email), s.Key(s.W, "stays", bob.Email)
	gone, other := s.Key(s.W, "revoked before", bob.Email), s.Key(s.W, "of somebody else", "admin@example.com")
	foreign := s.Key(s.Other, "of another workspace", bob.Email)
	if _, err := s.Keys.Revoke(t.Context(), activity.PersonActor("admin@example.com"), s.W.ID, gone.ID); err != nil {
		t.Fatal(err)
	}
	b := s.As(workspaces.Admin)
	_, body := b.Get(s.path(workspaces.Operator, "/remove"))
	for _, k := range []keys.Key{ends, stays, gone, other, foreign} {
		if shown := strings.Contains(body, `value="`+k.ID+`"`); shown != (k.ID == ends.ID || k.ID == stays.ID) {
			t.Errorf("key %q is shown: %v", k.Name, shown)
		}
	}
	if strings.Contains(body, evil) {
		t.Error("a key's name is markup")
	}
	form := url.Values{"revoke": {ends.ID, other.ID, foreign.ID}, "confirm": {"somebody"}}
	if status, body := b.Post(s.path(workspaces.Operator, "/remove"), form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="`+ends.ID+`" checked`) {
		t.Errorf("without the name: %d", status)
	}
	form.Set("confirm", "Operator@example.com")
	if status, body := b.Post(s.path(workspaces.Operator, "/remove"), form); status != http.StatusOK || !strings.Contains(body, "1 API key revoked") {
		t.Errorf("removed: %d", status)
	}
	for _, c := range []struct {
		ws  workspaces.Workspace
		key keys.Key
		end bool
	}{{s.W, ends, true}, {s.W, stays, false}, {s.W, other, false}, {s.Other, foreign, false}} {
		if k, _, err := s.Keys.Get(t.Context(), c.ws.ID, c.key.ID); err != nil || k.RevokedAt.IsZero() == c.end {
			t.Errorf("key %q: revoked at %v, %v", c.key.Name, k.RevokedAt, err)
		}
	}
	if removed, revoked := s.Log(s.W, activity.MemberRemoved), s.Log(s.W, activity.KeyRevoked); len(removed) != 1 || len(revoked) != 2 {
		t.Errorf("%d removals and %d revocations in the log, want 1 and 2", len(removed), len(revoked))
	}
	if got, _ := b.Post(s.path(workspaces.Operator, "/remove"), form); got != http.StatusNotFound {
		t.Errorf("again: %d", got)
	}
}

func TestManagersDecideAboutNoKey(t *testing.T) {
	s := setup(t)
	k := s.Key(s.W, "secret name", s.members[workspaces.Viewer].Email)
	b := s.As(workspaces.Manager)
	if _, body := b.Get(s.path(workspaces.Viewer, "/remove")); strings.Contains(body, k.Name) || strings.Contains(body, k.ID) || !strings.Contains(body, "go on working: 1.") {
		t.Error("a manager sees a key, or not that there is one")
	}
	if got, _ := b.Post(s.path(workspaces.Viewer, "/remove"), url.Values{"confirm": {"viewer@example.com"}, "revoke": {k.ID}}); got != http.StatusForbidden {
		t.Errorf("with a key: %d", got)
	}
	b.Get(s.path(workspaces.Viewer, "/remove"))
	if got, _ := b.Post(s.path(workspaces.Viewer, "/remove"), url.Values{"confirm": {"viewer@example.com"}}); got != http.StatusOK || len(s.Log(s.W, activity.KeyRevoked)) != 0 {
		t.Errorf("without: %d", got)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	s := setup(t)
	k := s.Key(s.W, "k", "admin@example.com")
	b := s.As(workspaces.Admin)
	b.Get(s.path(workspaces.Admin, "/remove"))
	status, body := b.Post(s.path(workspaces.Admin, "/remove"), url.Values{"confirm": {"admin@example.com"}, "revoke": {k.ID}})
	if status != http.StatusConflict || !strings.Contains(body, "last Admin") || len(s.Log(s.W, activity.KeyRevoked)) != 0 {
		t.Errorf("%d, revoked %d", status, len(s.Log(s.W, activity.KeyRevoked)))
	}
}
