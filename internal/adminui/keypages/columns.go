package keypages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/text"
)

// column is something that a list can be sorted by.
type column struct {
	name, title string
	compare     func(a, b keys.Key, now time.Time) int
}

// columns are in the order of the page; the last two share one heading there.
var columns = []column{
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

// headings returns the columns of the page, each with what it can be sorted by.
func headings() (out [][]column) {
	last := len(columns) - 2
	for i := range columns[:last] {
		out = append(out, columns[i:i+1])
	}
	return append(out, columns[last:])
}

var statuses = []keys.Status{keys.Active, keys.Expired, keys.Revoked}

// endOf is the end of a key's life; one without an end outlives all others.
func endOf(k keys.Key) time.Time {
	if k.ExpiresAt.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return k.ExpiresAt
}
