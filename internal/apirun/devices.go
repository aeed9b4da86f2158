package apirun

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/devicepages"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// newDevices returns how programs without a browser ask for keys.
func (a *App) newDevices() *devicelogin.Service {
	return devicelogin.New(devicelogin.Config{
		Store: a.DB, Keys: a.Keys, Workspaces: a.DB, Now: a.now,
		Take: func(ctx context.Context, name string, perMinute, burst int) (time.Duration, error) {
			d, err := a.DB.Take(ctx, name, perMinute, burst)
			return d.RetryAfter, err
		},
	})
}

// devicePages are the pages where that is decided, which browsers reach at base.
func (a *App) devicePages(base string) devicepages.Config {
	verifier := keys.NewVerifier(keys.VerifierConfig{Store: a.DB, Ring: a.Ring, FailuresPerMinute: a.Config.AuthFailures})
	return devicepages.Config{Logins: a.Devices, Key: a.Keys.Get, Verify: verifier.Verify, PublicURL: base}
}
