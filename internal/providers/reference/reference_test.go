package reference_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
)

var operator = activity.OperatorActor("ann")

// service returns a service over a store in a directory of its own, with one workspace.
func service(t testing.TB) (*reference.Service, *store.DB, string) {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return reference.New(db), db, storetest.MustWorkspace(t, db, "acme").ID
}

func spec(name string, k reference.Key) reference.Spec {
	return reference.Spec{Name: name, Key: k, Confidence: 0.8, Cost: 2}
}

func mustAdd(t testing.TB, s *reference.Service, ws string, sp reference.Spec, f reference.Format, text string) reference.Report {
	t.Helper()
	r, err := s.Add(context.Background(), ws, operator, sp, f, strings.NewReader(text))
	if err != nil {
		t.Fatalf("Add: %v, report %+v", err, r)
	}
	return r
}

// lookup returns what the file answers, as field=value texts.
func lookup(t testing.TB, s *reference.Service, file reference.File, subject enrich.Subject) (out []string) {
	t.Helper()
	answers, err := s.Provider(file).Lookup(context.Background(), subject, append(enrich.ChannelFields(), enrich.AccountFields()...))
	if err != nil {
		t.Fatalf("Lookup: %v", err)
	}
	for _, a := range answers {
		if a.Confidence != file.Confidence {
			t.Errorf("%s at %v", a.Field, a.Confidence)
		}
		out = append(out, fmt.Sprintf("%s=%s", a.Field, a.Value))
	}
	return out
}

func TestCompaniesFromCSV(t *testing.T) {
	s, _, ws := service(t)
	r := mustAdd(t, s, ws, spec("firms", reference.Domain), reference.CSV, "\ufeffdomain,employee_count,tech_stack,Country,country,notes,founded_year\r\n"+
		"https://www.ACME.com/,\"1,250\",Go; PostgreSQL,,germany,x,1999\r\n"+
		"\"multi\nline.com\",5,,,,,\r\n"+
		",7,,,,,\r\n"+
		"acme.com,9,,,,,\r\n"+
		"odd.com,many,,,Atlantis,,3000\r\n"+
		"long.com,1,,,,,,,,\r\n"+
		"small.com,0,,,,,\r\n"+
		"fine.com,12,\"Go, Rust\",,,,\r\n")
	want := reference.Report{Read: 8, Stored: 2, UnknownColumns: []string{"notes"},
		File: reference.File{Name: "firms", Key: reference.Domain, Fields: []enrich.Field{enrich.EmployeeCount, enrich.FoundedYear, enrich.HQCountry, enrich.TechStack}, Rows: 2, Confidence: 0.8, Cost: 2},
		Problems: []reference.Problem{
			{Line: 3, Message: "lacks a valid domain"}, {Line: 5, Message: "lacks a valid domain"}, {Line: 6, Message: "repeats the key of line 2, which counts"},
			{Line: 7, Column: "country", Message: "does not fit the field; it was left out"}, {Line: 7, Column: "employee_count", Message: "does not fit the field; it was left out"},
			{Line: 7, Column: "founded_year", Message: "does not fit the field; it was left out"}, {Line: 7, Message: "has no value that can be used"},
			{Line: 8, Message: "has more values than the header row has names"},
			{Line: 9, Column: "employee_count", Message: "does not fit the field; it was left out"}, {Line: 9, Message: "has no value that can be used"},
		}}
	if d := cmp.Diff(want, r, cmpopts.IgnoreFields(reference.File{}, "StoredAt"), cmpopts.SortSlices(func(a, b enrich.Field) bool { return a < b })); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	for domain, want := range map[string][]string{
		"acme.com": {"employee_count=1250", "founded_year=1999", `hq_country="DE"`, `tech_stack=["Go","PostgreSQL"]`},
		"fine.com": {"employee_count=12", `tech_stack=["Go","Rust"]`}, "none.com": nil,
	} {
		if d := cmp.Diff(want, lookup(t, s, r.File, enrich.Subject{WorkspaceID: ws, Domain: domain})); d != "" {
			t.Errorf("%s (-want +got):\n%s", domain, d)
		}
	}
	if _, err := s.Provider(r.File).Lookup(context.Background(), enrich.Subject{WorkspaceID: ws, Email: "jane@acme.com"}, enrich.AccountFields()); !errors.Is(err, enrich.ErrUnfit) {
		t.Errorf("without a domain: %v", err)
	}
}

