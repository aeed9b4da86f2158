package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// maxRecordLines bounds how many lines a quoted CSV value may span; beyond, the quote counts as left open.
const maxRecordLines = 200

// csvReader reads records under the names of the first one. A record whose quotes do not close is reported by its first
// line alone, and reading goes on at the next.
type csvReader struct {
	*lines
	header []string
	ahead  []csvLine // lines that were read while looking for the end of a quote
}

type csvLine struct {
	at   int
	text []byte
	err  error
}

func (c *csvReader) next() (int, members, []note, error) {
	for {
		first, cells, bad, err := c.record()
		switch {
		case err != nil || first == 0:
			return 0, nil, nil, err
		case bad == nil && c.header == nil:
			if c.header, bad = headerOf(cells); bad == nil {
				continue
			}
			return first, nil, bad, c.drain()
		case bad != nil && c.header == nil:
			return first, nil, append(bad, note{wire.CodeInvalidField, "", "the header row cannot be read, so no line can"}), c.drain()
		case bad != nil:
			return first, nil, bad, nil
		}
		m, bad := c.members(cells)
		return first, m, bad, nil
	}
}

// drain skips everything that is left.
func (c *csvReader) drain() error {
	c.ahead = nil
	_, err := io.Copy(io.Discard, c.in)
	return err
}

// headerOf returns the names of the columns. Each must have one of its own, or values would be lost.
func headerOf(cells []string) (names []string, bad []note) {
	seen := map[string]bool{}
	for i, name := range cells {
		name = strings.TrimSpace(name)
		wrong := ""
		switch {
		case name == "":
			wrong = fmt.Sprintf("column %d has no name", i+1)
		case strings.IndexByte(name, 0) >= 0:
			wrong = fmt.Sprintf("the name of column %d holds the NUL character", i+1)
		case seen[name]:
			wrong = fmt.Sprintf("column %d has the name of an earlier one", i+1)
		}
		if wrong != "" {
			bad = append(bad, note{wire.CodeInvalidField, strictjson.Name(name), wrong + "; no line was read: correct the header row and import again"})
		}
		seen[name] = true
		names = append(names, name)
	}
	return names, bad
}

func (c *csvReader) members(cells []string) (members, []note) {
	if len(cells) > len(c.header) {
		return nil, []note{{wire.CodeInvalidField, "", "has more values than the header row has names"}}
	}
	m := make(members, len(cells))
	for i, cell := range cells {
		name := c.header[i]
		if strings.IndexByte(cell, 0) >= 0 {
			m[name] = value{notes: []note{{wire.CodeInvalidField, name, "must not hold the NUL character; it was left out"}}}
			continue
		}
		m[name] = value{text: []byte(cell), cell: true}
	}
	return m, nil
}

func (c *csvReader) line() csvLine {
	if len(c.ahead) > 0 {
		l := c.ahead[0]
		c.ahead = c.ahead[1:]
		return l
	}
	b, err := c.read()
	return csvLine{c.at, bytes.Clone(b), err}
}

// record returns the next record that is not blank and the number of its first line; 0 at the end.
func (c *csvReader) record() (first int, cells []string, bad []note, err error) {
	var taken []csvLine
	var whole []byte
	quotes := 0
	for {
		l := c.line()
		if len(taken) == 0 {
			switch bad := unreadable(l.text, l.err); {
			case errors.Is(l.err, io.EOF):
				return 0, nil, nil, nil
			case bad != nil:
				return l.at, nil, bad, nil
			case l.err != nil:
				return 0, nil, nil, l.err
			case len(bytes.TrimSpace(l.text)) == 0:
				continue
			}
		}
		taken, whole = append(taken, l), append(append(whole, l.text...), '\n')
		if quotes += bytes.Count(l.text, []byte(`"`)); quotes%2 == 0 {
			break
		}
		if l.err != nil || len(whole) > maxLine || len(taken) > maxRecordLines || unreadable(l.text, nil) != nil {
			return c.giveBack(taken)
		}
	}
	r := csv.NewReader(bytes.NewReader(whole))
	r.FieldsPerRecord = -1
	if cells, err = r.Read(); err != nil {
		return c.giveBack(taken)
	}
	return taken[0].at, cells, nil, nil
}

// giveBack rejects the first of the lines and puts the others back.
func (c *csvReader) giveBack(taken []csvLine) (int, []string, []note, error) {
	c.ahead = append(taken[1:], c.ahead...)
	return taken[0].at, nil, []note{{wire.CodeInvalidField, "", "is not valid CSV: a quote is misplaced or not closed"}}, nil
}
