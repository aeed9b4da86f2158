package chain_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var (
	background = context.Background()
	start      = time.Date(2027, 2, 27, 23, 59, 58, 123456000, time.UTC)
	ann        = activity.PersonActor("ann@example.com")
)

func ring(t testing.TB, kids ...int) *keys.Keyring {
	t.Helper()
	var peppers []keys.Pepper
	for _, kid := range kids {
		peppers = append(peppers, keys.Pepper{KID: kid, Secret: bytes.Repeat([]byte{byte(kid)}, keys.MinPepper)})
	}
	r, err := keys.NewKeyring(peppers[0], peppers[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bench is a log over a real store.
type bench struct {
	testing.TB
	db     *store.DB
	spaces *workspaces.Service
	log    *chain.Service
	made   int
}

// onBoth runs the test on each engine; PostgreSQL is skipped where there is no server.
func onBoth(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newBench(t, store.Config{DataDir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { test(t, newBench(t, store.Config{DatabaseURL: pgtest.URL(t)})) })
}

func newBench(t testing.TB, c store.Config) *bench {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(background, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &bench{TB: t, db: db}
	b.spaces, b.log = workspaces.NewService(db, b.now), b.service(db, ring(t, 1))
	return b
}

func (b *bench) now(context.Context) (time.Time, error) { return start, nil }

func (b *bench) service(s chain.Store, k chain.Keys) *chain.Service {
	return chain.New(chain.Config{Store: s, Keys: k, Now: b.now})
}

// workspace returns a new one; its log holds one entry, of its creation.
func (b *bench) workspace() string {
	b.Helper()
	b.made++
	w, err := b.spaces.Create(background, activity.OperatorActor("root"), fmt.Sprintf("Acme %d", b.made), workspaces.Pro, "")
	if err != nil {
		b.Fatal(err)
	}
	return w.ID
}

func (b *bench) record(id string, e activity.Entry) {
	b.Helper()
	if err := b.db.Workspace(id).Record(background, e); err != nil {
		b.Fatal(err)
	}
}

// revoke records the n-th of some entries.
func (b *bench) revoke(id string, n int) {
	b.Helper()
	b.record(id, activity.New(id, start.Add(time.Duration(n)*time.Second), ann, activity.KeyRevoked, activity.ObjectKey, fmt.Sprintf("%08x", n), map[string]string{"name": fmt.Sprint("key ", n)}))
}

// filled returns a workspace with n sealed entries.
func (b *bench) filled(n int) string {
	b.Helper()
	id := b.workspace()
	for i := 1; i < n; i++ {
		b.revoke(id, i)
	}
	b.seal(id)
	return id
}

func (b *bench) seal(id string) {
	b.Helper()
	if err := b.log.Seal(background, id); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) verify(id string) chain.Result {
	b.Helper()
	r, err := b.log.Verify(background, id)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b *bench) export(id string, format chain.Format, f activity.Filter) string {
	b.Helper()
	var out strings.Builder
	if _, err := b.log.Export(background, &out, id, format, f); err != nil {
		b.Fatal(err)
	}
	return out.String()
}

// open lets tests change what the database protects, as somebody could who has all rights on it.
func (b *bench) open() {
	b.Helper()
	for table, names := range map[string][]string{"activity": {"activity_stays", "activity_stays_there"}, "activity_chain": {"activity_chain_stays", "activity_chain_stays_there"}} {
		for _, name := range names {
			if b.db.Engine() == "postgres" {
				b.exec(`DROP TRIGGER IF EXISTS ` + name + ` ON ` + table)
			} else {
				b.exec(`DROP TRIGGER ` + name)
			}
		}
	}
}

func (b *bench) exec(text string, args ...any) {
	b.Helper()
	err := b.db.Tx(background, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, text, args...)
		return err
	})
	if err != nil {
		b.Fatalf("%s: %v", text, err)
	}
}
