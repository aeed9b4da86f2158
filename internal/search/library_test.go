package search

import (
	"context"
	"errors"
	"testing"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// endless is a store of many records, whose texts take as long to read as the reader waits.
type endless struct {
	Reader
	begun chan struct{}
}

func (e *endless) Read(ctx context.Context, _ string, fn func(context.Context, Reader) error) error {
	return fn(ctx, e)
}

func (e *endless) Record(context.Context, string, []Attempt) (r wire.Record, err error) {
	return r, nil
}

func (e *endless) Count(context.Context, filter.Kind, Where) (int, error) { return atOnce + 1, nil }

func (e *endless) Vocabulary(context.Context, int64) (Vocabulary, error) {
	return Vocabulary{Texts: 1}, nil
}

func (e *endless) Texts(ctx context.Context, _ filter.Kind, _ int64, _ func(Candidate) error) error {
	close(e.begun)
	<-ctx.Done()
	return ctx.Err()
}

func TestClosingEndsWhatIsDoneInTheBackground(t *testing.T) {
	e := &endless{begun: make(chan struct{})}
	l, m := newLibrary(e, 10*atOnce), shelfmark{"w", filter.Accounts}
	open := func() *index {
		t.Helper()
		x, done, err := l.open(t.Context(), e, m, Vocabulary{Texts: 1})
		if err != nil {
			t.Fatal(err)
		}
		done()
		return x
	}
	if open() != nil {
		t.Error("an index is there at once")
	}
	<-e.begun
	if open() != nil { // would read again, and close begun a second time
		t.Error("an index is there while it is made")
	}
	hurried, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.warm(hurried, e, m, Vocabulary{Texts: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting without time: %v", err)
	}
	l.close()
	if open() != nil {
		t.Error("an index is there after the end")
	}
	if making := l.shelf.get(m).making; making != nil {
		t.Error("an index is still made after the end")
	}
}
