package keys_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// failingStore refuses while err is set.
type failingStore struct {
	keys.Toucher
	mu    sync.Mutex
	err   error
	calls []int // how many touches came at once
}

func (s *failingStore) TouchKeys(ctx context.Context, touches []keys.Touch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, len(touches))
	if s.err != nil {
		return s.err
	}
	return s.Toucher.TouchKeys(ctx, touches)
}

func (b *bench) lastUsed(id string) time.Time {
	b.Helper()
	k, _, err := b.service.Get(context.Background(), b.w.ID, id)
	if err != nil {
		b.Fatal(err)
	}
	return k.LastUsedAt
}

func TestLastUsedNeverGoesBackward(t *testing.T) {
	b := newBench(t)
	ctx, id := context.Background(), b.create(keys.CreateRequest{}).Key.ID
	here, there := keys.NewLastUsed(b.db, 0, nil), keys.NewLastUsed(b.db, 0, nil) // two processes
	note := func(l *keys.LastUsed, after ...time.Duration) {
		t.Helper()
		for _, d := range after {
			l.Note(id, start.Add(d), nil)
		}
		if err := l.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	note(here, 5, 9*time.Second, 3*time.Second)
	if got := b.lastUsed(id); !got.Equal(start.Add(9 * time.Second)) {
		t.Errorf("last used %v, want the latest", got)
	}
	note(there, 8*time.Second)
	note(here)
	if got := b.lastUsed(id); !got.Equal(start.Add(9 * time.Second)) {
		t.Errorf("another process moved it back to %v", got)
	}
	note(there, 10*time.Second)
	if got := b.lastUsed(id); !got.Equal(start.Add(10 * time.Second)) {
		t.Errorf("last used %v, want the newer", got)
	}
}

func TestFailedFlushKeepsTheUses(t *testing.T) {
	b := newBench(t)
	ctx, id := context.Background(), b.create(keys.CreateRequest{}).Key.ID
	s := &failingStore{Toucher: b.db, err: errors.New("down")}
	l := keys.NewLastUsed(s, 0, nil)
	l.Note(id, start.Add(time.Second), nil)
	if err := l.Flush(ctx); !errors.Is(err, s.err) {
		t.Fatalf("Flush = %v", err)
	}
	l.Note(id, start, nil) // older than what is kept
	s.err = nil
	if err := l.Flush(ctx); err != nil || !b.lastUsed(id).Equal(start.Add(time.Second)) {
		t.Errorf("last used %v after %v", b.lastUsed(id), err)
	}
	if err := l.Flush(ctx); err != nil || len(s.calls) != 2 {
		t.Errorf("an empty flush went to the store: %v, %v", s.calls, err)
	}
}

func TestFlushGoesInBatches(t *testing.T) {
	b := newBench(t)
	s := &failingStore{Toucher: b.db}
	l := keys.NewLastUsed(s, 0, nil)
	for i := range 1234 {
		l.Note(fmt.Sprintf("%08x", i), start, nil) // unknown ids are passed over
	}
	if err := l.Flush(context.Background()); err != nil || fmt.Sprint(s.calls) != "[500 500 234]" {
		t.Errorf("batches %v, %v", s.calls, err)
	}
}

func TestRunFlushesEachIntervalAndAtTheEnd(t *testing.T) {
	b := newBench(t)
	first, last := b.create(keys.CreateRequest{}).Key.ID, b.create(keys.CreateRequest{}).Key.ID
	s := &failingStore{Toucher: b.db, err: fault.New(fault.StoreUnavailable, "")}
	failures := make(chan error)
	l := keys.NewLastUsed(s, time.Millisecond, func(err error) { failures <- err })
	l.Note(first, start, nil)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	wantCode(t, "the interval's flush", <-failures, fault.StoreUnavailable)
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	for b.lastUsed(first).IsZero() {
		select {
		case <-failures:
		case <-time.After(time.Millisecond):
		}
	}
	stop()
	<-done
	l = keys.NewLastUsed(s, time.Hour, func(err error) { t.Errorf("flush at the end: %v", err) })
	l.Note(last, start.Add(time.Second), nil)
	l.Run(ctx) // whose end has come already
	if got := b.lastUsed(last); !got.Equal(start.Add(time.Second)) {
		t.Errorf("last used %v after the end", got)
	}
}

func TestAuthenticationNotesUsesOfLiveKeysAlone(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	live, dead := b.create(keys.CreateRequest{}), b.create(keys.CreateRequest{})
	if _, err := b.service.Revoke(ctx, ann, b.w.ID, dead.Key.ID); err != nil {
		t.Fatal(err)
	}
	l := keys.NewLastUsed(b.db, 0, nil)
	v := b.newVerifier(keys.VerifierConfig{Touch: l.Note})
	b.clock.Add(time.Minute)
	for _, c := range []keys.Created{live, dead} {
		_, _ = v.Verify(ctx, "Bearer "+c.Secret.Reveal(), source)
		_, _ = v.Verify(ctx, "Bearer "+forge(t, c.Secret).Reveal(), source)
	}
	if !b.lastUsed(live.Key.ID).IsZero() {
		t.Error("the use was written while authenticating")
	}
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if got := b.lastUsed(live.Key.ID); !got.Equal(start.Add(time.Minute)) || !b.lastUsed(dead.Key.ID).IsZero() {
		t.Errorf("last used: live %v, revoked %v", got, b.lastUsed(dead.Key.ID))
	}
}
