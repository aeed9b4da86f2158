package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?#%41ä", "data") // none of it may be taken for a part of the DSN
	db := mustOpen(t, store.Config{DataDir: dir, Lock: true})
	storetest.MustWorkspace(t, db, "a")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v; want 0700", info.Mode(), err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 4 {
		t.Fatalf("files = %v, %v", entries, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want 0600", e.Name(), info.Mode(), err)
		}
	}
}

func TestEveryConnectionHasItsPragmas(t *testing.T) {
	db := mustOpen(t, store.Config{DataDir: t.TempDir()})
	ctx := context.Background()
	check := func(q store.Q, queryOnly string) {
		t.Helper()
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "query_only": queryOnly} {
			var got string
			if err := q.QueryRow(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %q, %v; want %q", pragma, got, err, want)
			}
		}
	}
	_ = db.Tx(ctx, func(_ context.Context, tx *store.Tx) error { check(tx, "0"); return nil })
	_ = db.View(ctx, func(ctx context.Context, q store.Q) error {
		check(q, "1")
		return db.View(ctx, func(_ context.Context, q store.Q) error { check(q, "1"); return nil }) // a second connection
	})
}

func TestTheDataDirectoryHasOneHolder(t *testing.T) {
	dir := t.TempDir()
	held := mustOpen(t, store.Config{DataDir: dir, Lock: true})
	_, err := store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true, Lock: true})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Fatalf("second holder: %v, want ErrLocked naming this process", err)
	}
	admin := mustOpen(t, store.Config{DataDir: dir}) // api admin works while serve runs
	storetest.MustWorkspace(t, admin, "a")
	if _, err := held.FindWorkspace(context.Background(), "a"); err != nil {
		t.Errorf("the holder does not see the other's write: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, store.Config{DataDir: dir, Lock: true})
}

// TestHelperHold is run as another process by TestAKilledHolderGivesTheDirectoryFree.
func TestHelperHold(t *testing.T) {
	dir := os.Getenv("STORE_TEST_HOLD")
	if dir == "" {
		return
	}
	mustOpen(t, store.Config{DataDir: dir, Lock: true})
	fmt.Println("held")
	time.Sleep(time.Minute)
}

func TestAKilledHolderGivesTheDirectoryFree(t *testing.T) {
	dir := t.TempDir()
	c := exec.Command(os.Args[0], "-test.run=^TestHelperHold$")
	c.Env = append(os.Environ(), "STORE_TEST_HOLD="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if n, err := out.Read(make([]byte, 16)); err != nil || n == 0 {
		t.Fatalf("the holder did not start: %v", err)
	}
	_, err = store.Open(context.Background(), store.Config{DataDir: dir, Migrate: true, Lock: true})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d:", c.Process.Pid)) {
		t.Errorf("while held: %v, want ErrLocked naming process %d", err, c.Process.Pid)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	mustOpen(t, store.Config{DataDir: dir, Lock: true})
}

func TestAVersionThatDoesNotFitRefuses(t *testing.T) {
	ctx := context.Background()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			c := e.empty(t)
			_, err := store.Open(ctx, c)
			if !errors.Is(err, store.ErrPending) || !strings.Contains(err.Error(), "api migrate") {
				t.Errorf("empty without Migrate: %v, want ErrPending with the next step", err)
			}
			db := mustOpen(t, c)
			version, err := db.Version(ctx)
			if err != nil || version < 1 {
				t.Fatalf("Version = %d, %v", version, err)
			}
			c.Migrate = false
			again, err := store.Open(ctx, c)
			if err != nil {
				t.Fatalf("up to date without Migrate: %v", err)
			}
			_ = again.Close()
			err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", version+1, true)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, c.Migrate = range []bool{false, true} {
				if _, err := store.Open(ctx, c); !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), fmt.Sprint(version+1)) {
					t.Errorf("newer, Migrate = %t: %v, want ErrNewer", c.Migrate, err)
				}
			}
		})
	}
}

func TestManyMayMigrateAtOnce(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			c := e.empty(t)
			c.Migrate = true
			errs := make(chan error)
			for range 4 {
				go func() {
					db, err := store.Open(context.Background(), c)
					if err == nil {
						err = db.Close()
					}
					errs <- err
				}()
			}
			for range 4 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestWrongConfiguration(t *testing.T) {
	for _, c := range []store.Config{
		{},
		{DataDir: t.TempDir(), ReadURL: "postgres://h/d"},
		{DatabaseURL: "mysql://u:s3cret@h/d"},
		{DatabaseURL: "postgres://u:s3cret@h:port/d"},
		{DatabaseURL: "postgres://u:s3cret@h/d?sslmode=s3cret"},
	} {
		_, err := store.Open(context.Background(), c)
		if !errors.Is(err, store.ErrConfig) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: %v, want ErrConfig without the password", c, err)
		}
	}
}

func TestNoPasswordInAConnectionError(t *testing.T) {
	for _, u := range []string{"postgres://u:s3cret@127.0.0.1:1/d", "postgres://u:s3cret@127.0.0.1:1/d?default_query_exec_mode=exec"} {
		_, err := store.Open(context.Background(), store.Config{DatabaseURL: u})
		if fault.CodeOf(err) != fault.StoreUnavailable {
			t.Errorf("code = %q, want store_unavailable", fault.CodeOf(err))
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), "s3cret") {
				t.Errorf("the password stands in %v", e)
			}
		}
		if !strings.Contains(err.Error(), "UNSTUCK_DATABASE_URL") {
			t.Errorf("%v does not name the variable", err)
		}
	}
}

