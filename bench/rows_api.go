package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"

	"github.com/unstuckengine/unstuck/internal/keys"
)

// typo is a key with one letter changed, so that its checksum is wrong.
func typo(key string) string {
	b := []byte(key)
	if b[20]++; b[20] == 'z'+1 || b[20] == 'Z'+1 || b[20] == '9'+1 {
		b[20] = 'a'
	}
	return string(b)
}

// malformed is G15: refusals of mistyped keys a second, beside a plain handler that gives the same answer.
func malformed(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		if err := refusedUnread(); err != nil {
			return pair{}, err
		}
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		bad := request("GET", a.url+"/v1/accounts/"+a.account, "", "Authorization: Bearer "+typo(a.key))
		c, err := s.dial(a.url)
		if err != nil {
			return pair{}, err
		}
		body, err := c.want(bad, 401)
		if err != nil {
			return pair{}, err
		}
		return s.besidePlain(ctx, n, a.url, bad, 401, string(body), "invalid_api_key")
	}
}

// besidePlain compares the server's answers to a request with those of the plain handler.
func (s *stage) besidePlain(ctx context.Context, n int, address string, r []byte, status int, body, part string) (pair, error) {
	ours, err := s.callers(n, address, r, status, part)
	if err != nil {
		return pair{}, err
	}
	plain, err := s.plain(ctx, status, body)
	if err != nil {
		return pair{}, err
	}
	reference, err := s.callers(n, plain, r, status, part)
	return pair{s.rate(ours), s.rate(reference)}, err
}

// refusedUnread shows that a mistyped key reads nothing from the store.
func refusedUnread() error {
	ring, secret, row, err := minted()
	if err != nil {
		return err
	}
	reads := &counted{AuthStore: &oneKey{row}}
	v := keys.NewVerifier(keys.VerifierConfig{Store: reads, Ring: ring, FailuresPerMinute: 20})
	for range 1000 {
		if _, err := v.Verify(context.Background(), "Bearer "+typo(secret.Reveal()), netip.MustParseAddr("127.0.0.1")); err == nil {
			return errors.New("a mistyped key was taken")
		}
	}
	if n := reads.reads.Load(); n != 0 {
		return fmt.Errorf("mistyped keys made %d reads", n)
	}
	return nil
}

// keyed is G13: records by id a second, beside the same route on the same file with nobody at the door.
func keyed(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		bin, err := s.binary(ctx, "bench/ref/open")
		if err != nil {
			return pair{}, err
		}
		_, url, err := s.server(bin, "url", nil, "127.0.0.1:0", filepath.Dir(a.file), a.workspace)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.callers(n, a.url, a.get(), 200, a.account)
		if err != nil {
			return pair{}, err
		}
		reference, err := s.callers(n, url, request("GET", url+"/v1/accounts/"+a.account, "", a.bearer()), 200, a.account)
		return pair{s.rate(ours), s.rate(reference)}, err
	}
}

// getSQLite is G16: records by id a second, beside a plain handler that gives the same answer.
func getSQLite(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, sqlite)
		if err != nil {
			return pair{}, err
		}
		return s.besidePlain(ctx, n, a.url, a.get(), 200, a.body, a.account)
	}
}

// getPostgres is G16: records by id a second, beside the bare driver's SELECT by key on as many connections.
func getPostgres(n int) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, postgres)
		if err != nil {
			return pair{}, err
		}
		ours, err := s.callers(n, a.url, a.get(), 200, a.account)
		if err != nil {
			return pair{}, err
		}
		one, err := s.driver(ctx, a.database, selectKey, a.key[len(a.key)-8:], destKey)
		if err != nil {
			return pair{}, err
		}
		reference, err := crew(n, one)
		return pair{s.rate(ours), s.rate(reference)}, err
	}
}
