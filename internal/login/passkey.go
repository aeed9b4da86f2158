package login

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// Passkey is a key pair of a member whose private half never leaves the member's device.
type Passkey struct {
	ID          string // of the credential, in base64url
	WorkspaceID string
	MemberID    string
	Name        string // chosen by the member
	Credential  []byte // public key, counter and flags; package passkeys reads it
	CreatedAt   time.Time
	LastUsedAt  time.Time // zero before the first use
}

// Passkeys keeps the passkeys of members. A method that takes an activity entry writes it in the same transaction.
type Passkeys interface {
	// InsertPasskey adds k. fault.Conflict when the member has it, fault.NotFound when there is no such member any more.
	InsertPasskey(ctx context.Context, k Passkey, e activity.Entry) error
	// ListPasskeys returns the member's passkeys, oldest first.
	ListPasskeys(ctx context.Context, workspaceID, memberID string) ([]Passkey, error)
	// UsePasskey keeps what a use changed in the credential, in place of old. fault.Conflict when old is there no more.
	UsePasskey(ctx context.Context, k Passkey, old []byte) error
	// RemovePasskey deletes one. fault.NotFound when the member has none of that id.
	RemovePasskey(ctx context.Context, workspaceID, memberID, id string, e activity.Entry) error
}
