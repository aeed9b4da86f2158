package main

import (
	"context"
	"fmt"
	"time"
)

// hop is an API with the MCP server over HTTP in front of it, and a ReverseProxy beside that.
type hop struct {
	service
	mcp, proxy       *process
	mcpURL, proxyURL string
	sseURL           string
}

// hop starts all three.
func (s *stage) hop(ctx context.Context) (h hop, err error) {
	if h.service, err = s.api(ctx, sqlite); err != nil {
		return h, err
	}
	bin, err := s.binary(ctx, "cmd/mcp-server")
	if err != nil {
		return h, err
	}
	env := []string{"UNSTUCK_API_URL=" + h.url, "UNSTUCK_LOG_LEVEL=error", "UNSTUCK_LOG_FORMAT=json"}
	if h.mcp, h.mcpURL, err = s.server(bin, "mcp_url", env, "--transport", "http,sse", "--listen", "127.0.0.1:0"); err != nil {
		return h, err
	}
	if h.sseURL, err = h.mcp.address("sse_url"); err != nil {
		return h, err
	}
	if bin, err = s.binary(ctx, "bench/ref/proxy"); err != nil {
		return h, err
	}
	h.proxy, h.proxyURL, err = s.server(bin, "url", nil, "127.0.0.1:0", h.url)
	return h, err
}

// concise asks the API for the form in which the MCP server asks for it.
const concise = "Prefer: response_format=concise, max_chars=20000"

// mcpCallers call get_record over Streamable HTTP.
func (h hop) mcpCallers(s *stage, n int) ([]call, error) {
	body := fmt.Sprintf(callTool, 7, "get_record", fmt.Sprintf(`{"id":%q}`, h.account))
	return s.callers(n, h.mcpURL, request("POST", h.mcpURL, body, h.bearer(),
		"Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-06-18"), 200, h.account)
}

// directCallers ask the same of an API at the address.
func (h hop) directCallers(s *stage, n int, address string) ([]call, error) {
	return s.callers(n, address, request("GET", address+lookup(h.account), "", h.bearer(), concise), 200, h.account)
}

// sides returns n callers through the MCP server and n through the ReverseProxy, which have both been warmed up.
func (s *stage) sides(ctx context.Context, n int) (h hop, mcp, proxy []call, err error) {
	if h, err = s.hop(ctx); err != nil {
		return h, nil, nil, err
	}
	if mcp, err = h.mcpCallers(s, n); err != nil {
		return h, nil, nil, err
	}
	if proxy, err = h.directCallers(s, n, h.proxyURL); err != nil {
		return h, nil, nil, err
	}
	for _, c := range [][]call{mcp, proxy} {
		if _, err = drive(ctx, c, s.span()/4); err != nil {
			return h, nil, nil, err
		}
	}
	return h, mcp, proxy, nil
}

// proxied is G7: calls a second.
func proxied(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		_, mcp, proxy, err := s.sides(ctx, n)
		return pair{s.rate(mcp), s.rate(proxy)}, err
	}
}

// proxiedCPU is G7: CPU time of a call, in the server between and the API together.
func proxiedCPU(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		h, mcp, proxy, err := s.sides(ctx, n)
		return pair{s.cpuOf(mcp, h.mcp, h.process), s.cpuOf(proxy, h.proxy, h.process)}, err
	}
}

// cpuOf is a sample of the microseconds of CPU time that the processes spend on an operation.
func (s *stage) cpuOf(clients []call, processes ...*process) sample {
	return func(ctx context.Context) (float64, error) {
		before, err := spent(processes)
		if err != nil {
			return 0, err
		}
		got, err := drive(ctx, clients, s.span())
		if err != nil {
			return 0, err
		}
		after, err := spent(processes)
		return (after - before).Seconds() * 1e6 / float64(got.ops), err
	}
}

func spent(processes []*process) (sum time.Duration, err error) {
	for _, p := range processes {
		d, err := cpu(p.pid())
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}

// added is G9: microseconds that the MCP hop adds to the median of the direct call of one client.
func added(budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		h, mcp, _, err := s.sides(ctx, 1)
		if err != nil {
			return pair{}, err
		}
		direct, err := h.directCallers(s, 1, h.url)
		through, alone := s.middle(mcp, time.Microsecond), s.middle(direct, time.Microsecond)
		return pair{func(ctx context.Context) (float64, error) {
			a, err := alone(ctx)
			if err != nil {
				return 0, err
			}
			b, err := through(ctx)
			return b - a, err
		}, fixed(budget)}, err
	}
}
