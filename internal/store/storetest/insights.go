package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var insightCases = []Case{
	{"figures are exact by every kind of group", insightFigures},
	{"groups come page by page, each once", insightPages},
	{"what cannot be reckoned is refused with the field", insightRefusals},
}

// insightRecords are three companies, two people and seven signals.
func insightRecords(t testing.TB, db *store.DB, workspaceID string) {
	MustAccounts(t, db, workspaceID,
		wire.Account{Domain: "a.com", Industry: "Software", Tags: []string{"AI", "saas"}, FoundedYear: year(2000), TotalRaisedUSD: year(9_223_372_036_854_775_807), Custom: json.RawMessage(`{"mrr":0.1}`)},
		wire.Account{Domain: "b.com", Industry: "SOFTWARE", Tags: []string{"ai"}, FoundedYear: year(2001), TotalRaisedUSD: year(9_223_372_036_854_775_807), Custom: json.RawMessage(`{"mrr":0.2}`)},
		wire.Account{Domain: "c.com", Tags: []string{"AI", "AI"}, Custom: json.RawMessage(`{"mrr":"none"}`)})
	MustLeads(t, db, workspaceID, wire.Lead{ExternalID: "p1", Name: "Ann", WorkEmail: "ann@a.com", CompanyDomain: "a.com"}, wire.Lead{ExternalID: "p2", Name: "Bob", WorkEmail: "bob@b.com"})
	at := func(s string) time.Time { t, _ := time.Parse(time.RFC3339, s); return t }
	visit := func(id, when, email, domain, context string) signals.Signal {
		return signals.Signal{ExternalID: id, Type: "website_visit", Source: "site", OccurredAt: at(when), Identity: wire.Identity{Email: email, CompanyDomain: domain}, Context: json.RawMessage(context)}
	}
	if _, err := db.MergeSignals(context.Background(), workspaceID, []signals.Signal{
		visit("s1", "2024-03-30T22:30:00Z", "ann@a.com", "a.com", `{"page":"/Pricing","s":10,"list":["x","y"]}`),
		visit("s2", "2024-03-30T23:30:00Z", "ann@a.com", "a.com", `{"page":"/pricing","s":5.5}`),
		visit("s3", "2024-03-31T22:30:00Z", "bob@b.com", "b.com", `{"page":"/docs","s":-1.25,"list":["x"]}`),
		visit("s4", "2024-04-01T00:00:00Z", "bob@b.com", "b.com", `{"page":"/docs","s":"long","flag":true}`),
		visit("s5", "2024-12-31T23:30:00Z", "", "c.com", `{"due":"2025-02-01","s":1e2}`),
		visit("s6", "2025-01-01T00:00:00Z", "", "c.com", `{"due":"2025-01-31","in":{"deep":1}}`),
		visit("s7", "2035-01-01T00:00:00Z", "", "c.com", `{}`),
	}); err != nil {
		t.Fatal(err)
	}
}

func askInsights(db *store.DB, workspaceID, question string) (insights.Answer, error) {
	var in wire.GetInsights
	if err := strictjson.Decode([]byte(question), &in); err != nil {
		return insights.Answer{}, err
	}
	return insights.New(db, search.New(db).Resolve).Insights(context.Background(), workspaceID, in)
}

// rowsOf writes groups as text: the keys and figures of each, in the order of their names.
func rowsOf(groups []wire.Group) string {
	var rows []string
	for _, g := range groups {
		key, _ := json.Marshal(g.Key)
		values, _ := json.Marshal(g.Values)
		rows = append(rows, fmt.Sprintf("%s %s", key, values))
	}
	return strings.Join(rows, "\n")
}

