package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestContradictingLinesFarApartAreSettledOnce: the second run must not change a record back and forth.
func TestContradictingLinesFarApartAreSettledOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		text := []string{`{"domain":"acme.com","name":"First","id":"1"}`}
		for i := range 1100 {
			text = append(text, fmt.Sprintf(`{"domain":"d%d.com"}`, i))
		}
		text = append(text, `{"domain":"WWW.ACME.com","name":"Last"}`, `{"domain":"acme.com","id":"2"}`)
		report := []string{"1102 duplicate", "1103 duplicate"}
		wantReport(t, "first", mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportAccounts, text...)), "read 1103: 1101 created, 2 updated, 0 unchanged, 0 rejected", report...)
		wantReport(t, "again", mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportAccounts, text...)), "read 1103: 0 created, 0 updated, 1103 unchanged, 0 rejected", report...)
		if got := cell(t, db, w.ID, `SELECT name || external_id FROM accounts WHERE workspace_id = $1 AND domain = 'acme.com'`); got != "Last2" {
			t.Errorf("stored %s, want Last2", got)
		}
	})
}

// TestImportsAtOnceMakeEachRecordOnce: rivals share the work, in any order, and lose none.
func TestImportsAtOnceMakeEachRecordOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := storetest.MustWorkspace(t, db, "a")
		const rivals, n = 3, 700
		reports := make(chan wire.ImportReport, rivals)
		for rival := range rivals {
			go func() {
				var accounts, events []string
				for i := range n {
					k := (i*[]int{1, 3, 11}[rival] + rival) % n // each rival in an order of its own
					accounts = append(accounts, fmt.Sprintf(`{"domain":"d%d.com","name":"Name %d"}`, k, k))
					events = append(events, fmt.Sprintf(`{"id":"s%d","type":"release","source":"s","occurred_at":"2026-08-22","person_email":"p%d@x.com","company_domain":"e%d.com"}`, k, k%50, k%60))
				}
				reports <- mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportAccounts, accounts...), lines(wire.ImportSignals, events...))
			}()
		}
		created := 0
		for range rivals {
			r := <-reports
			if created += r.Created; r.Rejected != 0 || r.Updated != 0 {
				t.Errorf("%s\n%+v", counts(r), r.Report)
			}
		}
		got := cell(t, db, w.ID, `SELECT CAST(COUNT(*) AS TEXT) || '/' || (SELECT CAST(COUNT(*) AS TEXT) FROM leads l WHERE l.workspace_id = $1) || '/' ||
			(SELECT CAST(COUNT(*) AS TEXT) FROM signals s WHERE s.workspace_id = $1) FROM accounts WHERE workspace_id = $1`)
		if want := fmt.Sprintf("%d/50/%d", n+60, n); got != want || created != 2*n {
			t.Errorf("accounts/leads/signals = %s, want %s; created %d, want %d", got, want, created, 2*n)
		}
	})
}

func TestTimeForms(t *testing.T) {
	noon := time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)
	day := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	forms := []struct {
		text string
		want time.Time // zero: refused
	}{
		{"2026-08-22T12:00:00Z", noon}, {"2026-08-22t12:00:00z", noon}, {"2026-08-22T14:00:00+02:00", noon}, {"2026-08-22 12:00:00Z", noon},
		{"2026-08-22 14:00:00 +0200", noon}, {"2026-08-22T12:00Z", noon}, {"Sat, 22 Aug 2026 12:00:00 GMT", noon}, {"Sat, 22 Aug 2026 14:00:00 +0200", noon},
		{"2026-08-22 12:00:00 UTC", noon}, {"2026-08-22T12:00:00.0000009Z", noon}, {"2026-08-22T12:00:00.123456Z", noon.Add(123456 * time.Microsecond)},
		{"2026-08-22", day}, {"2026/08/22", day}, {"20260822", day}, {"22 Aug 2026", day}, {"Aug 22, 2026", day}, {"August 22, 2026", day}, {" 2026-08-22 ", day},
		{"1969-07-20T20:17:40Z", time.Date(1969, 7, 20, 20, 17, 40, 0, time.UTC)},
		{"2026-08-22T12:00:00", time.Time{}}, {"2026-08-22 12:00", time.Time{}}, {"2026-02-30", time.Time{}}, {"2026-13-01T00:00:00Z", time.Time{}}, {"2026-08-22T25:00:00Z", time.Time{}},
		{"2026-08-22T12:00:00+24:00", time.Time{}}, {"2026-08-22T12:00:00,5Z", time.Time{}}, {"Sat, 22 Aug 2026 12:00:00,5 GMT", time.Time{}}, {"0001-01-01", time.Time{}},
		{"0000-06-01T00:00:00Z", time.Time{}}, {"9999-12-31T23:30:00-01:00", time.Time{}}, {"0001-01-02", time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)},
		{"08/22/2026", time.Time{}}, {"03/04/2026", time.Time{}}, {"2026-08-22 12:00:00 CET", time.Time{}}, {"yesterday", time.Time{}}, {"1787356800", time.Time{}}, {"2026", time.Time{}},
	}
	db := openSQLite(t)
	w := storetest.MustWorkspace(t, db, "a")
	var text, want []string
	for i, f := range forms {
		text = append(text, fmt.Sprintf(`{"id":"s%d","type":"release","source":"s","company_domain":"a.com","occurred_at":%q}`, i, f.text))
		if f.want.IsZero() {
			want = append(want, fmt.Sprintf("%d invalid_time occurred_at", i+1))
		}
	}
	r := mustImport(t, db, w.ID, ingest.Options{}, lines(wire.ImportSignals, text...))
	wantReport(t, "forms", r, fmt.Sprintf("read %d: %d created, 0 updated, 0 unchanged, %d rejected", len(forms), len(forms)-len(want), len(want)), want...)
	for i, f := range forms {
		if f.want.IsZero() {
			continue
		}
		got := cell(t, db, w.ID, fmt.Sprintf(`SELECT CAST(occurred_at AS TEXT) FROM signals WHERE workspace_id = $1 AND external_id = 's%d'`, i))
		if got != fmt.Sprint(f.want.UnixMicro()) {
			t.Errorf("%s: stored %s, want %d", f.text, got, f.want.UnixMicro())
		}
	}
}

