package keypages

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// cockpit shows an old key beside the one that replaces it.
type cockpit struct {
	Old, New side
	Now      time.Time
}

func (c cockpit) verdict() verdict { return judge(c.Old, c.New, c.Now) }

func (c cockpit) page() ui.Page {
	return ui.Page{Title: "Rotation of " + c.Old.Name, Lead: "Both keys work until you revoke the old one.", Body: rotationBody(c)}
}

// successor returns the key that replaces the one with the id: of several the newest that is not revoked, else the newest.
func successor(all []keys.Key, id string) (out keys.Key, found bool) {
	for _, k := range all { // newest first
		if k.Replaces != id {
			continue
		}
		if k.RevokedAt.IsZero() {
			return k, true
		}
		if !found {
			out, found = k, true
		}
	}
	return out, found
}

func byID(all []keys.Key, id string) (keys.Key, bool) {
	for _, k := range all {
		if k.ID == id {
			return k, true
		}
	}
	return keys.Key{}, false
}

// rotation watches both keys; the part that changes asks for itself now and then.
func (p pages) rotation(r *ui.Request) error {
	c, err := p.watch(r)
	if err != nil {
		return err
	}
	if r.Partial() {
		return r.Fragment(sides(c))
	}
	return r.Page(c.page())
}

// watch reads both keys of a rotation, of which the path names the old one or, where nothing replaces it, the new one.
func (p pages) watch(r *ui.Request) (c cockpit, err error) {
	all, now, err := p.Keys.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return c, err
	}
	old, found := byID(all, r.PathValue("id"))
	next, replaced := successor(all, old.ID)
	if found && !replaced && old.Replaces != "" {
		next, replaced = old, true
		old, found = byID(all, old.Replaces)
	}
	if !found {
		return c, fault.New(fault.NotFound, "")
	}
	if !replaced {
		return c, ui.NotFound("This key has not been rotated.")
	}
	c = cockpit{Old: side{Key: old}, New: side{Key: next}, Now: now}
	for _, s := range []*side{&c.Old, &c.New} {
		if s.Clients, err = p.Clients(r.Context(), r.Workspace.ID, s.ID); err != nil {
			return c, err
		}
	}
	return c, nil
}

// rotating is the page before a rotation.
type rotating struct {
	Key   keys.Key
	Nonce string
}

// confirmRotate says what a rotation does and asks for it.
func (p pages) confirmRotate(r *ui.Request) error {
	if err := planned(r); err != nil {
		return err
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
	if err := planned(r); err != nil {
		return err
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
