package waitlistpages

import (
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/waitlists"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var storyTime = time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC)

func stories() []ui.Story {
	story := func(name string, p ui.Page) ui.Story { return ui.Story{Name: "waitlists/" + name, Page: p} }
	viewer := func(name string, p ui.Page) ui.Story {
		s := story(name, p)
		s.Frame.Person.Role = workspaces.Viewer
		return s
	}
	lists := storyLists()
	refused := forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422, Fields: map[string]string{"name": "must be 1 to 100 characters", boostField: "must be from 1 to 100"}}
	full := showView{List: lists[0], May: true, Exports: true, Page: 2, Total: 2_345, People: storyPeople(), Form: form{lists[0].Name, "5"}}
	wrong, archived, seen, empty, nobody := full, full, full, full, full
	wrong.Form, wrong.Problems = form{ui.Hostile[0], ui.Hostile[1]}, refused
	archived.List, archived.Query, archived.Page = lists[1], ui.Hostile[2], 1
	seen.May, seen.Exports = false, false
	empty.People, empty.Total, empty.Page = nil, 0, 1
	nobody.People, nobody.Total, nobody.Query, nobody.Page = nil, 0, ui.Hostile[3], 1
	leaving := removeView{List: lists[1], One: storyPeople()[1]}
	unsure := leaving
	unsure.Problem = "Type " + unsure.One.Email + " to confirm."
	return []ui.Story{
		story("empty", listView{May: true}.page()), viewer("empty-viewer", listView{}.page()), story("list", listView{lists, true}.page()), viewer("list-viewer", listView{lists, false}.page()),
		story("new", newView{Form: form{Boost: "5"}}.page()), story("new-refused", newView{wrong.Form, refused}.page()),
		story("full", full.page()), viewer("viewer", seen.page()), story("refused", wrong.page()), story("archived", archived.page()), story("nobody-yet", empty.page()), story("nobody-found", nobody.page()),
		story("remove", leaving.page()), story("remove-refused", unsure.page()),
	}
}

func storyLists() []waitlists.Waitlist {
	return []waitlists.Waitlist{
		{ID: "wl_0198c7a2-7d1f-7000-8000-000000000001", Name: "Launch", ReferralBoost: 5, CreatedAt: storyTime, Subscribers: 2_345},
		{ID: "wl_0198c7a2-7d1f-7000-8000-000000000002", Name: ui.Hostile[0], ReferralBoost: 100, CreatedAt: storyTime, ArchivedAt: storyTime.Add(time.Hour)},
	}
}

func storyPeople() (out []waitlists.Subscriber) {
	for i, email := range []string{"ada@example.com", ui.Hostile[1] + "@example.com", "a.person.with.a.long.name@a-company-with-a-long-name.example"} {
		out = append(out, waitlists.Subscriber{Subscriber: wire.Subscriber{ID: fmt.Sprintf("0198c7a2-7d1f-7000-8000-%012d", i), Email: email, JoinedAt: storyTime, Position: 1_000 + i,
			ReferralCode: "AB23CD", ReferralCount: 12 - i, Priority: 60 - 5*i}})
	}
	return out
}
