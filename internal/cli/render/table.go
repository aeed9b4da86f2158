package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/unstuckengine/unstuck/internal/tabular"
)

const (
	gap      = 2  // spaces between columns
	minWidth = 6  // a column is not made narrower than this
	readable = 12 // where columns would have to be narrower, what names a row goes to a line of its own
)

// column is one column of a table.
type column struct {
	head   string
	cells  []string
	width  int
	names  bool // holds ids, domains or the like, which are for copying
	whole  bool // is never cut
	figure bool // holds numbers: aligned at the right
}

// table prints one line for each row under a head, cut to the width, or two where one would be hard to read.
func (p Printer) table(rows []json.RawMessage, l Layout) error {
	if len(rows) == 0 {
		return nil
	}
	lines := split(columnsOf(rows, l), p.Width)
	for _, columns := range lines {
		fit(columns, p.Width)
	}
	w := bufio.NewWriter(p.W)
	for row := -1; row < len(rows); row++ {
		for i, columns := range lines {
			text := strings.Repeat(" ", i*gap) + p.spell(columns, row)
			if row < 0 {
				p.bold(w, text)
			} else {
				fmt.Fprintln(w, text)
			}
		}
	}
	return w.Flush()
}

// columnsOf reads the columns. Those that are empty in every row are left out, unless they were asked for.
func columnsOf(rows []json.RawMessage, l Layout) (out []column) {
	for _, from := range l.Table {
		c := readColumn(rows, from, l.Missing)
		if c.width == 0 && l.Missing == "" {
			continue
		}
		c.head = heading(from.Name)
		c.width = max(c.width, uniseg.StringWidth(c.head))
		out = append(out, c)
	}
	return out
}

func readColumn(rows []json.RawMessage, from tabular.Column, missing string) column {
	c := column{names: naming.MatchString(from.Name)}
	c.whole = c.names || strings.HasSuffix(from.Name, "_at") // a time that is cut says another time
	figures, others := 0, 0
	for _, row := range rows {
		raw := tabular.At(row, from.Path)
		cell := Text(raw)
		switch {
		case len(raw) == 0 || string(raw) == "null":
			cell = missing
		case isFigure(raw):
			figures++
		default:
			others++
		}
		c.cells = append(c.cells, cell)
		c.width = max(c.width, uniseg.StringWidth(cell))
	}
	c.figure = figures > 0 && others == 0
	return c
}

// naming matches the columns whose values a person copies.
var naming = regexp.MustCompile(`(^|[._])(id|domain|email|handle)$`)

// decimal matches an average, which is a text so that no reader rounds it.
var decimal = regexp.MustCompile(`^"-?[0-9]+\.[0-9]{6}"$`)

func isFigure(raw json.RawMessage) bool {
	return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' || decimal.Match(raw)
}

// heading is how a path stands over its column: the name of what it leads to.
func heading(path string) string {
	path = strings.TrimSuffix(Clean(path), ".name")
	return strings.ToUpper(strings.NewReplacer("_", " ", ".", " ").Replace(path))
}

// split puts the columns that name a row on a second line where the others would have to be narrower than readable.
func split(columns []column, limit int) [][]column {
	var lines [2][]column
	total := gap * (len(columns) - 1)
	for _, c := range columns {
		if c.whole {
			total += c.width
		} else {
			total += min(c.width, readable)
		}
		if c.names {
			lines[1] = append(lines[1], c)
		} else {
			lines[0] = append(lines[0], c)
		}
	}
	if limit <= 0 || total <= limit || len(lines[0]) == 0 || len(lines[1]) == 0 {
		return [][]column{columns}
	}
	return lines[:]
}

// fit narrows the widest columns until the line fits, or until none can be narrower.
func fit(columns []column, limit int) {
	total := gap * (len(columns) - 1)
	for _, c := range columns {
		total += c.width
	}
	for limit > 0 && total > limit {
		widest := -1
		for i, c := range columns {
			if !c.whole && c.width > minWidth && (widest < 0 || c.width > columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		columns[widest].width--
		total--
	}
}

// spell returns one row as a line, or the head for -1.
func (p Printer) spell(columns []column, row int) string {
	var b strings.Builder
	for i, c := range columns {
		cell := c.head
		if row >= 0 {
			cell = c.cells[row]
		}
		cell = cut(cell, c.width, p.mark())
		pad := strings.Repeat(" ", c.width-uniseg.StringWidth(cell))
		if i > 0 {
			b.WriteString(strings.Repeat(" ", gap))
		}
		if c.figure {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// bold writes a line that stands out where the terminal can do so.
func (p Printer) bold(w *bufio.Writer, text string) {
	if p.Bold {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	fmt.Fprintln(w, text)
}

// mark stands at the end of what was cut.
func (p Printer) mark() string {
	if p.ASCII {
		return "~"
	}
	return "…"
}

// cut shortens a text to at most width columns with a mark of one, never inside of a character as a reader sees it.
func cut(s string, width int, mark string) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	kept, used := strings.Builder{}, 0
	for g := uniseg.NewGraphemes(s); g.Next() && used+g.Width() < width; used += g.Width() {
		kept.WriteString(g.Str())
	}
	return kept.String() + mark
}
