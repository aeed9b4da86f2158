package destinationpages

import (
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/login"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var storyTime = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

func stories() []ui.Story {
	story := func(name string, p ui.Page) ui.Story { return ui.Story{Name: "destinations/" + name, Page: p} }
	viewer := func(s ui.Story) ui.Story {
		s.Frame.Person = login.Person{Role: workspaces.Viewer}
		return s
	}
	all := storyDestinations()
	hook, pending, crm, file := all[0], all[1], all[2], all[3]
	list := listView{Admin: true, Pending: 1}
	for i, d := range all {
		list.Rows = append(list.Rows, row{d, i})
	}
	out := []ui.Story{
		story("empty", listView{Admin: true}.page()), viewer(story("empty-viewer", listView{}.page())), story("list", list.page()),
		story("active", storyShow(hook, true).page()), story("pending", storyShow(pending, true).page()), viewer(story("pending-viewer", storyShow(pending, false).page())),
		story("crm", storyShow(crm, true).page()), story("file", storyShow(file, true).page()), story("disabled", storyShow(all[4], true).page()),
		story("secret", revealed{D: hook, Text: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}.page()), story("secret-rotated", revealed{D: hook, Text: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Rotated: true}.page()),
		story("rotate", rotateView{hook}.page()), story("delete", deleteView{D: hook, Audiences: storyAudiences()}.page()), story("delete-wrong", deleteView{D: crm, Problem: "Type the name to confirm."}.page()),
		story("log-empty", logView{}.page()), story("log-none", logView{State: "failed", Destinations: all}.page()), story("log", storyLog(all).page()),
	}
	return append(out, storyForms(story, hook, crm)...)
}

func storyForms(story func(string, ui.Page) ui.Story, hook, crm wire.Destination) (out []ui.Story) {
	for _, k := range kinds() {
		out = append(out, story("new-"+k, editView{Kind: k}.page()))
	}
	wrong := editView{ID: hook.ID, Kind: hook.Kind, Name: hook.Name, URL: "https://10.0.0.1/", Headers: hook.Headers, Problems: forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422,
		Fields: map[string]string{"url": "must lead to a public address, by https on port 443 (an operator can allow networks of their own: UNSTUCK_OUTBOUND_ALLOW)", "headers[0]": "is written by the sender alone", "name": "is the name of another destination"}}}
	fields := mapView{D: crm, Over: "leads", Rows: rowsOf(map[string]string{"email": "work_email", "in_audience": "audience.name", "plan": "last_signal.context.plan"}), Chosen: true}
	bad := fields
	bad.Rows = []mapRow{{"E-Mail", "work_mail", "take the internal name of a HubSpot property; is filled with no value of leads; take: work_email"}, {ui.Hostile[0], ui.Hostile[1], "is filled with no value of leads; take one of the list below"}}
	bad.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422}
	own := fields
	own.Audience, own.Chosen = &storyAudiences()[0], false
	return append(out,
		story("edit-crm", editView{ID: crm.ID, Kind: crm.Kind, Name: crm.Name, Set: crm.Secrets}.page()), story("edit-wrong", wrong.page()),
		story("fields", fields.page()), story("fields-wrong", bad.page()), story("fields-audience", own.page()),
		story("fields-whole", mapView{D: hook, Over: "accounts"}.page()))
}

func storyDestinations() []wire.Destination {
	one := func(n int, name, kind, status, address string) wire.Destination {
		made := storyTime.Add(-time.Duration(n) * 24 * time.Hour)
		return wire.Destination{ID: fmt.Sprintf("0198c7a2-7d1f-7000-8000-%012d", n), Name: name, Kind: kind, Status: status, URL: address, CreatedBy: "ann@acme.example", Via: "person",
			ConfirmedBy: "ann@acme.example", CreatedAt: &made, UpdatedAt: &made}
	}
	hook := one(1, "Data warehouse", "webhook", "active", "https://hooks.acme.example/unstuck")
	hook.Headers = []wire.DestinationHeader{{Name: "X-Team", Value: "growth"}, {Name: "Authorization", Secret: true}}
	hook.Secrets, hook.RotatedAt = map[string]bool{"signing": true}, hook.CreatedAt
	pending := one(2, ui.Hostile[0], "webhook", "pending", "https://unknown.example/collect/all/of/it")
	pending.CreatedBy, pending.Via, pending.ConfirmedBy = ui.Hostile[1], viaKey, ""
	crm := one(3, "HubSpot", "hubspot", "paused", "")
	crm.Secrets = map[string]bool{"token": true}
	file := one(4, "Mail merge", "csv", "active", "")
	gone := one(5, "An organisation whose name is much longer than the names of destinations are wont to be", "salesforce", "disabled", "https://acme.my.salesforce.com")
	gone.Options, gone.Secrets = map[string]string{"client_id": "3MVG9VwZxxW3bBQ", "people": "Contact"}, map[string]bool{"client_secret": true}
	return []wire.Destination{hook, pending, crm, file, gone}
}

func storyAudiences() []wire.Audience {
	return []wire.Audience{{ID: "a1", Name: "Hot in Europe", Over: wire.OverLeads, Members: 1_204}, {ID: "a2", Name: ui.Hostile[2], Over: wire.OverAccounts, Members: 1}}
}

func storyShow(d wire.Destination, admin bool) showView {
	v := showView{D: d, Admin: admin, Operator: admin, Audiences: storyAudiences()}
	v.Maps = []chosen{{Over: "leads", Default: d.Kind != "csv", Lines: lines(map[string]string{"email": "work_email", "icp_score": "icp_score", "last_signal_at": "last_signal.occurred_at"})}, {Over: "accounts", Default: true}}
	if d.Status != string(destinations.Pending) {
		v.Log = storyLog([]wire.Destination{d})
		v.Log.Only, v.Log.Here, v.Log.Rows = d.ID, "", v.Log.Rows[:3]
	} else {
		v.Audiences = v.Audiences[:1]
	}
	return v
}

func storyLog(all []wire.Destination) logView {
	v := logView{Destinations: all, Total: 7, Here: LogPath, Older: logPath("", "", "x"), Operator: true}
	add := func(state, kind string, attempts, status int64, class destinations.Class, field string) {
		n := len(v.Rows)
		at := storyTime.Add(-time.Duration(n) * time.Minute)
		d := delivery{Destination: all[0].Name, Audience: "Hot in Europe", Record: "Ada Lovelace", Delivery: wire.Delivery{ID: fmt.Sprintf("d%d", n), DestinationID: all[0].ID, Type: kind, State: state,
			RecordType: wire.KindLead, RecordID: "r1", Attempts: attempts, Status: status, DurationMS: 137, Error: string(class), Field: field, CreatedAt: at}}
		if state == "queued" {
			next := at.Add(5 * time.Minute)
			d.NextAttemptAt = &next
		}
		v.Rows = append(v.Rows, d)
	}
	add("delivered", "audience.member_added", 1, 200, "", "")
	add("queued", "audience.member_reranked", 2, 503, destinations.ClassStatus, "")
	add("failed", "audience.member_removed", 10, 400, destinations.ClassField, "icp_code")
	add("queued", "audience.member_added", 0, 0, "", "")
	add("held", "audience.member_added", 0, 0, "", "")
	add("skipped", "audience.member_removed", 1, 0, "", "")
	add("failed", "ping", 1, 0, destinations.ClassTimeout, "")
	v.Rows[3].Record, v.Rows[4].Audience, v.Rows[5].Destination = ui.Hostile[3], ui.Hostile[4], ui.Hostile[0]
	v.Rows[6].RecordID = ""
	return v
}
