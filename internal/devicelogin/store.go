package devicelogin

import (
	"context"
	"time"
)

// Store keeps requests. All methods return fault.StoreUnavailable when the store cannot be reached and fault.StorageFull when it can take no more.
// Times go in and come out in UTC, whole microseconds.
type Store interface {
	// InsertDeviceLogin adds l. fault.Conflict when its user code is taken.
	InsertDeviceLogin(ctx context.Context, l Login) error
	// DeviceLogin returns the request with the hash of a device code, DeviceLoginByCode that with a user code. fault.NotFound when there is none.
	DeviceLogin(ctx context.Context, hash [32]byte) (Login, error)
	DeviceLoginByCode(ctx context.Context, userCode string) (Login, error)
	// ChangeDeviceLogin reads the request under a lock, lets do change it, and writes it back, all in one transaction, which the context given to do
	// carries: whatever do keeps by that context is kept or lost with the change. An error of do changes nothing and is returned. do may run again
	// when the transaction has to. fault.NotFound when there is no such request.
	ChangeDeviceLogin(ctx context.Context, hash [32]byte, do func(ctx context.Context, l *Login) error) error
	// CountDeviceLogins returns how many requests are open at the time.
	CountDeviceLogins(ctx context.Context, at time.Time) (int, error)
	// PurgeDeviceLogins deletes the requests that ended before the time and returns how many there were.
	PurgeDeviceLogins(ctx context.Context, before time.Time) (int64, error)
}
