// Package render prints JSON documents for people and for scripts: as tables, JSON, JSON Lines or CSV.
//
// Documents hold text of third parties. Nothing of it reaches a terminal as a control sequence, and nothing of it becomes
// a formula in a spreadsheet.
package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
)

// Format is how a document is printed. The zero value is invalid.
type Format string

// The formats.
const (
	Table  Format = "table"
	JSON   Format = "json"
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
)

// Formats returns every format, the default first.
func Formats() []string { return []string{string(Table), string(JSON), string(NDJSON), string(CSV)} }

// Layout says what of a document is shown. Columns are paths into a row, such as account.name.
type Layout struct {
	Rows  string   // the member that holds the rows; "" when the document itself is the one row
	Table []string // columns of a table
	CSV   []string // columns of a CSV; those of the table when empty
}

// Printer prints to one place in one format.
type Printer struct {
	W      io.Writer
	Format Format
	Width  int  // columns of the terminal; 0 = no limit
	Bold   bool // heads of tables stand out, on a terminal that can
}

// Print writes body, a JSON object, to the printer's place. The error is that of a body that is no such object, or of
// writing.
func (p Printer) Print(body []byte, l Layout) error {
	if p.Format == JSON {
		return p.line(body)
	}
	rows, err := rowsOf(body, l)
	if err != nil {
		return err
	}
	switch {
	case p.Format == NDJSON:
		return p.lines(rows)
	case p.Format == CSV:
		return p.csv(rows, l)
	case l.Rows == "":
		return p.card(body)
	}
	return p.table(rows, l.Table)
}

func rowsOf(body []byte, l Layout) ([]json.RawMessage, error) {
	if l.Rows == "" {
		return []json.RawMessage{body}, nil
	}
	doc, err := ordered.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var rows []json.RawMessage
	if raw := doc.Get(l.Rows); raw != nil {
		if err := json.Unmarshal(raw, &rows); err != nil {
			return nil, fmt.Errorf("read the rows of the answer: %w", err)
		}
	}
	return rows, nil
}

func (p Printer) lines(rows []json.RawMessage) error {
	for _, row := range rows {
		if err := p.line(row); err != nil {
			return err
		}
	}
	return nil
}

func (p Printer) line(body []byte) error {
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	_, err := p.W.Write(append(escapeJSON(b.Bytes()), '\n'))
	return err
}

func (p Printer) csv(rows []json.RawMessage, l Layout) error {
	columns := l.CSV
	if len(columns) == 0 {
		columns = l.Table
	}
	w := csv.NewWriter(p.W)
	if err := w.Write(columns); err != nil {
		return err
	}
	for _, row := range rows {
		record := make([]string, len(columns))
		for i, path := range columns {
			record[i] = plainCell(valueAt(row, path))
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
