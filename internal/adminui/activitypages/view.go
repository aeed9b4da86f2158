package activitypages

import (
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

// listView is the page of the log.
type listView struct {
	form
	rows     []row
	older    string // address of the entries before these; "" when there are none
	keyLinks bool   // the reader may open the pages of keys
	result   *chain.Result
}

// row is one entry.
type row struct {
	id         string
	at         time.Time
	actor      string
	key        string // public id of the key that acted
	keyLink    string
	words      string
	from       string
	address    string
	objectType string
	object     string
	facts      []activity.Fact
}

func (v *listView) page() ui.Page {
	return ui.Page{Title: "Activity", Lead: "Who changed what, when and from where. Entries stay for good: nobody can change or remove one unnoticed.", Body: list(*v)}
}

// show puts the entries on the page; one more than fits means that there are older ones.
func (v *listView) show(entries []activity.Entry) {
	if len(entries) > pageSize {
		entries = entries[:pageSize]
		v.older = v.with(path, "before", entries[pageSize-1].ID)
	}
	for _, e := range entries {
		v.rows = append(v.rows, v.row(e))
	}
}

func (v *listView) row(e activity.Entry) row {
	r := row{
		id: e.ID, at: e.At, actor: e.Actor.Name, words: e.Words(), from: doors[e.Source.Door], address: e.Source.Address,
		objectType: spaced(e.ObjectType), object: e.ObjectID, facts: e.Facts(),
	}
	if r.from == "" {
		r.from = e.Source.Door
	}
	if e.Actor.Kind == activity.ByKey {
		if r.key = e.Actor.KeyID; v.keyLinks {
			r.keyLink = keysPath + e.Actor.KeyID
		}
	}
	return r
}

// doors names the doors for people.
var doors = map[string]string{
	activity.DoorPage: "admin pages", activity.DoorAPI: "API", activity.DoorMCP: "MCP", activity.DoorCLI: "command line",
	activity.DoorOperator: "server's command line", activity.DoorJob: "background job",
}

// count spells a number of entries.
func count(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.FormatInt(n, 10) + " entries"
}

func are(n int64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
