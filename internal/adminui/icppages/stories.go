package icppages

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/conditions"
	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func stories() (out []ui.Story) {
	add := func(name string, p ui.Page) { out = append(out, ui.Story{Name: "scoring/" + name, Page: p}) }
	viewer := func(name string, p ui.Page) {
		add(name, p)
		out[len(out)-1].Frame.Person.Role = workspaces.Viewer
	}
	icps := storyRows()
	add("empty", listView{May: true}.page())
	viewer("empty-viewer", listView{}.page())
	jobs := []jobView{storyJob(wire.QualificationRunning), storyJob(wire.QualificationReplaced), storyJob(wire.QualificationDone)}
	jobs[0].Job.Cause = qualify.BySettings
	add("list", listView{icps, jobs, true}.page())
	viewer("list-viewer", listView{icps, jobs, false}.page())
	add("list-new", listView{ICPs: icps[:1], May: true}.page())
	inOrder(storyEdits(), func(name string, v editView) { add("icp-"+name, v.page()) })
	seen := storyICP()
	seen.May = false
	viewer("icp-viewer", seen.page())
	add("types", typesView{Types: storyTypes(), May: true}.page())
	viewer("types-viewer", typesView{Types: storyTypes()}.page())
	inOrder(storyTypeForms(), func(name string, v typeView) { add("type-"+name, v.page()) })
	inOrder(storyEngagements(), func(name string, v engagementView) { add("engagement-"+name, v.page()) })
	for _, s := range []wire.QualificationState{wire.QualificationPending, wire.QualificationRunning, wire.QualificationDone, wire.QualificationReplaced} {
		add("job-"+string(s), storyJob(s).page())
	}
	return out
}

// inOrder goes through stories by their names.
func inOrder[V any](stories map[string]V, each func(string, V)) {
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		each(name, stories[name])
	}
}

const storyICPs = `{"saas": {"name": "Software companies", "parameters": [
	{"name": "In Europe", "mode": "filter", "condition": {"field": "country_code", "op": "in", "value": ["DE", "FR"]}},
	{"name": "Is hiring", "mode": "score", "weight": 60, "condition": {"signals": {"types": ["hiring"], "last_days": 30, "min": 2}}},
	{"name": "Not a partner", "mode": "exclude", "condition": {"not": {"any": [{"field": "tags", "op": "none_of", "value": ["partner"]}]}}}],
	"personas": {"cto": {"name": "Head of engineering", "parameters": [{"name": "Title", "mode": "score", "weight": 10, "condition": {"field": "title", "op": "word", "value": "cto"}}]}}}}`

func storySettings() wire.Settings {
	var s wire.Settings
	if json.Unmarshal([]byte(`{"version": 3, "icps": `+storyICPs+`, "engagement": {"half_life_days": 14, "stages": {"warm": 40, "in_market": 65, "hot": 85}, "source_weights": {"newsletter": 150, "zero_party": 120}}}`), &s) != nil {
		panic("icppages: the stories' settings are no settings")
	}
	return s
}

func storyRows() []row {
	one := rowOf(target{ICP: "saas"}, *target{ICP: "saas"}.find(storySettings()))
	one.Records, one.Personas = 1234, personaRows("saas", storySettings().ICPs["saas"].Personas)
	odd := row{Target: target{ICP: strings.Repeat("long-", 8)}, Name: ui.Hostile[0], Parameters: 30, Records: 1_000_000, Personas: []row{{Target: target{"x", "y", true}, Name: ui.Hostile[1]}}}
	return []row{one, odd}
}

func storyICP() editView {
	t := target{ICP: "saas"}
	s := storySettings()
	return editView{Target: t, May: true, Form: begin(t.over(), *t.find(s)), Types: []string{"hiring", "funding"}, Personas: personaRows("saas", s.ICPs["saas"].Personas)}
}

