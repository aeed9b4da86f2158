package tabular

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// Column is one column of a table of JSON objects.
type Column struct {
	Name string
	Path []string // the members that lead to the value, from the outside in; at least one
}

// Columns lists the fields of an object by its schema, in its order. Those of inner objects stand under dotted names.
func Columns(schema *jsonschema.Schema) []Column { return columns(schema, nil) }

func columns(schema *jsonschema.Schema, prefix []string) (out []Column) {
	for _, name := range schema.PropertyOrder {
		path := append(prefix[:len(prefix):len(prefix)], name)
		if p := schema.Properties[name]; len(p.Properties) > 0 {
			out = append(out, columns(p, path)...)
		} else {
			out = append(out, Column{strings.Join(path, "."), path})
		}
	}
	return out
}

// Writer writes JSON objects as the lines of a CSV file (RFC 4180): UTF-8, lines end with CRLF, line feeds within a cell stay
// as they are. It buffers; call Flush at the end.
type Writer struct {
	w       *bufio.Writer
	columns []Column
}

// NewWriter returns a Writer to w that has written the names of the columns. The error is that of writing.
func NewWriter(w io.Writer, columns []Column) (*Writer, error) {
	out := &Writer{bufio.NewWriter(w), columns}
	return out, out.line(func(c Column) string { return head(c.Name) })
}

// Write writes one object. The error is that of a row that is no object, or of writing.
func (w *Writer) Write(row json.RawMessage) error {
	o, err := parse(row)
	if err != nil {
		return fmt.Errorf("read a row: %w", err)
	}
	return w.line(func(c Column) string { return Cell(o.at(c.Path)) })
}

// Flush writes what is buffered.
func (w *Writer) Flush() error { return w.w.Flush() }

// line writes one cell for each column. An error of the buffer stays with it, so the last write tells of all.
func (w *Writer) line(cell func(Column) string) error {
	for i, c := range w.columns {
		if i > 0 {
			w.w.WriteByte(',')
		}
		w.w.WriteString(quote(cell(c)))
	}
	_, err := w.w.WriteString("\r\n")
	return err
}

// quote puts a cell into quotes where it would be read as something else without.
func quote(s string) string {
	if !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// At returns the value in a JSON object to which the path leads; nil when it leads nowhere.
func At(row json.RawMessage, path []string) json.RawMessage {
	o, err := parse(row)
	if err != nil {
		return nil
	}
	return o.at(path)
}

// object is a JSON object; the inner ones are read when first asked for.
type object struct {
	members map[string]json.RawMessage
	inner   map[string]object
}

func parse(raw json.RawMessage) (o object, err error) {
	err = json.Unmarshal(raw, &o.members)
	return o, err
}

// at follows a path; nil when it leads nowhere.
func (o *object) at(path []string) json.RawMessage {
	name := path[0]
	raw := o.members[name]
	if len(path) == 1 || len(raw) == 0 {
		return raw
	}
	inner, known := o.inner[name]
	if !known {
		inner, _ = parse(raw) // no object has no members
		if o.inner == nil {
			o.inner = map[string]object{}
		}
		o.inner[name] = inner
	}
	return inner.at(path[1:])
}
