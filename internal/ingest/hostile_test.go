package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func lines(kind wire.ImportKind, text ...string) ingest.Source {
	return ingest.Source{Kind: kind, Name: "f", Reader: strings.NewReader(strings.Join(text, "\n"))}
}

// told returns the report as "line code field".
func told(r wire.ImportReport) []string {
	out := []string{}
	for _, e := range r.Report {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Line, e.Code, e.Field)))
	}
	return out
}

func counts(r wire.ImportReport) string {
	return fmt.Sprintf("read %d: %d created, %d updated, %d unchanged, %d rejected", r.Read, r.Created, r.Updated, r.Unchanged, r.Rejected)
}

func wantReport(t testing.TB, what string, r wire.ImportReport, wantCounts string, want ...string) {
	t.Helper()
	if got := counts(r); got != wantCounts {
		t.Errorf("%s: %s; want %s", what, got, wantCounts)
	}
	if d := cmp.Diff(append([]string{}, want...), told(r)); d != "" {
		t.Errorf("%s: report differs (-want +got):\n%s\n%+v", what, d, r.Report)
	}
}

var (
	longText = strings.Repeat("x", 200<<10)
	longLine = `{"domain":"long.com","name":"` + strings.Repeat("y", 2<<20) + `"}`
)

func hostileAccounts() ingest.Source {
	return lines(wire.ImportAccounts,
		"\ufeff"+`{"id":"co_1","domain":"HTTPS://WWW.Acme.com/","name":"Acme","tags":["a"],"extra":{"k":1}}`+"\r",
		``,
		"   \t ",
		`{"id":"co_1","domain":"acme.com.","name":"ACME","city":null,"founded_year":"1999"}`, // 4: a duplicate in another spelling, a mistyped field
		`{"id":"co_2","name":"No Domain"}`,                                                   // 5
		`{"id":"co_3","domain":"not a domain","name":"x"}`,                                   // 6
		`{"id":"co_1","domain":"other.com"}`,                                                 // 7: the id of acme.com
		`{"domain":"broken.com"`,                                                             // 8
		"{\"domain\":\"utf.com\",\"name\":\"\xff\"}",                                         // 9
		`["domain","array.com"]`,                                                             // 10
		`{"domain":"twice.com","domain":"twice.com"}`,                                        // 11
		longLine, // 12
		`{"domain":"text.com","name":"`+longText+`","city":"Bonn"}`,                         // 13
		`{"domain":"code.com","country_code":"Germany","tags":["a",1],"employee_count":-1}`, // 14
		`{"domain":"nul.com","name":"a\u0000b"}`,                                            // 15
		`null`,                                                                              // 16
		`{"domain":7}`,
		`{"domain":"last.com","last_funding_date":"2026-02-30","custom":{"extra":2},"extra":1,"Name":"case"}`, // 18
	)
}

func TestHostileAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		report := []string{"4 invalid_field founded_year", "4 duplicate", "5 missing_field domain", "6 invalid_domain domain", "7 duplicate id", "8 invalid_json",
			"9 invalid_utf8", "10 invalid_json", "11 invalid_json", "12 too_long", "13 too_long name", "14 invalid_field employee_count", "14 invalid_field tags",
			"15 invalid_field name", "16 invalid_json", "17 invalid_field domain", "18 invalid_time last_funding_date"}
		r := mustImport(t, db, w.ID, ingest.Options{}, hostileAccounts())
		wantReport(t, "first", r, "read 16: 5 created, 1 updated, 0 unchanged, 10 rejected", report...)
		r = mustImport(t, db, w.ID, ingest.Options{}, hostileAccounts())
		wantReport(t, "again", r, "read 16: 0 created, 0 updated, 6 unchanged, 10 rejected", report...)
		for domain, want := range map[string]string{
			"acme.com": `ACME|["a"]|{"extra":{"k":1}}|-|-`, "text.com": `-|-|-|Bonn|-`, "code.com": `-|-|-|-|DE`,
			"last.com": `-|-|{"Name":"case","extra":2}|-|-`,
		} {
			got := cell(t, db, w.ID, `SELECT COALESCE(name, '-') || '|' || COALESCE(tags, '-') || '|' || COALESCE(custom, '-') || '|' || COALESCE(city, '-') || '|' || COALESCE(country_code, '-')
				FROM accounts WHERE workspace_id = $1 AND domain = '`+domain+`'`)
			if got != want {
				t.Errorf("%s = %s, want %s", domain, got, want)
			}
		}
	})
}

