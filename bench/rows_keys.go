package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/netip"
	"runtime"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// oneKey is a store with one key in memory, so that a check costs no database.
type oneKey struct{ row keys.AuthRow }

// KeyForAuth implements keys.AuthStore.
func (o *oneKey) KeyForAuth(_ context.Context, id string) (keys.AuthRow, error) {
	if id != o.row.Key.ID {
		return keys.AuthRow{}, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return o.row, nil
}

// minted makes a keyring and a key that is sealed by it.
func minted() (*keys.Keyring, token.Secret, keys.AuthRow, error) {
	text, err := keys.NewKeyringText(rand.Reader)
	if err != nil {
		return nil, token.Secret{}, keys.AuthRow{}, err
	}
	ring, err := keys.ParseKeyring(text)
	if err != nil {
		return nil, token.Secret{}, keys.AuthRow{}, err
	}
	secret, err := token.Mint(rand.Reader)
	if err != nil {
		return nil, token.Secret{}, keys.AuthRow{}, err
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	set, _ := scope.Full.Set()
	k := keys.Key{ID: secret.ID(), WorkspaceID: "bench", Name: "bench", Preset: scope.Full, Permissions: set,
		CreatedAt: now, CreatedBy: "bench", Expiry: keys.ExpiryNever}
	ring.Seal(&k, secret)
	return ring, secret, keys.AuthRow{Key: k, Plan: workspaces.Team, Now: now}, nil
}

// bareCheck is what proves a key: its form and checksum, its MAC, one permission.
func bareCheck() (call, error) {
	ring, secret, row, err := minted()
	if err != nil {
		return nil, err
	}
	text := secret.Reveal()
	return func() error {
		parsed, err := token.Parse(text)
		if err != nil {
			return err
		}
		mac, ok := ring.MAC(row.Key.MACKID, parsed)
		if !ok || subtle.ConstantTimeCompare(mac[:], row.Key.MAC[:]) != 1 || !row.Key.Permissions.Allows(scope.SignalsWrite) {
			return errors.New("a good key was refused")
		}
		return nil
	}, nil
}

// wholeCheck is all that a request goes through on its key held in memory: that, the seal of its row, the memory of
// failures, its state, the plan.
func wholeCheck() (call, error) {
	ring, secret, row, err := minted()
	if err != nil {
		return nil, err
	}
	return checker(keys.NewVerifier(keys.VerifierConfig{Store: &oneKey{row}, Ring: ring, FailuresPerMinute: 20}), secret), nil
}

// checker is the check that the verifier makes of a key, then of its plan and one permission.
func checker(v *keys.Verifier, secret token.Secret) call {
	ctx, header, source := context.Background(), "Bearer "+secret.Reveal(), netip.MustParseAddr("127.0.0.1")
	return func() error {
		p, err := v.Verify(ctx, header, source)
		if err != nil {
			return err
		}
		if err := keys.PlanGate(p); err != nil {
			return err
		}
		return keys.Require(p, scope.SignalsWrite)
	}
}

// repeat runs the call n times.
func repeat(one call, n int) error {
	for range n {
		if err := one(); err != nil {
			return err
		}
	}
	return nil
}

// keyCheckTime is G12: nanoseconds of a check without a database.
func keyCheckTime(make func() (call, error), budget float64) func(context.Context, *stage) (pair, error) {
	return func(_ context.Context, s *stage) (pair, error) {
		check, err := make()
		if err != nil {
			return pair{}, err
		}
		n := s.times(500_000)
		return pair{func(context.Context) (float64, error) {
			begun := time.Now()
			err := repeat(check, n)
			return float64(time.Since(begun).Nanoseconds()) / float64(n), err
		}, fixed(budget)}, nil
	}
}

// keyCheckAllocations is G12: whole allocations of a check, plus one, since a ratio needs a figure above zero. What the
// runtime itself allocates meanwhile is far below one a check.
func keyCheckAllocations(make func() (call, error)) func(context.Context, *stage) (pair, error) {
	return func(_ context.Context, s *stage) (pair, error) {
		check, err := make()
		if err != nil {
			return pair{}, err
		}
		n := s.times(100_000)
		return pair{func(context.Context) (float64, error) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := repeat(check, n)
			runtime.ReadMemStats(&after)
			return 1 + float64((after.Mallocs-before.Mallocs)/uint64(n)), err // #nosec G115 -- n is positive
		}, fixed(1)}, nil
	}
}
