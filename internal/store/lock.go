package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// fileLock is an exclusive lock on a file, given back by release or by the end of the process.
type fileLock struct{ f *os.File }

// tryLock takes the lock or fails at once with ErrLocked, naming the holder's pid.
func tryLock(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	if err := lockFile(f); err != nil {
		holder := holderOf(f)
		_ = f.Close()
		if errors.Is(err, errHeld) {
			return nil, fmt.Errorf("%w by process %s: stop it, or choose another UNSTUCK_DATA_DIR (lock file %s)", ErrLocked, holder, path)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := writePID(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write the lock file: %w", err)
	}
	return &fileLock{f}, nil
}

// waitLock takes the lock as soon as it is free, or ends with ctx.
func waitLock(ctx context.Context, path string) (*fileLock, error) {
	for {
		l, err := tryLock(path)
		if !errors.Is(err, ErrLocked) {
			return l, err
		}
		if !pause(ctx, 20*time.Millisecond) {
			return nil, fmt.Errorf("%w (%w)", err, ctx.Err())
		}
	}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holderOf(f *os.File) string {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	if pid := strings.TrimSpace(string(b[:n])); pid != "" {
		return pid
	}
	return "(unknown)"
}

// release gives the lock back; nil is allowed. The file stays, since removing it would let two holders in.
func (l *fileLock) release() {
	if l != nil && l.f != nil {
		_ = l.f.Close()
		l.f = nil
	}
}
