package keypages

import (
	"fmt"
	"net/url"
	"strings"

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

// shown returns the address of the list of all keys of a status, or of anyStatus, that a person made, or anybody ("").
func shown(status, by string) templ.SafeURL {
	return link(filter{Status: status, By: by, Sort: "created", Down: true, Page: 1}.query())
}

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

func arrow(down bool) string {
	if down {
		return " ↓"
	}
	return " ↑"
}