func TestHostileLeads(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		source := func() ingest.Source {
			return lines(wire.ImportLeads,
				`{"id":"pe_1","name":"Jane","email":"Jane@Acme.com","company_domain":"www.acme.com","handle":null,"synthetic":false}`,
				`{"id":"pe_2","name":"Joe","email":"not an email","company_domain":"nowhere.com"}`, // 2
				`{"email":"JANE@acme.com","title":"CTO"}`,                                          // 3: pe_1
				`{"title":"Nobody"}`, // 4
				`{"name":"Only Name","company":"X"}`,
				`{"name":"only  name","company":"X"}`,                             // 6: another name
				`{"id":"pe_2","email":"jane@acme.com"}`,                           // 7: two leads
				`{"handle":"@octo","linkedin_url":"x"}`,                           // 8
				`{"first_name":"Ann","last_name":"Lee","company_domain":"a b"}`,   // 9
				`{"id":"pe_3","email":"a@acme.com","work_email":"b@acme.com"}`,    // 10: the wire's name goes first
				`{"id":"pe_4","company_domain":"acme.com","synthetic":"perhaps"}`, // 11
			)
		}
		accounts := lines(wire.ImportAccounts, `{"domain":"acme.com"}`)
		report := []string{"2 invalid_field email", "2 unknown_reference company_domain", "3 duplicate", "4 missing_field name", "7 duplicate id",
			"8 invalid_field linkedin_url", "9 invalid_domain company_domain", "11 invalid_field synthetic"}
		mustImport(t, db, w.ID, ingest.Options{}, accounts)
		wantReport(t, "first", mustImport(t, db, w.ID, ingest.Options{}, source()), "read 11: 8 created, 1 updated, 0 unchanged, 2 rejected", report...)
		wantReport(t, "again", mustImport(t, db, w.ID, ingest.Options{}, source()), "read 11: 0 created, 0 updated, 9 unchanged, 2 rejected", report...)
		for query, want := range map[string]string{
			`name = 'Jane'`:                  `jane@acme.com|-|acme.com|CTO|-`,
			`name = 'Ann Lee'`:               `-|-|-|-|-`,
			`handle_f IS NOT NULL`:           `-|github:octo|-|-|-`,
			`external_id = 'pe_3'`:           `b@acme.com|-|-|-|{"email":"a@acme.com"}`,
			`company_domain = 'nowhere.com'`: `-|-|-|-|-`,
		} {
			got := cell(t, db, w.ID, `SELECT COALESCE(work_email, '-') || '|' || COALESCE(handle, '-') || '|' || COALESCE(account_domain, '-') || '|' || COALESCE(title, '-') || '|' || COALESCE(custom, '-')
				FROM leads WHERE workspace_id = $1 AND `+query)
			if got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
	})
}

