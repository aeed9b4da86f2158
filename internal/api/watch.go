package api

import (
	"context"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// How many watches may be held at once.
const (
	watchesPerKey       = 50
	watchesPerWorkspace = 200
	watchesAltogether   = 12_000
)

const (
	idsPerRead  = 1000
	readTimeout = 2 * time.Second
)

// watches are the callers who wait for their key to die. While there are any, one goroutine reads all their keys again
// every so often, so that the cost does not grow with the callers of one key.
type watches struct {
	read  KeyStates
	every time.Duration

	mu          sync.Mutex
	byKey       map[string]map[chan error]struct{}
	byWorkspace map[string]int
	total       int
	running     bool
}

func newWatches(read KeyStates, every time.Duration) *watches {
	return &watches{read: read, every: every, byKey: map[string]map[chan error]struct{}{}, byWorkspace: map[string]int{}}
}

// count returns how many watches are held.
func (w *watches) count() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.total)
}

// add begins a watch. The channel gives the refusal once the key cannot be used; leave must be called at the end.
func (w *watches) add(keyID, workspaceID string) (changed <-chan error, leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.byKey[keyID]) >= watchesPerKey || w.byWorkspace[workspaceID] >= watchesPerWorkspace || w.total >= watchesAltogether {
		return nil, nil, fault.New(fault.TooManyStreams, "")
	}
	c := make(chan error, 1)
	if w.byKey[keyID] == nil {
		w.byKey[keyID] = map[chan error]struct{}{}
	}
	w.byKey[keyID][c] = struct{}{}
	w.byWorkspace[workspaceID]++
	w.total++
	if !w.running {
		w.running = true
		go w.run()
	}
	return c, func() { w.remove(keyID, workspaceID, c) }, nil
}

func (w *watches) remove(keyID, workspaceID string, c chan error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.byKey[keyID], c)
	if len(w.byKey[keyID]) == 0 {
		delete(w.byKey, keyID)
	}
	if w.byWorkspace[workspaceID]--; w.byWorkspace[workspaceID] == 0 {
		delete(w.byWorkspace, workspaceID)
	}
	w.total--
}

// run reads the watched keys again and again until nobody watches.
func (w *watches) run() {
	t := time.NewTicker(w.every)
	defer t.Stop()
	for range t.C {
		ids := w.watched()
		if ids == nil {
			return
		}
		for len(ids) > 0 {
			n := min(len(ids), idsPerRead)
			w.look(ids[:n])
			ids = ids[n:]
		}
	}
}

// watched returns the ids of the watched keys; nil ends the run.
func (w *watches) watched() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.byKey) == 0 {
		w.running = false
		return nil
	}
	ids := make([]string, 0, len(w.byKey))
	for id := range w.byKey {
		ids = append(ids, id)
	}
	return ids
}

// look tells the watchers of those keys that cannot be used any more. A store that does not answer says nothing about a
// key: its watches stay.
func (w *watches) look(ids []string) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	rows, err := w.read(ctx, ids)
	if err != nil {
		return
	}
	for _, id := range ids {
		if err := state(rows, id); err != nil {
			w.tell(id, err)
		}
	}
}

func state(rows map[string]keys.AuthRow, id string) error {
	row, ok := rows[id]
	if !ok { // rows are never deleted; should one be gone, its key is as good as unknown
		return fault.New(fault.InvalidAPIKey, "")
	}
	return keys.State(row)
}

func (w *watches) tell(id string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.byKey[id] {
		select {
		case c <- err:
		default: // told before
		}
	}
}
