package credentials

import (
	"errors"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// Swap puts the key next in place of the key old of the profile, in one step, and calls prove. While prove runs, old stands beside as the profile's
// previous key, so that a crash loses neither. When prove fails, the profile is put back as it was and the error of prove returned. conflict when the
// profile's key is another than old by now.
func (f File) Swap(name string, old, next token.Secret, prove func() error) error {
	if err := f.exchange(name, old, stored{APIKey: next.Reveal(), Previous: old.Reveal()}); err != nil {
		return err
	}
	if err := prove(); err != nil {
		return errors.Join(err, f.exchange(name, next, stored{APIKey: old.Reveal()}))
	}
	return f.exchange(name, next, stored{APIKey: next.Reveal()})
}

// exchange replaces the keys of the profile whose key is the one expected.
func (f File) exchange(name string, expected token.Secret, by stored) error {
	changed := false
	err := f.change(func(all profiles) bool {
		is, err := all[name].profile()
		if changed = err == nil && is.Key.Equal(expected); changed {
			by.APIURL = all[name].APIURL
			all[name] = by
		}
		return changed
	})
	if err == nil && !changed {
		err = fault.New(fault.Conflict, "The key of this profile was changed meanwhile. Look at it with `unstuck auth status`, then try again.")
	}
	return err
}
