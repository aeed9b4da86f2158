package uprun

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// TestEnded: who revoked a key, or let it expire, reads which of the two it was.
func TestEnded(t *testing.T) {
	for code, want := range map[fault.Code]string{
		fault.KeyRevoked: "was revoked", fault.KeyExpired: "has expired", fault.InvalidAPIKey: "cannot be used any more", fault.FeatureNotAllowed: "cannot be used any more",
	} {
		if got := ended(fault.New(code, code.Detail())); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