func TestHostileSignals(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		source := func() ingest.Source {
			return lines(wire.ImportSignals,
				`{"id":"sg_1","type":"release","source":"s","occurred_at":"2026-08-22","company_domain":"Acme.com","title":"T","payload":{"b":1.0},"note":"n"}`,
				`{"id":"sg_2","type":"release","source":"s","occurred_at":"2026-02-30","company_domain":"acme.com"}`,                              // 2
				`{"id":"sg_3","type":"release","source":"s","occurred_at":"2026-08-22T10:00:00","company_domain":"acme.com"}`,                     // 3: no offset
				`{"id":"sg_4","type":"release","source":"s","occurred_at":"22 Aug 2026","company_domain":"no domain"}`,                            // 4
				`{"id":"sg_5","type":"wholly_new","source":"s","occurred_at":"2026-08-22T10:00:00+02:00","company_domain":"acme.com"}`,            // 5
				`{"id":"sg_6","type":"release","occurred_at":"2026-08-22","company_domain":"acme.com"}`,                                           // 6
				`{"id":"sg_7","type":"release","source":"s","occurred_at":"2026-08-22"}`,                                                          // 7
				`{"id":"sg_8","type":"release","source":"s","occurred_at":"2126-08-22","company_domain":"acme.com"}`,                              // 8
				`{"id":"sg_9","type":"job_change","source":"s","occurred_at":"2026-08-22","company_domain":"acme.com","person_handle":"ghost"}`,   // 9
				`{"id":"sg_1","type":"release","source":"s","occurred_at":"2026-08-22","company_domain":"acme.com","title":"Later","payload":[]}`, // 10
				`{"type":"release","source":"s","occurred_at":1,"company_domain":"acme.com"}`,                                                     // 11
				`{"id":"sg_0","signal_type":"release","source":"s","occurred_at":"2026-08-22T10:00:00Z","identity":{"email":"X@Acme.com"},"context":{"a":null}}`,
				`{"id":"sg_a","type":"release","source":"s","occurred_at":"2026-08-22","company_domain":"acme.com","identity":{"mail":"x"}}`, // 13
			)
		}
		report := []string{"2 invalid_time occurred_at", "3 invalid_time occurred_at", "4 invalid_domain company_domain", "5 invalid_field type", "6 missing_field source",
			"7 missing_field company_domain", "8 invalid_time occurred_at", "9 unknown_reference person_handle", "10 invalid_field payload", "10 duplicate",
			"11 invalid_time occurred_at", "13 invalid_field identity"}
		wantReport(t, "first", mustImport(t, db, w.ID, ingest.Options{}, source()), "read 13: 4 created, 1 updated, 0 unchanged, 8 rejected", report...)
		wantReport(t, "again", mustImport(t, db, w.ID, ingest.Options{}, source()), "read 13: 0 created, 0 updated, 5 unchanged, 8 rejected", report...)
		r := mustImport(t, db, w.ID, ingest.Options{RegisterTypes: true}, source())
		wantReport(t, "with registration", r, "read 13: 1 created, 0 updated, 5 unchanged, 7 rejected", append(report[:3:3], report[4:]...)...)
		for id, want := range map[string]string{
			"sg_1": `Later|{"b":1,"note":"n"}|acme.com|1787356800000000`, "sg_5": `-|-|acme.com|1787385600000000`, "sg_0": `-|-|acme.com|1787392800000000`,
		} {
			got := cell(t, db, w.ID, `SELECT COALESCE(title, '-') || '|' || COALESCE(context, '-') || '|' || COALESCE(account_domain, '-') || '|' || CAST(occurred_at AS TEXT)
				FROM signals WHERE workspace_id = $1 AND external_id = '`+id+`'`)
			if got != want {
				t.Errorf("%s = %s, want %s", id, got, want)
			}
		}
	})
}

