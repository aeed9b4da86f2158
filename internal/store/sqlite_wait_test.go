package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// TestWritersDoNotWaitWithoutEnd: while one transaction has the writing connection, others are told to come again; then it is free as before.
func TestWritersDoNotWaitWithoutEnd(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.engine.(*sqliteEngine).patience = 50 * time.Millisecond
	nothing := func(context.Context, *Tx) error { return nil }
	single := func() error {
		_, err := db.engine.primary().Exec(ctx, `DELETE FROM sessions WHERE token = $1`, "x")
		return err
	}
	err = db.Tx(ctx, func(context.Context, *Tx) error {
		for name, write := range map[string]func() error{"a transaction": func() error { return db.Tx(ctx, nothing) }, "a statement": single} {
			if err := write(); fault.CodeOf(err) != fault.StoreUnavailable || fault.From(err).RetrySeconds() < 1 {
				t.Errorf("%s beside a long one: %v", name, err)
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Tx(ctx, nothing), single()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// again is an error after which the transaction runs again.
type again struct{ error }

func (again) RunTxAgain() {}

func TestATransactionRunsAgainWhenItsFunctionAsks(t *testing.T) {
	db, err := Open(context.Background(), Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	runs := 0
	err = db.Tx(context.Background(), func(context.Context, *Tx) error {
		if runs++; runs == 1 {
			return op(again{errors.New("once more")}, "try")
		}
		return nil
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}
