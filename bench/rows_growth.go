package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// sizes are numbers of accounts, growing; it is a flag.Value.
type sizes []int

// String implements flag.Value.
func (s *sizes) String() string {
	parts := make([]string, len(*s))
	for i, n := range *s {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ",")
}

// Set implements flag.Value.
func (s *sizes) Set(text string) error {
	*s = nil
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 100 || len(*s) > 0 && n <= (*s)[len(*s)-1] {
			return errors.New("sizes are growing numbers from 100 on, for example 10000,100000")
		}
		*s = append(*s, n)
	}
	return nil
}

// growing are the requests of G22 and how much more a tenfold workspace may cost: get and push nothing, find and list as its logarithm, insights
// as what they read. What machines at work add to each is allowed for.
var growing = []struct {
	what   string
	must   float64
	linear bool
	call   func(*stage, *world) (call, error)
}{
	{"get by id", 1.5, false, getters},
	{"first page of all accounts", 2, false, asking("/v1/accounts/search", `{"limit":25}`)},
	{"newest signals of all", 2, false, asking("/v1/signals/search", `{"limit":25}`)},
	{"accounts found by industry", 2, false, asking("/v1/accounts/search", `{"limit":25,"industry":["industry 7"]}`)},
	{"accounts found by two words", 2, false, finders},
	{"batch of 500 signals pushed", 1.5, false, func(s *stage, w *world) (call, error) {
		domains, err := s.domains(w.service)
		if err != nil {
			return nil, err
		}
		return s.pusher(w.service, domains)
	}},
	{"insights: signals by type", 12, true, asking("/v1/insights", `{"over":"signals","measures":[{"fn":"count"}],"group_by":["signal_type"]}`)},
}

// growth returns G22: each request in a workspace of each size beside the size before it.
func growth(all sizes) (rows []row) {
	for i := 1; i < len(all); i++ {
		for _, e := range []engine{sqlite, postgres} {
			for _, g := range growing {
				if g.linear {
					g.must *= float64(all[i]) / float64(all[i-1]) / 10
				}
				rows = append(rows, row{
					id: "G22", what: fmt.Sprintf("%s, %d accounts, %s", g.what, all[i], e), reference: fmt.Sprintf("%d accounts", all[i-1]),
					unit: "ms", better: lower, must: g.must, prepare: beside(e, all[i], all[i-1], g.call),
				})
			}
		}
	}
	return rows
}

// beside compares the median time of a request in two worlds.
func beside(e engine, size, before int, request func(*stage, *world) (call, error)) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		var samples [2]sample
		for i, n := range []int{size, before} {
			w, err := s.world(ctx, e, n)
			if err != nil {
				return pair{}, err
			}
			one, err := request(s, w)
			if err != nil {
				return pair{}, err
			}
			samples[i] = s.middle([]call{one}, time.Millisecond)
		}
		return pair{samples[0], samples[1]}, nil
	}
}

// asking sends one request.
func asking(path, body string) func(*stage, *world) (call, error) {
	return func(s *stage, w *world) (call, error) {
		return s.caller(w.url, request("POST", w.url+path, body, w.bearer()), 200, "")
	}
}

// getters asks for some accounts, one after the other.
func getters(s *stage, w *world) (call, error) {
	var requests [][]byte
	for _, id := range w.accounts {
		requests = append(requests, request("GET", w.url+"/v1/accounts/"+id, "", w.bearer()))
	}
	return s.turns(w, requests)
}

// finders asks for two words, others each time.
func finders(s *stage, w *world) (call, error) {
	var requests [][]byte
	for _, q := range w.queries(200) {
		body, err := json.Marshal(map[string]any{"query": q, "limit": 20})
		if err != nil {
			return nil, err
		}
		requests = append(requests, request("POST", w.url+"/v1/accounts/search", string(body), w.bearer()))
	}
	one, err := s.turns(w, requests)
	if err != nil {
		return nil, err
	}
	return one, rested(w.cmd.Process.Pid)
}

// rested waits until a program has nothing left to do: the first search makes the API build its index behind the answers.
func rested(pid int) error {
	const most, look = 10 * time.Minute, 2 * time.Second
	for begun := time.Now(); time.Since(begun) < most; {
		before, err := cpu(pid)
		if err != nil {
			return err
		}
		time.Sleep(look)
		after, err := cpu(pid)
		if err != nil || after-before < look/50 {
			return err
		}
	}
	return errors.New("the program did not come to rest")
}

// turns sends the requests in turn, each of which must be answered with 200.
func (s *stage) turns(w *world, requests [][]byte) (call, error) {
	c, err := s.dial(w.url)
	if err != nil {
		return nil, err
	}
	next := 0
	one := func() error {
		_, err := c.want(requests[next%len(requests)], 200)
		next++
		return err
	}
	return s.warm(one)
}
