package demo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var streams = []struct {
	name  string
	count int
	open  func(time.Time) io.Reader
}{
	{"accounts", demo.AccountCount, demo.Accounts},
	{"leads", demo.LeadCount, demo.Leads},
	{"signals", demo.SignalCount, demo.Signals},
}

// TestSameBytes pins the data: whoever wrote down a finding about the demonstration can repeat it.
func TestSameBytes(t *testing.T) {
	const golden = "testdata/sha256.txt"
	var got strings.Builder
	for _, s := range streams {
		sum := sha256.New()
		if _, err := io.Copy(sum, iotest.OneByteReader(s.open(now))); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%x  %s\n", sum.Sum(nil), s.name)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the data changed; if that is meant, run with -update\ngot:\n%swant:\n%s", got.String(), want)
	}
}

// TestConsistent reads everything and proves that ids are unique, that hints are in the normal form, that types are
// built in and that every reference points at something.
func TestConsistent(t *testing.T) {
	domains, emails := map[string]bool{}, map[string]bool{}
	builtin := map[string]bool{}
	for _, kind := range signals.BuiltinTypes() {
		builtin[kind.Name] = true
	}
	for _, s := range streams {
		ids, last := map[string]bool{}, ""
		for _, line := range readLines(t, s.open(now)) {
			var row struct {
				ID, Domain, Email, Name, Type string
				CompanyDomain                 string `json:"company_domain"`
				PersonEmail                   string `json:"person_email"`
				OccurredAt                    string `json:"occurred_at"`
			}
			if err := strictjson.Check(line, strictjson.Options{}); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if ids[row.ID] || row.ID == "" {
				t.Fatalf("%s: id %q is empty or comes twice", s.name, row.ID)
			}
			ids[row.ID] = true
			switch s.name {
			case "accounts":
				if d, err := identity.Domain(row.Domain); err != nil || d != row.Domain || domains[d] {
					t.Fatalf("domain %q: normal form %q, %v, seen before: %v", row.Domain, d, err, domains[d])
				}
				domains[row.Domain] = true
			case "leads":
				if e, err := identity.Email(row.Email); err != nil || e != row.Email || emails[e] {
					t.Fatalf("email %q: normal form %q, %v, seen before: %v", row.Email, e, err, emails[e])
				}
				emails[row.Email] = true
				if row.CompanyDomain != "" && !domains[row.CompanyDomain] {
					t.Fatalf("lead %s works at %q, which is no account", row.ID, row.CompanyDomain)
				}
			case "signals":
				if !builtin[row.Type] {
					t.Fatalf("signal %s is of the type %q, which is not built in", row.ID, row.Type)
				}
				checkSignal(t, row.ID, row.CompanyDomain, row.PersonEmail, domains, emails)
				if at, err := time.Parse(time.RFC3339, row.OccurredAt); err != nil || at.After(now) || row.OccurredAt < last {
					t.Fatalf("signal %s at %q (%v) is in the future or out of order", row.ID, row.OccurredAt, err)
				}
				last = row.OccurredAt
			}
		}
		if len(ids) != s.count {
			t.Errorf("%s: %d lines, want %d", s.name, len(ids), s.count)
		}
	}
}

func checkSignal(t *testing.T, id, domain, email string, domains, emails map[string]bool) {
	t.Helper()
	switch {
	case domain == "" && email == "":
		t.Fatalf("signal %s names nobody", id)
	case domain != "" && !domains[domain]:
		t.Fatalf("signal %s is at %q, which is no account", id, domain)
	case email != "" && !emails[email]:
		t.Fatalf("signal %s is by %q, which is no lead", id, email)
	}
}

func readLines(t *testing.T, r io.Reader) [][]byte {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}
