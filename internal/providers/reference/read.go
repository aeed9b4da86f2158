package reference

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tabular"
)

// Format is how a file is written. The zero value is invalid.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // with a header row
	JSON Format = "json" // an array of objects, or one object a line
)

// FormatOf returns the format that a file's name tells: .csv, .json, .ndjson or .jsonl; "" for any other.
func FormatOf(name string) Format {
	switch at := strings.LastIndexByte(name, '.'); strings.ToLower(name[at+1:]) {
	case "csv":
		return CSV
	case "json", "ndjson", "jsonl":
		return JSON
	}
	return ""
}

// record is one row of a file as it is written. Cells of CSV are texts, whatever they mean; an empty one is none.
type record struct {
	line  int
	cells map[string]json.RawMessage
	cell  bool   // of CSV
	wrong string // why the row cannot be read; cells are nil then
}

var errHeader = fault.Invalid("file", "needs a header row in which every column has a name of its own")

// read returns the rows of a file. The error is one of the file as a whole.
func read(r io.Reader, f Format) ([]record, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > MaxBytes:
		return nil, fault.Invalid("file", "must be at most 64 MiB; split it into several files")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch {
	case f == CSV:
		return readCSV(text)
	case f != JSON:
		return nil, fault.Invalid("file", "must end in .csv, .json, .ndjson or .jsonl")
	case bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")):
		return readArray(text)
	}
	return readLines(text), nil
}

func readCSV(text []byte) (out []record, err error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	header, err := r.Read()
	if err != nil {
		return nil, errHeader
	}
	names, err := headerOf(header)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case errors.As(err, &bad):
			out = append(out, record{line: bad.StartLine, wrong: "is not valid CSV: a quote is misplaced or not closed"})
			continue
		}
		line, _ := r.FieldPos(0)
		out = append(out, cells(line, names, row))
	}
}

func headerOf(header []string) ([]string, error) {
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
		if names[i] == "" || seen[names[i]] || !utf8.ValidString(name) {
			return nil, errHeader
		}
		seen[names[i]] = true
	}
	return names, nil
}

func cells(line int, names, row []string) record {
	if len(row) > len(names) {
		return record{line: line, wrong: "has more values than the header row has names"}
	}
	out := record{line: line, cells: map[string]json.RawMessage{}, cell: true}
	for i, cell := range row {
		if !utf8.ValidString(cell) {
			return record{line: line, wrong: "is not valid UTF-8"}
		}
		if strings.TrimSpace(cell) == "" {
			continue
		}
		text, err := json.Marshal(cell)
		if err != nil {
			return record{line: line, wrong: "cannot be read"}
		}
		out.cells[names[i]] = text
	}
	return out
}

func readLines(text []byte) (out []record) {
	line := 0
	for raw := range bytes.Lines(text) {
		line++
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			out = append(out, object(line, raw))
		}
	}
	return out
}

// readArray reads the objects of one array. A syntax error ends the file, since nobody can tell where the next object begins.
func readArray(text []byte) (out []record, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return nil, fault.Invalid("file", "is not valid JSON")
	}
	line, counted := 1, 0
	for d.More() {
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return nil, fault.Invalid("file", "is not a valid JSON array of objects")
		}
		begin := int(d.InputOffset()) - len(raw)
		line += bytes.Count(text[counted:begin], []byte("\n"))
		counted = begin
		out = append(out, object(line, raw))
	}
	if _, err := d.Token(); err != nil {
		return nil, fault.Invalid("file", "is not a valid JSON array of objects")
	}
	return out, nil
}

func object(line int, raw []byte) record {
	if strictjson.Check(raw, strictjson.Options{}) != nil {
		return record{line: line, wrong: "is not one valid JSON object without a member twice"}
	}
	out := record{line: line, cells: map[string]json.RawMessage{}}
	keep := func(name, value []byte) {
		if v := tabular.Text(value); strings.TrimSpace(v) != "" { // null and "" say nothing
			out.cells[string(name)] = bytes.Clone(value)
		}
	}
	if !strictjson.Members(raw, keep) {
		return record{line: line, wrong: "is not one valid JSON object without a member twice"}
	}
	return out
}