func TestPeopleByEachKey(t *testing.T) {
	s, _, ws := service(t)
	const in = "https://www.linkedin.com/in/jane-doe"
	jane := enrich.Subject{WorkspaceID: ws, FirstName: "Jané", LastName: "DOE", Domain: "acme.com", Email: "jane@acme.com", LinkedInURL: in}
	for _, c := range []struct {
		key  reference.Key
		f    reference.Format
		text string
		want []string
	}{
		{reference.Email, reference.JSON, `[{"email":"JANE@acme.com","phone":"030 901820","linkedin_url":"linkedin.com/in/Jane-Doe","tech_stack":["x"]}]`, []string{`phone="030 901820"`, `linkedin_url="` + in + `"`}},
		{reference.LinkedInURL, reference.JSON, "{\"linkedin_url\":\"linkedin.com/in/jane-doe/\",\"work_email\":\"Jane@Acme.com\"}\n\n{\"linkedin_url\":null}\n", []string{`work_email="jane@acme.com"`}},
		{reference.NameDomain, reference.CSV, "first_name,last_name,company_domain,personal_email\njane,doe,www.acme.com,j@gmail.com\n", []string{`personal_email="j@gmail.com"`}},
	} {
		r := mustAdd(t, s, ws, spec(string(c.key), c.key), c.f, c.text)
		if d := cmp.Diff(c.want, lookup(t, s, r.File, jane)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.key, d)
		}
	}
	files, err := s.List(context.Background(), ws)
	if err != nil || len(files) != 3 || files[0].Name != "email" || files[2].Name != "name_domain" {
		t.Errorf("files %+v, %v", files, err)
	}
}

