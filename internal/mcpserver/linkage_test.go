package mcpserver_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBinaryLinksNoStore: the program that runs beside an agent holds no database, no exporter and no metrics server.
func TestBinaryLinksNoStore(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/unstuckengine/unstuck/cmd/mcp-server").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.FieldsSeq(string(out)) {
		for _, barred := range []string{"internal/store", "internal/keys", "internal/api", "database/sql", "pgx", "sqlite", "prometheus", "go.opentelemetry.io", "cobra"} {
			if dep == barred || strings.HasSuffix(dep, "/"+barred) || barred != "database/sql" && strings.Contains(dep, barred+"/") {
				t.Errorf("links %s", dep)
			}
		}
	}
}