func TestCSV(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		text := "\ufeffid,domain, name ,tags,founded_year,synthetic_note\r\n" +
			"1,ACME.com,\"Acme, \"\"Inc\"\"\nof Bonn\",a;b,1999,n\r\n" + // lines 2 and 3
			"\r\n" +
			"2,b.com,B,,,\r\n" + // 5
			"3,c.com,C,x,then,,more\r\n" + // 6: more values than names
			"4,d.com,\"D open,,,\r\n" + // 7: the quote never closes
			"5,e.com,E\r\n" + // 8: fewer values
			"6,f.com,F,,x,\r\n" + // 9: no year
			"7,g.com,\xff,,,\r\n" + // 10
			"8,h.com,a\x00b,,,\r\n" // 11
		r := mustImport(t, db, w.ID, ingest.Options{}, ingest.Source{Kind: wire.ImportAccounts, Name: "x.CSV", Reader: strings.NewReader(text)})
		wantReport(t, "csv", r, "read 8: 5 created, 0 updated, 0 unchanged, 3 rejected",
			"6 invalid_field", "7 invalid_field", "9 invalid_field founded_year", "10 invalid_utf8", "11 invalid_field name")
		got := cell(t, db, w.ID, `SELECT name || '|' || tags || '|' || CAST(founded_year AS TEXT) || '|' || custom FROM accounts WHERE workspace_id = $1 AND domain = 'acme.com'`)
		if want := "Acme, \"Inc\"\nof Bonn|[\"a\",\"b\"]|1999|{\"synthetic_note\":\"n\"}"; got != want {
			t.Errorf("stored %q, want %q", got, want)
		}
		bad := mustImport(t, db, w.ID, ingest.Options{}, ingest.Source{Kind: wire.ImportAccounts, CSV: true, Name: "y", Reader: strings.NewReader("\"a\nb,c\n1,2\n")})
		if bad.Created != 0 || bad.Rejected != 1 || len(bad.Report) != 2 {
			t.Errorf("a broken header row: %+v", bad)
		}
	})
}

func TestAColumnWithoutANameOfItsOwnIsRefused(t *testing.T) {
	db := openSQLite(t)
	w := storetest.MustWorkspace(t, db, "a")
	for header, field := range map[string]string{"domain,name, name": "name", "domain,,name": "", "domain,name,": "", "domain,a\x00b": `["a\x00b"]`} {
		text := "\n" + header + "\na.com,one,two\nb.com,one,two\n"
		r := mustImport(t, db, w.ID, ingest.Options{}, ingest.Source{Kind: wire.ImportAccounts, CSV: true, Name: "x", Reader: strings.NewReader(text)})
		wantReport(t, header, r, "read 1: 0 created, 0 updated, 0 unchanged, 1 rejected", strings.TrimSpace("2 invalid_field "+field))
	}
}

func TestWhatCannotBeStoredIsLeftOutAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		kept := func(query, want string) {
			t.Helper()
			if got := cell(t, db, w.ID, query); got != want {
				t.Errorf("%s = %s, want %s", query, got, want)
			}
		}
		r := mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportAccounts,
			`{"domain":"a.com","name":"A","founded_year":1e999,"city":"x\u0000","tags":["a\u0000"],"custom":{"bad":{"n":[1e999]},"good":1},"extra":-1e400,"more":{"k":"\u0000","l":2,"\u0000":3}}`,
			`{"domain":"b\u0000.com","name":"B"}`,
			`{"domain":"c.com","last_funding_date":"0000-01-01","n\u0000":1,"custom":{"only":1e999}}`))
		wantReport(t, "accounts", r, "read 3: 2 created, 0 updated, 0 unchanged, 1 rejected", "1 invalid_field city", "1 invalid_field custom.bad.n[0]", "1 invalid_field extra",
			"1 invalid_field founded_year", "1 invalid_field more.k", `1 invalid_field more["\x00"]`, "1 invalid_field tags[0]", "2 invalid_field domain", "3 invalid_field custom.only", "3 invalid_time last_funding_date", `3 invalid_field ["n\x00"]`)
		kept(`SELECT name || custom FROM accounts WHERE workspace_id = $1 AND domain = 'a.com'`, `A{"good":1,"more":{"l":2}}`)
		r = mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportLeads, `{"name":"Ann","title":"\u0000","synthetic":1e999,"custom":{"a":1e999,"b":1}}`))
		wantReport(t, "leads", r, "read 1: 1 created, 0 updated, 0 unchanged, 0 rejected", "1 invalid_field custom.a", "1 invalid_field synthetic", "1 invalid_field title")
		kept(`SELECT name || custom FROM leads WHERE workspace_id = $1`, `Ann{"b":1}`)
		r = mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportSignals,
			`{"id":"1","type":"release","source":"s","occurred_at":"2026-08-22","company_domain":"a.com","title":"\u0000","payload":{"a":1e999,"b":1},"identity":{"title":"\u0000","first_name":"F"},"x":1e999}`,
			`{"id":"2","type":"release","source":"s","occurred_at":"\u0000","company_domain":"a.com"}`))
		wantReport(t, "signals", r, "read 2: 1 created, 0 updated, 0 unchanged, 1 rejected", "1 invalid_field identity.title", "1 invalid_field payload.a", "1 invalid_field title", "1 invalid_field x",
			"2 invalid_time occurred_at")
		kept(`SELECT context || first_name FROM signals WHERE workspace_id = $1`, `{"b":1}F`)
	})
}

