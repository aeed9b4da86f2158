package activitypages

import (
	"fmt"
	"net/url"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var storyTime = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

const storyHash = "a47bfa01d30487c2436f3f52a92e4cbcf3327312853c063b86fbce7671a19f76"

func stories() []ui.Story {
	good := &chain.Result{Intact: true, CheckedAt: storyTime, Entries: 1234, Seq: 1234, Hash: storyHash, Waiting: 1}
	bad := &chain.Result{CheckedAt: storyTime, Entries: 1, Seq: 1, Hash: storyHash, Broken: &chain.Break{Fault: chain.Changed, Seq: 2, Sentence: "The entry with number 2 is not what was written."}}
	manager := ui.Frame{Person: login.Person{Role: workspaces.Manager}}
	return []ui.Story{
		story("full", "", nil, storyEntries(pageSize+1)...),
		story("filtered", "actor=bot&kind=key&action=signals.*&type=signals&from=2026-11-01T00:00", nil, storyEntries(3)...),
		story("nothing-matches", "action=later.action&object=x", nil),
		story("nothing-older", "", nil),
		story("wrong-filter", "from=yesterday&to=2026-11-01", nil),
		story("intact", "", good, storyEntries(2)...),
		story("broken", "", bad, storyEntries(2)...),
		{Name: "activity/manager", Page: storyPage("", false, nil, storyEntries(4)), Frame: manager},
		story("hostile", "actor="+url.QueryEscape(ui.Hostile[2])+"&object="+url.QueryEscape(ui.Hostile[3]), nil, hostileEntries()...),
	}
}

func story(name, query string, result *chain.Result, entries ...activity.Entry) ui.Story {
	return ui.Story{Name: "activity/" + name, Page: storyPage(query, true, result, entries)}
}

func storyPage(query string, keyLinks bool, result *chain.Result, entries []activity.Entry) ui.Page {
	q, _ := url.ParseQuery(query) // ours can be read
	v := listView{form: formOf(q), keyLinks: keyLinks, result: result}
	v.filter()
	v.show(entries)
	return v.page()
}

// storyEntries returns n entries, of every action in turn.
func storyEntries(n int) (out []activity.Entry) {
	actions := activity.Actions()
	actors := []activity.Actor{activity.PersonActor("ann@acme.example"), activity.KeyActor("a1b2c3d4", "Nightly import"), activity.OperatorActor("root")}
	sources := []activity.Source{{Door: activity.DoorPage, Address: "203.0.113.9"}, {Door: activity.DoorMCP, Address: "2001:db8::17"}, {Door: activity.DoorOperator}, {}}
	for i := range n {
		out = append(out, activity.Entry{
			ID: fmt.Sprintf("0198c7a2-7d1f-7000-8000-%012d", i), At: storyTime.Add(-time.Duration(i) * time.Hour), Actor: actors[i%3], Source: sources[i%4],
			Action: actions[i%len(actions)], ObjectType: activity.ObjectKey, ObjectID: "a1b2c3d4", Detail: storyDetail(),
		})
	}
	return out
}

func storyDetail() map[string]string {
	return map[string]string{
		"name": "Nightly import", "plan": "pro", "plan_before": "free", "fields": "title, phone", "credits": "3", "source": "agent", "created": "12", "records": "250",
		"reason": "no credits are left", "email": "bob@acme.example", "role": "operator", "role_before": "viewer", "file": "firms.csv", "updated": "3", "rows": "90", "amount": "500",
	}
}

func hostileEntries() (out []activity.Entry) {
	for i, text := range ui.Hostile {
		out = append(out, activity.Entry{
			ID: text, At: storyTime, Actor: activity.KeyActor(text, text), Source: activity.Source{Door: text, Address: text}, Action: activity.Actions()[i],
			ObjectType: text, ObjectID: text, Detail: map[string]string{text: text, text + "_before": text, "name": text, "email": text},
		})
	}
	return out
}