// TestMergeIsTheSameHoweverLinesAreCut: lines about a few records, imported at once or one by one, leave what a plain
// model leaves, and importing the whole again changes nothing.
func TestMergeIsTheSameHoweverLinesAreCut(t *testing.T) {
	db := openSQLite(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		fields := []string{"name", "city", "industry", "color", "description"}
		n := rapid.IntRange(1, 12).Draw(rt, "lines")
		model := map[string]map[string]string{}
		var text []string
		for range n {
			domain := rapid.SampledFrom([]string{"a.com", "b.com"}).Draw(rt, "domain")
			line := fmt.Sprintf(`{"domain":%q`, rapid.SampledFrom([]string{"", "www.", "https://"}).Draw(rt, "spelling")+strings.ToUpper(domain))
			if model[domain] == nil {
				model[domain] = map[string]string{}
			}
			for _, f := range fields {
				switch v := rapid.SampledFrom([]string{"", "null", "x", "y", "Ünï <&> 'q'"}).Draw(rt, f); v {
				case "":
				case "null":
					line += fmt.Sprintf(`,%q:null`, f)
				default:
					line += fmt.Sprintf(`,%q:%q`, f, v)
					model[domain][f] = v
				}
			}
			text = append(text, line+"}")
		}
		whole := storetest.MustWorkspace(t, db, fmt.Sprint("whole-", run))
		single := storetest.MustWorkspace(t, db, fmt.Sprint("single-", run))
		first := mustImport(t, db, whole.ID, ingest.Options{}, lines(wire.ImportAccounts, text...))
		for _, line := range text {
			mustImport(t, db, single.ID, ingest.Options{}, lines(wire.ImportAccounts, line))
		}
		again := mustImport(t, db, whole.ID, ingest.Options{}, lines(wire.ImportAccounts, text...))
		if first.Created != len(model) || again.Unchanged != n {
			rt.Fatalf("first %s, again %s; %d records", counts(first), counts(again), len(model))
		}
		for domain, want := range model {
			for _, w := range []string{whole.ID, single.ID} {
				for _, f := range fields {
					column := f
					if f == "color" {
						column = `json_extract(custom, '$.color')`
					}
					if got := cell(t, db, w, `SELECT COALESCE(`+column+`, '') FROM accounts WHERE workspace_id = $1 AND domain = '`+domain+`'`); got != want[f] {
						rt.Fatalf("%s.%s = %q, want %q, after\n%s", domain, f, got, want[f], strings.Join(text, "\n"))
					}
				}
			}
		}
	})
}

// FuzzImport feeds any bytes, as JSON Lines and as CSV: the sum must hold and the store must take what is kept.
func FuzzImport(f *testing.F) {
	db := openSQLite(f)
	w := storetest.MustWorkspace(f, db, "a")
	for _, seed := range []string{"{\"domain\":\"a.com\"}\n{", "domain,name\na.com,\"x", "\"\n\"\"\n\"", "\ufeff\x00\xff", "{\"type\":\"x\",\"payload\":{\"a\":[1e999]}}", "a,a\n1,2,3\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []wire.ImportKind{wire.ImportAccounts, wire.ImportLeads, wire.ImportSignals} {
			for _, csv := range []bool{false, true} {
				mustImport(t, db, w.ID, ingest.Options{RegisterTypes: true}, ingest.Source{Kind: kind, CSV: csv, Reader: strings.NewReader(text)})
			}
		}
	})
}
