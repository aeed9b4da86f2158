package devicepages

import (
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// hostile is what a program may say of itself.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>`

// stories are all pages in each state.
func stories() []ui.Story {
	at := time.Date(2027, 3, 4, 5, 6, 7, 0, time.UTC)
	l := devicelogin.Login{UserCode: "BCDF-GHJK", Client: "unstuck-cli/1.4.0", Host: "build-7", Source: "192.0.2.7", CreatedAt: at,
		Preset: scope.Full, KeyName: "unstuck-cli/1.4.0 on build-7", Expiry: keys.Expiry365}
	narrow := l
	narrow.Preset, narrow.Source = scope.ReadOnly, ""
	evil := l
	evil.Client, evil.Host, evil.KeyName = hostile, strings.Repeat("long-host-name-", 6), hostile
	wrong := viewOf(l).chosen(devicelogin.Choice{Preset: scope.WriteSignals, KeyName: " ", Expiry: keys.Expiry30}, map[string]string{
		"name": "This must not consist of spaces alone.", "preset": "This must be what was asked for, or less.", "expires": "This must be one of the lifetimes."})
	old := keys.Key{ID: "a1b2c3d4", Name: "Nightly import", Preset: scope.Custom, Permissions: scope.Of(scope.SignalsWrite)}
	evilKey := old
	evilKey.Name = hostile
	return []ui.Story{
		{Name: "device/code", Page: codePage("", "", http.StatusOK)},
		{Name: "device/code-wrong", Page: codePage(hostile, "No request with this code is waiting.", http.StatusNotFound)},
		{Name: "device/full", Page: askedPage(viewOf(l), http.StatusOK)},
		{Name: "device/read-only", Page: askedPage(viewOf(narrow), http.StatusOK)},
		{Name: "device/hostile", Page: askedPage(viewOf(evil), http.StatusOK)},
		{Name: "device/errors", Page: askedPage(wrong, http.StatusUnprocessableEntity)},
		{Name: "device/rotate", Page: askedPage(viewOf(l).replacing(old), http.StatusOK)},
		{Name: "device/rotate-hostile", Page: askedPage(viewOf(evil).replacing(evilKey), http.StatusOK)},
		{Name: "device/no-plan", Page: planPage()},
		{Name: "device/approved", Page: approvedPage()},
		{Name: "device/denied", Page: deniedPage()},
	}
}
