package workspaces_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestMembers(t *testing.T) {
	s, db := setup(t)
	ctx, w := context.Background(), mustCreate(t, s, "Acme", "", "")
	m, setupURL, err := s.AddMember(ctx, root, w.Slug, " Ann@EXAMPLE.com ", workspaces.Admin, "http://localhost:8080/")
	wantCode(t, "add", err, "")
	setupToken, ok := strings.CutPrefix(setupURL, "http://localhost:8080"+workspaces.SetupPath)
	raw, err := base64.RawURLEncoding.DecodeString(setupToken)
	if !ok || err != nil || len(raw) != 32 || m.SetupTokenHash != workspaces.HashSetupToken(setupToken) {
		t.Errorf("setup URL %q, hash right: %v", setupURL, m.SetupTokenHash == workspaces.HashSetupToken(setupToken))
	}
	want := workspaces.Member{ID: m.ID, WorkspaceID: w.ID, Email: "ann@example.com", Role: workspaces.Admin, CreatedAt: start,
		SetupTokenHash: m.SetupTokenHash, SetupExpiresAt: start.Add(workspaces.SetupLife)}
	list, err := s.ListMembers(ctx, w.Slug)
	if d := cmp.Diff([]workspaces.Member{want}, list); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	e := lastEntry(t, db, w.ID)
	if text, _ := json.Marshal(e); e.Action != activity.MemberAdded || e.Detail["email"] != "ann@example.com" || strings.Contains(string(text), setupToken) {
		t.Errorf("entry = %+v", e)
	}
	_, again, err := s.AddMember(ctx, root, w.ID, "ANN@example.com", workspaces.Viewer, "")
	wantCode(t, "the same email", err, fault.Conflict)
	_, second, err := s.AddMember(ctx, root, w.ID, "bob@example.com", workspaces.Viewer, "")
	wantCode(t, "another", err, "")
	if again != "" || strings.HasSuffix(second, setupToken) {
		t.Error("a setup token was given twice, or for a refusal")
	}
}

func TestRemoveMember(t *testing.T) {
	s, db := setup(t)
	ctx, w, other := context.Background(), mustCreate(t, s, "Acme", "", ""), mustCreate(t, s, "Other", "", "")
	for _, email := range []string{"ann@example.com", "bob@example.com"} {
		if _, _, err := s.AddMember(ctx, root, w.ID, email, workspaces.Manager, ""); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := s.ListMembers(ctx, w.ID)
	for _, ref := range []string{"", "eve@example.com", list[0].ID[1:]} {
		_, err := s.RemoveMember(ctx, root, w.ID, ref)
		wantCode(t, "remove "+ref, err, fault.NotFound)
	}
	_, err := s.RemoveMember(ctx, root, other.ID, list[0].ID)
	wantCode(t, "from another workspace", err, fault.NotFound)
	for i, ref := range []string{list[0].ID, "BOB@example.com"} {
		m, err := s.RemoveMember(ctx, root, w.Slug, ref)
		wantCode(t, "remove "+ref, err, "")
		if e := lastEntry(t, db, w.ID); m != list[i] || e.Action != activity.MemberRemoved || e.ObjectID != list[i].ID || e.Detail["role"] != "manager" {
			t.Errorf("removed %+v, entry %+v", m, e)
		}
	}
	if left, err := s.ListMembers(ctx, w.ID); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestMembersRefuse(t *testing.T) {
	s, _ := setup(t)
	ctx, w := context.Background(), mustCreate(t, s, "Acme", "", "")
	_, _, err := s.AddMember(ctx, root, w.ID, "no email", workspaces.Admin, "")
	wantCode(t, "email", err, fault.ValidationFailed)
	_, _, err = s.AddMember(ctx, root, w.ID, "a@example.com", "owner", "")
	wantCode(t, "role", err, fault.ValidationFailed)
	if f := fault.From(err).Fields; len(f) != 1 || f[0].Path != "role" || cmp.Diff(f[0].Allowed, []string{"admin", "manager", "operator", "viewer"}) != "" {
		t.Errorf("fields = %+v", f)
	}
	_, _, err = s.AddMember(ctx, root, "nowhere", "a@example.com", workspaces.Admin, "")
	wantCode(t, "add", err, fault.NotFound)
	_, err = s.ListMembers(ctx, "nowhere")
	wantCode(t, "list", err, fault.NotFound)
	_, err = s.RemoveMember(ctx, root, "nowhere", "a@example.com")
	wantCode(t, "remove", err, fault.NotFound)
}

func TestCheckName(t *testing.T) {
	secret, err := token.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := secret.Reveal()
	for name, ok := range map[string]bool{
		"a": true, strings.Repeat("ä", 100): true, " a ": true, "👩‍👩‍👧 family": true, "e\u0301": true,
		"": false, strings.Repeat("ä", 101): false, " \t": false, "\u3000": false, "\u200b": false, "a\x00": false, "a\x7f": false, "a\u0085": false,
		"a\u2028b": false, "a\u202eb": false, "a\u2067b": false, "\xff": false,
		"old " + key: false, token.Redact("a1b2c3d4"): true,
	} {
		if err := workspaces.CheckName("name", name); (err == nil) != ok {
			t.Errorf("CheckName(%q) = %v", name, err)
		}
	}
}
