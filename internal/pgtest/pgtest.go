// Package pgtest gives a test a PostgreSQL database of its own.
//
// The server is the one of UNSTUCK_TEST_DATABASE_URL, or else a private cluster started from installed binaries, one
// for each test process, which ends with the process however that ends. Where there is neither, tests skip; when CI
// is set they fail.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/store"
)

// Variable names a server whose URL may create roles and databases.
const Variable = "UNSTUCK_TEST_DATABASE_URL"

var server = sync.OnceValues(func() (string, error) {
	if u := os.Getenv(Variable); u != "" {
		return u, nil
	}
	return startCluster()
})

// Server returns the URL of the server's maintenance database. It may make roles and databases, and must drop them.
func Server(t testing.TB) string {
	t.Helper()
	u, err := server()
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("pgtest: PostgreSQL is required under CI: %v", err)
	default:
		t.Skipf("pgtest: %v; install PostgreSQL's server or set %s", err, Variable)
	}
	return u
}

// URL returns the URL of a fresh, migrated database, dropped when the test ends.
func URL(t testing.TB) string {
	t.Helper()
	admin := Server(t)
	template, err := templateOnce(admin)
	if err != nil {
		t.Fatalf("pgtest: make the template: %v", err)
	}
	return create(t, admin, ` TEMPLATE `+template+` STRATEGY FILE_COPY`) // half the time of the default where nothing is synced
}

// Empty returns the URL of a fresh database without any table, dropped when the test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, Server(t), "")
}

func create(t testing.TB, admin, clause string) string {
	t.Helper()
	name := "unstuck_test_" + random()
	if err := execute(admin, `CREATE DATABASE `+name+clause); err != nil {
		t.Fatalf("pgtest: create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(admin, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: drop the database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

var templates = struct {
	sync.Mutex
	name string
}{}

// templateOnce makes the migrated template of this process. On a server that is shared with other processes it is
// named after the schema's version and contents, made by whoever comes first, and stays.
func templateOnce(admin string) (string, error) {
	templates.Lock()
	defer templates.Unlock()
	if templates.name != "" {
		return templates.name, nil
	}
	name := "unstuck_template_" + store.SchemaHash()
	if err := makeTemplate(admin, name); err != nil {
		return "", err
	}
	templates.name = name
	return name, nil
}

// makeTemplate builds under a private name and renames at the end, so that a template is whole or absent.
func makeTemplate(admin, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(7240912)`); err != nil {
		return err
	}
	var n int
	if err := conn.QueryRow(ctx, `SELECT COUNT(*) FROM pg_database WHERE datname = $1`, name).Scan(&n); err != nil || n == 1 {
		return err
	}
	draft := "unstuck_draft_" + random()
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+draft); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DatabaseURL: withDatabase(admin, draft), Migrate: true})
	if err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `ALTER DATABASE `+draft+` RENAME TO `+name)
	return err
}

func execute(admin, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

func withDatabase(admin, name string) string {
	u, err := url.Parse(admin)
	if err != nil { // it was connected to before
		panic(fmt.Sprintf("pgtest: %s is no URL", Variable))
	}
	u.Path = "/" + name
	return u.String()
}

func random() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
