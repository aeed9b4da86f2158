package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/tools"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

// docsPolicy lets the page use its one style sheet and nothing else.
var docsPolicy = func() string {
	sum := sha256.Sum256([]byte(docsCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

type docsOperation struct {
	*tools.Spec
	Needs      string
	Parameters []docsParameter
	Curl       string
}

type docsParameter struct{ Name, Type string }

// someHost stands in the page for the host by which its reader came, where the API does not know its own address.
const someHost = "http://127.0.0.1:8080"

// someID stands in the examples for an id.
const someID = "01990a5d-ac96-774b-bcce-b302099a8057"

// docsPage returns the readable form of the API's description, whose examples call the API at the address.
func docsPage(address string) ([]byte, error) {
	t, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, err
	}
	var ops []docsOperation
	for _, spec := range tools.Operations() {
		ops = append(ops, docsOperation{Spec: spec, Needs: needs(spec), Parameters: docsParameters(spec), Curl: curl(address, spec)})
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Style      template.CSS
		Operations []docsOperation
		Filter     docsFilter
	}{template.CSS(docsCSS), ops, newDocsFilter()}) // ours, embedded
	return b.Bytes(), err
}

func docsParameters(spec *tools.Spec) []docsParameter {
	var out []docsParameter
	for _, name := range slices.Sorted(maps.Keys(spec.WholeInput().Properties)) {
		p := resolve(spec.WholeInput().Schema, spec.WholeInput().Properties[name])
		kind := p.Type
		if p.Items != nil && p.Items.Type != "" {
			kind = "list of " + p.Items.Type
		}
		if len(p.Enum) > 0 {
			kind = strings.Trim(fmt.Sprint(p.Enum), "[]")
		}
		out = append(out, docsParameter{name, kind})
	}
	return out
}

// examples are inputs that work, by operation; one without needs none.
var examples = map[*tools.Spec]string{
	tools.FindLeads.Spec:    `{"query":"platform engineer","country_code":["DE"],"limit":10}`,
	tools.FindAccounts.Spec: `{"query":"data infrastructure","founded_from":2015,"limit":10}`,
	tools.GetRecord.Spec:    `domain=example.com`,
	tools.ListSignals.Spec:  `{"types":["website_visit"],"since":"2026-01-01T00:00:00Z"}`,
	tools.GetInsights.Spec: `{"over":"signals","filter":{"field":"signal_type","op":"eq","value":"hiring"},"group_by":["account.domain"],` +
		`"having":[{"measure":"count","op":"gte","value":3}]}`,
	tools.PushSignal.Spec: `{"signal_type":"website_visit","source":"site","occurred_at":"2026-01-01T12:00:00Z","identity":{"company_domain":"example.com"}}`,
	tools.PushSignals.Spec: `{"signals":[{"signal_type":"website_visit","source":"site","occurred_at":"2026-01-01T12:00:00Z",` +
		`"identity":{"company_domain":"example.com"}}]}`,
	tools.ImportRecords.Spec:       `kind=accounts`,
	tools.EnrichRecord.Spec:        `{"email":"ada@example.com","channels":["phone","linkedin_url"],"dry_run":true}`,
	tools.DiscoverContact.Spec:     `{"first_name":"Ada","last_name":"Lovelace","company_domain":"example.com"}`,
	tools.EnrichAccount.Spec:       `{"company_domain":"example.com"}`,
	tools.EnrichRecords.Spec:       `{"filter":{"field":"account.country_code","op":"eq","value":"DE"},"channels":["work_email"],"max_credits":500}`,
	tools.GetEnrichmentJob.Spec:    `limit=10`,
	tools.ListSubscribers.Spec:     `page=1&limit=50&q=example.com`,
	tools.CreateSubscriber.Spec:    `{"email":"ada@example.com","referral_code":"7QK2MX","ip":"203.0.113.7"}`,
	tools.ListAudienceMembers.Spec: `limit=10`,
	tools.SaveAudience.Spec: `{"name":"Hiring in Germany","over":"accounts","filter":{"all":[{"field":"country_code","op":"eq","value":"DE"},` +
		`{"signals":{"types":["hiring"],"last_days":30}}]},"ranking":[{"field":"icp_score","dir":"desc"}]}`,
	tools.PreviewAudience.Spec: `{"over":"leads","filter":{"field":"seniority","op":"eq","value":"director"},"enrich":["work_email"]}`,
	tools.SaveDestination.Spec: `{"name":"Our CRM hook","kind":"webhook","url":"https://hooks.example.com/unstuck"}`,
	tools.SyncAudience.Spec:    `{}`,
	tools.ListDeliveries.Spec:  `state=failed&limit=10`,
	tools.DestinationFile.Spec: `audience=AUDIENCE_ID`,
	tools.QualifyRecords.Spec:  `{"over":"accounts","filter":{"field":"country_code","op":"eq","value":"DE"}}`,
	tools.UpdateSettings.Spec:  `{"enrichment":{"overage":"pause","order":{"phone":["workspace","reference"]}}}`,
}

// curl returns a command line that calls the operation.
func curl(address string, spec *tools.Spec) string {
	target, example := address+strings.Replace(spec.Route.Path, tools.IDMark, someID, 1), examples[spec]
	line := `curl -H "Authorization: Bearer $UNSTUCK_API_KEY"`
	switch {
	case spec.Streamed:
		return line + " -H 'Content-Type: application/x-ndjson' --data-binary @accounts.jsonl '" + target + "?" + example + "'"
	case spec.Route.Method != http.MethodGet && example == "":
		return line + " -X " + spec.Route.Method + " " + target
	case spec.Route.Method == http.MethodPatch:
		return line + " -X PATCH -H 'Content-Type: application/json' -d '" + example + "' " + target
	case spec.Route.Method != http.MethodGet:
		return line + " -H 'Content-Type: application/json' -d '" + example + "' " + target
	case example != "":
		return line + " '" + target + "?" + example + "'"
	}
	return line + " " + target
}
