package chain

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tabular"
)

// Format is how an export is written.
type Format string

// The formats. JSON Lines can be checked; CSV is for reading in a spreadsheet, where no cell is a formula.
const (
	CSV   Format = "csv"
	Lines Format = "ndjson"
)

// Formats returns the formats.
func Formats() []Format { return []Format{Lines, CSV} }

// Type returns the media type of the format.
func (f Format) Type() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/x-ndjson"
}

// Line is one entry in an export with its link, which proves it together with the hash before.
type Line struct {
	Seq int64 `json:"seq"`
	activity.View
	WorkspaceID string `json:"workspace_id"`
	PrevHash    string `json:"prev_hash"`
	Hash        string `json:"hash"`
	Seal        string `json:"seal"`
}

func lineOf(f Found) Line {
	return Line{f.Seq, f.Entry.View(), f.Entry.WorkspaceID, hex.EncodeToString(f.Prev[:]), hex.EncodeToString(f.Hash[:]), hex.EncodeToString(f.Seal)}
}

var columns = []tabular.Column{
	column("seq"), column("at"), column("actor"), column("actor_kind"), column("key_id"), column("door"), column("address"), column("action"),
	column("object", "type"), column("object", "id"), column("detail"), column("id"), column("workspace_id"), column("prev_hash"), column("hash"), column("seal"),
}

func column(path ...string) tabular.Column {
	return tabular.Column{Name: strings.Join(path, "_"), Path: path}
}

// Export seals what waits, then writes the entries that pass the filter, oldest first. It returns how many there were. Nothing is written when the
// error is that of the format.
func (s *Service) Export(ctx context.Context, w io.Writer, workspaceID string, format Format, f activity.Filter) (n int64, err error) {
	if format != CSV && format != Lines {
		return 0, fault.Invalid("format", "must be one of the formats", string(Lines), string(CSV))
	}
	if err := s.Seal(ctx, workspaceID); err != nil {
		return 0, err
	}
	out, err := newWriter(w, format)
	if err != nil {
		return 0, err
	}
	for after := int64(0); ; {
		page, err := s.Store.Sealed(ctx, workspaceID, f, after, batch)
		if err != nil {
			return n, err
		}
		for _, found := range page {
			if err := out.write(lineOf(found)); err != nil {
				return n, err
			}
			n, after = n+1, found.Seq
		}
		if len(page) < batch {
			return n, out.flush()
		}
	}
}

// writer writes lines in one of the formats.
type writer struct {
	rows  func(json.RawMessage) error
	flush func() error
}

func newWriter(w io.Writer, format Format) (writer, error) {
	if format == CSV {
		table, err := tabular.NewWriter(w, columns)
		return writer{table.Write, table.Flush}, err
	}
	b := bufio.NewWriter(w)
	return writer{func(row json.RawMessage) error {
		_, err := b.Write(row)
		return err
	}, b.Flush}, nil
}

func (w writer) write(l Line) error {
	var row bytes.Buffer
	e := json.NewEncoder(&row) // ends with a line feed
	e.SetEscapeHTML(false)
	if err := e.Encode(l); err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	return w.rows(row.Bytes())
}
