package icppages_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestRoles(t *testing.T) {
	w := setup(t)
	w.icps(filled)
	w.set(wire.UpdateSettings{SignalTypes: []byte(`{"own_one":{"class":"first_party"}}`)})
	w.Roles(map[string]workspaces.Role{
		base: workspaces.Viewer, saas: workspaces.Viewer, saas + "/personas/cto": workspaces.Viewer, base + "/signal-types": workspaces.Viewer, base + "/engagement": workspaces.Viewer,
		base + "/new-icp": workspaces.Manager, saas + "/new-persona": workspaces.Manager, base + "/new-signal-type": workspaces.Manager, base + "/signal-types/hiring": workspaces.Manager,
	})
	before := w.get().Version
	for _, role := range []workspaces.Role{workspaces.Operator, workspaces.Viewer} {
		b := w.As(role)
		b.Get(base)
		for _, path := range []string{base + "/new-icp", saas, saas + "/remove", saas + "/new-persona", saas + "/personas/cto", saas + "/personas/cto/remove", base + "/preview", base + "/qualification",
			base + "/new-signal-type", base + "/signal-types/hiring", base + "/signal-types/own_one/remove", base + "/engagement", base + "/engagement/preview"} {
			if got, _ := b.Post(path, nil); got != http.StatusForbidden {
				t.Errorf("a form to %s as %s: %d", path, role, got)
			}
		}
		for _, path := range []string{base, saas, base + "/engagement", base + "/signal-types"} {
			if _, body := b.Get(path); strings.Contains(body, `method="post" action="`+base) {
				t.Errorf("%s offers a form to %s", path, role)
			}
		}
	}
	if w.get().Version != before {
		t.Error("something was changed")
	}
	w.Server.Workspace = w.Other
	for _, path := range []string{saas, saas + "/personas/cto", saas + "/new-persona", base + "/signal-types/own_one"} {
		if got, _ := w.As(workspaces.Admin).Get(path); got != http.StatusNotFound {
			t.Errorf("%s of another workspace: %d", path, got)
		}
	}
}

// TestAnICPIsMadeByButtons makes an ICP as somebody without JavaScript does: rows are added, filled in, previewed and saved.
func TestAnICPIsMadeByButtons(t *testing.T) {
	w := setup(t)
	w.companies()
	b := w.As(workspaces.Manager)
	path := base + "/new-icp"
	_, body := b.Get(path)
	press := func(do string, typed url.Values) url.Values {
		t.Helper()
		f := uitest.Form(t, body, path)
		for name, values := range typed {
			f[name] = values
		}
		f.Set("do", do)
		var status int
		if status, body = b.Post(path, f); status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", do, status, body)
		}
		return uitest.Form(t, body, path)
	}
	press("add-field", url.Values{"code": {"saas"}, "name": {"Software " + evil}, "p0.name": {"In Europe"}, "p0.field": {"country_code"}, "p0.op": {"in"}, "p0.value": {"DE\r\nFR"}})
	press("add-signals", url.Values{"p1.name": {"Large"}, "p1.weight": {"3"}, "p1.field": {"employee_count"}, "p1.op": {"gte"}, "p1.value": {"100"}})
	press("add-json", url.Values{"p2.name": {"Talks"}, "p2.weight": {"1"}, "p2.days": {"30"}})
	f := press("add-field", url.Values{"p3.name": {"Partners"}, "p3.mode": {"exclude"}, "p3.json": {`{"not":{"not":{"field":"tags","op":"any_of","value":["partner"]}}}`}})
	if f.Get("p4.shape") != "field" || f.Get("p0.value") != "DE\r\nFR" || f.Get("p3.mode") != "exclude" {
		t.Fatalf("the form is %v", f)
	}
	f = press("remove-p2", nil)
	if f.Get("p2.name") != "Partners" || f.Has("p4.shape") || f.Has("p3.shape") {
		t.Errorf("without the third row: %v", f)
	}
	press("preview", nil)
	if !strings.Contains(body, "<strong>2 companies</strong>") || !regexp.MustCompile(`(?s)Large &lt;script&gt;.*>100<.*strong.*Small`).MatchString(body) || strings.Contains(body, evil) {
		t.Errorf("the preview: %s", body)
	}
	if len(w.get().ICPs) != 0 {
		t.Error("a button but the last one saved")
	}
	f = uitest.Form(t, body, path)
	f.Del("do")
	if status, body := b.Post(path, f); status != http.StatusOK || !strings.Contains(body, "The ICP saas was saved.") || strings.Contains(body, evil) {
		t.Fatalf("%d\n%s", status, body)
	}
	icp := w.get().ICPs["saas"]
	want := `[{"condition":{"field":"country_code","op":"in","value":["DE","FR"]},"mode":"filter","name":"In Europe"},{"condition":{"field":"employee_count","op":"gte","value":100},"mode":"score","name":"Large","weight":3},` +
		`{"condition":{"not":{"not":{"field":"tags","op":"any_of","value":["partner"]}}},"mode":"exclude","name":"Partners"}]`
	if got, err := strictjson.CanonicalValue(icp.Parameters); err != nil || string(got) != want || icp.Name != "Software "+evil || !*icp.Enabled {
		t.Errorf("it is %s\nwant %s", got, want)
	}
	log := w.Log(w.W, activity.SettingsUpdated)
	if len(log) != 1 || log[0].Actor.Name != "manager@example.com" {
		t.Errorf("log = %+v", log)
	}
}

