package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	statement  = regexp.MustCompile(`(?is)^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|MERGE)\s`)
	tableInDDL = regexp.MustCompile(`(?i)CREATE (?:UNLOGGED |VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)`)
)

// TestEveryStatementOnATenantTableNamesTheWorkspace reads all SQL texts of the package. A text may be put together from
// pieces; the pieces that are constants are joined, and the whole must name workspace_id.
func TestEveryStatementOnATenantTableNamesTheWorkspace(t *testing.T) {
	tables := tenantTables(t)
	if !slices.Contains(tables, "activity") || slices.Contains(tables, "keys") {
		t.Fatalf("tenant tables = %v", tables)
	}
	seen := 0
	for _, text := range sqlTexts(t, ".") {
		table := tenantTableIn(text.sql, tables)
		if table == "" {
			continue
		}
		seen++
		if !strings.Contains(text.sql, "workspace_id") {
			t.Errorf("%s: a statement on %s without workspace_id:\n%s", text.at, table, text.sql)
		}
	}
	if seen < 6 {
		t.Errorf("found %d statements on tenant tables; the reader must have missed some", seen)
	}
}

// TestTheReaderFindsAMissingWorkspace shows that the test above can fail.
func TestTheReaderFindsAMissingWorkspace(t *testing.T) {
	dir := t.TempDir()
	code := "package p\nconst cols = `a, b`\nfunc f(q any, n string) {\n use(`SELECT ` + cols + ` FROM activity WHERE id = $1` + n)\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	texts := sqlTexts(t, dir)
	if len(texts) != 1 || tenantTableIn(texts[0].sql, []string{"activity"}) != "activity" || strings.Contains(texts[0].sql, "workspace_id") {
		t.Errorf("texts = %+v", texts)
	}
}

func tenantTableIn(sql string, tables []string) string {
	for _, table := range tables {
		if regexp.MustCompile(`(?i)\b`+table+`\b`).MatchString(sql) && regexp.MustCompile(`(?is)\b(FROM|JOIN|INTO|UPDATE|,)\s+`+table+`\b`).MatchString(sql) {
			return table
		}
	}
	return ""
}

// tenantTables returns every table that the migrations make, but for the global ones.
func tenantTables(t *testing.T) (out []string) {
	t.Helper()
	err := filepath.WalkDir("migrations", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range tableInDDL.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(globalTables, m[1]) && !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type sqlText struct{ at, sql string }

// sqlTexts returns every string of the package, constants put in, that begins like a statement.
func sqlTexts(t *testing.T, dir string) (out []sqlText) {
	t.Helper()
	files := token.NewFileSet()
	names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	var parsed []*ast.File
	consts := map[string]ast.Expr{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
				for i, name := range spec.Names {
					consts[name.Name] = spec.Values[i]
				}
			}
			return true
		})
	}
	for _, f := range parsed {
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			sql, isText := textOf(e, consts, 0)
			if !isText {
				return true
			}
			if statement.MatchString(sql) {
				out = append(out, sqlText{files.Position(e.Pos()).String(), sql})
			}
			return false // the pieces of a text are no texts of their own
		})
	}
	return out
}

// textOf returns the text of a literal or of a sum of texts; what is no constant counts as empty.
func textOf(e ast.Expr, consts map[string]ast.Expr, depth int) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.ParenExpr:
		return textOf(e.X, consts, depth)
	case *ast.Ident:
		if v, ok := consts[e.Name]; ok && depth < 10 {
			return textOf(v, consts, depth+1)
		}
	case *ast.BinaryExpr:
		a, okA := textOf(e.X, consts, depth)
		b, okB := textOf(e.Y, consts, depth)
		return a + b, e.Op == token.ADD && (okA || okB)
	}
	return "", false
}
