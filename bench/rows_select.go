package main

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// selectKey is one row by its primary key, as somebody would write it who only wants to look a key up.
const selectKey = `SELECT id, workspace_id, name, preset, permissions, created_at, created_by, expiry, expires_at, mac, mac_kid, row_tag FROM keys WHERE id = $1`

// selectJoined also reads what else a request needs to know: the plan and the limits of the key's workspace.
const selectJoined = `SELECT k.id, k.workspace_id, k.name, k.preset, k.permissions, k.created_at, k.created_by, k.expiry, k.expires_at, k.mac, k.mac_kid, k.row_tag,
	w.plan, w.rate_per_minute, w.burst FROM keys k JOIN workspaces w ON w.id = k.workspace_id WHERE k.id = $1`

// scanned takes selectKey, and the first of selectJoined.
type scanned struct {
	id, workspace, name, preset, permissions, by, expiry string
	created                                              int64
	expires                                              *int64
	kid                                                  int
	mac, tag                                             []byte
	plan                                                 string
	rate, burst                                          int
}

func (k *scanned) dest() []any {
	return []any{&k.id, &k.workspace, &k.name, &k.preset, &k.permissions, &k.created, &k.by, &k.expiry, &k.expires, &k.mac, &k.kid, &k.tag}
}

func (k *scanned) joined() []any { return append(k.dest(), &k.plan, &k.rate, &k.burst) }

// driver returns a call that runs the query for the argument with the engine's bare driver, on one connection for each
// client, and scans its row.
func (s *stage) driver(ctx context.Context, d database, text string, arg any, dest func() []any) (func() (call, error), error) {
	if d.file != "" {
		return s.liteDriver(ctx, d.file, text, arg, dest)
	}
	pool, err := pgxpool.New(ctx, d.url+"&pool_max_conns=16")
	if err != nil {
		return nil, err
	}
	s.onEnd(func() error { pool.Close(); return nil })
	return func() (call, error) {
		return func() error { return pool.QueryRow(ctx, text, arg).Scan(dest()...) }, nil
	}, nil
}

func (s *stage) liteDriver(ctx context.Context, file, text string, arg any, dest func() []any) (func() (call, error), error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=query_only(1)&_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	s.onEnd(db.Close)
	return func() (call, error) {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			return nil, err
		}
		s.onEnd(stmt.Close)
		return func() error { return stmt.QueryRowContext(ctx, arg).Scan(dest()...) }, nil
	}, nil
}

func destKey() []any    { return new(scanned).dest() }
func destJoined() []any { return new(scanned).joined() }

// counted counts the reads of a store, each of which is one statement.
type counted struct {
	keys.AuthStore
	reads atomic.Int64
}

// KeyForAuth implements keys.AuthStore.
func (c *counted) KeyForAuth(ctx context.Context, id string) (keys.AuthRow, error) {
	c.reads.Add(1)
	return c.AuthStore.KeyForAuth(ctx, id)
}

// keyRead is G14: a whole key check with its one read beside the driver's own SELECT, one at a time.
func keyRead(e engine, text string, dest func() []any) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		d, err := s.database(ctx, e)
		if err != nil {
			return pair{}, err
		}
		db, err := s.open(ctx, d)
		if err != nil {
			return pair{}, err
		}
		ring, secret, err := planted(ctx, db)
		if err != nil {
			return pair{}, err
		}
		reference, err := s.driver(ctx, d, text, secret.ID(), dest)
		if err != nil {
			return pair{}, err
		}
		bare, err := crew(1, reference)
		if err != nil {
			return pair{}, err
		}
		reads := &counted{AuthStore: db}
		check := checker(keys.NewVerifier(keys.VerifierConfig{Store: reads, Ring: ring, FailuresPerMinute: 20}), secret)
		return pair{s.counting(reads, check), s.middle(bare, time.Microsecond)}, nil
	}
}

// planted puts a workspace and a key into the store.
func planted(ctx context.Context, db *store.DB) (*keys.Keyring, token.Secret, error) {
	ring, secret, row, err := minted()
	if err != nil {
		return nil, secret, err
	}
	entry := activity.New(row.Key.WorkspaceID, row.Now, activity.OperatorActor("bench"), activity.KeyCreated, activity.ObjectKey, row.Key.ID, nil)
	w := workspaces.Workspace{ID: row.Key.WorkspaceID, Slug: "bench", Name: "bench", Plan: row.Plan, CreatedAt: row.Now}
	if err := db.InsertWorkspace(ctx, w, entry); err != nil {
		return nil, secret, err
	}
	entry = activity.New(row.Key.WorkspaceID, row.Now, activity.OperatorActor("bench"), activity.KeyCreated, activity.ObjectKey, row.Key.ID, nil)
	return ring, secret, db.InsertKey(ctx, row.Key, entry)
}

// counting is the median time of a check, which fails unless there was exactly one read for each.
func (s *stage) counting(reads *counted, check call) sample {
	return func(ctx context.Context) (float64, error) {
		before := reads.reads.Load()
		got, err := drive(ctx, []call{check}, s.span())
		if err == nil && reads.reads.Load()-before != int64(got.ops) {
			err = errors.New("a check did not make exactly one read")
		}
		return got.p50 / time.Microsecond.Seconds(), err
	}
}
