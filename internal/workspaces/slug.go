package workspaces

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
)

const (
	maxSlug      = 40
	slugFallback = "workspace" // for a name without Latin letters or digits
	numbered     = 5           // derived slugs that end in a small number, before random ends
	slugDraws    = 10
)

var (
	slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	slugGap  = regexp.MustCompile(`[^a-z0-9]+`)
)

// checkSlug refuses what is no slug. A UUID is none, so that a reference is never both an id and a slug.
func checkSlug(slug string) error {
	if len(slug) > maxSlug || !slugForm.MatchString(slug) || uuid.Validate(slug) == nil {
		return fault.Invalid("slug", "must be 1 to 40 of a-z, 0-9 and single hyphens between them, and not a UUID")
	}
	return nil
}

// slugOf derives a slug from a name.
func slugOf(name string) string {
	slug := strings.Trim(slugGap.ReplaceAllString(text.Fold(name), "-"), "-")
	if len(slug) > maxSlug-9 { // room for "-" and 8 digits
		slug = strings.TrimRight(slug[:maxSlug-9], "-")
	}
	if slug == "" {
		return slugFallback
	}
	return slug
}

// candidate returns the slug to try after so many were taken: acme, acme-2, acme-3, ... and then random ends.
func candidate(slug string, taken int) string {
	switch {
	case taken == 0:
		return slug
	case taken < numbered:
		return fmt.Sprintf("%s-%d", slug, taken+1)
	}
	var end [4]byte
	_, _ = rand.Read(end[:]) // never fails
	return slug + "-" + hex.EncodeToString(end[:])
}
