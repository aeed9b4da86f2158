package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Bounds of a part of an import: small enough that progress shows and that an interrupted import loses little.
const (
	partLines = 1000
	partBytes = 512 << 10
)

// part is a run of whole lines of a file.
type part struct {
	firstLine int // number of the body's first line in the file, from 1
	lines     int
	body      []byte
}

// splitter cuts a file into parts at the ends of records. In a CSV a quoted field may hold line breaks, and every part
// repeats the head.
type splitter struct {
	r    *bufio.Reader
	csv  bool
	head part
	line int // number of the next line
}

func newSplitter(r io.Reader, csv bool) *splitter {
	return &splitter{r: bufio.NewReaderSize(r, 64<<10), csv: csv, line: 1}
}

// next returns the next part, or io.EOF after the last.
func (s *splitter) next() (part, error) {
	if s.csv && s.head.lines == 0 {
		head, lines, err := s.record()
		if err != nil {
			return part{}, err
		}
		s.head = part{lines: lines, body: head}
	}
	p := part{firstLine: s.line - s.head.lines, body: bytes.Clone(s.head.body)}
	for p.lines < partLines && len(p.body) < partBytes {
		record, lines, err := s.record()
		if errors.Is(err, io.EOF) && p.lines > 0 {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		p.body = append(p.body, record...)
		p.lines += lines
	}
	return p, nil
}

// record returns the next record with its line break, and on how many lines it stands.
func (s *splitter) record() ([]byte, int, error) {
	var record []byte
	for lines, quoted := 0, false; ; {
		line, err := s.r.ReadBytes('\n')
		if err != nil && (!errors.Is(err, io.EOF) || len(line)+len(record) == 0) {
			return nil, 0, err
		}
		record = append(record, line...)
		lines++
		s.line++
		if s.csv && bytes.Count(line, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		if !quoted || err != nil {
			return record, lines, nil
		}
	}
}
