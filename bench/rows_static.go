package main

import (
	"context"
	"os"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// listed returns how many tools the preset unlocks and the bytes a model reads of them: name, description, input schema.
func listed(p scope.Preset) (count, bytes int) {
	set, _ := p.Set()
	for _, t := range tools.All() {
		if set.Allows(t.Permission) {
			count++
			bytes += len(t.Name) + len(t.Description) + len(t.Input().Text())
		}
	}
	return count, bytes
}

// listTokens is G4: what a model reads of all tools of the preset, at four bytes a token, beside what it may cost.
func listTokens(p scope.Preset, budget float64) func(context.Context, *stage) (pair, error) {
	return func(context.Context, *stage) (pair, error) {
		_, bytes := listed(p)
		return pair{fixed(float64(bytes) / 4), fixed(budget)}, nil
	}
}

// toolTokens is G4: the average tool.
func toolTokens(budget float64) func(context.Context, *stage) (pair, error) {
	return func(context.Context, *stage) (pair, error) {
		count, bytes := listed(scope.Full)
		return pair{fixed(float64(bytes) / 4 / float64(count)), fixed(budget)}, nil
	}
}

// binarySize is G6: the stripped MCP server in units of 10^6 bytes.
func binarySize(budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		path, err := s.binary(ctx, "cmd/mcp-server")
		if err != nil {
			return pair{}, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return pair{}, err
		}
		return pair{fixed(float64(info.Size()) / 1e6), fixed(budget)}, nil
	}
}
