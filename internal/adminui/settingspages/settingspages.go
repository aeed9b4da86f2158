// Package settingspages is the pages of a workspace's settings: who is asked for missing values and what is spent on it, and where the credits go.
//
// Each form carries the version that it was made from and what its fields said then. Only what was changed in it is sent, as a merge patch; when somebody
// else changed the settings meanwhile the form comes back with what was typed beside what is set now, so that neither is lost.
package settingspages

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Path is where the pages begin, CreditsPath that of the credits.
const (
	Path        = "/admin/settings"
	CreditsPath = Path + "/credits"
)

// Settings is what admins chose. *settings.Service is one.
type Settings interface {
	Get(ctx context.Context, workspaceID string) (wire.Settings, error)
	Update(ctx context.Context, workspaceID string, actor activity.Actor, in wire.UpdateSettings) (wire.Settings, error)
}

// Credits is what can be spent, and was. *credits.Service is one.
type Credits interface {
	Balance(ctx context.Context, workspaceID, keyID string) (credits.Balance, error)
	Ledger(ctx context.Context, workspaceID string, f credits.Filter) ([]credits.Entry, error)
	TopUpOnce(ctx context.Context, actor activity.Actor, workspaceID, id string, amount int64) (b credits.Balance, added bool, err error)
}

// Config names what the pages work with. All must be set.
type Config struct {
	Settings Settings
	Credits  Credits
}

// New returns the area.
func New(c Config) ui.Area {
	p := pages{c}
	return ui.Area{Name: "Settings", Path: Path, Group: ui.Settings, Who: ui.Managers, Stories: stories, Routes: []ui.Route{
		ui.Get(Path, ui.Managers, p.overview),
		ui.Post(Path, ui.Managers, p.saveGeneral),
		ui.Get(Path+"/new-provider", ui.Managers, p.newProvider),
		ui.Post(Path+"/new-provider", ui.Managers, p.addProvider),
		ui.Get(Path+"/providers/{name}", ui.Managers, p.provider),
		ui.Post(Path+"/providers/{name}", ui.Managers, p.saveProvider),
		ui.Post(Path+"/providers/{name}/remove", ui.Managers, p.removeProvider),
		ui.Get(Path+"/json", ui.Managers, p.document),
		ui.Post(Path+"/json", ui.Managers, p.patchDocument),
		ui.Get(CreditsPath, ui.Managers, p.credits),
		ui.Post(CreditsPath, ui.Admins, p.topUp),
	}}
}

type pages struct{ Config }
