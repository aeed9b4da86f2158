package signin

import (
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// storyTime is the moment at which stories play.
var storyTime = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

func stories() []ui.Story {
	hostile, long := ui.Hostile[0], strings.Repeat("Donaudampfschifffahrt", 6)
	wrong := map[string]string{"old": "This is not your password.", "password": "Choose 10 to 200 characters.", "again": "The two passwords differ."}
	return []ui.Story{
		{Name: "sign-in/plain", Page: signInPage(signInView{Passkeys: true, Provider: "login.example.com"})},
		{Name: "sign-in/onward", Page: onwardPage(ui.Home)},
		{Name: "sign-in/wrong", Page: signInPage(signInView{Email: ui.Hostile[2], Next: ui.Hostile[3], Error: "This email and this password do not belong together."})},
		{Name: "sign-in/choose", Page: choosePage([]login.Account{account("Acme"), account(long), account(hostile)})},
		{Name: "setup/link", Page: linkPage(linkView{})},
		{Name: "setup/used", Page: linkPage(linkView{Error: noLink})},
		{Name: "setup/password", Page: setupPage(setupView{Email: "ann@example.com", Workspace: "Acme", Role: workspaces.Admin})},
		{Name: "setup/again", Page: setupPage(setupView{Email: ui.Hostile[1], Workspace: hostile, Role: workspaces.Viewer, Again: true, Errors: wrong})},
		{Name: "profile/first", Page: profilePage(profile("Acme", "Firefox on Windows", 1, 0))},
		{Name: "profile/full", Page: profilePage(profile("Acme", "Chrome on Mac", 3, 2))},
		{Name: "profile/hostile", Page: profilePage(profile(hostile, ui.Hostile[2], 2, 2))},
		{Name: "profile/errors", Page: func() ui.Page {
			v := profile(long, long, 1, 0)
			v.CanPasskey, v.Errors = false, wrong
			return profilePage(v)
		}()},
		{Name: "profile/no-password", Page: func() ui.Page {
			v := profile("Acme", "Safari on iPhone", 1, 0)
			v.HasPassword = false
			return profilePage(v)
		}()},
	}
}

func account(workspace string) login.Account {
	return login.Account{Member: workspaces.Member{ID: "m-" + workspace, Role: workspaces.Manager}, Workspace: workspace}
}

func person() login.Person {
	return login.Person{LoginID: "0", MemberID: "m", WorkspaceID: "w", Email: "ann@example.com", Role: workspaces.Admin}
}

func profile(workspace, device string, logins, keys int) profileView {
	v := profileView{Person: person(), Workspace: workspace, HasPassword: true, CanPasskey: true, Now: storyTime}
	for i := range logins {
		at := storyTime.Add(-time.Duration(i) * 26 * time.Hour)
		v.Logins = append(v.Logins, login.Login{ID: string(rune('0' + i)), Method: login.ByPassword, Device: device, Address: "2001:db8::1", CreatedAt: at, LastSeenAt: at.Add(time.Hour)})
	}
	for i := range keys {
		k := login.Passkey{ID: string(rune('a' + i)), Name: device, CreatedAt: storyTime}
		if i > 0 {
			k.LastUsedAt = storyTime
		}
		v.Passkeys = append(v.Passkeys, k)
	}
	return v
}
