package chain_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

func (b *bench) verifyFile(text, workspaceID string) chain.File {
	b.Helper()
	f, err := b.log.VerifyFile(background, strings.NewReader(text), workspaceID)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

func TestAnExportProvesItself(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		id := b.filled(1203) // pages are of 500
		text := b.export(id, chain.Lines, activity.Filter{})
		whole := b.verify(id)
		if f := b.verifyFile(text, ""); !f.Intact || f.Entries != 1203 || f.LeftOut != 0 || f.WorkspaceID != id || f.Hash != whole.Hash {
			t.Errorf("%+v, %+v", f, f.Broken)
		}
		if f := b.verifyFile(text, id); !f.Intact {
			t.Errorf("with the log: %+v, %+v", f, f.Broken)
		}
		part := b.export(id, chain.Lines, activity.Filter{Action: "key.*", From: start.Add(10 * time.Second), To: start.Add(12 * time.Second)})
		if f := b.verifyFile(part, id); !f.Intact || f.Entries != 2 || f.LeftOut != 10 || f.Seq != 12 {
			t.Errorf("a part: %+v, %+v", f, f.Broken)
		}
		if none := b.export(id, chain.Lines, activity.Filter{Actor: "nobody"}); none != "" {
			t.Errorf("of nobody: %s", none)
		}
		_, err := b.log.Export(background, &strings.Builder{}, id, "xml", activity.Filter{})
		if fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("xml: %v", err)
		}
	})
}

// TestATamperedFileIsFound changes every line of a file in every way.
func TestATamperedFileIsFound(t *testing.T) {
	b := newBench(t, store.Config{DataDir: t.TempDir()})
	id := b.filled(4)
	lines := strings.SplitAfter(strings.TrimSuffix(b.export(id, chain.Lines, activity.Filter{}), "\n"), "\n")
	for i := range lines {
		var whole map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &whole); err != nil {
			t.Fatal(err)
		}
		for name, old := range whole {
			if name == "badge" {
				continue
			}
			for _, value := range others(old) {
				whole[name] = value
				changed, _ := json.Marshal(whole)
				text := strings.Join(lines[:i], "") + string(changed) + "\n" + strings.Join(lines[i+1:], "")
				if f := b.verifyFile(text, ""); f.Intact {
					t.Errorf("line %d with %s = %v is intact", i+1, name, value)
				}
			}
			whole[name] = old
		}
	}
	for name, text := range map[string]string{
		"nothing": "\n\n", "not JSON": "hello\n", "CSV": b.export(id, chain.CSV, activity.Filter{}), "another order": lines[1] + lines[0],
		"a line twice": lines[0] + lines[0], "a member twice": strings.Replace(lines[0], `{`, `{"seq":1,`, 1), "another case": strings.Replace(lines[0], `"actor"`, `"Actor"`, 1),
	} {
		if f := b.verifyFile(text, ""); f.Intact || f.Broken == nil {
			t.Errorf("%s is intact", name)
		}
	}
	if f := b.verifyFile(lines[0]+lines[2], ""); !f.Intact || f.LeftOut != 1 {
		t.Errorf("a line less: %+v", f)
	}
}

// others returns values of the same type that are not v.
func others(v any) []any {
	switch v := v.(type) {
	case float64:
		return []any{v + 1, v - 1, v + 100}
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return []any{at.Add(time.Microsecond).Format(time.RFC3339Nano)}
		}
		if len(v) > 60 { // a hash or a seal, whose first bytes name the key
			return []any{v[:len(v)-1] + "x", v[2:], v[:20] + flipped(v[20:21]) + v[21:]}
		}
		return []any{v + "x", "x"}
	}
	return []any{map[string]string{"x": "y"}}
}

func flipped(digit string) string {
	if digit == "0" {
		return "1"
	}
	return "0"
}

// TestAFileFindsALogCutShort: what a database cannot show of itself, a file kept elsewhere does.
func TestAFileFindsALogCutShort(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.open()
		id := b.filled(5)
		kept := b.export(id, chain.Lines, activity.Filter{})
		b.exec(`DELETE FROM activity WHERE workspace_id = $1 AND id = (SELECT entry_id FROM activity_chain WHERE workspace_id = $1 AND seq = 5)`, id)
		b.exec(`DELETE FROM activity_chain WHERE workspace_id = $1 AND seq = 5`, id)
		b.exec(`UPDATE activity_heads SET seq = 4, hash = (SELECT hash FROM activity_chain WHERE workspace_id = $1 AND seq = 4) WHERE workspace_id = $1`, id)
		if r := b.verify(id); !r.Intact || r.Entries != 4 {
			t.Fatalf("%+v", r)
		}
		if f := b.verifyFile(kept, id); f.Intact || f.Broken.Fault != chain.Differs || f.Broken.Seq != 5 {
			t.Errorf("%+v, %+v", f, f.Broken)
		}
		b.revoke(id, 9) // something else takes its place
		b.seal(id)
		if f := b.verifyFile(kept, id); f.Intact || f.Broken.Fault != chain.Differs || f.Broken.Seq != 5 {
			t.Errorf("%+v, %+v", f, f.Broken)
		}
		if f := b.verifyFile(kept, b.filled(1)); f.Intact {
			t.Error("the file passes for another workspace")
		}
	})
}

func TestSpreadsheetsRunNothing(t *testing.T) {
	b := newBench(t, store.Config{DataDir: t.TempDir()})
	id := b.workspace()
	hostile := []string{"=1+1", "+1", "-1", "@x", "\tx", "\r=x", "＝x", `a,"b"`, "plain"}
	for i, name := range hostile {
		b.record(id, activity.New(id, start.Add(time.Duration(i)*time.Second), activity.PersonActor(name), activity.KeyCreated, activity.ObjectKey, name, map[string]string{"name": name}))
	}
	rows, err := csv.NewReader(strings.NewReader(b.export(id, chain.CSV, activity.Filter{Kind: activity.Person}))).ReadAll()
	if err != nil || len(rows) != len(hostile)+1 || strings.Join(rows[0][:4], " ") != "seq at actor actor_kind" {
		t.Fatalf("%v, %v", rows, err)
	}
	for i, row := range rows[1:] {
		if row[0] != fmt.Sprint(i+2) || i < 7 && row[2][0] != '\'' || i < 7 && row[9][0] != '\'' || i == 7 && row[2] != hostile[7] {
			t.Errorf("row %d of %q: %q", i, hostile[i], row)
		}
	}
}
