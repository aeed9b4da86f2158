package ui

import (
	"context"
	"time"
)

// Sessions keeps the sessions of browsers, by a hash of their tokens. Its errors are those of the store.
type Sessions interface {
	// FindSession returns what is kept under the token; found is false when it is unknown or its time is over.
	FindSession(ctx context.Context, token string) (data []byte, found bool, err error)
	// KeepSession adds or replaces it.
	KeepSession(ctx context.Context, token string, data []byte, until time.Time) error
	// DropSession removes it; an unknown token is no error.
	DropSession(ctx context.Context, token string) error
}

// kept speaks the session library's words. The library calls the methods with a context alone where they are there.
type kept struct{ Sessions }

func (k kept) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return k.FindSession(ctx, token)
}

func (k kept) CommitCtx(ctx context.Context, token string, data []byte, until time.Time) error {
	return k.KeepSession(ctx, token, data, until)
}

func (k kept) DeleteCtx(ctx context.Context, token string) error { return k.DropSession(ctx, token) }

func (k kept) Find(token string) ([]byte, bool, error) { return k.FindCtx(context.Background(), token) }

func (k kept) Commit(token string, data []byte, until time.Time) error {
	return k.CommitCtx(context.Background(), token, data, until)
}

func (k kept) Delete(token string) error { return k.DeleteCtx(context.Background(), token) }
