package chain_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/store"
)

// size is how many entries the tampered log has.
const size = 6

// tampering is one way to change a log in its database. $1 is the workspace, $2 a number from 2 to size - 1, $3 the id of its entry.
type tampering struct {
	name  string
	texts []string
	fault chain.Fault
	loose bool // no number, or another than $2, names the place
}

func column(name, value string) tampering {
	return tampering{"column " + name, []string{`UPDATE activity SET ` + name + ` = ` + value + ` WHERE workspace_id = $1 AND id = $3`}, chain.Changed, false}
}

var tamperings = []tampering{
	column("at", "at + 1"), column("actor_kind", "'operator'"), column("actor_name", "'bob@example.com'"), column("actor_key_id", "'a1b2c3d4'"),
	column("action", "'key.created'"), column("object_type", "'lead'"), column("object_id", "object_id || ' '"), column("door", "'page'"), column("address", "'192.0.2.7'"),
	column("detail", `'{"name":"another"}'`), column("detail", `'{}'`), column("detail", `'{"name":"key 1","more":""}'`),
	{"no detail at all", []string{`UPDATE activity SET detail = 'x' WHERE workspace_id = $1 AND id = $3`}, chain.Missing, false},
	{"another id", []string{`UPDATE activity SET id = id || 'x' WHERE workspace_id = $1 AND id = $3`}, chain.Missing, false},
	{"an entry is removed", []string{`DELETE FROM activity WHERE workspace_id = $1 AND id = $3`}, chain.Missing, false},
	{"a link is removed", []string{`DELETE FROM activity_chain WHERE workspace_id = $1 AND seq = $2`}, chain.Gap, false},
	{"both are removed", []string{`DELETE FROM activity WHERE workspace_id = $1 AND id = $3`, `DELETE FROM activity_chain WHERE workspace_id = $1 AND seq = $2`}, chain.Gap, false},
	{"both are removed and the rest moves up", []string{
		`DELETE FROM activity WHERE workspace_id = $1 AND id = $3`, `DELETE FROM activity_chain WHERE workspace_id = $1 AND seq = $2`,
		`UPDATE activity_chain SET seq = -seq WHERE workspace_id = $1 AND seq > $2`, `UPDATE activity_chain SET seq = -seq - 1 WHERE workspace_id = $1 AND seq < 0`,
		`UPDATE activity_heads SET seq = seq - 1 WHERE workspace_id = $1`}, chain.Changed, false},
	{"two entries change places", []string{
		`UPDATE activity_chain SET entry_id = '' WHERE workspace_id = $1 AND seq = $2`,
		`UPDATE activity_chain SET entry_id = $3 WHERE workspace_id = $1 AND seq = $2 + 1`,
	}, chain.Missing, false},
	{"two links change places", []string{
		`UPDATE activity_chain SET seq = 0 WHERE workspace_id = $1 AND seq = $2`,
		`UPDATE activity_chain SET seq = $2 WHERE workspace_id = $1 AND seq = $2 + 1`, `UPDATE activity_chain SET seq = $2 + 1 WHERE workspace_id = $1 AND seq = 0`,
	}, chain.Changed, false},
	{"another hash", []string{`UPDATE activity_chain SET hash = (SELECT hash FROM activity_chain WHERE workspace_id = $1 AND seq = 1) WHERE workspace_id = $1 AND seq = $2`}, chain.Changed, false},
	{"a hash cut short", []string{`UPDATE activity_chain SET hash = substr(hash, 1, 31) WHERE workspace_id = $1 AND seq = $2`}, chain.Changed, false},
	{"another seal", []string{`UPDATE activity_chain SET seal = (SELECT seal FROM activity_chain WHERE workspace_id = $1 AND seq = 1) WHERE workspace_id = $1 AND seq = $2`}, chain.Forged, false},
	{"a seal cut short", []string{`UPDATE activity_chain SET seal = substr(seal, 1, 9) WHERE workspace_id = $1 AND seq = $2`}, chain.Forged, false},
	{"another head", []string{`UPDATE activity_heads SET seq = $2 WHERE workspace_id = $1`}, chain.WrongHead, true},
	{"the end taken off", []string{`DELETE FROM activity_chain WHERE workspace_id = $1 AND seq > $2`}, chain.WrongHead, false},
	{"an entry put in", []string{`INSERT INTO activity (workspace_id, id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail)
		SELECT workspace_id, 'x' || id, at, actor_kind, actor_name, actor_key_id, action, object_type, object_id, detail FROM activity WHERE workspace_id = $1 AND id = $3`}, chain.Stray, true},
	{"an entry sealed anew", []string{`INSERT INTO activity_pending (workspace_id, id) VALUES ($1, $3)`}, chain.Stray, true},
}

