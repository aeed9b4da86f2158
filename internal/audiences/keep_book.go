package audiences

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// KeeperStore is what a Keeper works on.
type KeeperStore interface {
	// AudiencesWaiting returns the workspaces in which a record or an audience must be looked at: written since, due by the time, or not scanned yet.
	AudiencesWaiting(ctx context.Context, by time.Time) ([]string, error)
	// KeepAudiences runs fn in one transaction, whose time it gives, and again after a serialisation failure, while no other transaction changes audiences of the
	// workspace or their members. When another one is doing so, it returns false at once.
	KeepAudiences(ctx context.Context, workspaceID string, fn func(ctx context.Context, now time.Time, b Book) error) (held bool, err error)
}

// Book is what a workspace's transaction reads and writes.
type Book interface {
	Queue
	Subjects
	Roll
}

// Clock tells for which time the members of a workspace's audiences hold.
type Clock struct {
	AsOf   time.Time // all of them, and the scores
	Latest time.Time // some of them already
	Model  string    // a digest of what the scores were worked out by; "" before the first time
}

// Stale is a record that must be looked at.
type Stale struct {
	Kind filter.Kind
	ID   string
	Mark int64 // of the transaction that wrote it
}

// Queue is what must be looked at.
type Queue interface {
	Clock(ctx context.Context) (Clock, error)
	SetClock(ctx context.Context, c Clock) error
	// Written returns all rows of up to limit records that were written and come after the given one, by kind and id. Whatever is read after them in the
	// transaction shows what they tell of.
	Written(ctx context.Context, after Stale, limit int) ([]Stale, error)
	// Drop takes exactly these rows of Written out.
	Drop(ctx context.Context, rows []Stale) error
	// MarkAll marks all records as written.
	MarkAll(ctx context.Context) error
	// Due returns up to limit records that are due by the time, the longest due first.
	Due(ctx context.Context, by time.Time, limit int) ([]Stale, error)
	// SetDue says when records are due from now on; the zero time is never. With sooner, one that is due before stays so.
	SetDue(ctx context.Context, k filter.Kind, at map[string]time.Time, sooner bool) error
}

// Subject is a record with what its engagement is worked out from.
type Subject struct {
	ID      string
	Score   *int64 // as it is kept; nil for one that nobody has looked at
	Stage   engagement.Stage
	Signals []engagement.Signal
}

// Scored is the engagement of a record.
type Scored struct {
	ID    string
	Score int
	Stage engagement.Stage
}

// Subjects are the records of a workspace.
type Subjects interface {
	// Subjects returns those of the records that exist, each with up to most signals of its own that occurred after from and until to, the newest.
	Subjects(ctx context.Context, k filter.Kind, ids []string, from, to time.Time, most int) ([]Subject, error)
	// SetScores keeps the engagement of records, which counts as no change of them otherwise.
	SetScores(ctx context.Context, k filter.Kind, scores []Scored) error
	// Comings returns, for those of the records that exist, when their first signal occurred at or after each of the times; zero for none.
	Comings(ctx context.Context, k filter.Kind, ids []string, from []time.Time) (map[string][]time.Time, error)
	// Related returns the records to which a step leads from the given ones, each once.
	Related(ctx context.Context, s Step, ids []string) ([]string, error)
	// After returns up to limit records whose ids come after the one given, by id.
	After(ctx context.Context, k filter.Kind, id string, limit int) ([]string, error)
	// Holding returns those of the records that fulfil the filter, each with a digest of the values that the ranking looks at;
	// "" without a ranking.
	Holding(ctx context.Context, k filter.Kind, n filter.Node, ranking []wire.Sort, ids []string) (map[string]string, error)
}

// Scan is an audience with how far its scan has come.
type Scan struct {
	Audience
	Scanned string
}

// Member is a record in an audience.
type Member struct {
	AudienceID, RecordID string
	Ranking              string // a digest of what it is ranked by
}

// Roll is who is in which audience.
type Roll interface {
	// Scans returns all audiences.
	Scans(ctx context.Context) ([]Scan, error)
	// SetScanned keeps how far an audience's scan has come; done ends it.
	SetScanned(ctx context.Context, audienceID, scanned string, done bool) error
	// Memberships returns what the records are members of: of one audience alone, or of any for "".
	Memberships(ctx context.Context, audienceID string, recordIDs []string) ([]Member, error)
	// Enrol makes records members since the time, or keeps how they are ranked if they are already.
	Enrol(ctx context.Context, members []Member, since time.Time) error
	// Leave ends memberships.
	Leave(ctx context.Context, members []Member) error
	// Tell adds events, and to the number of each audience's members what they say.
	Tell(ctx context.Context, events []Event) error
}
