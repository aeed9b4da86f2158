// Package storetest is the contract of the store, run against every engine and by nothing but tests.
//
// A case states a behaviour that both engines must show; where an engine differs, the difference is declared here and
// not hidden in an if. Each aggregate has a file whose list of cases stands in suites.
package storetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Case is one behaviour, shown on a fresh store.
type Case struct {
	Name string
	Run  func(t *testing.T, db *store.DB)
}

// suites lists every aggregate's cases. A new file adds its list here.
var suites = []struct {
	name  string
	cases []Case
}{
	{"keys", keyCases},
	{"workspaces", workspaceCases},
	{"team", teamCases},
	{"activity", activityCases},
	{"activity chain", chainCases},
	{"idempotency", idempotencyCases},
	{"limiter", limiterCases},
	{"transactions", txCases},
	{"values", valueCases},
	{"records", recordCases},
	{"signals", signalCases},
	{"search", searchCases},
	{"lists", listCases},
	{"lookups", lookupCases},
	{"pages", steadyCases},
	{"texts", textCases},
	{"hostile texts", hostileCases},
	{"insights", insightCases},
	{"erasing", eraseCases},
	{"known values", knownCases},
	{"enrichment", enrichCases},
	{"reference files", referenceCases},
	{"credits", creditCases},
	{"settings", settingsCases},
	{"usage", usageCases},
	{"bulk jobs", jobCases},
	{"device logins", deviceLoginCases},
	{"logins", loginCases},
}

// Run runs every case on a store of its own from open, and returns how many ran.
func Run(t *testing.T, open func(testing.TB) *store.DB) int {
	t.Helper()
	var ran atomic.Int64
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			for _, c := range s.cases {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel()
					db := open(t)
					ran.Add(1)
					c.Run(t, db)
				})
			}
		})
	}
	return int(ran.Load())
}

// Epoch is a time with microseconds from which the cases count.
var Epoch = time.Date(2026, 3, 4, 5, 6, 7, 123456000, time.UTC)

// MustWorkspace adds a workspace of plan Pro whose slug and name are the given one.
func MustWorkspace(t testing.TB, db *store.DB, slug string) workspaces.Workspace {
	t.Helper()
	w := newWorkspace(slug)
	if err := db.InsertWorkspace(context.Background(), w, entry(w.ID, activity.WorkspaceCreated, w.ID)); err != nil {
		t.Fatalf("InsertWorkspace(%s): %v", slug, err)
	}
	return w
}

func newWorkspace(slug string) workspaces.Workspace {
	return workspaces.Workspace{
		ID: uuid.Must(uuid.NewV7()).String(), Slug: slug, Name: slug, Plan: workspaces.Pro,
		Limits:    workspaces.Pro.Limits(),
		Credits:   workspaces.Credits{Balance: 10, Monthly: 20, ResetsAt: Epoch.AddDate(90, 0, 0)},
		CreatedAt: Epoch,
	}
}

// MustKey adds a read-only key with the given public id that never expires.
func MustKey(t testing.TB, db *store.DB, workspaceID, id string) keys.Key {
	t.Helper()
	k := newKey(workspaceID, id)
	if err := db.InsertKey(context.Background(), k, entry(workspaceID, activity.KeyCreated, id)); err != nil {
		t.Fatalf("InsertKey(%s): %v", id, err)
	}
	return k
}

func newKey(workspaceID, id string) keys.Key {
	set, _ := scope.ReadOnly.Set()
	return keys.Key{
		ID: id, WorkspaceID: workspaceID, Name: "key " + id, Preset: scope.ReadOnly, Permissions: set,
		CreatedAt: Epoch, CreatedBy: "ann@example.com", Expiry: keys.ExpiryNever,
		MAC: [32]byte{1, 2, 3, 31: 9}, MACKID: 1, RowTag: [32]byte{7, 31: 8},
	}
}

func entry(workspaceID string, action activity.Action, objectID string) activity.Entry {
	return activity.New(workspaceID, Epoch, activity.PersonActor("ann@example.com"), action, activity.ObjectKey, objectID, map[string]string{"name": "n"})
}

// wantCode fails the test unless err has the code; "" wants no error.
func wantCode(t testing.TB, what string, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("%s: code %q, want %q (error: %v)", what, got, want, err)
	}
}

func countActivity(t testing.TB, db *store.DB, workspaceID string) int {
	t.Helper()
	list, err := db.ListActivity(context.Background(), workspaceID, activity.Filter{})
	if err != nil {
		t.Fatalf("ListActivity: %v", err)
	}
	return len(list)
}
