package apirun

import (
	"context"
	"testing"

	"github.com/rs/zerolog"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// hooked keeps a webhook that a key made, past the look whether its host can be reached.
func (d desk) hooked(name string) string {
	d.t.Helper()
	ctx := context.Background()
	c, err := LoadConfig([]string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + d.dir + "/data"})
	if err != nil {
		d.t.Fatal(err)
	}
	a, err := Open(ctx, c, zerolog.Nop(), false)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Close()
	w, err := a.workspace(ctx, "acme")
	if err != nil {
		d.t.Fatal(err)
	}
	saved, err := a.Destinations.Keep(ctx, destinations.Caller{WorkspaceID: w.ID, Actor: activity.KeyActor("b0b0b0b0", "bot")},
		wire.SaveDestination{Name: name, Kind: "webhook", URL: "https://hooks.example.com/in"})
	if err != nil {
		d.t.Fatal(err)
	}
	return saved.Destination.ID
}

// TestAdminDestinations confirms what a key made, which shows its secret once, and rotates that.
func TestAdminDestinations(t *testing.T) {
	d := newDesk(t)
	id := d.hooked("Hook")
	run := func(code int, args ...string) (stdout, line string) {
		return d.do(code, append([]string{"destination", args[0], "--workspace", "acme"}, args[1:]...)...)
	}
	list := func() destinationRow {
		out, _ := run(0, "list")
		rows := parsed[[]destinationRow](t, out)
		if len(rows) != 1 || rows[0].Secret != "" {
			t.Fatalf("%s", out)
		}
		return rows[0]
	}
	if got := list(); got != (destinationRow{id, "Hook", "webhook", "pending", "https://hooks.example.com/in", "bot", "key", ""}) {
		t.Errorf("%+v", got)
	}
	run(5, "rotate", id)
	out, _ := run(0, "confirm", id)
	first := parsed[destinationRow](t, out)
	run(5, "confirm", id)
	out, _ = run(0, "rotate", id)
	second := parsed[destinationRow](t, out)
	if list().Status != "active" || len(first.Secret) != len("whsec_")+44 || len(second.Secret) != len(first.Secret) || first.Secret == second.Secret {
		t.Errorf("%+v, %+v", first, second)
	}
	run(3, "resend", "none")
}
