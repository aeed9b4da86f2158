package search

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"github.com/unstuckengine/unstuck/internal/filter"
)

const (
	// maxRecords is how many records of all workspaces are kept in memory (see index for what one takes).
	maxRecords = 1_000_000
	// atOnce is how many records a search waits for to be read into an index. It takes some 20 microseconds each; more are read in the background.
	atOnce = 2000
)

// library keeps the indexes of the texts of the workspaces used last.
type library struct {
	store Store
	shelf *shelf[shelfmark, *texts]

	mu      sync.Mutex      // keeps running from growing once ctx is at its end
	ctx     context.Context // of what is done in the background
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// shelfmark names an index.
type shelfmark struct {
	workspaceID string
	kind        filter.Kind
}

// texts is an index and the version of the texts that it holds, exactly.
type texts struct {
	mu      sync.RWMutex
	x       *index // nil while there is none
	version int64
	making  chan struct{} // closed when what is done in the background ends; nil when nothing is, else x and version stay

	records atomic.Int64 // in x, for the shelf, which must not wait
}

func (t *texts) size() int { return int(t.records.Load()) }

func newLibrary(store Store, records int) *library {
	l := &library{store: store, shelf: newShelf[shelfmark](records, func() *texts { return &texts{version: NoTexts} })}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// close ends what is done in the background and waits for it.
func (l *library) close() {
	l.mu.Lock()
	l.cancel()
	l.mu.Unlock()
	l.running.Wait()
}

// open returns the index as the reader's snapshot, of which v tells, has the texts. It stays so until done is called. It is nil when the store must
// answer: the index is being made, knows more than the snapshot, or would be too large.
func (l *library) open(ctx context.Context, r Reader, m shelfmark, v Vocabulary) (x *index, done func(), err error) {
	if l.shelf.most == 0 || v.Texts == NoTexts {
		return nil, func() {}, nil
	}
	t := l.shelf.get(m)
	if t.mu.RLock(); t.x == nil || t.version < v.Texts {
		t.mu.RUnlock()
		if err := l.catchUp(ctx, r, m, t, v); err != nil {
			return nil, nil, err
		}
		t.mu.RLock()
	}
	if t.x == nil || t.version != v.Texts {
		t.mu.RUnlock()
		return nil, func() {}, nil
	}
	return t.x, t.mu.RUnlock, nil
}

// errMany is what reading few records ends with when there are more.
var errMany = errors.New("more records than are read at once")

// catchUp brings the index to the snapshot, or has that done in the background when many records have to be read.
func (l *library) catchUp(ctx context.Context, r Reader, m shelfmark, t *texts, v Vocabulary) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.making != nil || t.x != nil && t.version >= v.Texts {
		return nil
	}
	if t.version < v.TextsReset {
		t.hold(nil, NoTexts)
	}
	if t.x == nil {
		n, err := r.Count(ctx, m.kind, Where{})
		if err != nil || n > l.shelf.most {
			return err
		}
		if n > atOnce {
			l.start(m, t)
			return nil
		}
	}
	x, err := t.read(ctx, r, m.kind, atOnce)
	if errors.Is(err, errMany) {
		l.start(m, t)
		return nil
	}
	if err == nil {
		l.settle(m, t, x, v.Texts)
	}
	return err
}

// read returns the records that changed since the index was up to date, or errMany. The caller sees to it that the version stays.
func (t *texts) read(ctx context.Context, r Reader, k filter.Kind, most int) (changed []Candidate, err error) {
	err = r.Texts(ctx, k, t.version, func(c Candidate) error {
		if len(changed) == most {
			return errMany
		}
		changed = append(changed, c)
		return nil
	})
	return changed, err
}

// settle takes the records that changed into the index, which is then of the version. The caller holds the lock of t.
func (l *library) settle(m shelfmark, t *texts, changed []Candidate, version int64) {
	x := t.x
	if x == nil {
		x = newIndex()
	}
	for _, c := range changed {
		x.put(c)
	}
	x.settle()
	t.hold(x, version)
	if len(x.docs) > l.shelf.most {
		t.hold(nil, NoTexts)
	}
	l.shelf.trim(m)
}

// hold lets t have an index. The caller holds the lock.
func (t *texts) hold(x *index, version int64) {
	t.x, t.version = x, version
	t.records.Store(0)
	if x != nil {
		t.records.Store(int64(len(x.docs)))
	}
}

// start has the index brought up to date in the background. The caller holds the lock of t.
func (l *library) start(m shelfmark, t *texts) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		return
	}
	made := make(chan struct{})
	t.making = made
	l.running.Go(func() {
		defer close(made)
		l.make(m, t)
	})
}

// make reads what changed and takes it in, or all texts where there is no index or more changed than that has. When it fails, the next search will
// try again.
func (l *library) make(m shelfmark, t *texts) {
	var v Vocabulary
	var changed []Candidate
	x := newIndex()
	err := l.store.Read(l.ctx, m.workspaceID, func(ctx context.Context, r Reader) (err error) {
		if v, err = r.Vocabulary(ctx, math.MaxInt64); err != nil { // without the words
			return err
		}
		if t.version >= v.TextsReset && t.x != nil {
			if changed, err = t.read(ctx, r, m.kind, len(t.x.docs)); !errors.Is(err, errMany) {
				x = t.x
				return err
			}
			changed = nil
		}
		return r.Texts(ctx, m.kind, NoTexts, func(c Candidate) error {
			x.put(c)
			return nil
		})
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.making = nil
	if err == nil {
		t.x = x
		l.settle(m, t, changed, v.Texts)
	}
}

// warm has the index made and waits for that.
func (l *library) warm(ctx context.Context, r Reader, m shelfmark, v Vocabulary) error {
	t := l.shelf.get(m)
	if err := l.catchUp(ctx, r, m, t, v); err != nil {
		return err
	}
	t.mu.RLock()
	making := t.making
	t.mu.RUnlock()
	if making == nil {
		return nil
	}
	select {
	case <-making:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
