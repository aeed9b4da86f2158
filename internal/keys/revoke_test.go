package keys_test

import (
	"context"
	"slices"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
)

func TestRevokeEachTellsOfEachKey(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	one, two, gone := b.create(keys.CreateRequest{}), b.create(keys.CreateRequest{}), b.create(keys.CreateRequest{})
	if _, err := b.service.Revoke(ctx, root, b.w.ID, gone.Key.ID); err != nil {
		t.Fatal(err)
	}
	before := len(b.log())
	got := b.service.RevokeEach(ctx, ann, b.w.ID, []string{one.Key.ID, gone.Key.ID, "ffffffff", one.Key.ID, two.Key.ID})
	want := []fault.Code{"", fault.AlreadyRevoked, fault.NotFound, ""}
	if len(got) != len(want) {
		t.Fatalf("%d revocations, want %d", len(got), len(want))
	}
	for i, r := range got {
		wantCode(t, r.ID, r.Err, want[i])
		if r.Err == nil && r.Key.RevokedBy != ann.Name {
			t.Errorf("%s was revoked by %q", r.ID, r.Key.RevokedBy)
		}
	}
	log := b.log()
	if len(log) != before+2 || log[0].Action != activity.KeyRevoked || log[1].Action != activity.KeyRevoked {
		t.Errorf("%d entries were added, want one for each key revoked", len(log)-before)
	}
}

func TestMadeBy(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	mine, revoked := b.create(keys.CreateRequest{}), b.create(keys.CreateRequest{})
	if _, err := b.service.Rotate(ctx, root, b.w.ID, mine.Key.ID); err != nil { // made by another
		t.Fatal(err)
	}
	if _, err := b.service.Revoke(ctx, ann, b.w.ID, revoked.Key.ID); err != nil {
		t.Fatal(err)
	}
	made, err := b.service.MadeBy(ctx, b.w.ID, "Ann@Example.com")
	ids := make([]string, len(made))
	for i, k := range made {
		ids[i] = k.ID
	}
	if err != nil || !slices.Equal(ids, []string{mine.Key.ID}) {
		t.Errorf("MadeBy = %v, %v; want %s alone", ids, err, mine.Key.ID)
	}
}
