package keypages

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// link returns the address of a list with the query.
func link(q url.Values) templ.SafeURL {
	if len(q) == 0 {
		return root
	}
	return templ.URL(root + "?" + q.Encode())
}

// scopeTitle is what a key may do in a few words; its permissions are told where the title is Custom.
func scopeTitle(k keys.Key) string { return k.Preset.Title() }

// permissionList joins the permissions for people.
func permissionList(s scope.Set) string {
	words := make([]string, 0, 8)
	for _, p := range s.Permissions() {
		words = append(words, string(p))
	}
	return strings.Join(words, ", ")
}

func expiryTitle(e keys.Expiry) string {
	switch e {
	case keys.ExpiryNever:
		return "Never"
	case keys.Expiry365:
		return "In a year"
	}
	return "In " + string(e) + " days"
}

// count puts a number before a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// typed is a text as a person can type it: runs of white space are one space.
func typed(text string) string { return strings.Join(strings.Fields(text), " ") }

// ago says how long before now t was, in its largest unit.
func ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute") + " ago"
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour") + " ago"
	default:
		return count(int(d/(24*time.Hour)), "day") + " ago"
	}
}

func arrow(down bool) string {
	if down {
		return " ↓"
	}
	return " ↑"
}
