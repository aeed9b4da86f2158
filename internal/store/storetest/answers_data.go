package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// oddTexts are texts on which engines, encodings and quoting could disagree.
var oddTexts = []string{"Berlin", "BERLIN", "berlin mitte", "Zürich", "Zurich", "zurich-west", "Zürich  West", "Ærø", "straße", "STRASSE", "中文 名", "~", " ", "\u0301", "100%", "a_b", "aXb", `back\slash`,
	`"quoted"`, "it's", "'; DROP TABLE accounts; --", "' OR '1'='1", "$1", "{}", "[]", "null", "12", "12.0", "n12", "sx", "line\nbreak", "tab\tbed", "ſlow", "İstanbul", "\U0010FFFF", "\U0010FFFFz", "\uE000", "\uD7FF", "e\u0301clair", "Data Systems", "data, systems", "Data-Systems", "data systems ltd"}

// oddMembers are names of members that could be taken for syntax.
var oddMembers = []string{"page", "score", "it's", "100%", "a_b", "$.page", "[0]", "naïve", "a.b", "x y", "#-1", "0", "{a,b}", "->>", "null"}

// maker makes up records, the same for the same seed.
type maker struct{ *rand.Rand }

func (m maker) text() string {
	if m.IntN(3) == 0 {
		return ""
	}
	return oddTexts[m.IntN(len(oddTexts))]
}

func (m maker) number() *int64 {
	if m.IntN(3) == 0 {
		return nil
	}
	n := []int64{-1, 0, 1, 2, 3, 10, 50, 100, 1999, 2000, 9007199254740993, 9223372036854775807}[m.IntN(12)]
	return &n
}

func (m maker) list() (list []string) {
	for range m.IntN(4) {
		list = append(list, oddTexts[m.IntN(len(oddTexts))])
	}
	return list
}

func (m maker) code(from ...string) string { return append(from, "")[m.IntN(len(from)+1)] }

// value makes a JSON value of any type.
func (m maker) value(depth int) any {
	switch n := m.IntN(9 + depth); {
	case n < 3:
		return oddTexts[m.IntN(len(oddTexts))]
	case n < 6:
		return json.Number([]string{"0", "-0.0", "1", "1.0", "1e0", "-1", "-1.5", "-1.25", "0.1", "0.30000000000000004", "9007199254740992", "9007199254740993", "1e300", "-1e-300", "12", "100"}[m.IntN(16)])
	case n == 6:
		return m.IntN(2) == 0
	case n == 7:
		return nil
	case n == 8:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(0))
		}
		return list
	}
	return m.object(depth - 1)
}

// object makes a JSON object; some members hold one type alone.
func (m maker) object(depth int) map[string]any {
	out := map[string]any{}
	for range m.IntN(6) {
		out[oddMembers[m.IntN(len(oddMembers))]] = m.value(depth)
	}
	if m.IntN(4) > 0 {
		out["rank"], out["city"], out["on"] = json.Number(fmt.Sprint(m.IntN(5)-2, ".", m.IntN(3))), oddTexts[m.IntN(len(oddTexts))], m.IntN(2) == 0
	}
	if m.IntN(3) == 0 {
		out["any"] = []any{"x", json.Number("5"), true, "Éa", json.Number("-7")}[m.IntN(5)]
	}
	return out
}

func (m maker) json() json.RawMessage {
	if m.IntN(5) == 0 {
		return nil
	}
	raw, err := strictjson.CanonicalValue(m.object(3))
	if err != nil {
		panic(err) // the maker's own mistake
	}
	return raw
}

func (m maker) account(i int) wire.Account {
	a := wire.Account{Domain: fmt.Sprintf("d%02d.com", i*37%100), Name: m.text(), Aliases: m.list(), Website: m.text(), Industry: m.text(), Sector: m.text(), Size: m.code("small", "Large"),
		EmployeesText: m.text(), EmployeeCount: m.number(), RevenueBand: m.text(), MarketCap: m.code("mega"), Ownership: m.code("public", "Public"), Symbol: m.text(), FoundedYear: m.number(), Country: m.text(),
		CountryCode: m.code("DE", "CH", "US"), State: m.text(), City: m.text(), LocationText: m.text(), Tags: m.list(), Description: m.text(), TechStack: m.list(), FundingStage: m.text(),
		LastFundingDate: m.code("2020-01-02", "2020-01-03"), TotalRaisedUSD: m.number(), ICPCode: m.code("i1", "I1"), ICPScore: m.number(), EngagementStage: m.code("Hot", "Cool"), Custom: m.json(), Sources: m.list()}
	if i%3 > 0 {
		a.ExternalID = fmt.Sprintf("co_%d", i*7919%1000)
	}
	return a
}

