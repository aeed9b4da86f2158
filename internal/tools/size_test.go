package tools_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// TestContextCost holds the catalogue to its share of a model's context: 150 tokens a tool on average, 1,600 for Read-only.
func TestContextCost(t *testing.T) {
	for _, preset := range scope.Presets() {
		set, _ := preset.Set()
		sum, n := 0, 0
		for _, s := range tools.All() {
			if set.Allows(s.Permission) {
				sum, n = sum+s.Tokens(), n+1
				if preset == scope.Full {
					t.Logf("%-20s %4d tokens %s", s.Name, s.Tokens(), s.Input().Text())
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