// TestEveryTamperingIsFound: whatever is done to a log in its database, a check says so, and where.
func TestEveryTamperingIsFound(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.open()
		for _, c := range tamperings {
			id := b.filled(size)
			if r := b.verify(id); !r.Intact || r.Entries != size || r.Seq != size || r.Broken != nil || len(r.Hash) != 64 {
				t.Fatalf("%s: before: %+v", c.name, r)
			}
			seq := int64(3)
			b.tamper(c, id, seq)
			r := b.verify(id)
			if r.Intact || r.Broken == nil || r.Broken.Fault != c.fault || !c.loose && r.Broken.Seq != seq || r.Broken.Sentence == "" {
				t.Errorf("%s: %+v, broken %+v; want %s at %d", c.name, r, r.Broken, c.fault, seq)
			}
		}
	})
}

// tamper runs the statements with their arguments put in, since not every one names all.
func (b *bench) tamper(c tampering, id string, seq int64) {
	b.Helper()
	found, err := b.db.Sealed(background, id, activity.Filter{}, seq-1, 1)
	if err != nil || len(found) != 1 {
		b.Fatal(found, err)
	}
	fill := strings.NewReplacer("$1", "'"+id+"'", "$2", fmt.Sprint(seq), "$3", "'"+found[0].EntryID+"'")
	for _, text := range c.texts {
		b.exec(fill.Replace(text))
	}
}

// TestRandomLogs: a log of any entries is intact, and is not once any part of any entry differs.
func TestRandomLogs(t *testing.T) {
	b := newBench(t, store.Config{DataDir: t.TempDir()})
	b.open()
	parts := []string{"at", "actor_kind", "actor_name", "actor_key_id", "action", "object_type", "object_id", "detail", "door", "address"}
	rapid.Check(t, func(r *rapid.T) {
		id, n := b.workspace(), rapid.IntRange(1, 12).Draw(r, "entries")
		for range n {
			b.record(id, anyEntry(r, id))
			if rapid.Bool().Draw(r, "seal") {
				b.seal(id)
			}
		}
		if got := b.verify(id); !got.Intact || got.Entries != int64(n+1) {
			r.Fatalf("%+v, %+v", got, got.Broken)
		}
		seq, part := rapid.Int64Range(1, int64(n+1)).Draw(r, "seq"), rapid.SampledFrom(parts).Draw(r, "part")
		value := `COALESCE(` + part + `, '') || 'x'`
		switch part {
		case "at":
			value = fmt.Sprintf(`at + %d`, rapid.Int64Range(1, 1<<40).Draw(r, "later"))
		case "detail":
			value = `json_set(detail, '$.more', 'x')`
		}
		b.exec(`UPDATE activity SET `+part+` = `+value+` WHERE workspace_id = $1 AND id = (SELECT entry_id FROM activity_chain WHERE workspace_id = $1 AND seq = $2)`, id, seq)
		if got := b.verify(id); got.Intact || got.Broken.Seq != seq || got.Broken.Fault != chain.Changed || got.Entries != seq-1 {
			r.Fatalf("%s of %d: %+v, %+v", part, seq, got, got.Broken)
		}
	})
}

func anyEntry(r *rapid.T, id string) activity.Entry {
	text := rapid.StringOf(rapid.Rune().Filter(func(c rune) bool { return c != 0 && c != '\uFFFD' }))
	actor := activity.Actor{Kind: activity.Kind(text.Draw(r, "kind")), Name: text.Draw(r, "name"), KeyID: text.Draw(r, "key")}
	e := activity.New(id, start, actor, activity.Action(text.Draw(r, "action")), text.Draw(r, "type"), text.Draw(r, "object"),
		rapid.MapOfN(text, text, 0, 4).Draw(r, "detail"))
	e.Source = activity.Source{Door: text.Draw(r, "door"), Address: text.Draw(r, "address")}
	return e
}
