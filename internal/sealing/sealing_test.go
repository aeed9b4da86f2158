package sealing_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/sealing"
)

func pepper(kid int) keys.Pepper {
	return keys.Pepper{KID: kid, Secret: bytes.Repeat([]byte{byte(kid)}, keys.MinPepper)}
}

func ring(t testing.TB, newest keys.Pepper, older ...keys.Pepper) *keys.Keyring {
	t.Helper()
	r, err := keys.NewKeyring(newest, older...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustSeal(t testing.TB, s *sealing.Sealer, plain string, place ...string) []byte {
	t.Helper()
	sealed, err := s.Seal([]byte(plain), place...)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestWhatIsSealedOpensAtItsPlaceAlone(t *testing.T) {
	s := sealing.New(ring(t, pepper(1)))
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.String().Draw(r, "plain")
		place := rapid.SliceOfN(rapid.String(), 0, 4).Draw(r, "place")
		other := rapid.SliceOfN(rapid.String(), 0, 4).Draw(r, "other")
		sealed := mustSeal(t, s, plain, place...)
		if got, err := s.Open(sealed, place...); err != nil || string(got) != plain {
			r.Fatalf("opened %q, %v; want %q", got, err, plain)
		}
		if len(plain) > 8 && bytes.Contains(sealed, []byte(plain)) {
			r.Fatal("the text is in clear")
		}
		same := len(place) == len(other)
		for i := range min(len(place), len(other)) {
			same = same && place[i] == other[i]
		}
		if _, err := s.Open(sealed, other...); same != (err == nil) {
			r.Fatalf("opened at %q what was sealed at %q: %v", other, place, err)
		}
	})
}

func TestPartsOfAPlaceAreNotJoined(t *testing.T) {
	s := sealing.New(ring(t, pepper(1)))
	sealed := mustSeal(t, s, "x", "ab", "c")
	for _, place := range [][]string{{"a", "bc"}, {"abc"}, {"ab", "c", ""}, {"", "ab", "c"}, {"c", "ab"}, nil} {
		if _, err := s.Open(sealed, place...); !errors.Is(err, sealing.ErrForged) {
			t.Errorf("%q: %v, want ErrForged", place, err)
		}
	}
}

func TestEveryFlippedBitAndCutIsRefused(t *testing.T) {
	s := sealing.New(ring(t, pepper(2), pepper(1), pepper(3)))
	sealed := mustSeal(t, s, "a secret of a provider", "w", "enrichment", "acme")
	for i := range sealed {
		for bit := range 8 {
			forged := bytes.Clone(sealed)
			forged[i] ^= 1 << bit
			if plain, err := s.Open(forged, "w", "enrichment", "acme"); err == nil {
				t.Errorf("byte %d, bit %d: opened as %q", i, bit, plain)
			}
		}
		if _, err := s.Open(sealed[:i], "w", "enrichment", "acme"); !errors.Is(err, sealing.ErrForged) {
			t.Errorf("cut to %d bytes: %v, want ErrForged", i, err)
		}
	}
}

func TestRotation(t *testing.T) {
	old := sealing.New(ring(t, pepper(1)))
	sealed := mustSeal(t, old, "x", "p")
	both, next := sealing.New(ring(t, pepper(2), pepper(1))), sealing.New(ring(t, pepper(2)))
	if plain, err := both.Open(sealed, "p"); string(plain) != "x" || err != nil {
		t.Errorf("under the older key: %q, %v", plain, err)
	}
	if !both.Old(sealed) || old.Old(sealed) || both.Old(nil) || both.Old(mustSeal(t, both, "x", "p")) {
		t.Error("Old is wrong")
	}
	if _, err := next.Open(sealed, "p"); !errors.Is(err, sealing.ErrUnknownKey) {
		t.Errorf("without the key: %v, want ErrUnknownKey", err)
	}
	stranger := keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte{9}, keys.MinPepper)}
	if _, err := sealing.New(ring(t, stranger)).Open(sealed, "p"); !errors.Is(err, sealing.ErrForged) {
		t.Errorf("under another key of the same id: %v, want ErrForged", err)
	}
}

func TestTheSameTextIsNeverSealedAlike(t *testing.T) {
	s, seen := sealing.New(ring(t, pepper(1))), map[string]bool{}
	for range 100 {
		seen[string(mustSeal(t, s, "x", "p"))] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 differ", len(seen))
	}
}
