package apirun

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/store"
)

func (d desk) log(code int, args ...string) (stdout, line string) {
	d.t.Helper()
	return d.do(code, append([]string{"activity"}, args...)...)
}

func TestAdminActivityFilters(t *testing.T) {
	d := newDesk(t)
	d.do(0, "key", "create", "--workspace", "acme", "--name", "bot", "--preset", "read_only")
	count := func(args ...string) int {
		out, _ := d.log(0, append([]string{"--workspace", "acme"}, args...)...)
		list := parsed[[]activity.View](t, out)
		for _, v := range list {
			if v.Door != activity.DoorOperator || v.Address != "" {
				t.Errorf("from where: %+v", v)
			}
		}
		return len(list)
	}
	all := count()
	if n := count("--action", "records.*"); n != 3 || all != 5 {
		t.Errorf("%d imports of %d, want 3 of 5", n, all)
	}
	if n := count("--object-type", "key", "--from", "2020-01-01T00:00:00+02:00", "--to", "2120-01-01T00:00:00Z"); n != 1 {
		t.Errorf("%d keys, want 1", n)
	}
	if n := count("--actor", "nobody"); n != 0 {
		t.Errorf("%d of nobody", n)
	}
	if _, line := d.log(2, "--workspace", "acme", "--from", "yesterday"); !strings.Contains(line, "--from must be a time") {
		t.Error(line)
	}
}

func TestAdminActivityExportAndVerify(t *testing.T) {
	d := newDesk(t)
	lines, _ := d.log(0, "export", "--workspace", "acme")
	if n := strings.Count(lines, "\n"); n != 4 || !strings.Contains(lines, `"action":"workspace.created"`) {
		t.Errorf("export:\n%s", lines)
	}
	table, _ := d.log(0, "export", "--workspace", "acme", "--format", "csv", "--action", "workspace.created")
	if !strings.HasPrefix(table, "seq,at,actor,") || strings.Count(table, "\r\n") != 2 {
		t.Errorf("CSV:\n%s", table)
	}
	out, _ := d.log(0, "verify", "--workspace", "acme")
	if r := parsed[chain.Result](t, out); !r.Intact || r.Entries != 4 || r.CheckedAt.IsZero() || len(r.Hash) != 64 || r.Broken != nil {
		t.Errorf("verify: %s", out)
	}
	file := filepath.Join(d.dir, "log.ndjson")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(lines)
	for _, args := range [][]string{{"--file", file}, {"--file", file, "--workspace", "acme"}} {
		out, _ = d.log(0, append([]string{"verify"}, args...)...)
		if f := parsed[chain.File](t, out); !f.Intact || f.Entries != 4 || f.LeftOut != 0 || f.WorkspaceID == "" {
			t.Errorf("%v: %s", args, out)
		}
	}
	write(strings.Replace(lines, "leads.jsonl", "other.jsonl", 1))
	out, line := d.log(1, "verify", "--file", file)
	if f := parsed[chain.File](t, out); f.Intact || f.Broken == nil || f.Broken.Fault != chain.Changed || !strings.Contains(line, "not intact: ") {
		t.Errorf("a changed file: %s\n%s", out, line)
	}
	d.log(1, "verify", "--file", file+".none")
	if _, line = d.log(2, "verify"); !strings.Contains(line, "--workspace, --file, or both") {
		t.Error(line)
	}
	d.log(2, "export", "--workspace", "acme", "--format", "xml")
}

func TestAdminActivityVerifyFindsTampering(t *testing.T) {
	d := newDesk(t)
	d.log(0, "verify", "--workspace", "acme")
	db, err := store.Open(context.Background(), store.Config{DataDir: filepath.Join(d.dir, "data")})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`DROP TRIGGER activity_stays_there`, `DELETE FROM activity WHERE object_id = 'leads'`} {
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	environ := []string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + filepath.Join(d.dir, "data"), "UNSTUCK_METRICS_ADDR="}
	err = Main(context.Background(), []string{"admin", "activity", "verify", "--workspace", "acme"}, environ, &table, io.Discard)
	if config.Code(err) != 1 || !strings.Contains(err.Error(), "The entry with number 3 was removed") || !strings.HasPrefix(table.String(), "INTACT") {
		t.Errorf("%v\n%s", err, table.String())
	}
	out, _ := d.log(1, "verify", "--workspace", "acme")
	if r := parsed[chain.Result](t, out); r.Intact || r.Entries != 2 || r.Broken.Seq != 3 || r.Broken.Fault != chain.Missing {
		t.Errorf("verify: %s", out)
	}
}

func TestWorkInTheBackgroundIsToldOf(t *testing.T) {
	var got activity.Source
	err := behind(func(ctx context.Context, _ <-chan struct{}, _ []byte) error {
		got = activity.SourceOf(ctx)
		return io.EOF
	})(context.Background(), nil, nil)
	if got.Door != activity.DoorJob || err != io.EOF {
		t.Errorf("from %+v, %v", got, err)
	}
}
