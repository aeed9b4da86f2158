package keypages

import (
	"context"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// rotating is the page before a rotation.
type rotating struct {
	Key   keys.Key
	Nonce string
}

// confirmRotate says what a rotation does and asks for it.
func (p pages) confirmRotate(r *ui.Request) error {
	if !r.Workspace.Plan.AllowsKeys() {
		return unplanned(r)
	}
	k, _, err := p.Keys.Get(r.Context(), r.Workspace.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !k.RevokedAt.IsZero() {
		return r.Page(revokedPage(k, 0))
	}
	return r.Page(rotatePage(rotating{k, newNonce(r.Now())}))
}

func rotatePage(v rotating) ui.Page {
	return ui.Page{Title: "Rotate " + v.Key.Name, Lead: "Makes a second key with the same name, scope and expiry. The old one goes on working until you revoke it.", Body: rotateBody(v)}
}

// rotate makes the new key and shows it, this once.
func (p pages) rotate(r *ui.Request) error {
	if !r.Workspace.Plan.AllowsKeys() {
		return unplanned(r)
	}
	id := r.PathValue("id")
	if _, _, err := p.Keys.Get(r.Context(), r.Workspace.ID, id); err != nil {
		return err
	}
	made, newID, err := p.once(r, r.Value(nonceField), func(ctx context.Context) (keys.Created, error) {
		return p.Keys.Rotate(ctx, r.Actor(), r.Workspace.ID, id)
	})
	switch {
	case err != nil:
		return err
	case made == nil:
		return p.sentBefore(r, newID)
	}
	return r.Page(p.reveal(*made).page())
}

// closes is where the page of a new key leads: to both keys after a rotation, else to the list.
func closes(k keys.Key) string {
	if k.Replaces != "" {
		return path(k.Replaces, "rotation")
	}
	return root
}
