package keypages

import (
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
