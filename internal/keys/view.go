package keys

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
)

// Status is what a key is at a given time.
type Status string

// The states of a key. A key both revoked and expired is revoked.
const (
	Active  Status = "active"
	Expired Status = "expired"
	Revoked Status = "revoked"
)

// StaleAfter is how long a key may go unused, from its last use or its creation, before it is shown as stale.
const StaleAfter = 90 * 24 * time.Hour

// Status returns the state of k at the time now. From the very instant of expiry on it is expired.
func (k Key) Status(now time.Time) Status {
	switch {
	case !k.RevokedAt.IsZero():
		return Revoked
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return Expired
	}
	return Active
}

// Stale reports whether k was last used, or else created, more than StaleAfter before now.
func (k Key) Stale(now time.Time) bool {
	last := k.LastUsedAt
	if last.IsZero() {
		last = k.CreatedAt
	}
	return now.Sub(last) > StaleAfter
}

// View is the JSON form of a key in lists. It holds no part of the secret.
type View struct {
	ID          string             `json:"id"`
	Redacted    string             `json:"redacted"`
	Name        string             `json:"name"`
	Preset      scope.Preset       `json:"preset"`
	Permissions []scope.Permission `json:"permissions"`
	Status      Status             `json:"status"`
	CreatedAt   time.Time          `json:"created_at"`
	CreatedBy   string             `json:"created_by"`
	LastUsedAt  *time.Time         `json:"last_used_at"` // null when never used
	ExpiresAt   *time.Time         `json:"expires_at"`   // null when it never expires
	RevokedAt   *time.Time         `json:"revoked_at"`   // null unless revoked
	RevokedBy   *string            `json:"revoked_by"`
	Stale       bool               `json:"stale"`
	SpendLimit  *int64             `json:"spend_limit,omitempty"` // credits a month; left out when it has no limit
}

// ViewOf returns the JSON form of k as it is at the time now.
func ViewOf(k Key, now time.Time) View {
	v := View{
		ID: k.ID, Redacted: token.Redact(k.ID), Name: k.Name, Preset: k.Preset, Permissions: k.Permissions.Permissions(),
		Status: k.Status(now), CreatedAt: k.CreatedAt.UTC(), CreatedBy: k.CreatedBy,
		LastUsedAt: present(k.LastUsedAt), ExpiresAt: present(k.ExpiresAt), RevokedAt: present(k.RevokedAt), Stale: k.Stale(now),
		SpendLimit: k.SpendLimit,
	}
	if v.Status == Revoked {
		v.RevokedBy = &k.RevokedBy
	}
	return v
}

// ViewsOf is ViewOf for a list; never nil.
func ViewsOf(ks []Key, now time.Time) []View {
	out := make([]View, len(ks))
	for i, k := range ks {
		out[i] = ViewOf(k, now)
	}
	return out
}

// CreatedView is the one JSON form that holds a key's text: the reply that shows it once.
type CreatedView struct {
	ID          string             `json:"id"`
	Key         string             `json:"key"` // the whole text, in clear
	Redacted    string             `json:"redacted"`
	Name        string             `json:"name"`
	Preset      scope.Preset       `json:"preset"`
	Permissions []scope.Permission `json:"permissions"`
	CreatedAt   time.Time          `json:"created_at"`
	CreatedBy   string             `json:"created_by"`
	ExpiresAt   *time.Time         `json:"expires_at"` // null when it never expires
	SpendLimit  *int64             `json:"spend_limit,omitempty"`
}

// View returns the show-once form. Its caller must let no cache or log see it.
func (c Created) View() CreatedView {
	k := c.Key
	return CreatedView{
		ID: k.ID, Key: c.Secret.Reveal(), Redacted: c.Secret.String(), Name: k.Name, Preset: k.Preset,
		Permissions: k.Permissions.Permissions(), CreatedAt: k.CreatedAt.UTC(), CreatedBy: k.CreatedBy, ExpiresAt: present(k.ExpiresAt),
		SpendLimit: k.SpendLimit,
	}
}

func present(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
