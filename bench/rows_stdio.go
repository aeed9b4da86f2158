package main

import (
	"context"
	"fmt"
	"time"
)

// opener starts an MCP server on stdio; the caller stops it.
type opener func() (session, error)

// both returns how to start the MCP server under measurement with a key on a real API, and mcp-go's echo.
func (s *stage) both(ctx context.Context) (ours, echo opener, a service, err error) {
	if a, err = s.api(ctx, sqlite); err != nil {
		return nil, nil, a, err
	}
	if ours, err = s.opener(ctx, "cmd/mcp-server", "UNSTUCK_API_KEY="+a.key, "UNSTUCK_API_URL="+a.url); err != nil {
		return nil, nil, a, err
	}
	echo, err = s.opener(ctx, "bench/ref/echo")
	return ours, echo, a, err
}

func (s *stage) opener(ctx context.Context, pkg string, env ...string) (opener, error) {
	bin, err := s.binary(ctx, pkg)
	if err != nil {
		return nil, err
	}
	return func() (session, error) {
		p, err := s.launch(bin, env)
		return session{p}, err
	}, nil
}

// kept starts a server that stays for the row, and greets it.
func (s *stage) kept(open opener) (session, error) {
	p, err := open()
	if err != nil {
		return p, err
	}
	s.onEnd(p.stop)
	return p, p.greet()
}

// starting is a sample of the milliseconds from the start of the process to the answer to the last message.
func (s *stage) starting(open opener, list bool) sample {
	n := s.times(15)
	return func(context.Context) (float64, error) {
		var taken []float64
		for range n {
			ms, err := start(open, list)
			if err != nil {
				return 0, err
			}
			taken = append(taken, ms)
		}
		return median(taken), nil
	}
}

func start(open opener, list bool) (ms float64, err error) {
	begun := time.Now()
	p, err := open()
	if err != nil {
		return 0, err
	}
	defer func() { _ = p.stop() }()
	if _, err := p.ask(initialize); err != nil || !list {
		return time.Since(begun).Seconds() * 1e3, err
	}
	if err := p.send(initialized); err != nil {
		return 0, err
	}
	_, err = p.ask(fmt.Sprintf(listTools, 2))
	return time.Since(begun).Seconds() * 1e3, err
}

// stdioStart is G1 and, up to the answered list, G2.
func stdioStart(list bool) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		ours, echo, _, err := s.both(ctx)
		return pair{s.starting(ours, list), s.starting(echo, list)}, err
	}
}

// warmList is G3: milliseconds of a tools/list on a session that has listed before.
func warmList(budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		open, _, _, err := s.both(ctx)
		if err != nil {
			return pair{}, err
		}
		p, err := s.kept(open)
		if err != nil {
			return pair{}, err
		}
		id := 10
		one := func() error { id++; _, err := p.ask(fmt.Sprintf(listTools, id)); return err }
		return pair{s.middle([]call{one}, time.Millisecond), fixed(budget)}, repeat(one, 20)
	}
}

// stdioMemory is G5: MB resident of a session that has listed, at rest, or at its most with calls in flight.
func stdioMemory(inFlight int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		ours, echo, a, err := s.both(ctx)
		return pair{
			s.resident(ours, inFlight, "get_record", fmt.Sprintf(`{"id":%q}`, a.account)),
			s.resident(echo, inFlight, "echo", fmt.Sprintf(`{"text":%q}`, a.account)),
		}, err
	}
}

func (s *stage) resident(open opener, inFlight int, tool, arguments string) sample {
	return func(ctx context.Context) (float64, error) {
		p, err := open()
		if err != nil {
			return 0, err
		}
		defer func() { _ = p.stop() }()
		if err := p.greet(); err != nil {
			return 0, err
		}
		if _, err := p.ask(fmt.Sprintf(listTools, 2)); err != nil {
			return 0, err
		}
		if inFlight == 0 {
			time.Sleep(200 * time.Millisecond) // what start-up left running has settled
			return memory(p.pid(), "VmRSS")
		}
		if _, err := p.flight(ctx, inFlight, s.span(), tool, arguments); err != nil {
			return 0, err
		}
		return memory(p.pid(), "VmHWM")
	}
}
