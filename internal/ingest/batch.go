package ingest

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// note is one entry of the report about a line.
type note struct{ code, field, message string }

// parsed is a line as read; a rejected one has no record, and at least one note that says why.
type parsed[T any] struct {
	line     int
	record   T
	notes    []note
	rejected bool
	keys     []string // what the record is known by
	person   string   // the field that names a signal's person, for a note when nobody has that name
}

type mergeFunc[T any] func(ctx context.Context, workspaceID string, in []T) ([]Outcome, error)

// each reads a source window by window, parses its lines and merges them.
func each[T any](ctx context.Context, r *run, src Source, parse func(members) parsed[T], merge mergeFunc[T]) error {
	in := newReader(src)
	for {
		window, end, err := readWindow(in, parse)
		begun := len(r.report.Report)
		for _, batch := range batches(window) {
			if err := flush(ctx, r, src, batch, merge); err != nil {
				return err
			}
		}
		slices.SortStableFunc(r.report.Report[begun:], func(a, b wire.LineError) int { return cmp.Compare(a.Line, b.Line) })
		if err != nil || end {
			return err
		}
	}
}

// readWindow reads until a window is full, the end or an error, and returns what it read in any case.
func readWindow[T any](in reader, parse func(members) parsed[T]) (window []parsed[T], end bool, err error) {
	for size := 0; len(window) < windowLines && size < windowBytes; {
		line, m, bad, err := in.next()
		if err != nil || line == 0 {
			return window, true, err
		}
		p := parsed[T]{notes: bad, rejected: true}
		if bad == nil {
			p = parse(m)
		}
		p.line = line
		window = append(window, p)
		size += m.size()
	}
	return window, false, nil
}

// flush writes a batch with its row of the activity log in one transaction, then reports on its lines.
func flush[T any](ctx context.Context, r *run, src Source, batch []parsed[T], merge mergeFunc[T]) error {
	if len(batch) == 0 {
		return nil
	}
	records := make([]T, 0, len(batch))
	for i := range batch {
		if !batch[i].rejected {
			records = append(records, batch[i].record)
		}
	}
	var out []Outcome
	if len(records) > 0 {
		err := r.store.InTx(ctx, func(ctx context.Context, now time.Time) (err error) {
			if len(r.newTypes) > 0 {
				if err := r.register(ctx, r.workspace, r.actor, r.newTypes); err != nil {
					return err
				}
			}
			if out, err = merge(ctx, r.workspace, records); err != nil {
				return err
			}
			return r.log(ctx, now, src, out)
		})
		if err != nil {
			return err
		}
		r.newTypes = nil
	}
	count(r, src, batch, out)
	if r.opt.Progress != nil {
		r.opt.Progress(r.report.Read)
	}
	return nil
}

// log writes the batch's row of the activity log, if the batch changed anything.
func (r *run) log(ctx context.Context, now time.Time, src Source, out []Outcome) error {
	n := map[Effect]int{}
	for _, o := range out {
		n[o.Effect]++
	}
	if n[Created]+n[Updated] == 0 {
		return nil
	}
	return r.store.RecordActivity(ctx, activity.New(r.workspace, now, r.actor, activity.RecordsImported, activity.ObjectRecords, string(src.Kind), map[string]string{
		"file": src.Name, "created": strconv.Itoa(n[Created]), "updated": strconv.Itoa(n[Updated]),
	}))
}

// count adds the batch to the report.
func count[T any](r *run, src Source, batch []parsed[T], out []Outcome) {
	for i := range batch {
		p := &batch[i]
		r.report.Read++
		if !p.rejected {
			p.settle(r, out[0])
			out = out[1:]
		} else {
			r.report.Rejected++
		}
		for _, n := range p.notes {
			r.add(src.Name, p.line, n)
		}
	}
}

// settle counts what became of a line that was not rejected by itself.
func (p *parsed[T]) settle(r *run, o Outcome) {
	switch o.Effect {
	case Created:
		r.report.Created++
	case Updated:
		r.report.Updated++
	case Unchanged:
		r.report.Unchanged++
	default:
		r.report.Rejected++
		p.notes = append(p.notes, clash[T]())
		return
	}
	if o.Unlinked {
		p.notes = append(p.notes, note{wire.CodeUnknownReference, p.person, "names nobody who is known here; the rest of the line was kept"})
	}
	if r.again(o.ID) {
		p.notes = append(p.notes, note{wire.CodeDuplicate, "", "an earlier line names the same record; both were merged, this line's fields win"})
	}
}

func clash[T any]() note {
	if _, isLead := any(*new(T)).(wire.Lead); isLead {
		return note{wire.CodeDuplicate, "id", "id, email, LinkedIn URL and handle name different leads; correct the one that is wrong"}
	}
	return note{wire.CodeDuplicate, "id", "the id belongs to an account with another domain; correct the id or the domain"}
}
