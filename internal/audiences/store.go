package audiences

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// Store keeps audiences. Each method joins the transaction that its context carries; fault.NotFound for an audience that the workspace does not have.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// RecordActivity adds an entry to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error

	// LockAudiences keeps other transactions from changing audiences and their members until this one ends.
	LockAudiences(ctx context.Context, workspaceID string) error
	// ListAudiences returns all audiences, the oldest first.
	ListAudiences(ctx context.Context, workspaceID string) ([]Audience, error)
	// FindAudience returns one.
	FindAudience(ctx context.Context, workspaceID, id string) (Audience, error)
	// AddAudience keeps a new audience, of which nobody is a member yet: each record is looked at from now on.
	AddAudience(ctx context.Context, workspaceID string, a Audience) error
	// ChangeAudience keeps everything of a that can be chosen. With again, each record is looked at anew.
	ChangeAudience(ctx context.Context, workspaceID string, a Audience, again bool) error
	// DropAudience ends an audience with its members and events.
	DropAudience(ctx context.Context, workspaceID, id string) error

	// Joined returns since when those of the records are members that are.
	Joined(ctx context.Context, workspaceID, id string, recordIDs []string) (map[string]time.Time, error)
	// MemberIDs returns up to limit members whose ids come after the one given, by id.
	MemberIDs(ctx context.Context, workspaceID, id, after string, limit int) ([]string, error)
	// Events returns up to limit events that come after the one of the given id, the oldest first, and how many there are after it.
	Events(ctx context.Context, workspaceID, id, after string, limit int) (list []Event, total int, err error)
	// NewestEvents returns up to limit events, the newest first.
	NewestEvents(ctx context.Context, workspaceID, id string, limit int) ([]Event, error)
}
