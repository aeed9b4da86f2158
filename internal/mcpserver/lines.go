package mcpserver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest message on stdio, in bytes.
const maxLine = 4 << 20

var errLongLine = errors.New("mcpserver: line too long")

// lineReader reads messages, one a line.
type lineReader struct{ r *bufio.Reader }

func newLineReader(r io.Reader) lineReader { return lineReader{bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line that is not blank; it is the caller's to keep. A line beyond maxLine is skipped whole and
// gives errLongLine. A last line without a newline counts.
func (l lineReader) next() ([]byte, error) {
	for {
		line, err := l.line()
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		return line, err
	}
}

func (l lineReader) line() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLongLine
		case errors.Is(err, io.EOF) && len(line) > 0:
			return line, nil
		}
		return line, err
	}
}
