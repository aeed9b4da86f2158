package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

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

// exportPage is how many rows are read at a time.
const exportPage = 500

// rowPage is a part of a result.
type rowPage struct {
	rows  []json.RawMessage
	next  *string // cursor of the next part; nil after the last
	total int
}

// export is how the whole result of an operation is read.
type export[In any] struct {
	page    func(ctx context.Context, c caller, in In, limit int, cursor *string) (rowPage, error)
	limit   func(In) (limit *int, cursor *string) // as asked for
	columns func(In) []tabular.Column             // of CSV
}

// exported streams the result: from the cursor on, and as many rows as the limit says, or all. The first page decides on the status; what fails
// later breaks the transfer off, so that no client takes a part for the whole.
func (e export[In]) exported(s *Server, x *exchange, name, mediaType string, c caller, in In) error {
	limit, cursor := e.limit(in)
	left := -1
	if limit != nil {
		left = *limit
	}
	ctx := x.r.Context()
	page, err := e.page(ctx, c, in, e.size(left), cursor)
	if err != nil {
		return err
	}
	out := newRows(x, mediaType, e.columns(in))
	out.head(name, page.total)
	for ctx = search.WithTotal(ctx, page.total); ; {
		if err := out.write(page.rows); err != nil {
			panic(http.ErrAbortHandler) // whoever asked has gone
		}
		if left >= 0 {
			left -= len(page.rows)
		}
		if page.next == nil || left == 0 {
			return nil
		}
		if page, err = e.page(ctx, c, in, e.size(left), page.next); err != nil {
			s.Log.Error().Str("request_id", x.id).Str("route", x.route).Err(err).Msg("an export broke off")
			panic(http.ErrAbortHandler)
		}
	}
}

func (export[In]) size(left int) int {
	if left < 0 {
		return exportPage
	}
	return min(left, exportPage)
}

// rows writes rows in one of the two forms.
type rows struct {
	x         *exchange
	mediaType string
	columns   []tabular.Column
	buffer    bytes.Buffer
	csv       *tabular.Writer
}

func newRows(x *exchange, mediaType string, columns []tabular.Column) *rows {
	return &rows{x: x, mediaType: mediaType, columns: columns}
}

// head begins the answer.
func (r *rows) head(name string, total int) {
	extension := ".ndjson"
	if r.mediaType == typeCSV {
		extension = ".csv"
	}
	h := r.x.Header()
	h["Cache-Control"] = noStore
	h["Content-Type"] = []string{r.mediaType + "; charset=utf-8"}
	h["Content-Disposition"] = []string{`attachment; filename="` + name + extension + `"`}
	h["Unstuck-Total"] = []string{strconv.Itoa(total)}
	r.x.WriteHeader(http.StatusOK)
}

// write sends a page. Each has as long as a whole answer otherwise has: a slow reader is waited for, one that stands still is not.
func (r *rows) write(page []json.RawMessage) error {
	if err := r.encode(page); err != nil {
		return err
	}
	control := http.NewResponseController(r.x.w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTimeout)) // recorders in tests have none
	if _, err := r.x.Write(r.buffer.Bytes()); err != nil {
		return err
	}
	r.buffer.Reset()
	return control.Flush()
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

// listExport exports a list by its pages.
func listExport[In, T any](spec *tools.Spec, find func(context.Context, string, In) (search.Page[T], error), paging func(*In) *wire.Page) *export[In] {
	return &export[In]{
		page: func(ctx context.Context, c caller, in In, limit int, cursor *string) (rowPage, error) {
			p := paging(&in)
			p.Limit, p.Cursor = &limit, cursor
			page, err := find(ctx, c.WorkspaceID, in)
			if err != nil {
				return rowPage{}, err
			}
			out := rowPage{total: page.Total}
			if page.More {
				out.next = &page.Cursors[len(page.Cursors)-1]
			}
			out.rows, err = encodeRows(page.Items)
			return out, err
		},
		limit:   func(in In) (*int, *string) { p := paging(&in); return p.Limit, p.Cursor },
		columns: func(In) []tabular.Column { return tabular.Columns(spec.Output().Properties["items"].Items) },
	}
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

// insightsExport exports groups: the keys as columns in the order asked for, then the measures.
func (s *Server) insightsExport() *export[wire.GetInsights] {
	return &export[wire.GetInsights]{
		page: func(ctx context.Context, c caller, in wire.GetInsights, limit int, cursor *string) (rowPage, error) {
			in.Limit, in.Cursor = &limit, cursor
			a, err := s.Insights.Insights(ctx, c.WorkspaceID, in)
			if err != nil {
				return rowPage{}, err
			}
			out := rowPage{total: a.TotalGroups}
			if a.More {
				out.next = &a.Cursors[len(a.Cursors)-1]
			}
			out.rows, err = encodeRows(a.Groups)
			return out, err
		},
		limit: func(in wire.GetInsights) (*int, *string) { return in.Limit, in.Cursor },
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
