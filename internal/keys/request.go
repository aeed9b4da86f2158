package keys

import (
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// lastYear is the last year that JSON times can hold.
const lastYear = 9999

// CreateRequest says what key to make. Either Preset or Permissions is given; permissions given one by one stay
// scope.Custom even when a preset has the same.
type CreateRequest struct {
	WorkspaceID string // id or slug
	Name        string // 1 to 100 characters, see workspaces.CheckName; need not be unique
	Preset      scope.Preset
	Permissions []string
	Expiry      Expiry    // "" = DefaultExpiry, or ExpiryExact when ExpiresAt is given
	ExpiresAt   time.Time // exact end, in the future; only with Expiry "" or ExpiryExact
	SpendLimit  *int64    // credits that it may spend in a month, 0 to credits.MaxAmount; nil = no limit of its own
	By          string    // email of the member said to have made it; "" = the actor
}

// key returns the row asked for, but for workspace, creator and seals.
func (r CreateRequest) key(now time.Time) (Key, error) {
	k := Key{Name: r.Name, CreatedAt: now, SpendLimit: r.SpendLimit}
	var bad []fault.Field
	if err := workspaces.CheckName("name", r.Name); err != nil {
		bad = append(bad, fault.From(err).Fields...)
	}
	var f *fault.Field
	if k.Preset, k.Permissions, f = r.rights(); f != nil {
		bad = append(bad, *f)
	}
	if k.Expiry, k.ExpiresAt, f = r.lifetime(now); f != nil {
		bad = append(bad, *f)
	}
	if l := r.SpendLimit; l != nil && (*l < 0 || *l > credits.MaxAmount) {
		bad = append(bad, fault.Field{Path: "spend_limit", Message: "must be 0 to " + strconv.FormatInt(credits.MaxAmount, 10)})
	}
	if bad != nil {
		return Key{}, fault.InvalidFields(bad...)
	}
	return k, nil
}

func (r CreateRequest) rights() (scope.Preset, scope.Set, *fault.Field) {
	switch {
	case r.Preset != "" && r.Permissions != nil:
		return "", 0, &fault.Field{Path: "permissions", Message: "give either preset or permissions, not both"}
	case r.Permissions != nil:
		set, err := scope.FromStrings(r.Permissions)
		if err != nil {
			return "", 0, &fault.Field{Path: "permissions", Message: "must be known permissions, each once, at least one", Allowed: scope.Words()}
		}
		return scope.Custom, set, nil
	}
	set, ok := r.Preset.Set()
	if !ok {
		return "", 0, &fault.Field{Path: "preset", Message: "must be a preset unless permissions are given", Allowed: texts(scope.Presets())}
	}
	return r.Preset, set, nil
}

func (r CreateRequest) lifetime(now time.Time) (Expiry, time.Time, *fault.Field) {
	choice := r.Expiry
	if choice == "" {
		choice = DefaultExpiry
		if !r.ExpiresAt.IsZero() {
			choice = ExpiryExact
		}
	}
	switch {
	case choice == ExpiryExact:
		at := r.ExpiresAt.UTC().Truncate(time.Microsecond)
		if !at.After(now) || at.Year() > lastYear {
			return "", at, &fault.Field{Path: "expires_at", Message: "must be a time in the future"}
		}
		return choice, at, nil
	case !r.ExpiresAt.IsZero():
		return "", now, &fault.Field{Path: "expires_at", Message: "give either a lifetime or an exact time, not both"}
	case !choice.Valid():
		return "", now, &fault.Field{Path: "expires", Message: "must be one of the lifetimes", Allowed: texts(Expiries())}
	}
	return choice, choice.from(now), nil
}

func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}
