package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// lookedFor are the settings of a workspace that looks for German companies and the technicians in them.
const lookedFor = `{"signal_types":{"hiring":{"autoqualify":true,"credit_cost":1}},"icps":{"de":{"name":"German","parameters":[` +
	`{"name":"country","mode":"filter","condition":{"field":"country_code","op":"eq","value":"DE"}},` +
	`{"name":"hiring","mode":"score","weight":30,"condition":{"signals":{"types":["hiring"],"last_days":30}}},` +
	`{"name":"steel","mode":"score","weight":10,"condition":{"field":"industry","op":"eq","value":"steel"}}],` +
	`"personas":{"tech":{"name":"Technicians","parameters":[{"name":"title","mode":"filter","condition":{"field":"title","op":"word","value":"engineer"}}]}}}}}`

// TestQualificationThroughEveryDoor sets an ICP, sees the records of the workspace follow it in the background, pushes signals that qualify what they match,
// and reads why.
func TestQualificationThroughEveryDoor(t *testing.T) {
	s := &system{t: t, environ: storeEnv(t, "")}
	s.api = s.serve()
	ws := s.workspace("Looking", "team")
	_, full := s.key(ws, "--preset", "full")
	_, pusher := s.key(ws, "--preset", "write_signals")
	api := s.api.url("api_url")
	for kind, lines := range map[string]string{
		"accounts": `{"domain":"acme.example","name":"Acme","country_code":"DE","industry":"Steel"}` + "\n" + `{"domain":"far.example","name":"Far","country_code":"US"}`,
		"leads":    `{"name":"Ada","email":"ada@acme.example","company_domain":"acme.example","title":"Lead engineer"}`,
	} {
		if status, body := do(t, http.MethodPost, api+"/v1/records/import?kind="+kind, full, "application/x-ndjson", lines); status != http.StatusOK {
			t.Fatalf("import %s: %d %s", kind, status, body)
		}
	}
	if status, body := do(t, http.MethodPatch, api+"/v1/settings", full, "application/json", lookedFor); status != http.StatusOK {
		t.Fatalf("settings: %d %s", status, body)
	}
	ada := awaitFit(t, api, full)

	m := start(t, append(env(t), "UNSTUCK_API_URL="+api), "mcp-server", "--transport", "http,sse", "--listen", "127.0.0.1:0")
	for _, d := range doors {
		in := d.open(t, m, credential{key: pusher, header: true}, api)
		args := `{"signal_type":"hiring","source":"` + d.name + `","occurred_at":"` + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + `","identity":{"email":"ada@acme.example"}}`
		if got := resultOf(t, in, "push_signal", args); !strings.Contains(got, `"qualification":{"icp_code":"de","icp_score":100,"persona_code":"tech","persona_score":100}`) {
			t.Errorf("%s: %s", d.name, got)
		}
		if got := resultOf(t, in, "get_record", `{"id":"`+ada.ID+`","response_format":"detailed"}`); !strings.Contains(got, `"code":"de","score":100,"band":"strong"`) ||
			!strings.Contains(got, `"name":"hiring","mode":"score","held":true,"weight":30,"contribution":75`) {
			t.Errorf("%s: %s", d.name, got)
		}
	}
	status, body := do(t, http.MethodPost, api+"/v1/qualification", pusher, "application/json", `{"ids":["`+ada.ID+`"]}`)
	if status != http.StatusForbidden || !strings.Contains(string(body), `"required_scope":"settings:write"`) {
		t.Errorf("without the permission: %d %s", status, body)
	}
	qualifyByHand(t, env(t, "UNSTUCK_API_URL="+api, "UNSTUCK_API_KEY="+full), ada.ID)
}

// awaitFit returns the lead once the change of the settings has reached it.
func awaitFit(t *testing.T, api, key string) wire.Lead {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, body := do(t, http.MethodPost, api+"/v1/leads/search", key, "application/json", `{"filter":{"field":"persona_code","op":"eq","value":"tech"}}`)
		var found wire.List[wire.Lead]
		if err := json.Unmarshal(body, &found); err == nil && found.Total == 1 {
			if l := found.Items[0]; l.ICPCode != "de" || *l.ICPScore != 25 || *l.PersonaScore != 100 {
				t.Errorf("after the change of the settings the lead is %+v", l)
			}
			return found.Items[0]
		}
		if time.Now().After(deadline) {
			t.Fatalf("no lead fits: %s", body)
		}
	}
}

// qualifyByHand asks by the command line.
func qualifyByHand(t *testing.T, environ []string, id string) {
	t.Helper()
	out, stderr, code := run(t, environ, "", "unstuck", "qualify", "records", "--ids", id, "-o", "json")
	var now wire.Requalified
	if err := json.Unmarshal([]byte(out), &now); err != nil || code != 0 || len(now.Results) != 1 || now.Results[0].PersonaCode != "tech" {
		t.Errorf("by id: exit %d %s %s", code, out, stderr)
	}
	out, stderr, code = run(t, environ, "", "unstuck", "qualify", "records", "--over", "accounts", "--filter", `{"field":"country_code","op":"eq","value":"US"}`, "-o", "json")
	var later wire.Requalified
	if err := json.Unmarshal([]byte(out), &later); err != nil || code != 0 || later.Job == nil || later.Job.Total != 2 {
		t.Fatalf("by filter: exit %d %s %s", code, out, stderr)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		out, stderr, code = run(t, environ, "", "unstuck", "qualify", "job", later.Job.ID, "-o", "json")
		var j wire.QualificationJob
		if err := json.Unmarshal([]byte(out), &j); err != nil || code != 0 || time.Now().After(deadline) {
			t.Fatalf("job: exit %d %s %s", code, out, stderr)
		}
		if j.State == wire.QualificationDone {
			if j.Done != 2 || j.Matched != 1 || j.Fitting != 0 {
				t.Errorf("the job is %s", out)
			}
			return
		}
	}
}
