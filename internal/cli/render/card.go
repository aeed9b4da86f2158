package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
)

// card prints one object, a line for each value that it holds.
func (p Printer) card(body []byte) error {
	lines, err := flatten(nil, "", body)
	if err != nil {
		return err
	}
	width := 0
	for _, l := range lines {
		width = max(width, uniseg.StringWidth(l[0]))
	}
	w := bufio.NewWriter(p.W)
	for _, l := range lines {
		name := l[0] + strings.Repeat(" ", width-uniseg.StringWidth(l[0]))
		if p.Bold {
			name = "\x1b[1m" + name + "\x1b[0m"
		}
		fmt.Fprintln(w, strings.TrimRight(name+"  "+l[1], " "))
	}
	return w.Flush()
}

// flatten lists an object's values under their dotted names. A list of objects takes one line for each of them.
func flatten(lines [][2]string, prefix string, body json.RawMessage) ([][2]string, error) {
	o, err := ordered.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	for _, m := range o.Members() {
		name := Clean(prefix + m.Name)
		var list []json.RawMessage
		switch {
		case tree[m.Name] && m.Value[0] == '{':
			lines = append(lines, [2]string{name, compact(m.Value)})
		case m.Value[0] == '{':
			if lines, err = flatten(lines, name+".", m.Value); err != nil {
				return nil, err
			}
		case m.Value[0] == '[' && json.Unmarshal(m.Value, &list) == nil && len(list) > 0 && list[0][0] == '{':
			for _, item := range list {
				lines = append(lines, [2]string{name, summary(item)})
				name = ""
			}
		default:
			lines = append(lines, [2]string{name, Text(m.Value)})
		}
	}
	return lines, nil
}

// tree are members that hold a condition, which is read as a whole.
var tree = map[string]bool{"filter": true, "condition": true}

// compact is JSON in one line.
func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return Text(value)
	}
	return Clean(string(escapeJSON(b.Bytes())))
}

// dull are members that a summary leaves out: they tell two rows apart, or when we learnt of them.
var dull = map[string]bool{"id": true, "external_id": true, "created_at": true, "updated_at": true}

// summary is an object in one line: its plain values and its conditions in their order; the whole object when it has none.
func summary(item json.RawMessage) string {
	o, err := ordered.Parse(item)
	if err != nil {
		return Text(item)
	}
	var words []string
	for _, m := range o.Members() {
		switch text := Text(m.Value); {
		case tree[m.Name] && m.Value[0] == '{':
			words = append(words, compact(m.Value))
		case text != "" && m.Value[0] != '{' && !dull[m.Name]:
			words = append(words, text)
		}
	}
	if len(words) == 0 {
		return compact(item)
	}
	return strings.Join(words, "  ")
}
