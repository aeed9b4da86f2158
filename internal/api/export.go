package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The media types of an export.
const (
	typeNDJSON = "application/x-ndjson"
	typeCSV    = "text/csv"
)

// exportPage is how many rows are read, or made out, at a time.
const exportPage = 500

// rowPage is a part of a result.
type rowPage struct {
	rows      []json.RawMessage
	more      bool // another part follows
	total     int
	truncated bool
	name      string           // of the file, where it is not the operation's
	columns   []tabular.Column // of CSV, where the input does not tell them
}

// export is how the whole result of an operation is read.
type export[In any] struct {
	// pages reads the result part by part, each when it is asked for: from the cursor on, and as many rows as the limit says, or all. There is at
	// least one part; an error is the last.
	pages   func(ctx context.Context, c caller, in In) iter.Seq2[rowPage, error]
	columns func(In) []tabular.Column // of CSV
}

// stream sends the result. The first page decides on the status; what fails later breaks the transfer off, so that no client takes a part for the
// whole. Between pages it looks whether the key can still be used.
func (e export[In]) stream(s *Server, x *exchange, name, mediaType string, c caller, in In) error {
	out := &rows{x: x, mediaType: mediaType, columns: e.columns(in), stall: s.ExportStall}
	for page, err := range e.pages(x.r.Context(), c, in) {
		if err != nil && x.status == 0 {
			return err
		}
		if err == nil && x.status == 0 {
			name = cmp.Or(page.name, name)
			if page.columns != nil {
				out.columns = page.columns
			}
			out.head(name, page)
		}
		if x.r.Method == http.MethodHead {
			return nil
		}
		if err == nil {
			err = out.write(page.rows)
		}
		if err == nil && page.more {
			err = s.usable(x.r.Context(), c.KeyID)
		}
		if err != nil {
			x.breakOff(err)
			return nil
		}
	}
	return nil
}

// usable says why the key cannot be used any more.
func (s *Server) usable(ctx context.Context, keyID string) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	rows, err := s.KeyStates(ctx, []string{keyID})
	if err != nil {
		return err
	}
	return state(rows, keyID)
}

// rows writes rows in one of the two forms.
type rows struct {
	x         *exchange
	mediaType string
	columns   []tabular.Column
	stall     time.Duration
	buffer    bytes.Buffer
	csv       *tabular.Writer
}

// head begins the answer.
func (r *rows) head(name string, first rowPage) {
	extension := ".ndjson"
	if r.mediaType == typeCSV {
		extension = ".csv"
	}
	h := r.x.Header()
	h["Cache-Control"] = noStore
	h["Content-Type"] = []string{r.mediaType + "; charset=utf-8"}
	h["Content-Disposition"] = []string{`attachment; filename="` + name + extension + `"`}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	h["Unstuck-Total"] = []string{strconv.Itoa(first.total)}
	if first.truncated {
		h["Unstuck-Truncated"] = []string{"true"}
	}
	if conn := r.x.conn(); conn != nil {
		_ = conn.SetWriteBuffer(exportBuffer) // what waits there cannot be told from what was read; best effort
	}
	r.x.WriteHeader(http.StatusOK)
}

const (
	exportBuffer = 256 << 10 // bytes on their way to one reader
	exportChunk  = 16 << 10
)

// gone is what a write to a caller fails with who has left or stands still.
type gone struct{ error }

// write sends a page in chunks, each of which must get away in time: a slow reader is waited for, one that stands still is not.
func (r *rows) write(page []json.RawMessage) error {
	r.buffer.Reset()
	if err := r.encode(page); err != nil {
		return err
	}
	control := http.NewResponseController(r.x.w)
	for text := r.buffer.Bytes(); len(text) > 0; {
		n := min(len(text), exportChunk)
		_ = control.SetWriteDeadline(time.Now().Add(r.stall)) // fails, to no harm, only where there is no connection
		if _, err := r.x.Write(text[:n]); err != nil {
			return gone{err}
		}
		text = text[n:]
	}
	if err := control.Flush(); err != nil {
		return gone{err}
	}
	return nil
}

