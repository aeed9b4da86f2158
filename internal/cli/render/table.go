package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
)

const (
	gap      = 2 // spaces between columns
	minWidth = 6 // a column is not made narrower than this
)

// table prints one line for each row under a head, cut to the width. Columns that are empty in every row are left out.
func (p Printer) table(rows []json.RawMessage, columns []string) error {
	if len(rows) == 0 {
		return nil
	}
	head, cells := cellsOf(rows, columns)
	widths := fit(widthsOf(head, cells), p.Width)
	w := bufio.NewWriter(p.W)
	p.row(w, head, widths, p.Bold)
	for _, line := range cells {
		p.row(w, line, widths, false)
	}
	return w.Flush()
}

func cellsOf(rows []json.RawMessage, columns []string) (head []string, cells [][]string) {
	cells = make([][]string, len(rows))
	for _, path := range columns {
		column, filled := make([]string, len(rows)), false
		for i, row := range rows {
			column[i] = Clean(textOf(valueAt(row, path)))
			filled = filled || column[i] != ""
		}
		if !filled {
			continue
		}
		head = append(head, heading(path))
		for i := range rows {
			cells[i] = append(cells[i], column[i])
		}
	}
	return head, cells
}

// heading is how a path stands over its column: the name of what it leads to.
func heading(path string) string {
	path = strings.TrimSuffix(path, ".name")
	return strings.ToUpper(strings.NewReplacer("_", " ", ".", " ").Replace(path))
}

func widthsOf(head []string, cells [][]string) []int {
	widths := make([]int, len(head))
	for _, line := range append([][]string{head}, cells...) {
		for i, cell := range line {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	return widths
}

// fit narrows the widest columns until the line fits, or until none can be narrower.
func fit(widths []int, limit int) []int {
	total := gap * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for limit > 0 && total > limit {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= minWidth {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

func (p Printer) row(w *bufio.Writer, cells []string, widths []int, bold bool) {
	var line strings.Builder
	for i, cell := range cells {
		cell = cut(cell, widths[i])
		line.WriteString(cell)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+gap))
		}
	}
	text := strings.TrimRight(line.String(), " ")
	if bold {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	fmt.Fprintln(w, text)
}

// cut shortens a text to at most width columns, never inside of a character as a reader sees it.
func cut(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	kept, used := strings.Builder{}, 0
	for g := uniseg.NewGraphemes(s); g.Next() && used+g.Width() < width; used += g.Width() {
		kept.WriteString(g.Str())
	}
	return kept.String() + "…"
}

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
			lines = append(lines, [2]string{name, Clean(textOf(m.Value))})
		}
	}
	return lines, nil
}

// dull are members that a summary leaves out: they tell two rows apart, or when we learnt of them.
var dull = map[string]bool{"id": true, "external_id": true, "created_at": true, "updated_at": true}

// summary is an object in one line: its plain values in their order.
func summary(item json.RawMessage) string {
	o, err := ordered.Parse(item)
	if err != nil {
		return Clean(textOf(item))
	}
	var words []string
	for _, m := range o.Members() {
		if text := Clean(textOf(m.Value)); text != "" && m.Value[0] != '{' && !dull[m.Name] {
			words = append(words, text)
		}
	}
	return strings.Join(words, "  ")
}
