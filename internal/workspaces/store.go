package workspaces

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// Store keeps workspaces and their members. Every method that changes something writes the given activity entry in the
// same transaction: either both are kept or neither. All methods return fault.StoreUnavailable when the store cannot
// be reached and fault.StorageFull when it can take no more.
type Store interface {
	// InsertWorkspace adds w with its credits. fault.Conflict when the slug (or id) is taken.
	InsertWorkspace(ctx context.Context, w Workspace, e activity.Entry) error
	// FindWorkspace returns the workspace whose id or slug is ref (never both: a slug is no UUID). fault.NotFound when there is none.
	FindWorkspace(ctx context.Context, ref string) (Workspace, error)
	// ListWorkspaces returns all workspaces, ordered by creation time, then id.
	ListWorkspaces(ctx context.Context) ([]Workspace, error)
	// UpdateWorkspace changes the fields of the workspace id that are set in c and returns the new row. fault.NotFound when there is none.
	UpdateWorkspace(ctx context.Context, id string, c Change, e activity.Entry) (Workspace, error)

	// InsertMember adds m. fault.Conflict when the workspace has a member with that email (emails are stored folded).
	InsertMember(ctx context.Context, m Member, e activity.Entry) error
	// ListMembers returns the members of one workspace, ordered by creation time, then id.
	ListMembers(ctx context.Context, workspaceID string) ([]Member, error)
	// RemoveMember deletes the member with the given id from the workspace, logins and setup token with it. fault.NotFound when there is none.
	RemoveMember(ctx context.Context, workspaceID, memberID string, e activity.Entry) error
	// ChangeTeam gives do the members of the workspace, with no rival until the transaction ends, and keeps what it returns with its entry, made at
	// now; nil changes nothing. It joins the transaction that ctx carries. fault.NotFound for an unknown workspace.
	ChangeTeam(ctx context.Context, workspaceID string, do func(now time.Time, members []Member) (*TeamChange, error)) error
}
