package keypages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/text"
)

// columns are what a list can be sorted by, in their order.
var columns = []struct {
	name, title string
	compare     func(a, b keys.Key, now time.Time) int
}{
	{"name", "Name", func(a, b keys.Key, _ time.Time) int { return strings.Compare(text.Fold(a.Name), text.Fold(b.Name)) }},
	{"status", "Status", func(a, b keys.Key, now time.Time) int {
		return cmp.Compare(slices.Index(statuses, a.Status(now)), slices.Index(statuses, b.Status(now)))
	}},
	{"scope", "Scope", func(a, b keys.Key, _ time.Time) int { return strings.Compare(a.Preset.Title(), b.Preset.Title()) }},
	{"used", "Last used", func(a, b keys.Key, _ time.Time) int { return a.LastUsedAt.Compare(b.LastUsedAt) }},
	{"expires", "Expires", func(a, b keys.Key, _ time.Time) int { return endOf(a).Compare(endOf(b)) }},
	{"key", "Key", func(a, b keys.Key, _ time.Time) int { return strings.Compare(a.ID, b.ID) }},
	{"created", "Created", func(a, b keys.Key, _ time.Time) int { return a.CreatedAt.Compare(b.CreatedAt) }},
	{"by", "By", func(a, b keys.Key, _ time.Time) int { return strings.Compare(a.CreatedBy, b.CreatedBy) }},
}

var statuses = []keys.Status{keys.Active, keys.Expired, keys.Revoked}

// endOf is the end of a key's life; one without an end outlives all others.
func endOf(k keys.Key) time.Time {
	if k.ExpiresAt.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return k.ExpiresAt
}
