package keypages

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
)

// expiringSoon is how long before its end a key is marked.
const expiringSoon = 14 * 24 * time.Hour

// badge marks a row.
type badge string

const (
	stale    badge = "stale"
	expiring badge = "expiring"
	unused   badge = "unused"
)

func (b badge) title() string {
	return map[badge]string{stale: "Stale", expiring: "Expiring soon", unused: "Never used"}[b]
}

// badges returns the marks of a key. Only a key that works is worth one.
func badges(k keys.Key, now time.Time) (out []badge) {
	if k.Status(now) != keys.Active {
		return nil
	}
	if k.Stale(now) {
		out = append(out, stale)
	}
	if !k.ExpiresAt.IsZero() && k.ExpiresAt.Sub(now) < expiringSoon {
		out = append(out, expiring)
	}
	if k.LastUsedAt.IsZero() {
		out = append(out, unused)
	}
	return out
}
