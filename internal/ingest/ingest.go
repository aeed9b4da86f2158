// Package ingest imports accounts, leads and signals from JSON Lines and CSV, as real exports are: misspelt, doubled,
// mistyped and broken in places.
//
// What a line cannot give is reported by line, code and field; the rest of the line goes in, unless it lacks what its
// record is known by. Nothing is lost silently, and the same import run again changes nothing. Memory is bounded: files
// are streamed, and every 500 lines are one transaction with one row of the activity log, so that an import that dies
// halfway has logged exactly what it wrote.
package ingest

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	batchLines = 500
	// MaxReport bounds the report; what goes beyond is counted in a last entry.
	MaxReport = 10_000
	// maxSeen bounds how many records an import remembers to tell of a repeated one.
	maxSeen = 1_000_000
)

// Source is one file of an import.
type Source struct {
	Kind      wire.ImportKind
	Name      string // shown in the report
	Reader    io.Reader
	FirstLine int  // number of the first line, for a file sent in parts; 0 means 1
	CSV       bool // CSV with a header row, whatever the name; a name that ends in .csv says the same
}

// Options steer an import.
type Options struct {
	RegisterTypes bool            // enable signal types that the workspace does not know; otherwise their lines are rejected
	Progress      func(lines int) // called after each transaction with the lines read so far; may be nil
}

// Register makes signal types of a workspace's own; those that it has stay as they are. It joins the transaction that ctx carries. validation_failed
// when there would be too many.
type Register func(ctx context.Context, workspaceID string, actor activity.Actor, names []string) error

// Service imports. It is safe for concurrent use.
type Service struct {
	store    Store
	register Register
}

// New returns a service over the store. register may be nil when no import registers types.
func New(store Store, register Register) *Service { return &Service{store, register} }

// Import reads the sources one after the other. On an error, a *fault.Error of the store or that of a Reader, the report
// tells what was written before it.
func (s *Service) Import(ctx context.Context, workspaceID string, actor activity.Actor, opt Options, sources ...Source) (wire.ImportReport, error) {
	r := &run{store: s.store, register: s.register, workspace: workspaceID, actor: actor, opt: opt, seen: map[uuid.UUID]struct{}{}}
	r.report.Report = []wire.LineError{}
	err := s.store.InTx(ctx, func(ctx context.Context, now time.Time) (err error) {
		r.now = now
		r.types, err = s.store.SignalTypes(ctx, workspaceID)
		return err
	})
	for _, src := range sources {
		if err != nil {
			break
		}
		err = r.source(ctx, src)
	}
	r.finish()
	if err == nil && r.report.Created >= many {
		err = s.store.Counted(ctx)
	}
	return r.report, err
}

// many is how many new records change what a store had better know of its tables.
const many = 5000

// run is an import under way.
type run struct {
	store     Store
	register  Register
	workspace string
	actor     activity.Actor
	opt       Options
	now       time.Time
	types     signals.Types // those to be registered included
	newTypes  []string
	seen      map[uuid.UUID]struct{} // ids of the records met so far
	report    wire.ImportReport
	left      int // entries beyond MaxReport
}

func (r *run) source(ctx context.Context, src Source) error {
	switch src.Kind {
	case wire.ImportAccounts:
		return each(ctx, r, src, parseAccount, r.store.MergeAccounts)
	case wire.ImportLeads:
		return each(ctx, r, src, parseLead, r.store.MergeLeads)
	case wire.ImportSignals:
		return each(ctx, r, src, r.parseSignal, r.store.MergeSignals)
	}
	return fmt.Errorf("import of %q: unknown kind", src.Name)
}

// finish says how many entries were left out of the report.
func (r *run) finish() {
	if r.left > 0 {
		r.report.Report = append(r.report.Report, wire.LineError{Code: wire.CodeTooLong,
			Message: fmt.Sprintf("the report ends here; %d more entries are left out", r.left)})
	}
}

func (r *run) add(file string, line int, n note) {
	if len(r.report.Report) >= MaxReport {
		r.left++
		return
	}
	r.report.Report = append(r.report.Report, wire.LineError{File: file, Line: line, Code: n.code, Field: n.field, Message: n.message})
}

// again reports whether the record was met before, and remembers it.
func (r *run) again(id string) bool {
	key, err := uuid.Parse(id)
	if err != nil {
		return false
	}
	if _, met := r.seen[key]; met {
		return true
	}
	if len(r.seen) < maxSeen {
		r.seen[key] = struct{}{}
	}
	return false
}
