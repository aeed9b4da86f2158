package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	initialize  = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	listTools   = `{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`
	callTool    = `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`
)

// session is an MCP server at the other end of two pipes.
type session struct{ *process }

// send writes one message.
func (p session) send(message string) error {
	_, err := p.stdin.Write([]byte(message + "\n"))
	return err
}

// receive reads one answer, which must be a result and not that of a failed tool. It holds until the next one.
func (p session) receive() ([]byte, error) {
	line, err := p.stdout.ReadSlice('\n')
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %s", p.name(), err, p.stderr.String())
	case !bytes.Contains(line, []byte(`"result":`)) || bytes.Contains(line, []byte(`"isError":true`)):
		return nil, fmt.Errorf("%s answered %.300s", p.name(), line)
	}
	return line, nil
}

// ask sends a request and reads its answer.
func (p session) ask(message string) ([]byte, error) {
	if err := p.send(message); err != nil {
		return nil, err
	}
	return p.receive()
}

// greet makes the session ready for requests.
func (p session) greet() error {
	if _, err := p.ask(initialize); err != nil {
		return err
	}
	return p.send(initialized)
}

// result asks and decodes the answer's result.
func (p session) result(message string, into any) error {
	line, err := p.ask(message)
	if err != nil {
		return err
	}
	var envelope struct{ Result json.RawMessage }
	if err := json.Unmarshal(line, &envelope); err != nil {
		return err
	}
	return json.Unmarshal(envelope.Result, into)
}

// flight keeps n calls in flight for the span and returns how many were answered a second.
func (p session) flight(ctx context.Context, n int, span time.Duration, tool, arguments string) (float64, error) {
	id, answered := 100, 0
	next := func() error { id++; return p.send(fmt.Sprintf(callTool, id, tool, arguments)) }
	begun := time.Now()
	for range n {
		if err := next(); err != nil {
			return 0, err
		}
	}
	for time.Since(begun) < span {
		if _, err := p.receive(); err != nil {
			return 0, err
		}
		answered++
		if err := errors.Join(ctx.Err(), next()); err != nil {
			return 0, err
		}
	}
	lasted := time.Since(begun).Seconds()
	for range n {
		if _, err := p.receive(); err != nil {
			return 0, err
		}
	}
	return float64(answered) / lasted, nil
}
