// Package render prints JSON documents for people and for scripts: as tables, JSON, JSON Lines or CSV.
//
// Documents hold text of third parties. Nothing of it reaches a terminal as a control sequence, and nothing of it becomes
// a formula in a spreadsheet.
package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/tabular"
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

// Layout says what of a document is shown.
type Layout struct {
	Rows    string           // the member that holds the rows; "" when the document itself is the one row
	Table   []tabular.Column // columns of a table
	CSV     []tabular.Column // columns of a CSV; those of the table when empty
	Missing string           // what a table shows for a missing value; when not "", every column was asked for and stays
}

// Columns returns columns for members under dotted names, such as account.name.
func Columns(names ...string) (out []tabular.Column) {
	for _, name := range names {
		out = append(out, tabular.Column{Name: name, Path: strings.Split(name, ".")})
	}
	return out
}

// Printer prints to one place in one format.
type Printer struct {
	W      io.Writer
	Format Format
	Width  int  // columns of the terminal; 0 = no limit
	Bold   bool // heads of tables stand out, on a terminal that can
	ASCII  bool // the terminal may have no other characters for bars and marks
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
	return p.table(rows, l)
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
	w, err := tabular.NewWriter(p.W, columns)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			return err
		}
	}
	return w.Flush()
}
