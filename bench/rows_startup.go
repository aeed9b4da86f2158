package main

import (
	"context"
	"errors"
	"time"
)

// firstAnswer is G20: milliseconds from the start of the API on a new file to its first 200, beside mcp-go's echo over HTTP.
func firstAnswer(ctx context.Context, s *stage) (pair, error) {
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return pair{}, err
	}
	echo, err := s.binary(ctx, "bench/ref/echo")
	if err != nil {
		return pair{}, err
	}
	ours := func() (*process, error) {
		d, err := s.database(ctx, sqlite)
		if err != nil {
			return nil, err
		}
		return s.launch(bin, d.env, "serve", "--listen", "127.0.0.1:0")
	}
	reference := func() (*process, error) { return s.launch(echo, nil, "127.0.0.1:0") }
	return pair{
		s.answering(ours, "api_url", func(url string) []byte { return request("GET", url+"/readyz", "") }),
		s.answering(reference, "url", func(url string) []byte {
			return request("POST", url, initialize, "Accept: application/json, text/event-stream")
		}),
	}, nil
}

func (s *stage) answering(start func() (*process, error), name string, ask func(url string) []byte) sample {
	n := s.times(10)
	return func(context.Context) (float64, error) {
		var taken []float64
		for range n {
			begun := time.Now()
			p, err := start()
			if err != nil {
				return 0, err
			}
			err = s.answered(p, name, ask)
			taken = append(taken, time.Since(begun).Seconds()*1e3)
			if err := errors.Join(err, p.stop()); err != nil {
				return 0, err
			}
		}
		return median(taken), nil
	}
}

func (s *stage) answered(p *process, name string, ask func(url string) []byte) error {
	url, err := p.ready(name)
	if err != nil {
		return err
	}
	one, err := s.caller(url, ask(url), 200, "")
	if err != nil {
		return err
	}
	return one()
}

// idleAPI is G20: MB resident of an API at rest on a new file.
func idleAPI(budget float64) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		bin, err := s.binary(ctx, "cmd/api")
		if err != nil {
			return pair{}, err
		}
		d, err := s.database(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		p, url, err := s.server(bin, "api_url", d.env, "serve", "--listen", "127.0.0.1:0")
		if err != nil {
			return pair{}, err
		}
		one, err := s.caller(url, request("GET", url+"/readyz", ""), 200, "")
		if err != nil {
			return pair{}, err
		}
		return pair{func(context.Context) (float64, error) {
			time.Sleep(time.Second) // at rest
			return memory(p.pid(), "VmRSS")
		}, fixed(budget)}, one()
	}
}
