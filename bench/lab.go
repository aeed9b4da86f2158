package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lab holds what the rows of one run share.
type lab struct {
	options
	dir  string // temporary, removed at the end
	root string // of the module

	building sync.Mutex
	built    map[string]string // binary by package
	counter  atomic.Int64

	worlds  map[place]*world // rows run one after the other
	keepers []*stage         // of the worlds
}

// next returns a number that was not given before in this run.
func (l *lab) next() int64 { return l.counter.Add(1) }

func newLab(o options) (*lab, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	dir, err := os.MkdirTemp("", "unstuck-bench-")
	if err != nil {
		return nil, err
	}
	return &lab{options: o, dir: dir, root: strings.TrimSpace(string(out)), built: map[string]string{}, worlds: map[place]*world{}}, nil
}

func (l *lab) close() {
	for _, k := range l.keepers {
		k.end()
	}
	_ = os.RemoveAll(l.dir)
}

// span is how long a sample of a rate lasts.
func (l *lab) span() time.Duration {
	if l.quick {
		return 300 * time.Millisecond
	}
	return 2 * time.Second
}

// times is how often a sample of a duration repeats: n, or few in a quick run.
func (l *lab) times(n int) int {
	if l.quick {
		return max(1, n/10)
	}
	return n
}

// binary builds a package of this module as it is released: static, stripped. It returns the path of the program.
func (l *lab) binary(ctx context.Context, pkg string) (string, error) {
	l.building.Lock()
	defer l.building.Unlock()
	if path, ok := l.built[pkg]; ok {
		return path, nil
	}
	path := filepath.Join(l.dir, filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./"+pkg)
	cmd.Dir, cmd.Env = l.root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", pkg, err, firstLine(out))
	}
	l.built[pkg] = path
	return path, nil
}

func firstLine(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

// stage is the place of one row: what it starts ends with the row.
type stage struct {
	*lab
	endings []func() error
}

func (s *stage) onEnd(f func() error) { s.endings = append(s.endings, f) }

// end undoes in reverse order. What cannot be ended is told on stderr, since the figures stand already.
func (s *stage) end() {
	var errs []error
	for i := len(s.endings) - 1; i >= 0; i-- {
		errs = append(errs, s.endings[i]())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "bench: clean up: "+err.Error())
	}
}

// folder makes a new directory that goes with the row.
func (s *stage) folder() (string, error) {
	dir, err := os.MkdirTemp(s.dir, "row-")
	if err == nil {
		s.onEnd(func() error { return os.RemoveAll(dir) })
	}
	return dir, err
}
