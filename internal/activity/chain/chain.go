// Package chain makes it possible to prove that nothing in an activity log was changed, taken out or put in between.
//
// Every entry of a workspace becomes a link of one chain: its hash is over the hash before it and the whole entry, so that anyone who holds an export
// can work it out again; its seal is over the hash under a key from outside the database, so that who rewrites the database cannot make the
// seals of another chain by themselves (docs/activity.md tells what remains). Links are added behind the writers of entries, who never wait for each other.
package chain

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// HashSize is the length of a hash in bytes.
const HashSize = 32

// Hash is what a link proves. The zero value stands before the first link.
type Hash [HashSize]byte

// Link is one place in a chain.
type Link struct {
	Seq     int64 // from 1, without gaps
	EntryID string
	Hash    Hash
	Seal    []byte
}

// Head is the end of a chain; the zero value that of an empty one.
type Head struct {
	Seq  int64
	Hash Hash
}

// Found is a link as it is kept, with its entry as it now stands.
type Found struct {
	Link
	Entry *activity.Entry // nil when it is gone or cannot be read
	Prev  Hash            // of the link before; only from Sealed
}

// Keys derives keys from the secrets outside the database; keys.Keyring does.
type Keys interface {
	KID() int                                                // of the newest
	DeriveAt(kid int, label string) (key []byte, known bool) // 32 bytes
}

// Store keeps the chains. All methods return fault.StoreUnavailable when the store cannot be reached.
type Store interface {
	// Unsealed returns the workspaces that have entries which are not in their chain.
	Unsealed(ctx context.Context) ([]string, error)
	// Extend gives link the head of the workspace's chain and at most the given number of entries that are not in it, in the order of their times and
	// ids, and keeps the links that it returns, one for each, in one transaction under a lock on the chain. It returns how many there were.
	Extend(ctx context.Context, workspaceID string, most int, link func(Head, []activity.Entry) ([]Link, error)) (int, error)
	// ReadChain calls fn with one unchanging view of the workspace's log.
	ReadChain(ctx context.Context, workspaceID string, fn func(ctx context.Context, r Reader) error) error
	// Sealed returns the links after the given one whose entries pass the filter, in the order of the chain; its Before is not looked at.
	Sealed(ctx context.Context, workspaceID string, f activity.Filter, after int64, most int) ([]Found, error)
	// HashAt returns the hash of one link; fault.NotFound when there is none.
	HashAt(ctx context.Context, workspaceID string, seq int64) (Hash, error)
}

// Reader reads one view of a log.
type Reader interface {
	// Links returns the links after the given one.
	Links(ctx context.Context, after int64, most int) ([]Found, error)
	// Head returns where the chain is said to end.
	Head(ctx context.Context) (Head, error)
	// Loose returns what is outside of the chain.
	Loose(ctx context.Context) (Loose, error)
}

// Loose is what a log holds outside of its chain.
type Loose struct {
	Waiting int64  // entries that are to become links
	Stray   string // id of an entry that is neither a link nor waits to be one; "" for none
	Lost    string // id under which an entry waits that is gone; "" for none
	Twice   string // id of an entry that waits although it is a link; "" for none
}

// Config names what a Service works with. All must be set.
type Config struct {
	Store Store
	Keys  Keys
	Now   func(context.Context) (time.Time, error)
}

// Service makes, checks and exports chains. It is safe for concurrent use, also by several processes.
type Service struct {
	Config
	seals sealer
}

// New returns a Service.
func New(c Config) *Service { return &Service{c, sealer{keys: c.Keys}} }
