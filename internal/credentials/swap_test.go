//go:build unix

package credentials_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

func TestSwap(t *testing.T) {
	dir := t.TempDir()
	f, old := fileIn(t, dir), key(t)
	next, err := token.Mint(rand.Reader)
	must(t, err)
	for _, name := range []string{"default", "other"} {
		must(t, f.Save(name, credentials.Profile{Key: old, APIURL: "https://api.example.com"}))
	}
	before := text(t, dir)
	stop := errors.New("it does not work")
	err = f.Swap("default", old, next, func() error {
		now, err := f.Load("default")
		if err != nil || !now.Key.Equal(next) || !strings.Contains(text(t, dir), `previous_api_key = "`+old.Reveal()) {
			t.Errorf("meanwhile: %v, %v", now, err)
		}
		return stop
	})
	if !errors.Is(err, stop) || text(t, dir) != before {
		t.Errorf("%v; the file differs: %t", err, text(t, dir) != before)
	}
	must(t, f.Swap("default", old, next, func() error { return nil }))
	p, err := f.Load("default")
	if err != nil || !p.Key.Equal(next) || p.APIURL != "https://api.example.com" || strings.Contains(text(t, dir), "previous") {
		t.Errorf("afterwards: %+v, %v", p, err)
	}
	if p, err := f.Load("other"); err != nil || !p.Key.Equal(old) {
		t.Errorf("another profile: %+v, %v", p, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "credentials")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestSwapLeavesWhatIsNotTheOldKey(t *testing.T) {
	dir := t.TempDir()
	f, old := fileIn(t, dir), key(t)
	other, err := token.Mint(rand.Reader)
	must(t, err)
	never := func() error { t.Error("proved"); return nil }
	if err := f.Swap("default", old, other, never); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("no file: %v", err)
	}
	must(t, f.Save("default", credentials.Profile{Key: other}))
	before := text(t, dir)
	if err := f.Swap("default", old, other, never); fault.CodeOf(err) != fault.Conflict || text(t, dir) != before {
		t.Errorf("another key: %v", err)
	}
	write(t, dir, before, 0o644)
	if err := f.Swap("default", other, old, never); err == nil || fault.CodeOf(err) == fault.Conflict {
		t.Errorf("a file that is open to others: %v", err)
	}
}

func text(t *testing.T, dir string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "credentials"))
	must(t, err)
	return string(bytes.TrimSpace(raw))
}