// TestRivalsInTwoProcesses shows that the claim holds across processes, where only the database can tell.
func TestRivalsInTwoProcesses(t *testing.T) {
	ctx, u, hash := context.Background(), pgtest.URL(t), []byte("h")
	a, b := mustOpen(t, store.Config{DatabaseURL: u}), mustOpen(t, store.Config{DatabaseURL: u})
	w := storetest.MustWorkspace(t, a, "a")
	_, _, err := a.Idempotent(ctx, w.ID, "key", hash, func(context.Context) (store.Reply, error) {
		_, _, err := b.Idempotent(ctx, w.ID, "key", hash, func(context.Context) (store.Reply, error) {
			return store.Reply{Status: 200}, nil
		})
		if fault.CodeOf(err) != fault.IdempotencyInFlight {
			t.Errorf("rival: %v, want idempotency_in_flight", err)
		}
		return store.Reply{Status: 200, Body: []byte("first")}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, replayed, err := b.Idempotent(ctx, w.ID, "key", hash, nil)
	if err != nil || !replayed || string(got.Body) != "first" {
		t.Errorf("afterwards: %q, replayed = %t, %v", got.Body, replayed, err)
	}
}

// TestDeadlocksAreRetried makes two transactions take two rows in opposite order.
func TestDeadlocksAreRetried(t *testing.T) {
	ctx, db := context.Background(), openPostgres(t)
	a, b := storetest.MustWorkspace(t, db, "a"), storetest.MustWorkspace(t, db, "b")
	met, attempts, errs := make(chan struct{}, 2), make(chan int, 2), make(chan error)
	for _, order := range [][]string{{a.ID, b.ID}, {b.ID, a.ID}} {
		go func() {
			n := 0
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				n++
				for i, id := range order {
					if _, err := tx.Exec(ctx, "UPDATE workspaces SET burst = burst + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if i == 0 && n == 1 { // both hold their first row before either asks for its second
						met <- struct{}{}
						for len(met) < 2 {
							time.Sleep(time.Millisecond)
						}
					}
				}
				return nil
			})
			attempts <- n
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := <-attempts + <-attempts; n < 3 {
		t.Errorf("attempts = %d; there was no deadlock to retry", n)
	}
	got, _ := db.FindWorkspace(ctx, a.ID)
	if got.Limits.Burst != a.Limits.Burst+2 {
		t.Errorf("burst = %d, want %d", got.Limits.Burst, a.Limits.Burst+2)
	}
}

// TestAReplicaServesReadsAlone gives another database as the replica, so that each answer tells where it came from.
func TestAReplicaServesReadsAlone(t *testing.T) {
	ctx, main, replica := context.Background(), pgtest.URL(t), pgtest.URL(t)
	db := mustOpen(t, store.Config{DatabaseURL: main, ReadURL: replica})
	w := storetest.MustWorkspace(t, db, "a")
	storetest.MustKey(t, db, w.ID, "0000000a")
	if _, err := db.KeyForAuth(ctx, "0000000a"); err != nil {
		t.Errorf("authentication did not ask the primary: %v", err)
	}
	var n int
	err := db.View(ctx, func(ctx context.Context, q store.Q) error {
		return q.QueryRow(ctx, "SELECT COUNT(*) FROM keys").Scan(&n)
	})
	if err != nil || n != 0 {
		t.Errorf("a view saw %d keys, %v; want the replica's 0", n, err)
	}
}

func TestAServerThatGoesAwayIsUnavailableAndComesBack(t *testing.T) {
	ctx, u := context.Background(), pgtest.URL(t)
	db := mustOpen(t, store.Config{DatabaseURL: u})
	w := storetest.MustWorkspace(t, db, "a")
	storetest.MustKey(t, db, w.ID, "0000000a")
	conn, err := pgx.Connect(ctx, pgtest.Server(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var pid int
		if err := tx.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "SELECT pg_terminate_backend($1)", pid); err != nil {
			return err
		}
		for { // the signal arrives a moment later
			if _, err := tx.Exec(ctx, "SELECT 1"); err != nil {
				return err
			}
		}
	})
	if fault.CodeOf(err) != fault.StoreUnavailable {
		t.Errorf("a cut connection: %v, want store_unavailable", err)
	}
	if _, err := db.KeyForAuth(ctx, "0000000a"); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

// TestARemovedFileIsAnOutage takes the database file away under an open store: nothing may be acknowledged that would be lost.
func TestARemovedFileIsAnOutage(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"removed": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := mustOpen(t, store.Config{DataDir: dir})
			ctx := context.Background()
			if err := db.Ping(ctx); err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(dir, "unstuck.db")); err != nil {
				t.Fatal(err)
			}
			if err := db.Ping(ctx); fault.CodeOf(err) != fault.StoreUnavailable {
				t.Errorf("ping: %v", err)
			}
			err := db.Tx(ctx, func(context.Context, *store.Tx) error { return nil })
			if fault.CodeOf(err) != fault.StoreUnavailable {
				t.Errorf("a write: %v", err)
			}
		})
	}
}

// TestSearchesKeepNoKeyWaiting holds every connection for searches and reads a key's row meanwhile.
func TestSearchesKeepNoKeyWaiting(t *testing.T) {
	db := mustOpen(t, store.Config{DataDir: t.TempDir()})
	release := make(chan struct{})
	var holding, done sync.WaitGroup
	for range 64 { // more than there can be connections
		holding.Add(1)
		done.Go(func() {
			started := sync.OnceFunc(holding.Done)
			time.AfterFunc(200*time.Millisecond, started) // those that get no connection
			_ = db.View(context.Background(), func(ctx context.Context, q store.Q) error {
				started()
				<-release
				return nil
			})
		})
	}
	holding.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := db.KeyForAuth(ctx, "00000000"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a key's row while searches run: %v", err)
	}
	close(release)
	done.Wait()
}
