// Package keys is the life of an API key: how it is made, proved on every request, rotated, revoked and shown.
package keys

import (
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/scope"
)

// Expiry is the choice of lifetime made when a key was created. The zero value is invalid.
type Expiry string

// The choices of lifetime. ExpiryExact is set when an operator gave an exact time.
const (
	ExpiryNever Expiry = "never"
	Expiry30    Expiry = "30"
	Expiry90    Expiry = "90"
	Expiry365   Expiry = "365"
	ExpiryExact Expiry = "exact"
)

// DefaultExpiry is the lifetime of a key for which none was chosen.
const DefaultExpiry = Expiry365

// Expiries returns the choices that an admin may make, in the order in which they are offered.
func Expiries() []Expiry { return []Expiry{ExpiryNever, Expiry30, Expiry90, Expiry365} }

// Valid reports whether e is a choice that an admin may make.
func (e Expiry) Valid() bool { return slices.Contains(Expiries(), e) }

// from returns the end of a life of whole days that begins at now; zero when the choice names none.
func (e Expiry) from(now time.Time) time.Time {
	days, err := strconv.Atoi(string(e))
	if err != nil {
		return time.Time{}
	}
	return now.UTC().AddDate(0, 0, days)
}

// Key is one row. Name, permissions, expiry and spend limit never change; rows are never deleted. It holds no part of the secret.
type Key struct {
	ID          string // 8 lower-case hexadecimal digits, public, unique over all workspaces
	WorkspaceID string
	Name        string
	Preset      scope.Preset
	Permissions scope.Set
	CreatedAt   time.Time
	CreatedBy   string    // a member's email or "operator:<os user>"
	LastUsedAt  time.Time // zero when never used
	Expiry      Expiry
	ExpiresAt   time.Time // zero when it never expires
	RevokedAt   time.Time // zero unless revoked
	RevokedBy   string
	SpendLimit  *int64   // credits that it may spend in a month; nil for no limit of its own
	Replaces    string   // public id of the key that it was made to replace; "" for none, and not read when a key is proved
	MAC         [32]byte // of the key's whole text, under the pepper MACKID
	MACKID      int
	RowTag      [32]byte // over id, workspace, permissions, expiry and spend limit, under the same pepper id
}
