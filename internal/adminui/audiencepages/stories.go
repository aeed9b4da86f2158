package audiencepages

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/conditions"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var storyTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func stories() (out []ui.Story) {
	add := func(name string, p ui.Page) { out = append(out, ui.Story{Name: "audiences/" + name, Page: p}) }
	viewer := func(name string, p ui.Page) {
		add(name, p)
		out[len(out)-1].Frame.Person.Role = workspaces.Viewer
	}
	list := listView{Audiences: storyAudiences(), Names: map[string]string{"d1": "CRM", "d2": ui.Hostile[2]}}
	viewer("empty-viewer", listView{}.page())
	viewer("list-viewer", list.page())
	list.May = true
	add("empty", listView{May: true}.page())
	add("list", list.page())
	one := storyAudience()
	viewer("audience-viewer", one.page())
	one.May = true
	add("audience", one.page())
	add("audience-scanning", audienceView{Audience: storyAudiences()[1], May: true, Here: Path}.page())
	one.Confirm = "Type the name of the audience to delete it."
	add("audience-not-confirmed", one.page())
	all := storyForms()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		add(name, all[name].page())
	}
	return out
}

func storyAudiences() []wire.Audience {
	return []wire.Audience{
		{ID: "a1", Name: "Hiring in Germany", Over: wire.OverAccounts, State: "current", Version: 3, Members: 1234, AsOf: &storyTime, CreatedBy: "ann@acme.example",
			Filter:  []byte(`{"all":[{"field":"country_code","op":"eq","value":"DE"},{"signals":{"last_days":30,"min":2,"types":["hiring"]}}]}`),
			Ranking: []wire.Sort{{Field: "icp_score", Dir: wire.Descending}, {Field: "employee_count", Dir: wire.Descending}}, Enrich: []string{"industry"},
			Destinations: []wire.AudienceDestination{{ID: "d1", Mapping: map[string]string{"Title": "name"}}, {ID: "d2"}}},
		{ID: "a2", Name: ui.Hostile[0], Over: wire.OverLeads, State: "scanning", Version: 1, CreatedBy: ui.Hostile[1], Filter: everyone},
		{ID: "a3", Name: strings.Repeat("long-", 20), Over: wire.OverLeads, State: "current", Members: 1_000_000, AsOf: &storyTime, Filter: everyone,
			Destinations: []wire.AudienceDestination{{ID: "gone"}}},
	}
}

func storyMembers() []wire.AudienceMember {
	score, people := int64(87), int64(1200)
	return []wire.AudienceMember{
		{Position: 1, JoinedAt: &storyTime, Account: &wire.Account{ID: "r1", Name: "Globex", Domain: "globex.example", ICPScore: &score, EmployeeCount: &people}},
		{Position: 2, JoinedAt: &storyTime, Account: &wire.Account{ID: "r2", Name: ui.Hostile[0], Domain: "evil.example"}},
	}
}

func storyAudience() audienceView {
	return audienceView{
		Audience: storyAudiences()[0], Members: storyMembers(), Total: 1234, More: audiencePath("a1") + "?from=x", Later: true, Attached: []string{"CRM", ui.Hostile[2]},
		Here: audiencePath("a1"), Names: map[string]string{"r1": "Globex", "r2": ui.Hostile[3]},
		Events: []wire.AudienceEvent{
			{ID: "e3", Change: "removed", RecordType: wire.KindAccount, RecordID: "erased", At: storyTime},
			{ID: "e2", Change: "reranked", RecordType: wire.KindAccount, RecordID: "r2", At: storyTime},
			{ID: "e1", Change: "added", RecordType: wire.KindAccount, RecordID: "r1", At: storyTime},
		},
	}
}

func storyForms() map[string]editView {
	o := offered{Types: []string{"funding", "hiring"}, Destinations: []wire.Destination{{ID: "d1", Name: "CRM", Kind: "hubspot", Status: "active"}, {ID: "d2", Name: ui.Hostile[2], Kind: "webhook", Status: "pending"}}}
	blank := editView{Form: begin(wire.Audience{Over: wire.OverLeads, Filter: everyone}), Offered: offered{}}
	edit := editView{Form: begin(storyAudiences()[0]), Offered: o}
	edit.Form.Attached = append(edit.Form.Attached, attachment{ID: "gone"})
	refused, seen, unsure := edit, edit, edit
	refused.Form.Conditions = conditions.Form{Over: filter.Accounts, Match: conditions.Any, Rows: []conditions.Row{{Shape: conditions.Leaf, Field: ui.Hostile[4], Op: "eq"}}}
	refused.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422, Fields: map[string]string{
		"name": "is the name of another audience", "any[0].field": "is not a field of accounts", rankPath(0): "is not a field to sort by", "enrich": "stands twice",
		attachPath(0): "there is no such value", attachPath(2): "is no destination of this workspace"}}
	seen.Preview = &preview{Ranking: edit.Form.Ranking, AudiencePreview: wire.AudiencePreview{Over: wire.OverAccounts, Count: 1234, Sample: storyMembers(), Now: storyTime,
		Enrichment: wire.AudienceGaps{Missing: map[string]int64{"industry": 77, "hq_city": 0}, CreditsAtMost: 154}}}
	unsure.Preview = &preview{AudiencePreview: wire.AudiencePreview{Over: wire.OverAccounts}, Problem: "filter.all[0].value " + ui.Hostile[0]}
	return map[string]editView{"form-new": blank, "form": edit, "form-refused": refused, "form-previewed": seen, "form-unsure": unsure}
}