func (m maker) lead(i int) wire.Lead {
	l := wire.Lead{Name: m.text(), FirstName: m.text(), LastName: m.text(), Title: m.text(), Seniority: m.code("vp", "VP", "director"), Department: m.text(), Company: m.text(), Phone: m.text(),
		Handle: fmt.Sprintf("github:User-%d", i), CountryCode: m.code("DE", "CH"), State: m.text(), City: m.text(), ICPCode: m.code("i1"), ICPScore: m.number(), PersonaCode: m.code("p1", "p2"),
		PersonaScore: m.number(), EngagementStage: m.code("Hot"), Source: m.code("List", "list"), Custom: m.json()}
	if i%5 > 0 {
		l.CompanyDomain = fmt.Sprintf("d%02d.com", m.IntN(60)) // not all of them are there
	}
	if i%2 > 0 {
		l.ExternalID = fmt.Sprintf("pe_%d", i*7919%1000)
	}
	if i%3 > 0 {
		l.WorkEmail = fmt.Sprintf("u%d@d%02d.com", i, i%50)
	}
	if i%4 == 0 {
		l.PersonalEmail, l.LinkedInURL = fmt.Sprintf("u%d@home.org", i), fmt.Sprintf("https://www.linkedin.com/in/u%d", i)
	}
	if yes := i%8 > 3; i%2 == 0 {
		l.Synthetic = &yes
	}
	return l
}

func (m maker) signal(i int, accounts []wire.Account, leads []wire.Lead) signals.Signal {
	s := signals.Signal{Type: []string{"website_visit", "hiring", "job_change"}[m.IntN(3)], Source: []string{"site", "Site", "crm"}[m.IntN(3)], EventName: m.text(), Title: m.text(), Context: m.json(),
		OccurredAt: answersNow.Add(time.Duration(m.IntN(40)-35) * 12 * time.Hour).Add(time.Duration(m.IntN(2)) * time.Microsecond)}
	s.Identity.FirstName, s.Identity.LastName, s.Identity.Title = m.text(), m.text(), m.text()
	switch lead := leads[m.IntN(len(leads)/2)]; m.IntN(4) {
	case 0:
		s.Identity.Handle = fmt.Sprintf("github:user-%d", m.IntN(len(leads)))
	case 1:
		s.Identity.Email = lead.WorkEmail
	case 2:
		s.Identity.CompanyDomain = accounts[m.IntN(len(accounts)/2)].Domain
	}
	if i%4 > 0 {
		s.ExternalID = fmt.Sprintf("sg_%d", i*7919%1000)
	}
	return s
}

// loadMadeUp puts made-up records into a workspace, in several transactions.
func loadMadeUp(t testing.TB, db *store.DB, workspaceID string, seed uint64) {
	t.Helper()
	m := maker{rand.New(rand.NewPCG(seed, 1))}
	accounts, leads, events := make([]wire.Account, 50), make([]wire.Lead, 70), make([]signals.Signal, 160)
	for i := range accounts {
		accounts[i] = m.account(i)
	}
	for i := range leads {
		leads[i] = m.lead(i)
	}
	for i := range events {
		events[i] = m.signal(i, accounts, leads)
	}
	for _, half := range [][]wire.Account{accounts[:20], accounts[20:]} {
		mustCreate(t, MustAccounts(t, db, workspaceID, half...))
	}
	for _, half := range [][]wire.Lead{leads[:30], leads[30:]} {
		mustCreate(t, MustLeads(t, db, workspaceID, half...))
	}
	for _, half := range [][]signals.Signal{events[:60], events[60:]} {
		if _, err := db.CaptureSignals(context.Background(), workspaceID, half); err != nil {
			t.Fatalf("CaptureSignals: %v", err)
		}
	}
}

func mustCreate(t testing.TB, out []ingest.Outcome) {
	t.Helper()
	for i, o := range out {
		if o.Effect != ingest.Created {
			t.Fatalf("made-up record %d: %v", i, o.Effect)
		}
	}
}