func TestReplacingAndRemoving(t *testing.T) {
	s, db, ws := service(t)
	ctx := context.Background()
	mustAdd(t, s, ws, spec("firms", reference.Domain), reference.CSV, "domain,industry\na.com,Anvils\nb.com,Bells\n")
	r := mustAdd(t, s, ws, spec("firms", reference.Domain), reference.CSV, "domain,industry\nb.com,Boats\n")
	if got := lookup(t, s, r.File, enrich.Subject{WorkspaceID: ws, Domain: "a.com"}); got != nil {
		t.Errorf("the replaced file still says %v", got)
	}
	if _, err := s.Add(ctx, ws, operator, spec("firms", reference.Domain), reference.CSV, strings.NewReader("domain,shoe\nb.com,44\n")); fault.CodeOf(err) != fault.ValidationFailed {
		t.Errorf("a file without anything usable: %v", err)
	}
	if got := lookup(t, s, r.File, enrich.Subject{WorkspaceID: ws, Domain: "b.com"}); len(got) != 1 || got[0] != `industry="Boats"` {
		t.Errorf("after a refused file: %v", got)
	}
	if err := s.Remove(ctx, ws, operator, "firms"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, ws, operator, "firms"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed twice: %v", err)
	}
	if got := lookup(t, s, r.File, enrich.Subject{WorkspaceID: ws, Domain: "b.com"}); got != nil {
		t.Errorf("the removed file says %v", got)
	}
	log, err := db.ListActivity(ctx, ws, activity.Filter{})
	if err != nil || len(log) != 4 || log[0].Action != activity.ReferenceRemoved || log[1].Action != activity.ReferenceStored || log[1].Detail["rows"] != "1" {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

func TestRefusals(t *testing.T) {
	s := reference.New(&memory{files: map[string]reference.File{}})
	good := "domain,industry\na.com,Anvils\n"
	for title, c := range map[string]struct {
		spec reference.Spec
		f    reference.Format
		text string
		path string
	}{
		"no name":           {reference.Spec{Key: reference.Domain, Confidence: 1}, reference.CSV, good, "name"},
		"a name with space": {reference.Spec{Name: "a b", Key: reference.Domain, Confidence: 1}, reference.CSV, good, "name"},
		"no key":            {reference.Spec{Name: "a", Confidence: 1}, reference.CSV, good, "key"},
		"no confidence":     {reference.Spec{Name: "a", Key: reference.Domain}, reference.CSV, good, "confidence"},
		"too sure":          {reference.Spec{Name: "a", Key: reference.Domain, Confidence: 1.1}, reference.CSV, good, "confidence"},
		"below nothing":     {reference.Spec{Name: "a", Key: reference.Domain, Confidence: 1, Cost: -1}, reference.CSV, good, "cost"},
		"too dear":          {reference.Spec{Name: "a", Key: reference.Domain, Confidence: 1, Cost: 1001}, reference.CSV, good, "cost"},
		"no format":         {spec("a", reference.Domain), "", good, "file"},
		"an empty file":     {spec("a", reference.Domain), reference.CSV, "", "file"},
		"a doubled column":  {spec("a", reference.Domain), reference.CSV, "domain,domain\n", "file"},
		"no rows":           {spec("a", reference.Domain), reference.CSV, "domain,industry\n", "file"},
		"a broken array":    {spec("a", reference.Domain), reference.JSON, `[{"domain":"a.com","industry":"x"},{`, "file"},
		"too many rows":     {spec("a", reference.Domain), reference.CSV, "domain\n" + strings.Repeat("a.com\n", reference.MaxRows+1), "file"},
		"too large":         {spec("a", reference.Domain), reference.CSV, string(bytes.Repeat([]byte("a"), reference.MaxBytes+1)), "file"},
	} {
		_, err := s.Add(context.Background(), ws, operator, c.spec, c.f, strings.NewReader(c.text))
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.ValidationFailed || len(f.Fields) != 1 || f.Fields[0].Path != c.path {
			t.Errorf("%s: %v", title, err)
		}
	}
}

// memory is a store without a disk, for what is tried many times.
type memory struct {
	files map[string]reference.File
	rows  []reference.Row // of the last file
}

func (m *memory) InTx(ctx context.Context, fn func(context.Context, time.Time) error) error {
	return fn(ctx, time.Now())
}

func (m *memory) PutReference(_ context.Context, _ string, f reference.File, rows []reference.Row, _ activity.Entry) error {
	m.files[f.Name], m.rows = f, rows
	return nil
}

func (m *memory) References(context.Context, string) ([]reference.File, error) {
	return slices.Collect(maps.Values(m.files)), nil
}

func (m *memory) RemoveReference(_ context.Context, _, name string, _ activity.Entry) error {
	delete(m.files, name)
	return nil
}

func (m *memory) ReferenceRow(context.Context, string, string, string) (map[enrich.Field]json.RawMessage, error) {
	return nil, errors.New("nothing is looked up here")
}

const ws = "w"

func TestTooManyFiles(t *testing.T) {
	s, good := reference.New(&memory{files: map[string]reference.File{}}), "domain,industry\na.com,Anvils\n"
	for i := range reference.MaxFiles {
		mustAdd(t, s, ws, spec(fmt.Sprint("f", i), reference.Domain), reference.CSV, good)
	}
	if _, err := s.Add(context.Background(), ws, operator, spec("one-more", reference.Domain), reference.CSV, strings.NewReader(good)); fault.CodeOf(err) != fault.ValidationFailed {
		t.Errorf("a file too many: %v", err)
	}
	mustAdd(t, s, ws, spec("f7", reference.Domain), reference.CSV, good) // replacing is none
}

func TestBadLines(t *testing.T) {
	s, _, ws := service(t)
	r := mustAdd(t, s, ws, spec("a", reference.Domain), reference.JSON, "{\"domain\":\"a.com\",\"industry\":\"x\"}\nnonsense\n{\"domain\":\"b.com\",\"domain\":\"c.com\"}\n[1]\n{\"domain\":\"d.com\",\"industry\":7}\n")
	lines := []int{}
	for _, p := range r.Problems {
		lines = append(lines, p.Line)
	}
	if d := cmp.Diff([]int{2, 3, 4, 5, 5}, lines); d != "" || r.Read != 5 || r.Stored != 1 {
		t.Errorf("%+v", r)
	}
	r = mustAdd(t, s, ws, spec("b", reference.Domain), reference.CSV, "domain,industry\na.com,x\n"+strings.Repeat("b.com\n", reference.MaxReport+10))
	if len(r.Problems) != reference.MaxReport || r.MoreProblems != 10 {
		t.Errorf("%d problems and %d more", len(r.Problems), r.MoreProblems)
	}
}

func TestFormats(t *testing.T) {
	for name, want := range map[string]reference.Format{"a.csv": "csv", "A.CSV": "csv", "a.b.ndjson": "json", "a.jsonl": "json", "a.json": "json", "a.txt": "", "csv": "csv", "csv.": "", "": ""} {
		if got := reference.FormatOf(name); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
}

// TestAnyFile reads files of any bytes: nothing panics, and what is stored is JSON that the field's judge took.
func TestAnyFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune("domain,industry\n\"{}[]:a.com"))), rapid.String(),
			rapid.Just(`[{"domain":"a.com","industry":"x"},`+"\n"+`{"domain":"b.com","industry":""}]`)).Draw(t, "text")
		format := rapid.SampledFrom([]reference.Format{reference.CSV, reference.JSON}).Draw(t, "format")
		if format == reference.CSV {
			text = "domain,industry\n" + text
		}
		m := &memory{files: map[string]reference.File{}}
		r, err := reference.New(m).Add(context.Background(), ws, operator, spec("any", reference.Domain), format, strings.NewReader(text))
		if err != nil {
			if fault.CodeOf(err) != fault.ValidationFailed || len(m.files) > 0 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if r.Stored < 1 || r.Stored != len(m.rows) || r.Stored > r.Read || r.Stored+len(r.Problems) < r.Read {
			t.Fatalf("%q: %+v", text, r)
		}
		for _, row := range m.rows {
			for f, v := range row.Values {
				if d, err := identity.Domain(row.Key); err != nil || d != row.Key || !json.Valid(v) || f != enrich.Industry {
					t.Fatalf("%q stored %s: %s=%s", text, row.Key, f, v)
				}
			}
		}
	})
}