func TestAPersonaOfItsICP(t *testing.T) {
	w := setup(t)
	w.companies()
	w.icps(filled)
	b := w.As(workspaces.Manager)
	path := saas + "/new-persona"
	_, body := b.Get(path)
	f := uitest.Form(t, body, path)
	for name, value := range map[string]string{"code": "dev", "name": "Developers", "p0.name": "Title", "p0.field": "title", "p0.op": "word", "p0.value": "cto"} {
		f.Set(name, value)
	}
	if status, part := b.Post(base+"/preview", f); status != http.StatusOK || !strings.Contains(part, "<strong>1 person</strong>") || !strings.Contains(part, "Ada") || strings.Contains(part, "<html") {
		t.Errorf("people of companies that the ICP rules out are previewed: %d %s", status, part)
	}
	b.Get(path)
	if status, body := b.Post(path, f); status != http.StatusOK || !strings.Contains(body, "The persona dev was saved.") {
		t.Fatalf("%d\n%s", status, body)
	}
	icp := w.get().ICPs["saas"]
	if len(icp.Personas) != 2 || icp.Personas["dev"].Name != "Developers" || len(icp.Parameters) != 4 || len(icp.Personas["cto"].Parameters) != 1 {
		t.Errorf("the ICP is %+v", icp)
	}
	b.Get(saas + "/personas/dev")
	if status, _ := b.Post(saas+"/personas/dev/remove", url.Values{"confirm": {"cto"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("removed by another name: %d", status)
	}
	if status, body := b.Post(saas+"/personas/dev/remove", url.Values{"confirm": {"dev"}}); status != http.StatusOK || !strings.Contains(body, "The persona dev was removed.") {
		t.Errorf("%d\n%s", status, body)
	}
	if icp = w.get().ICPs["saas"]; len(icp.Personas) != 1 || len(icp.Parameters) != 4 {
		t.Errorf("the ICP is %+v", icp)
	}
	if status, _ := b.Post(saas+"/remove", url.Values{"confirm": {"saas"}}); status != http.StatusOK || len(w.get().ICPs) != 0 {
		t.Errorf("%d, %+v", status, w.get().ICPs)
	}
	if status, _ := b.Get(saas); status != http.StatusNotFound {
		t.Errorf("after it was removed: %d", status)
	}
}

// TestRefusals: every field at fault is told beside its input, what was typed stays, and nothing is saved.
func TestRefusals(t *testing.T) {
	w := setup(t)
	w.icps(filled)
	b := w.As(workspaces.Manager)
	_, body := b.Get(saas)
	f := uitest.Form(t, body, saas)
	for name, value := range map[string]string{"name": " ", "p0.name": "Known", "p0.field": "nothing", "p1.weight": "much", "p2.mode": "odd", "p3.value": "", "p1.value": evil} {
		f.Set(name, value)
	}
	status, body := b.Post(saas, f)
	if status != http.StatusUnprocessableEntity || strings.Contains(body, evil) {
		t.Errorf("%d", status)
	}
	f.Set("p1.weight", "1000")
	_, body = b.Post(saas, f)
	for _, id := range []string{"name", "p0.field", "p1.weight", "p1.value", "p2.mode", "p2.name", "p3.value"} {
		if !strings.Contains(body, `id="h-`+id+`" class="error"`) {
			t.Errorf("nothing stands beside %s", id)
		}
	}
	if back := uitest.Form(t, body, saas); back.Get("p1.value") != evil || back.Get("p0.field") != "nothing" {
		t.Errorf("what was typed is lost: %v", back)
	}
	f.Set("p3.shape", "json")
	f.Set("p3.json", "{")
	if _, body = b.Post(saas, f); !strings.Contains(body, `id="h-p3.json" class="error"`) {
		t.Error("no JSON is not told beside its input")
	}
	for code, says := range map[string]string{"saas": "already", "A B": "1 to 40", "": "must be given"} {
		_, page := b.Get(base + "/new-icp")
		f := uitest.Form(t, page, base+"/new-icp")
		f.Set("code", code)
		f.Set("name", "x")
		f.Set("p0.name", "x")
		f.Set("p0.field", "name")
		f.Set("p0.op", "present")
		status, page := b.Post(base+"/new-icp", f)
		if told := regexp.MustCompile(`id="h-code" class="error">([^<]*)`).FindStringSubmatch(page); status != http.StatusUnprocessableEntity || told == nil || !strings.Contains(told[1], says) {
			t.Errorf("the code %q: %d, %q", code, status, told)
		}
	}
	if w.get().Version != 1 {
		t.Errorf("version %d: something was saved", w.get().Version)
	}
	f = uitest.Form(t, body, saas)
	if _, part := b.Post(base+"/preview", f); !strings.Contains(part, "Cannot be told yet") {
		t.Errorf("the preview of what is wrong: %s", part)
	}
}

// TestMeanwhile lets two people work at once: changes of other things go together, of the same thing nothing is lost.
func TestMeanwhile(t *testing.T) {
	w := setup(t)
	w.icps(filled)
	b := w.As(workspaces.Manager)
	_, body := b.Get(saas)
	f := uitest.Form(t, body, saas)
	f.Set("name", "Mine")
	w.icps(`{"saas":{"personas":{"dev":{"name":"Dev","parameters":[{"name":"a","mode":"filter","condition":{"field":"name","op":"present"}}]}}},"other":{"name":"Other","parameters":[{"name":"a","mode":"filter","condition":{"field":"name","op":"present"}}]}}`)
	if status, _ := b.Post(saas, f); status != http.StatusOK {
		t.Errorf("beside a change of something else: %d", status)
	}
	if s := w.get(); s.ICPs["saas"].Name != "Mine" || len(s.ICPs["saas"].Personas) != 2 || len(s.ICPs) != 2 {
		t.Errorf("the ICPs are %+v", s.ICPs)
	}
	_, body = b.Get(saas)
	f = uitest.Form(t, body, saas)
	f.Set("name", "Mine again")
	w.icps(`{"saas":{"name":"Theirs"}}`)
	status, body := b.Post(saas, f)
	if status != http.StatusConflict || !strings.Contains(body, "Somebody else changed this meanwhile") || !strings.Contains(body, "Theirs") || w.get().ICPs["saas"].Name != "Theirs" {
		t.Errorf("%d\n%s", status, body)
	}
	f = uitest.Form(t, body, saas)
	if f.Get("name") != "Mine again" {
		t.Errorf("what was typed is lost: %v", f)
	}
	if status, _ := b.Post(saas, f); status != http.StatusOK || w.get().ICPs["saas"].Name != "Mine again" {
		t.Errorf("sent again: %d, %s", status, w.get().ICPs["saas"].Name)
	}
}

// TestRemovedMeanwhile: an ICP can be saved over its removal, once its reader knows; a persona goes with its ICP.
func TestRemovedMeanwhile(t *testing.T) {
	w := setup(t)
	w.icps(filled)
	b := w.As(workspaces.Manager)
	_, body := b.Get(saas + "/personas/cto")
	persona := uitest.Form(t, body, saas+"/personas/cto")
	_, body = b.Get(saas)
	f := uitest.Form(t, body, saas)
	w.icps(`{"saas":null}`)
	if status, _ := b.Post(saas+"/personas/cto", persona); status != http.StatusNotFound {
		t.Errorf("the persona: %d", status)
	}
	b.Get(base)
	status, body := b.Post(saas, f)
	if status != http.StatusConflict || len(w.get().ICPs) != 0 {
		t.Fatalf("%d\n%s", status, body)
	}
	if status, _ := b.Post(saas, uitest.Form(t, body, saas)); status != http.StatusOK || len(w.get().ICPs["saas"].Parameters) != 4 {
		t.Errorf("sent again: %d, %+v", status, w.get().ICPs)
	}
}

func TestQualifyAgain(t *testing.T) {
	w := setup(t)
	w.companies()
	w.icps(filled)
	b := w.As(workspaces.Manager)
	b.Get(base)
	status, body := b.Post(base+"/qualification", nil)
	if status != http.StatusOK || !strings.Contains(body, "All records are being qualified again.") || !strings.Contains(body, `hx-trigger="every 2s"`) || !strings.Contains(body, "manager@example.com") {
		t.Fatalf("%d\n%s", status, body)
	}
	path := regexp.MustCompile(`hx-get="([^"]*)"`).FindStringSubmatch(body)[1]
	id := path[strings.LastIndex(path, "/")+1:]
	args, _ := json.Marshal(map[string]string{"workspace_id": w.W.ID, "job_id": id})
	if err := w.qualify.Work(context.Background(), nil, args); err != nil {
		t.Fatal(err)
	}
	if _, body = b.Get(path); strings.Contains(body, "hx-trigger") || !strings.Contains(body, "Done") {
		t.Errorf("after its end: %s", body)
	}
	if _, body = b.Get(base); strings.Count(body, base+"/qualification/") != 1 || !strings.Contains(body, id) {
		t.Errorf("the job is not listed: %s", body)
	}
	if _, body = b.Get(base); !regexp.MustCompile(`(?s)<code>saas</code>.*class="num">2</td>`).MatchString(body) {
		t.Errorf("the companies with the code are not counted: %s", body)
	}
	w.Server.Workspace = w.Other
	if status, _ := w.As(workspaces.Admin).Get(path); status != http.StatusNotFound {
		t.Errorf("the job of another workspace: %d", status)
	}
}