func insightFigures(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	insightRecords(t, db, w.ID)
	other := MustWorkspace(t, db, "b")
	insightRecords(t, db, other.ID)
	for question, want := range map[string]string{
		`{"over":"accounts"}`: `{} {"count":3}`,
		`{"over":"leads","filter":{"field":"name","op":"eq","value":"nobody"},"measures":[{"fn":"count"},{"fn":"sum","field":"icp_score"},{"fn":"avg","field":"icp_score"},{"fn":"max","field":"created_at"}]}`: `{} {"avg_icp_score":null,"count":0,"max_created_at":null,"sum_icp_score":null}`,
		`{"over":"accounts","filter":{"field":"name","op":"eq","value":"nobody"},"group_by":["industry"]}`:                                                                                                      ``,
		`{"over":"accounts","group_by":["industry"]}`: "{\"industry\":\"SOFTWARE\"} {\"count\":1}\n{\"industry\":\"Software\"} {\"count\":1}\n{\"industry\":null} {\"count\":1}",
		`{"over":"accounts","group_by":["industry.folded"],"measures":[{"name":"n","fn":"count"},{"name":"d","fn":"count_distinct","field":"industry"},{"name":"f","fn":"count_distinct","field":"industry.folded"}]}`: "{\"industry.folded\":\"software\"} {\"d\":2,\"f\":1,\"n\":2}\n{\"industry.folded\":null} {\"d\":0,\"f\":0,\"n\":1}",
		`{"over":"accounts","group_by":["tags"]}`:        "{\"tags\":\"AI\"} {\"count\":2}\n{\"tags\":\"ai\"} {\"count\":1}\n{\"tags\":\"saas\"} {\"count\":1}",
		`{"over":"accounts","group_by":["tags.folded"]}`: "{\"tags.folded\":\"ai\"} {\"count\":3}\n{\"tags.folded\":\"saas\"} {\"count\":1}",
		`{"over":"accounts","measures":[{"fn":"sum","field":"total_raised_usd"},{"fn":"sum","field":"custom.mrr"},{"fn":"avg","field":"founded_year"},{"fn":"min","field":"founded_year"},{"fn":"max","field":"domain"},{"fn":"count","field":"custom.mrr"}]}`: `{} {"avg_founded_year":"2000.500000","count_custom.mrr":3,"max_domain":"c.com","min_founded_year":2000,"sum_custom.mrr":0.3,"sum_total_raised_usd":18446744073709551614}`,
		`{"over":"signals","group_by":["context.page"]}`:                                                                                  "{\"context.page\":null} {\"count\":3}\n{\"context.page\":\"/docs\"} {\"count\":2}\n{\"context.page\":\"/Pricing\"} {\"count\":1}\n{\"context.page\":\"/pricing\"} {\"count\":1}",
		`{"over":"signals","group_by":["context.page.folded"]}`:                                                                           "{\"context.page.folded\":null} {\"count\":3}\n{\"context.page.folded\":\"/docs\"} {\"count\":2}\n{\"context.page.folded\":\"/pricing\"} {\"count\":2}",
		`{"over":"signals","group_by":["context.list"],"order":[{"by":"context.list","dir":"desc"}]}`:                                     "{\"context.list\":\"y\"} {\"count\":1}\n{\"context.list\":\"x\"} {\"count\":2}\n{\"context.list\":null} {\"count\":5}",
		`{"over":"signals","group_by":["context.in.deep","context.flag"],"filter":{"field":"external_id","op":"in","value":["s4","s6"]}}`: "{\"context.flag\":null,\"context.in.deep\":1} {\"count\":1}\n{\"context.flag\":true,\"context.in.deep\":null} {\"count\":1}",
		`{"over":"signals","measures":[{"fn":"sum","field":"context.s"},{"fn":"avg","field":"context.s"},{"fn":"min","field":"context.s"},{"fn":"max","field":"context.s"},{"fn":"count_distinct","field":"context.s"}]}`:        `{} {"avg_context.s":"28.562500","count_distinct_context.s":5,"max_context.s":100,"min_context.s":-1.25,"sum_context.s":114.25}`,
		`{"over":"signals","measures":[{"fn":"max","field":"context.due"},{"fn":"max","field":"occurred_at"}]}`:                                                                                                                  `{} {"max_context.due":"2025-02-01","max_occurred_at":"2035-01-01T00:00:00Z"}`,
		`{"over":"signals","group_by":["account.industry"],"measures":[{"fn":"count_distinct","field":"lead.id"}]}`:                                                                                                              "{\"account.industry\":\"SOFTWARE\"} {\"count_distinct_lead.id\":1}\n{\"account.industry\":\"Software\"} {\"count_distinct_lead.id\":1}\n{\"account.industry\":null} {\"count_distinct_lead.id\":0}",
		`{"over":"signals","group_by":["account.domain"],"having":[{"measure":"count","op":"gte","value":3}]}`:                                                                                                                   "{\"account.domain\":\"c.com\"} {\"count\":3}",
		`{"over":"signals","group_by":["account.domain"],"measures":[{"fn":"avg","field":"context.s"}],"having":[{"measure":"avg_context.s","op":"lt","value":7.75000001}]}`:                                                     "{\"account.domain\":\"a.com\"} {\"avg_context.s\":\"7.750000\"}\n{\"account.domain\":\"b.com\"} {\"avg_context.s\":\"-1.250000\"}",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"day","tz":"Europe/Berlin"},"filter":{"field":"occurred_at","op":"lt","value":"2024-06-01T00:00:00Z"}}`:                                                        "{\"occurred_at\":\"2024-03-29T23:00:00Z\"} {\"count\":1}\n{\"occurred_at\":\"2024-03-30T23:00:00Z\"} {\"count\":1}\n{\"occurred_at\":\"2024-03-31T22:00:00Z\"} {\"count\":2}",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"year"},"group_by":["account.domain"],"order":[{"by":"occurred_at","dir":"desc"}],"filter":{"field":"occurred_at","op":"gte","value":"2024-12-01T00:00:00Z"}}`: "{\"account.domain\":\"c.com\",\"occurred_at\":\"2035-01-01T00:00:00Z\"} {\"count\":1}\n{\"account.domain\":\"c.com\",\"occurred_at\":\"2025-01-01T00:00:00Z\"} {\"count\":1}\n{\"account.domain\":\"c.com\",\"occurred_at\":\"2024-01-01T00:00:00Z\"} {\"count\":1}",
		`{"over":"signals","bucket":{"field":"account.created_at","unit":"quarter"},"filter":{"field":"signal_type","op":"eq","value":"none"}}`:                                                                                  ``,
	} {
		a, err := askInsights(db, w.ID, question)
		if err != nil {
			t.Errorf("%s: %v %v", question, err, fault.From(err).Cause)
			continue
		}
		if got := rowsOf(a.Groups); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", question, got, want)
		}
		if a.TotalGroups != len(a.Groups) {
			t.Errorf("%s: total_groups %d of %d", question, a.TotalGroups, len(a.Groups))
		}
	}
	a, err := askInsights(db, w.ID, `{"over":"signals","now":"2025-01-02T00:00:00Z","filter":{"all":[{"op":"gte","field":"occurred_at","value":"2024-01-01T00:00:00Z"},{"field":"occurred_at","op":"lte","value":"2024-12-31T00:00:00Z"}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	echo, _ := json.Marshal(map[string]any{"filter": a.Filter, "window": a.Window, "now": a.Now})
	const want = `{"filter":{"all":[{"field":"occurred_at","op":"gte","value":"2024-01-01T00:00:00Z"},{"field":"occurred_at","op":"lte","value":"2024-12-31T00:00:00Z"}]},"now":"2025-01-02T00:00:00Z","window":{"from":"2024-01-01T00:00:00Z","to":"2024-12-31T00:00:00.000001Z"}}`
	if string(echo) != want {
		t.Errorf("the answer says %s, want %s", echo, want)
	}
}

func insightPages(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	insightRecords(t, db, w.ID)
	for _, order := range []string{`[]`, `[{"by":"context.s"}]`, `[{"by":"max_context.due","dir":"desc"}]`, `[{"by":"count"},{"by":"account.domain","dir":"desc"}]`, `[{"by":"occurred_at","dir":"desc"}]`} {
		question := `{"over":"signals","group_by":["account.domain","context.s"],"bucket":{"field":"occurred_at","unit":"month"},"measures":[{"fn":"count"},{"fn":"max","field":"context.due"}],"order":` + order
		whole, err := askInsights(db, w.ID, question+`}`)
		if err != nil || whole.TotalGroups != 7 || whole.More {
			t.Fatalf("%s: %d groups (%v)", order, whole.TotalGroups, err)
		}
		var pages []wire.Group
		cursor := ""
		for range 7 {
			page, err := askInsights(db, w.ID, question+`,"limit":2`+cursor+`}`)
			if err != nil || page.TotalGroups != 7 {
				t.Fatalf("%s%s: %d groups (%v)", order, cursor, page.TotalGroups, err)
			}
			if pages = append(pages, page.Groups...); !page.More {
				break
			}
			cursor = `,"cursor":"` + page.Cursors[len(page.Cursors)-1] + `"`
		}
		if rowsOf(pages) != rowsOf(whole.Groups) {
			t.Errorf("%s: in pages\n%s\nat once\n%s", order, rowsOf(pages), rowsOf(whole.Groups))
		}
		_, err = askInsights(db, w.ID, `{"over":"signals"`+cursor+`}`)
		wantCode(t, "a cursor of another question", err, fault.InvalidRequest)
	}
}

func insightRefusals(t *testing.T, db *store.DB) {
	w := MustWorkspace(t, db, "a")
	for question, path := range map[string]string{
		`{"over":"people"}`: "over",
		`{"over":"accounts","measures":[{"fn":"median","field":"founded_year"}]}`:                     "measures[0].fn",
		`{"over":"accounts","measures":[{"fn":"sum"}]}`:                                               "measures[0].field",
		`{"over":"accounts","measures":[{"fn":"sum","field":"city"}]}`:                                "measures[0].field",
		`{"over":"accounts","measures":[{"fn":"count_distinct","field":"tags"}]}`:                     "measures[0].field",
		`{"over":"accounts","measures":[{"fn":"count"},{"fn":"count"}]}`:                              "measures[1].name",
		`{"over":"accounts","group_by":["context.page"]}`:                                             "group_by[0]",
		`{"over":"accounts","group_by":["name'; DROP TABLE accounts; --"]}`:                           "group_by[0]",
		`{"over":"accounts","group_by":["city","city"]}`:                                              "group_by",
		`{"over":"signals","bucket":{"field":"title","unit":"day"}}`:                                  "bucket.field",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"hour"}}`:                           "bucket.unit",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"day","tz":"Mars/Olympus"}}`:        "bucket.tz",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"day","tz":"../../etc/passwd"}}`:    "bucket.tz",
		`{"over":"signals","bucket":{"field":"occurred_at","unit":"day","tz":"europe/berlin"}}`:       "bucket.tz",
		`{"over":"signals","group_by":["occurred_at"],"bucket":{"field":"occurred_at","unit":"day"}}`: "group_by",
		`{"over":"signals","having":[{"measure":"n","op":"gte","value":1}]}`:                          "having[0].measure",
		`{"over":"signals","having":[{"measure":"count","op":"like","value":1}]}`:                     "having[0].op",
		`{"over":"signals","having":[{"measure":"count","op":"gte"}]}`:                                "having[0].value",
		`{"over":"signals","having":[{"measure":"count","op":"gte","value":"3"}]}`:                    "having[0].value",
		`{"over":"signals","order":[{"by":"title"}]}`:                                                 "order[0].by",
		`{"over":"signals","limit":0}`:                                                                "limit",
		`{"over":"signals","filter":{"field":"page","op":"eq","value":1}}`:                            "filter.field",
	} {
		_, err := askInsights(db, w.ID, question)
		if f := fault.From(err); f.Code != fault.ValidationFailed || len(f.Fields) == 0 || f.Fields[0].Path != path {
			t.Errorf("%s: %s %+v, want %s", question, f.Code, f.Fields, path)
		}
	}
}
