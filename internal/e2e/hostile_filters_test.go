package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostile are filters that mean harm, each with the place that the refusal must name; "" for those that are read and find nothing.
var hostile = map[string]struct {
	filter, place string
	status        int
}{
	"deep within the reader":      {strings.Repeat(`{"not":`, 30) + `{"field":"city","op":"missing"}` + strings.Repeat(`}`, 30), "filter.not.", 422},
	"deeper than JSON may be":     {strings.Repeat(`{"not":`, 100) + `{}` + strings.Repeat(`}`, 100), "", 400},
	"deep lists":                  {strings.Repeat(`{"all":[`, 20) + `{"field":"city","op":"missing"}` + strings.Repeat(`]}`, 20), "filter.all[0].", 422},
	"many comparisons":            {`{"any":[` + strings.TrimSuffix(strings.Repeat(`{"field":"city","op":"missing"},`, 1000), ",") + `]}`, "filter.any[100]", 422},
	"a huge list":                 {`{"field":"city","op":"in","value":["x"` + strings.Repeat(`,"y"`, 10_000) + `]}`, "filter.value", 422},
	"more than a filter may hold": {`{"field":"city","op":"eq","value":"` + strings.Repeat("x", 70<<10) + `"}`, "filter", 422},
	"a long value":                {`{"field":"name","op":"prefix","value":"` + strings.Repeat("%", 5000) + `"}`, "filter.value", 422},
	"many related records":        {`{"all":[` + strings.TrimSuffix(strings.Repeat(`{"signals":{"min":2}},`, 50), ",") + `]}`, "filter.all[10].signals", 422},
	"a long window":               {`{"signals":{"last_days":99999999}}`, "filter.signals.last_days", 422},
	"no whole number":             {`{"signals":{"min":1e9999}}`, "", 422},
	"a type":                      {`{"field":"founded_year","op":"gte","value":"2000 OR 1=1"}`, "filter.value", 422},
	"an object for a value":       {`{"field":"city","op":"eq","value":{"$ne":null}}`, "filter.value", 422},
	"null for a value":            {`{"field":"city","op":"eq","value":null}`, "filter.value", 422},
	"a field in SQL":              {`{"field":"city\" OR 1=1 --","op":"missing"}`, "filter.field", 422},
	"an operator in SQL":          {`{"field":"city","op":"= '' OR 1=1 --","value":"x"}`, "filter.op", 422},
	"a member in SQL":             {`{"field":"custom.x\") OR 1=1 --","op":"present"}`, "filter.field", 422},
	"a member with a quote":       {`{"field":"custom.x'; DROP TABLE accounts; --","op":"present"}`, "", 200},
	"a member of PostgreSQL's":    {`{"field":"custom.{a,b}[0]$.*","op":"eq","value":"x"}`, "", 200},
	"a value in SQL":              {`{"field":"name","op":"eq","value":"x'; DROP TABLE accounts; --"}`, "", 200},
	"a list in SQL":               {`{"field":"tags","op":"any_of","value":["') OR 1=1 --","\\'; DELETE FROM leads; --"]}`, "", 200},
	"a phrase for a pattern":      {`{"field":"description","op":"phrase","value":"(a+)+$ .* [^x] \\d{1,9999} (?!x"}`, "", 200},
	"a word of wildcards":         {`{"field":"description","op":"word","value":"` + strings.Repeat("%_*", 100) + `"}`, "", 200},
	"a prefix of wildcards":       {`{"field":"name","op":"prefix","value":"%%%%%%%%"}`, "", 200},
	"fuzzy over everything":       {`{"field":"description","op":"fuzzy","value":"` + strings.Repeat("aaaaaaaa ", 40) + `"}`, "", 200},
	"a bomb of conditions": {`{"all":[` + strings.TrimSuffix(strings.Repeat(`{"not":{"any":[{"field":"description","op":"phrase","value":"no such words here"},{"field":"name","op":"suffix","value":"zzzz"}]}},`, 45), ",") +
		`,{"field":"domain","op":"eq","value":"nobody.invalid"}]}`, "", 200},
}

// hostileFilters sends each to the API: the refusal names the place, what is read finds nothing, and nothing is changed by any.
func hostileFilters(t *testing.T, api, key string) {
	counts := func() string {
		var out []string
		for _, route := range []string{"accounts", "leads", "signals"} {
			_, body := do(t, "POST", api+"/v1/"+route+"/search", key, "application/json", `{"limit":1}`)
			var page struct{ Total int }
			if err := json.Unmarshal(body, &page); err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(route, " ", page.Total))
		}
		return strings.Join(out, ", ")
	}
	before, slowest, which := counts(), time.Duration(0), ""
	refused := 0
	for name, h := range hostile {
		for _, call := range []struct{ route, body string }{
			{"/v1/accounts/search", `{"limit":1,"filter":` + h.filter + `}`}, {"/v1/insights", `{"over":"accounts","filter":` + h.filter + `}`},
		} {
			begun := time.Now()
			status, body := do(t, "POST", api+call.route, key, "application/json", call.body)
			if took := time.Since(begun); took > slowest {
				slowest, which = took, name
			}
			var answer struct {
				Total  int
				Groups []struct{ Values map[string]int }
				Errors []struct{ Field, Message string }
			}
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatalf("%s: %d %s", name, status, body)
			}
			switch {
			case status != h.status:
				t.Errorf("%s: %d %.300s, want %d", name, status, body, h.status)
			case status == 200 && (answer.Total != 0 || len(answer.Groups) > 0 && answer.Groups[0].Values["count"] != 0):
				t.Errorf("%s found something: %.300s", name, body)
			case h.place != "" && (len(answer.Errors) == 0 || !strings.HasPrefix(answer.Errors[0].Field, h.place) || answer.Errors[0].Message == ""):
				t.Errorf("%s: %.300s, want a refusal at %s", name, body, h.place)
			case status != 200:
				refused++
			}
		}
	}
	if after := counts(); after != before {
		t.Errorf("there were %s, and are %s", before, after)
	}
	t.Logf("hostile filters: %d asked twice, %d answers refused, slowest %v (%s), tables untouched: %s", len(hostile), refused, slowest.Round(time.Millisecond), which, before)
}
