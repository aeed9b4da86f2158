package login

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Store keeps how members sign in, and their logins. A method that takes an activity entry writes it in the same transaction. All methods return
// fault.StoreUnavailable when the store cannot be reached.
type Store interface {
	Members
	Logins
}

// Account is a member with what is needed to prove that somebody is them.
type Account struct {
	workspaces.Member
	Workspace    string // its name
	PasswordHash string // in PHC form; "" while none is set
}

// Members keeps passwords and set-up tokens.
type Members interface {
	// FindAccount returns a member of the workspace. fault.NotFound when there is none.
	FindAccount(ctx context.Context, workspaceID, memberID string) (Account, error)
	// AccountsByEmail returns the members of all workspaces with the folded email, oldest first, at most limit.
	AccountsByEmail(ctx context.Context, email string, limit int) ([]Account, error)
	// AccountBySetup returns whose set-up token has the hash. fault.NotFound when nobody's has.
	AccountBySetup(ctx context.Context, hash [32]byte) (Account, error)
	// UseSetup sets the password of the member whose set-up token has the hash, uses the token up, ends all the member's logins and removes their passkeys:
	// it is the way back after somebody else got in.
	// fault.NotFound when it was used, replaced or expired by then.
	UseSetup(ctx context.Context, hash [32]byte, at time.Time, passwordHash string, e activity.Entry) error
	// SetPassword sets a member's password in place of old and ends the member's logins but keep. fault.Conflict when old is no more.
	SetPassword(ctx context.Context, workspaceID, memberID, old, passwordHash, keep string, e activity.Entry) error
	// AnyoneSetUp reports whether any member of any workspace has a password or has signed in otherwise.
	AnyoneSetUp(ctx context.Context) (bool, error)
}

// Logins keeps who is signed in.
type Logins interface {
	// InsertLogin adds l. fault.NotFound when the workspace has no such member any more.
	InsertLogin(ctx context.Context, l Login, e activity.Entry) error
	// FindLogin returns the login with its member as it is now, and the store's time. fault.NotFound when there is none.
	FindLogin(ctx context.Context, id string) (Login, workspaces.Member, time.Time, error)
	// TouchLogin notes a use; the last one never moves back.
	TouchLogin(ctx context.Context, id string, at time.Time) error
	// ListLogins returns the member's logins, newest first.
	ListLogins(ctx context.Context, workspaceID, memberID string) ([]Login, error)
	// EndLogin ends one of the member's. fault.NotFound when the member has none of that id. Without an action nothing is recorded.
	EndLogin(ctx context.Context, workspaceID, memberID, id string, e activity.Entry) error
	// EndOtherLogins ends all the member's but one, and returns how many; the entry is written when there were any.
	EndOtherLogins(ctx context.Context, workspaceID, memberID, keep string, e activity.Entry) (int, error)
	// FindWorkspace returns the workspace by its id.
	FindWorkspace(ctx context.Context, id string) (workspaces.Workspace, error)
}
