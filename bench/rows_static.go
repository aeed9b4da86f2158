package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// surface is what a model reads of the MCP server before its first call.
type surface struct {
	instructions string
	count, bytes int // of the tools: names, descriptions, input schemas
}

// surface asks a running server for it, with a key of the preset.
func (s *stage) surface(ctx context.Context, p scope.Preset) (out surface, err error) {
	a, err := s.api(ctx, sqlite)
	if err != nil {
		return out, err
	}
	key, err := s.mint(ctx, a.database, a.workspace, p)
	if err != nil {
		return out, err
	}
	open, err := s.opener(ctx, "cmd/mcp-server", "UNSTUCK_API_KEY="+key, "UNSTUCK_API_URL="+a.url)
	if err != nil {
		return out, err
	}
	server, err := open()
	if err != nil {
		return out, err
	}
	s.onEnd(server.stop)
	return out, out.read(server)
}

func (out *surface) read(server session) error {
	var greeting struct{ Instructions string }
	if err := server.result(initialize, &greeting); err != nil {
		return err
	}
	if err := server.send(initialized); err != nil {
		return err
	}
	var list struct {
		Tools []struct {
			Name, Description string
			InputSchema       json.RawMessage
		}
	}
	if err := server.result(fmt.Sprintf(listTools, 2), &list); err != nil {
		return err
	}
	for _, t := range list.Tools {
		out.bytes += len(t.Name) + len(t.Description) + len(t.InputSchema)
	}
	out.instructions, out.count = greeting.Instructions, len(list.Tools)
	if out.count < 2 { // get_access_status is always there
		return errors.New("the key unlocked no tool")
	}
	return nil
}

// contextCost is G4: a figure of what a model reads with a key of the preset, in tokens as package tools reckons them, beside what it may cost.
func contextCost(p scope.Preset, bytes func(surface) float64, budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		seen, err := s.surface(ctx, p)
		return pair{fixed(bytes(seen) / tools.BytesPerToken), fixed(budget)}, err
	}
}

func toolsBytes(s surface) float64        { return float64(s.bytes) }
func toolBytes(s surface) float64         { return float64(s.bytes) / float64(s.count) }
func instructionsBytes(s surface) float64 { return float64(len(s.instructions)) }

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
