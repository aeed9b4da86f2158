package tools_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// tokens estimates what a model reads of a tool, as bytes / 4 of name, description and input schema.
func tokens(s *tools.Spec) int { return (len(s.Name) + len(s.Description) + len(s.Input().Text())) / 4 }

// TestContextCost holds the catalogue to its share of a model's context: 150 tokens a tool on average, 1,600 for Read-only.
func TestContextCost(t *testing.T) {
	for _, preset := range scope.Presets() {
		set, _ := preset.Set()
		sum, n := 0, 0
		for _, s := range tools.All() {
			if set.Allows(s.Permission) {
				sum, n = sum+tokens(s), n+1
				if preset == scope.Full {
					t.Logf("%-20s %4d tokens %s", s.Name, tokens(s), s.Input().Text())
				}
			}
		}
		t.Logf("%-20s %2d tools %5d tokens, %d a tool", preset, n, sum, sum/n)
		most := map[scope.Preset]int{scope.Full: 150 * n, scope.ReadOnly: 1600}[preset]
		if most > 0 && sum > most {
			t.Errorf("%s: %d tokens for %d tools, at most %d", preset, sum, n, most)
		}
	}
}
