package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// maxLine is the longest line that is read; the rest of a longer one is skipped.
const maxLine = 1 << 20

// members are the named values of one line.
type members map[string]value

// size is about how many bytes the members take.
func (m members) size() (n int) {
	for name, v := range m {
		n += len(name) + len(v.text)
	}
	return n
}

// reader yields the records of a file. It returns line 0 at the end, and notes for a line that cannot be read at all.
type reader interface {
	next() (line int, m members, bad []note, err error)
}

func newReader(src Source) reader {
	l := &lines{in: bufio.NewReaderSize(src.Reader, 64<<10), at: max(src.FirstLine, 1) - 1}
	if src.CSV || strings.HasSuffix(strings.ToLower(src.Name), ".csv") {
		return &csvReader{lines: l}
	}
	return &jsonReader{l}
}

// lines cuts a file into lines.
type lines struct {
	in  *bufio.Reader
	at  int // number of the last line returned
	buf []byte
}

var errTooLong = errors.New("line too long")

// read returns the next line without its end, valid until the next call, or io.EOF. After errTooLong the next line follows.
func (l *lines) read() ([]byte, error) {
	l.buf = l.buf[:0]
	tooLong := false
	for {
		part, err := l.in.ReadSlice('\n')
		if len(l.buf)+len(part) > maxLine+len("\r\n") {
			tooLong, part = true, nil
		}
		l.buf = append(l.buf, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || len(l.buf) == 0 && !tooLong):
			return nil, err
		}
		l.at++
		if tooLong {
			return nil, errTooLong
		}
		return l.trimmed(), nil
	}
}

func (l *lines) trimmed() []byte {
	b := bytes.TrimSuffix(bytes.TrimSuffix(l.buf, []byte("\n")), []byte("\r"))
	if l.at == 1 {
		b = bytes.TrimPrefix(b, []byte("\ufeff"))
	}
	return b
}

// unreadable returns the notes for a line that is too long or not UTF-8; nil when it is neither.
func unreadable(b []byte, err error) []note {
	switch {
	case errors.Is(err, errTooLong):
		return []note{{wire.CodeTooLong, "", "the line is longer than 1 MiB"}}
	case err == nil && !utf8.Valid(b):
		return []note{{wire.CodeInvalidUTF8, "", "the line is not valid UTF-8"}}
	}
	return nil
}

// jsonReader reads one object from each line; blank lines do not count.
type jsonReader struct{ *lines }

func (j *jsonReader) next() (int, members, []note, error) {
	for {
		b, err := j.read()
		if errors.Is(err, io.EOF) {
			return 0, nil, nil, nil
		}
		if bad := unreadable(b, err); bad != nil {
			return j.at, nil, bad, nil
		}
		if err != nil {
			return 0, nil, nil, err
		}
		if len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		m, bad := object(b)
		return j.at, m, bad, nil
	}
}

// object reads a line's members. What cannot be stored is left out of them, and noted there.
func object(b []byte) (members, []note) {
	if err := strictjson.Check(b, strictjson.Options{}); err != nil {
		return nil, []note{{wire.CodeInvalidJSON, "", fault.From(err).Detail}}
	}
	m := members{}
	keep := func(name, raw []byte) { m[string(name)] = value{text: bytes.Clone(raw)} }
	if strictjson.Check(b, stored) != nil {
		keep = func(name, raw []byte) { m[string(name)] = storable(name, raw) }
	}
	if !strictjson.Members(b, keep) {
		return nil, []note{{wire.CodeInvalidJSON, "", "must be one JSON object"}}
	}
	return m, nil
}
