package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPartsLoseNothing cuts any file and proves that the parts, without repeated heads, are the file, that none ends
// inside of a record, and that each knows where in the file it begins.
func TestPartsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		isCSV := rapid.Bool().Draw(t, "csv")
		file := drawFile(t, isCSV)
		split := newSplitter(bytes.NewReader(file), isCSV)
		var joined []byte
		for {
			p, err := split.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			body := p.body
			if isCSV {
				if len(joined) == 0 {
					joined = append(joined, split.head.body...)
				}
				body = bytes.TrimPrefix(body, split.head.body)
				if _, err := csv.NewReader(bytes.NewReader(p.body)).ReadAll(); err != nil {
					t.Fatalf("a part is no CSV: %v", err)
				}
			}
			if before := bytes.Count(joined, []byte{'\n'}); p.firstLine != before+1-split.head.lines {
				t.Fatalf("part begins at line %d after %d lines, head of %d", p.firstLine, before, split.head.lines)
			}
			joined = append(joined, body...)
		}
		if len(joined) > 0 && !bytes.Equal(joined, file) {
			t.Fatalf("%d bytes became %d", len(file), len(joined))
		}
	})
}

// drawFile makes up to some parts' worth of lines; CSV fields may hold quotes and line breaks.
func drawFile(t *rapid.T, isCSV bool) []byte {
	n := rapid.IntRange(1, 3*partLines).Draw(t, "records")
	var b bytes.Buffer
	if !isCSV {
		line := rapid.StringMatching(`\{"a":"[a-z]{0,9}"\}`).Draw(t, "line")
		b.WriteString(strings.Repeat(line+"\n", n))
		return b.Bytes()[:b.Len()-rapid.IntRange(0, 1).Draw(t, "cut")] // the last line break may be missing
	}
	w := csv.NewWriter(&b)
	fields := rapid.SliceOfN(rapid.StringMatching("[a-z\"\n,]{0,6}"), 2, 2).Draw(t, "fields")
	_ = w.Write([]string{"name", "no\nte"})
	for range n {
		_ = w.Write(fields)
	}
	w.Flush()
	return b.Bytes()
}
