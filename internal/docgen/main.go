// Command docgen writes the tables that are derived from the catalogue into README.md, between their markers.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "docgen: give the file to write into")
		os.Exit(2)
	}
	if err := rewrite(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "docgen: "+err.Error())
		os.Exit(1)
	}
}

func rewrite(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for name, table := range map[string]string{"tools": toolTable(), "permissions": permissionTable()} {
		if text, err = replace(text, name, table); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return os.WriteFile(path, text, 0o644)
}

// replace puts table between the markers of that name, which must both be there.
func replace(text []byte, name, table string) ([]byte, error) {
	begin, end := []byte("<!-- generated: "+name+" -->\n"), []byte("<!-- end: "+name+" -->")
	before, rest, ok := bytes.Cut(text, begin)
	_, after, ok2 := bytes.Cut(rest, end)
	if !ok || !ok2 {
		return nil, fmt.Errorf("the markers of the table %q are missing", name)
	}
	return bytes.Join([][]byte{before, begin, []byte(table), end, after}, nil), nil
}

func toolTable() string {
	var b strings.Builder
	b.WriteString("| tool | permission | API | CLI | does |\n|---|---|---|---|---|\n")
	for _, s := range tools.All() {
		permission := "`" + string(s.Permission) + "`"
		if s.Permission == scope.AnyKey {
			permission = "any key"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | `unstuck %s` | %s |\n", s.Name, permission, s.Route, strings.Join(s.Command, " "), s.Title)
	}
	return b.String()
}

func permissionTable() string {
	var b strings.Builder
	b.WriteString("| permission | lets a key |")
	for _, p := range scope.Presets() {
		fmt.Fprintf(&b, " `%s` |", p)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(scope.Presets())) + "\n")
	for _, info := range scope.All() {
		fmt.Fprintf(&b, "| `%s` | %s |", info.Permission, info.Lets)
		for _, p := range scope.Presets() {
			set, _ := p.Set()
			fmt.Fprintf(&b, " %s |", map[bool]string{true: "x", false: ""}[set.Allows(info.Permission)])
		}
		b.WriteString("\n")
	}
	return b.String()
}