// breakOff lets finish cut the connection, since a part of the answer is out.
func (x *exchange) breakOff(err error) {
	x.broken = true
	if _, left := err.(gone); !left {
		x.fault = fault.From(err)
	}
}

func (r *rows) encode(page []json.RawMessage) (err error) {
	if r.mediaType == typeNDJSON {
		for _, row := range page {
			r.buffer.Write(row)
			r.buffer.WriteByte('\n')
		}
		return nil
	}
	if r.csv == nil {
		if r.csv, err = tabular.NewWriter(&r.buffer, r.columns); err != nil {
			return err
		}
	}
	for _, row := range page {
		if err := r.csv.Write(row); err != nil {
			return err
		}
	}
	return r.csv.Flush()
}

// listExport exports a list, each page as it is when the reader has come to it.
func listExport[In any, T item[T]](spec *tools.Spec, find func(context.Context, string, In) (search.Page[T], error), paging func(*In) *wire.Page) *export[In] {
	return &export[In]{
		pages: func(ctx context.Context, c caller, in In) iter.Seq2[rowPage, error] {
			return func(yield func(rowPage, error) bool) {
				p, left := paging(&in), math.MaxInt
				if p.Limit != nil {
					left = *p.Limit
				}
				for of := ctx; ; {
					n := min(left, exportPage)
					p.Limit = &n
					page, err := find(of, c.WorkspaceID, in)
					if err != nil {
						yield(rowPage{}, err)
						return
					}
					left -= len(page.Items)
					out, err := listPage(page, p.Sort, c.prefer.choose(p.ResponseFormat))
					out.more = page.More && left > 0
					if !yield(out, err) || err != nil || !out.more {
						return
					}
					p.Cursor, of = &page.Cursors[len(page.Cursors)-1], search.WithTotal(ctx, page.Total)
				}
			}
		},
		columns: func(In) []tabular.Column { return tabular.Columns(spec.Output().Properties["items"].Items) },
	}
}

func listPage[T item[T]](page search.Page[T], sorts []wire.Sort, format wire.Format) (rowPage, error) {
	if format == wire.Concise {
		page.Items = mapped(page.Items, func(v T) T { return v.Concise(sorts) })
	}
	rows, err := encodeRows(page.Items)
	return rowPage{rows: rows, total: page.Total, truncated: page.Truncated}, err
}

func encodeRows[T any](items []T) ([]json.RawMessage, error) {
	f, err := encodeItems(items)
	out, from := make([]json.RawMessage, 0, len(f.ends)), 0
	for _, end := range f.ends {
		out = append(out, f.text[from:end])
		from = end + 1 // behind the comma
	}
	return out, err
}

// insightsExport exports groups, all of one snapshot: the keys as columns in the order asked for, then the measures.
func (s *Server) insightsExport() *export[wire.GetInsights] {
	return &export[wire.GetInsights]{
		pages: s.groupPages,
		columns: func(in wire.GetInsights) (out []tabular.Column) {
			for _, path := range in.Columns() {
				out = append(out, tabular.Column{Name: path, Path: []string{"key", path}})
			}
			for _, m := range in.Asked() {
				out = append(out, tabular.Column{Name: m.Label(), Path: []string{"values", m.Label()}})
			}
			return out
		},
	}
}

func (s *Server) groupPages(ctx context.Context, c caller, in wire.GetInsights) iter.Seq2[rowPage, error] {
	return func(yield func(rowPage, error) bool) {
		whole, err := s.Insights.All(ctx, c.WorkspaceID, in)
		if err != nil {
			yield(rowPage{}, err)
			return
		}
		var groups []wire.Group
		send := func(more bool) bool {
			rows, err := encodeRows(groups)
			groups = groups[:0]
			return yield(rowPage{rows: rows, more: more, total: whole.TotalGroups, truncated: whole.Truncated}, err) && err == nil
		}
		for g := range whole.Groups {
			if len(groups) == exportPage && !send(true) {
				return
			}
			groups = append(groups, g)
		}
		send(false)
	}
}