func storyEdits() map[string]editView {
	persona := editView{Target: target{"saas", "cto", true}, May: true}
	persona.Form = begin(filter.Leads, *persona.Target.find(storySettings()))
	refused, conflict, previewed, unsure := storyICP(), storyICP(), storyICP(), storyICP()
	refused.Form.Name = ui.Hostile[0]
	refused.Form.Parameters = append(refused.Form.Parameters, parameter{Name: ui.Hostile[1], Mode: wire.ModeScore, Weight: ui.Hostile[2], Row: conditions.Row{Shape: conditions.Tree, JSON: ui.Hostile[5]}},
		parameter{Name: ui.Hostile[3], Mode: "odd", Row: conditions.Row{Shape: conditions.Leaf, Field: ui.Hostile[0], Op: ui.Hostile[1], Value: ui.Hostile[2] + "\n" + ui.Hostile[3]}})
	refused.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422, Fields: map[string]string{"name": "must be 1 to 100 characters", "parameters[0].name": "stands twice",
		"parameters[0].condition.value": "must be a list", "parameters[1].weight": "must be 1 to 100", "parameters[1].condition.signals.last_days": "must be a whole number", "parameters[2].condition": "must be a condition",
		"parameters[3].condition": "must be a condition as JSON", "parameters[4].mode": "must be a mode", "parameters[4].condition.field": "is no field", "parameters": "at most 30"}}
	refused.Confirm = "Type saas to confirm."
	conflict.Problems, conflict.Now = forms.Problems{Alert: meanwhile, Status: 409}, shown(conflict.Target.thing(storySettings()))
	previewed.Preview = &preview{Over: filter.Accounts, Total: 1234, Sample: []sampled{{"r1", "Acme", 100, qualify.Strong, []string{"Is hiring"}}, {"r2", ui.Hostile[0], 0, qualify.Weak, nil}}}
	unsure.Preview = &preview{Over: filter.Accounts, Problem: "parameters[0].condition.value needs a value: a text"}
	return map[string]editView{"full": storyICP(), "new": {New: true, May: true, Form: blank()}, "persona": persona, "persona-new": {New: true, May: true, Target: target{ICP: "saas", Person: true}, Form: blank()},
		"refused": refused, "conflict": conflict, "previewed": previewed, "unsure": unsure}
}

func storyTypes() []typeRow {
	on, off, much, none := true, false, int64(40), int64(0)
	return []typeRow{
		{"hiring", wire.SignalTypeSettings{Enabled: &on, Autoqualify: &on, Weight: &much, CreditCost: &none, Class: "second_party", About: "The company looks for people."}, false, 12_345},
		{"own_type", wire.SignalTypeSettings{Enabled: &off, Autoqualify: &off, Weight: &none, CreditCost: &none, Class: "first_party", About: ui.Hostile[0]}, true, 0},
	}
}

func storyTypeForms() map[string]typeView {
	types := storyTypes()
	refused := typeView{Name: "own_type", Form: typeForm{Name: "own_type", Weight: ui.Hostile[0], CreditCost: "9", About: ui.Hostile[1]}, Confirm: "Type own_type to confirm.", Now: shown(types[1].Set)}
	refused.Problems = forms.Problems{Alert: meanwhile, Status: 409, Fields: map[string]string{"weight": "must be 0 to 100", "credit_cost": "must be 0 to 3", "about": "must be one line", "class": "must be a class of source"}}
	return map[string]typeView{"builtin": {Name: "hiring", Form: beginType(types[0].Set)}, "own": {Name: "own_type", Form: beginType(types[1].Set)}, "new": {Form: typeForm{Enabled: true}}, "refused": refused}
}

func storyEngagements() map[string]engagementView {
	e := storySettings().Engagement
	full := engagementView{Form: beginEngagement(e), May: true, Picture: picture{Bands: bandsOf(*e.Stages), Fading: fading(*e.HalfLifeDays)}}
	for i := range full.Picture.Bands {
		full.Picture.Bands[i].Companies, full.Picture.Bands[i].People = int64(1_000*i), int64(10*i)
	}
	seen, refused, unsure := full, full, full
	seen.May, unsure.Picture = false, picture{Problem: notRising}
	refused.Form = engagementForm{HalfLife: "0", Warm: "90", InMarket: "10", Hot: ui.Hostile[0], Sources: ui.Hostile[1]}
	refused.Now = shown(e)
	refused.Problems = forms.Problems{Alert: "Not saved. Correct what is marked below and send it again.", Status: 422, Fields: map[string]string{"stages.hot": "must be 1 to 100", "stages.in_market": "must lie above warm", "half_life_days": "must be 1 to 365", "source_weights": "must be a source, a colon and a percentage", "stages": "must rise"}}
	return map[string]engagementView{"full": full, "viewer": seen, "refused": refused, "unsure": unsure}
}

func storyJob(s wire.QualificationState) jobView {
	j := qualify.Job{ID: "0198c7a2-7d1f-7000-8000-000000000001", By: ui.Hostile[0], State: s, CreatedAt: time.Date(2026, 11, 29, 14, 30, 0, 0, time.UTC), Total: 6_000, Done: 2_500, Fitting: 40}
	if (jobView{j}).over() {
		j.Done, j.FinishedAt = j.Total, j.CreatedAt.Add(time.Minute)
	}
	return jobView{j}
}
