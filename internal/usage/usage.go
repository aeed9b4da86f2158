// Package usage counts what the keys of a workspace do: requests, errors and refusals by key, tool and hour, and the programs that use each key.
package usage

import (
	"context"
	"time"
)

// Kept is how long counts are kept.
const Kept = 400 * 24 * time.Hour

// MostClients is how many programs are told apart of one key; the others count as Other.
const MostClients = 20

// Other is the name of the programs of a key beyond those that are told apart.
const Other = "other"

// Client is a program that used a key, as it names itself.
type Client struct {
	Name        string // such as "unstuck-mcp/1.2 (claude-desktop 0.9)"; Other for those beyond what is kept of one key
	FirstUsedAt time.Time
	LastUsedAt  time.Time
	Requests    int64
}

// Event is one request that a key made.
type Event struct {
	WorkspaceID string
	KeyID       string
	Tool        string
	Agent       string // how the program names itself: its User-Agent
	At          time.Time
	Status      int // of the answer
	Remaining   int // requests that the workspace could make at once after it; Unlimited when nothing limits them
}

// Unlimited is what remains to a workspace without a rate limit.
const Unlimited = -1

// Counts is what was counted of some requests. They add up.
type Counts struct {
	Requests int64
	Errors   int64 // the server's own: 5xx
	Refusals int64 // 4xx but for those over the rate limit
	Limited  int64 // over the rate limit: 429
	Credits  int64 // spent
	Least    int64 // the least that remained of the burst; counts only when Measured
	Measured bool  // a rate limit applied
}

// Answered is how many requests got what they asked for.
func (c Counts) Answered() int64 { return c.Requests - c.Errors - c.Refusals - c.Limited }

// Add adds the counts of other requests.
func (c *Counts) Add(o Counts) {
	c.Requests += o.Requests
	c.Errors += o.Errors
	c.Refusals += o.Refusals
	c.Limited += o.Limited
	c.Credits += o.Credits
	if o.Measured && (!c.Measured || o.Least < c.Least) {
		c.Least, c.Measured = o.Least, true
	}
}

// counts returns the event as counts of one request.
func (e Event) counts() Counts {
	c := Counts{Requests: 1, Least: int64(e.Remaining), Measured: e.Remaining != Unlimited}
	switch {
	case e.Status >= 500:
		c.Errors = 1
	case e.Status == 429:
		c.Limited = 1
	case e.Status >= 400:
		c.Refusals = 1
	}
	return c
}

// Row is what one key did with one tool in one hour.
type Row struct {
	WorkspaceID string
	Hour        time.Time // when it began
	KeyID       string
	Tool        string
	Counts
}

// ClientRow is what one program did with one key.
type ClientRow struct {
	WorkspaceID string
	KeyID       string
	Client
}

// Adder is the part of Store that counts are added by. Each call is one transaction, which several processes may run side by side.
type Adder interface {
	AddUsage(ctx context.Context, rows []Row) error
	AddClients(ctx context.Context, rows []ClientRow) error
}

// Store keeps counts.
type Store interface {
	Adder
	// UsageSums returns the counts that the query asks for, credits from their ledger among them, by step and name.
	UsageSums(ctx context.Context, workspaceID string, q Query) ([]Sum, error)
	// UsageClients returns the programs that used a key, the last first.
	UsageClients(ctx context.Context, workspaceID, keyID string) ([]Client, error)
}

// Sum is the counts of one step of a report under one name.
type Sum struct {
	At   time.Time // when the step began
	Name string    // of a key or tool; "" when the query asks for neither
	Counts
}

// Service reports usage. It is safe for concurrent use.
type Service struct{ store Store }

// New returns a Service over store.
func New(store Store) *Service { return &Service{store} }

// Clients returns the programs that used a key, the last first. They lag behind by up to the interval of a Counter.
func (s *Service) Clients(ctx context.Context, workspaceID, keyID string) ([]Client, error) {
	return s.store.UsageClients(ctx, workspaceID, keyID)
}
