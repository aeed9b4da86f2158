package planpages

import (
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func stories() []ui.Story {
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	on := func(p workspaces.Plan) workspaces.Workspace {
		return workspaces.Workspace{ID: "w", Name: "Acme", Plan: p, Limits: p.Limits(), Credits: workspaces.Credits{Balance: 50, Monthly: p.Credits(), ResetsAt: at}}
	}
	balance := credits.Balance{Left: 12_345, Bucket: 12_000, TopUp: 345, Monthly: 50_000, ResetsAt: at}
	active := []affected{
		{ID: "a1b2c3d4", Name: "Nightly sync", Redacted: "unstuck_***_a1b2c3d4", LastUsed: at.AddDate(0, 0, -3)},
		{ID: "b1b2c3d4", Name: `<script>alert(1)</script>` + strings.Repeat("long ", 15), Redacted: "unstuck_***_b1b2c3d4"},
	}
	own := on(workspaces.Team)
	own.Limits.RatePerMinute = 0
	meanwhile := forms.Problems{Alert: "The plan has changed meanwhile. Look again at what the change does now.", Status: http.StatusConflict}
	wrong := forms.Problems{Fields: map[string]string{"confirm": "Type Free to confirm."}, Status: http.StatusUnprocessableEntity}
	change := func(name string, w workspaces.Workspace, to workspaces.Plan, active []affected, problems forms.Problems) ui.Story {
		return ui.Story{Name: "plan/" + name, Page: ui.Page{Title: "Change to " + ui.Title(to), Body: changePage(changeOf(w, to, active, problems))}}
	}
	return []ui.Story{
		{Name: "plan/team", Page: ui.Page{Title: "Plan", Body: planPage(planOf(on(workspaces.Team), balance, 2))}},
		{Name: "plan/free", Page: ui.Page{Title: "Plan", Body: planPage(planOf(on(workspaces.Free), credits.Balance{Left: 3, Bucket: 3, Monthly: 100, ResetsAt: at}, 2))}},
		{Name: "plan/downgraded", Page: ui.Page{Title: "Plan", Body: planPage(planOf(on(workspaces.Free), credits.Balance{Left: 49_998, Bucket: 49_998, Monthly: 100, ResetsAt: at}, 2))}},
		{Name: "plan/own-limits", Page: ui.Page{Title: "Plan", Body: planPage(planOf(own, balance, 0))}},
		change("downgrade", on(workspaces.Team), workspaces.Free, active, forms.Problems{}),
		change("downgrade-without-keys", on(workspaces.Pro), workspaces.Free, nil, wrong),
		change("restore", on(workspaces.Free), workspaces.Pro, active, meanwhile),
		change("restore-without-keys", on(workspaces.Free), workspaces.Team, nil, forms.Problems{}),
		change("between", own, workspaces.Pro, active, forms.Problems{}),
	}
}
