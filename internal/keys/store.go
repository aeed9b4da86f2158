package keys

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Store keeps key rows. It never sees a key's text. Every method that takes an activity entry writes it in the same
// transaction as the change: either both are kept or neither. All methods return fault.StoreUnavailable when the store
// cannot be reached and fault.StorageFull when it can take no more; any unexpected driver error is one of the two.
//
// Times go in and come out in UTC, whole microseconds. Rows are never deleted, and nothing but the last use, the
// revocation and the three sealed columns (mac, mac_kid, row_tag; by TouchKeys alone) ever changes.
type Store interface {
	// KeyForAuth returns the row of the key with the public id, with its workspace's plan and limits and the
	// database's clock, in exactly one statement on the primary (never on a replica). fault.NotFound when there is none.
	KeyForAuth(ctx context.Context, id string) (AuthRow, error)
	// KeysForAuth is KeyForAuth for several ids in one statement, by id; unknown ids are left out. At most 1,000 ids.
	KeysForAuth(ctx context.Context, ids []string) (map[string]AuthRow, error)

	// InsertKey adds k. fault.Conflict when the public id is taken; fault.NotFound when the workspace does not exist.
	InsertKey(ctx context.Context, k Key, e activity.Entry) error
	// RevokeKey sets the time and author of the revocation where it is not set yet, and returns the row as it then is.
	// fault.AlreadyRevoked when it was set before (nothing is changed, no entry written); fault.NotFound when the workspace has no such key.
	RevokeKey(ctx context.Context, workspaceID, id, by string, at time.Time, e activity.Entry) (Key, error)
	// ListKeys returns the keys of one workspace, newest first: by creation time descending, then id.
	ListKeys(ctx context.Context, workspaceID string) ([]Key, error)
	// GetKey returns one key of the workspace. fault.NotFound when it has no such key.
	GetKey(ctx context.Context, workspaceID, id string) (Key, error)
	// TouchKeys records uses in one transaction. The last use never moves backward. Where a touch carries a reseal,
	// the sealed columns are replaced, but only if mac_kid is still FromKID. Unknown ids are passed over.
	TouchKeys(ctx context.Context, touches []Touch) error
}

// AuthRow is what one authentication needs to know.
type AuthRow struct {
	Key    Key
	Plan   workspaces.Plan
	Limits workspaces.Limits
	Now    time.Time // the database's clock when the row was read
}

// Touch says that a key was used at a time by the database's clock.
type Touch struct {
	ID     string
	UsedAt time.Time
	Reseal *Reseal // nil unless the row is sealed under an old pepper
}

// Reseal carries the sealed columns of a row, worked out anew under the current pepper.
type Reseal struct {
	FromKID int
	KID     int
	MAC     [32]byte
	RowTag  [32]byte
}
