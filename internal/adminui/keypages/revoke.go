package keypages

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// confirmField is where the admin types what a revocation is about.
const confirmField = "confirm"

// revoking is the page before one key is revoked.
type revoking struct {
	side
	Problem string
}

func revokePage(v revoking, status int) ui.Page {
	return ui.Page{Title: "Revoke " + v.Name, Lead: "The next call with this key is refused. It cannot be undone.", Body: revokeBody(v), Status: status}
}

// revokedPage says that somebody was quicker.
func revokedPage(k keys.Key, status int) ui.Page {
	return ui.Page{Title: k.Name + " is revoked already", Lead: "Somebody revoked this key before you.", Body: ended(k), Status: status}
}

// confirmOne asks for the name of the key.
func (p pages) confirmOne(r *ui.Request) error {
	k, _, err := p.Keys.Get(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !k.RevokedAt.IsZero() {
		return r.Page(revokedPage(k, 0))
	}
	return p.askOne(r, k, "", 0)
}

func (p pages) askOne(r *ui.Request, k keys.Key, problem string, status int) error {
	list, err := p.Clients(r.Context(), r.Workspace.ID, k.ID)
	if err != nil {
		return err
	}
	return r.Page(revokePage(revoking{side{k, list}, problem}, status))
}

// revokeOne ends the key for good. Of two admins at once one revokes it, and the other is told who did.
func (p pages) revokeOne(r *ui.Request) error {
	k, _, err := p.Keys.Get(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	if k.RevokedAt.IsZero() && typed(r.Value(confirmField)) != typed(k.Name) {
		return p.askOne(r, k, "That is not the name of the key. Nothing was revoked.", http.StatusUnprocessableEntity)
	}
	done, err := p.Keys.Revoke(r.Context(), r.Actor(), r.Workspace.ID, k.ID)
	if fault.CodeOf(err) == fault.AlreadyRevoked {
		if k, _, err = p.Keys.Get(r.Context(), r.Workspace.ID, k.ID); err != nil {
			return err
		}
		return r.Page(revokedPage(k, http.StatusConflict))
	}
	if err != nil {
		return err
	}
	return r.Done("Revoked "+done.Name+". Calls with it are refused from now on.", path(done.ID))
}

// recent returns the program that used the key last.
func recent(list []usage.Client) (usage.Client, bool) {
	if len(list) == 0 {
		return usage.Client{}, false
	}
	return list[0], true
}