func TestLinesAreNumberedFromFirstLineAndProgressIsTold(t *testing.T) {
	db := openSQLite(t)
	w := storetest.MustWorkspace(t, db, "a")
	var text strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&text, "{\"domain\":\"d%d.com\"}\n", i)
	}
	text.WriteString("{}")
	var told []int
	r := mustImport(t, db, w.ID, ingest.Options{Progress: func(n int) { told = append(told, n) }},
		ingest.Source{Kind: wire.ImportAccounts, Name: "part 2", FirstLine: 1001, Reader: strings.NewReader(text.String())})
	if d := cmp.Diff([]int{500, 1000, 1201}, told); d != "" {
		t.Errorf("progress differs:\n%s", d)
	}
	if len(r.Report) != 1 || r.Report[0].Line != 2201 || r.Report[0].File != "part 2" {
		t.Errorf("report = %+v", r.Report)
	}
	list, err := db.ListActivity(context.Background(), w.ID, activity.Filter{Action: activity.RecordsImported})
	if err != nil || len(list) != 3 || list[0].Actor != operator || list[2].Detail["created"] != "500" || list[0].Detail["file"] != "part 2" {
		t.Errorf("activity = %+v, %v", list, err)
	}
}

func TestTheReportIsBounded(t *testing.T) {
	db := openSQLite(t)
	w := storetest.MustWorkspace(t, db, "a")
	r := mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportAccounts, strings.Repeat("{}\n", ingest.MaxReport+7)))
	if r.Rejected != ingest.MaxReport+7 || len(r.Report) != ingest.MaxReport+1 {
		t.Fatalf("rejected %d, %d entries", r.Rejected, len(r.Report))
	}
	if last := r.Report[ingest.MaxReport]; last.Code != wire.CodeTooLong || !strings.Contains(last.Message, "7 more") {
		t.Errorf("last entry = %+v", last)
	}
}

type failing struct{ after *strings.Reader }

func (f failing) Read(p []byte) (int, error) {
	if f.after.Len() == 0 {
		return 0, context.DeadlineExceeded
	}
	return f.after.Read(p)
}

func TestWhatWasReadBeforeAFailureIsKeptAndTold(t *testing.T) {
	db := openSQLite(t)
	w := storetest.MustWorkspace(t, db, "a")
	r, err := ingest.New(db, nil).Import(context.Background(), w.ID, operator, ingest.Options{},
		ingest.Source{Kind: wire.ImportAccounts, Reader: failing{strings.NewReader("{\"domain\":\"a.com\"}\n{\"domain\":")}})
	if err == nil || r.Read != 1 || r.Created != 1 {
		t.Errorf("report %+v, error %v", r, err)
	}
	if got := cell(t, db, w.ID, `SELECT domain FROM accounts WHERE workspace_id = $1`); got != "a.com" {
		t.Errorf("stored %s", got)
	}
}
