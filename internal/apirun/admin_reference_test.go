package apirun

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/config"
)

func TestReferenceFiles(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(d.dir, "firms.csv")
	if err := os.WriteFile(file, []byte("domain,industry,notes\nacme.com,Anvils,x\nnonsense,Bells,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	add := []string{"reference", "add", "--workspace", "acme", "--name", "firms", "--file", file, "--key", "domain", "--confidence", "0.8"}
	out, _ := d.do(0, add...)
	for _, want := range []string{`"name":"firms"`, `"read":2,"stored":1`, `"unknown_columns":["notes"]`, `"line":3`} {
		if !strings.Contains(out, want) {
			t.Errorf("add printed %s, without %s", out, want)
		}
	}
	if out, _ = d.do(0, "reference", "list", "--workspace", "acme"); !strings.Contains(out, `"name":"firms","key":"domain","fields":["industry"],"rows":1,"confidence":0.8,"cost":0`) {
		t.Errorf("list printed %s", out)
	}
	if _, line := d.do(config.ExitUsage, append(add, "--cost", "-1")...); !strings.Contains(line, "cost must be 0 to 1000") {
		t.Errorf("a cost below nothing: %s", line)
	}
	if _, line := d.do(config.ExitError, "reference", "add", "--workspace", "acme", "--name", "x", "--file", file+".csv", "--key", "domain", "--confidence", "1"); !strings.Contains(line, "cannot read the file") {
		t.Errorf("a file that is not there: %s", line)
	}
	d.do(0, "reference", "remove", "--workspace", "acme", "--name", "firms")
	if _, line := d.do(config.ExitNotFound, "reference", "remove", "--workspace", "acme", "--name", "firms"); !strings.Contains(line, "no reference file") {
		t.Errorf("removed twice: %s", line)
	}
	if out, _ = d.do(0, "activity", "--workspace", "acme", "--action", "reference.stored"); !strings.Contains(out, "firms") {
		t.Errorf("the log says %s", out)
	}
}
