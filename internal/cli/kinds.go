package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// kinds are the kinds of import in the order in which they are sent: the later point at the earlier.
var kinds = []wire.ImportKind{wire.ImportAccounts, wire.ImportLeads, wire.ImportSignals}

// named are parts of file names, and fields of first lines, that tell a kind. Fields are asked in this order: people and
// events may name a domain too.
var named = map[wire.ImportKind]struct{ files, fields []string }{
	wire.ImportSignals:  {[]string{"signal", "event"}, []string{"occurred_at", "signal_type"}},
	wire.ImportLeads:    {[]string{"lead", "people", "person", "contact"}, []string{"email", "work_email", "handle", "linkedin_url", "first_name", "title", "company_domain"}},
	wire.ImportAccounts: {[]string{"account", "compan", "organi"}, []string{"domain"}},
}

// guessKind tells from its name, else from the fields of its first line, what a file holds; "" when neither tells.
func guessKind(name string, firstLine []byte) wire.ImportKind {
	name = strings.ToLower(filepath.Base(name))
	for _, kind := range kinds {
		for _, word := range named[kind].files {
			if strings.Contains(name, word) {
				return kind
			}
		}
	}
	fields := fieldsOf(firstLine)
	for _, kind := range []wire.ImportKind{wire.ImportSignals, wire.ImportLeads, wire.ImportAccounts} {
		for _, field := range named[kind].fields {
			if fields[field] {
				return kind
			}
		}
	}
	return ""
}

// fieldsOf lists the fields of a JSON object, or of the head of a CSV.
func fieldsOf(line []byte) map[string]bool {
	fields := map[string]bool{}
	if o, err := ordered.Parse(line); err == nil {
		for _, m := range o.Members() {
			if string(m.Value) != "null" {
				fields[m.Name] = true
			}
		}
		return fields
	}
	head, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		return fields
	}
	for _, name := range head {
		fields[strings.ToLower(strings.TrimSpace(name))] = true
	}
	return fields
}

// peekLine returns the first line without taking it, as far as the reader's buffer goes.
func peekLine(r *bufio.Reader) []byte {
	text, err := r.Peek(r.Size())
	if err != nil && err != io.EOF && len(text) == 0 {
		return nil
	}
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	return line
}

// isCSV tells CSV from JSON Lines, by the name's ending or by what the first line is not.
func isCSV(name string, firstLine []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return true
	case ".jsonl", ".ndjson", ".json":
		return false
	}
	trimmed := bytes.TrimSpace(firstLine)
	return len(trimmed) > 0 && trimmed[0] != '{' && !json.Valid(trimmed)
}
