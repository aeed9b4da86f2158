package importpages_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/importpages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/uitest"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/ingest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const evil = `<script>alert(1)</script>`

var tokenInput = regexp.MustCompile(`name="` + ui.TokenField + `" value="([^"]*)"`)

// part is one part of a form.
type part struct{ name, file, value string }

// send posts the parts, the last followed by the body, with the token in front unless it is "none".
func send(t *testing.T, s *uitest.Server, b *uitest.Browser, token string, body io.Reader, parts ...part) (int, string) {
	t.Helper()
	b.Get(importpages.Path)
	if m := tokenInput.FindStringSubmatch(b.Body); m != nil && token == "" {
		token = m[1]
	}
	in, out := io.Pipe()
	form := multipart.NewWriter(out)
	go func() {
		defer out.Close()
		if token != "none" {
			_ = form.WriteField(ui.TokenField, token)
		}
		var last io.Writer
		for _, p := range parts {
			if p.file == "" {
				last, _ = form.CreateFormField(p.name)
			} else {
				last, _ = form.CreateFormFile(p.name, p.file)
			}
			if last == nil {
				return
			}
			_, _ = io.WriteString(last, p.value)
		}
		if body != nil {
			_, _ = io.Copy(last, body)
		}
		_ = form.Close()
	}()
	res, err := b.Client.Post(s.URL+importpages.Path, form.FormDataContentType(), in)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	b.Body = string(text)
	return res.StatusCode, b.Body
}

func setup(t *testing.T) (*uitest.World, *uitest.Server) {
	t.Helper()
	w := uitest.NewWorld(t)
	return w, uitest.Serve(t, w.W, importpages.New(ingest.New(w.DB, settings.New(w.DB, nil).RegisterSignalTypes).Import))
}

func TestRoles(t *testing.T) {
	_, s := setup(t)
	s.Roles(map[string]workspaces.Role{importpages.Path: workspaces.Operator})
	for _, path := range []string{importpages.Path, importpages.Path + "/report"} {
		if got, _ := s.As(workspaces.Viewer).Post(path, nil); got != http.StatusForbidden {
			t.Errorf("%s as a viewer: %d", path, got)
		}
		if got, _ := s.Anonymous().Post(path, nil); got != http.StatusUnauthorized {
			t.Errorf("%s as a stranger: %d", path, got)
		}
	}
}

func TestImport(t *testing.T) {
	w, s := setup(t)
	b := s.As(workspaces.Operator)
	lines := `{"domain":"acme.example","name":"Acme ` + evil + `"}` + "\n" + `{"domain":"` + evil + `"}` + "\n" + `{"name":"no domain"` + "\n" + `{"domain":"beta.example","founded_year":"=1+1"}` + "\n"
	status, body := send(t, s, b, "", nil, part{name: "kind", value: "accounts"}, part{"file", "=HYPERLINK(1) " + strings.ReplaceAll(evil, "/", "") + ".jsonl", lines})
	if status != http.StatusOK || strings.Contains(body, "<script>alert") {
		t.Fatalf("%d\n%s", status, body)
	}
	for name, want := range map[string]int{"Read": 4, "Created": 2, "Updated": 0, "Unchanged": 0, "Rejected": 2} {
		if !strings.Contains(body, `<th scope="row">`+name+`</th><td>`+strconv.Itoa(want)+`</td>`) {
			t.Errorf("%s is not %d", name, want)
		}
	}
	if log := w.Log(w.W, activity.RecordsImported); len(log) != 1 || log[0].Actor.Name != "operator@example.com" || log[0].Detail["created"] != "2" {
		t.Errorf("log = %+v", log)
	}
	report := regexp.MustCompile(`name="csv" value="([^"]*)"`).FindStringSubmatch(body)
	status, file := b.Post(importpages.Path+"/report", url.Values{"csv": {html.UnescapeString(report[1])}})
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if status != http.StatusOK || err != nil || len(rows) != 4 || rows[1][1] != "2" || rows[2][2] != wire.CodeInvalidJSON || rows[3][3] != "founded_year" {
		t.Errorf("%d, %v: %v", status, err, rows)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if status, body := send(t, s, b, "", nil, part{name: "kind", value: "accounts"}, part{"file", "again.jsonl", `{"domain":"acme.example"}`}); status != http.StatusOK || !strings.Contains(body, "Every line went in whole") {
		t.Errorf("again: %d", status)
	}
}

func TestCSVAndNewTypes(t *testing.T) {
	w, s := setup(t)
	b := s.As(workspaces.Operator)
	events := "type,source,occurred_at,company_domain\r\nmy_type,crm,2026-01-02T03:04:05Z,acme.example\r\n"
	if _, body := send(t, s, b, "", nil, part{name: "kind", value: "signals"}, part{"file", "events.CSV", events}); !strings.Contains(body, `Rejected</th><td>1<`) {
		t.Error("a type that is not known was taken")
	}
	if _, body := send(t, s, b, "", nil, part{name: "kind", value: "signals"}, part{name: "register_types", value: "on"}, part{"file", "events.CSV", events}); !strings.Contains(body, `Created</th><td>1<`) {
		t.Error("a type that was to be added was not")
	}
	found := search.New(w.DB)
	t.Cleanup(found.Close)
	page, err := found.Signals(context.Background(), w.W.ID, wire.ListSignals{Types: []string{"my_type"}})
	if err != nil || page.Total != 1 || page.Items[0].Account.Domain != "acme.example" {
		t.Errorf("signals = %+v, %v", page, err)
	}
}

func TestRefused(t *testing.T) {
	ran := 0
	w := uitest.NewWorld(t)
	s := uitest.Serve(t, w.W, importpages.New(func(context.Context, string, activity.Actor, ingest.Options, ...ingest.Source) (wire.ImportReport, error) {
		ran++
		return wire.ImportReport{}, nil
	}))
	b := s.As(workspaces.Operator)
	file := part{"file", "a.jsonl", "{}"}
	for name, c := range map[string]struct {
		token string
		parts []part
		want  int
	}{
		"no token":                {"none", []part{{name: "kind", value: "leads"}, file}, http.StatusForbidden},
		"a token behind the rest": {"none", []part{{name: "kind", value: "leads"}, {name: ui.TokenField, value: "x"}, file}, http.StatusForbidden},
		"another token":           {"AAAA", []part{{name: "kind", value: "leads"}, file}, http.StatusForbidden},
		"a long token":            {strings.Repeat("A", 5000), []part{file}, http.StatusBadRequest},
		"no kind":                 {"", []part{file}, http.StatusUnprocessableEntity},
		"an unknown kind":         {"", []part{{name: "kind", value: evil}, file}, http.StatusUnprocessableEntity},
		"no file":                 {"", []part{{name: "kind", value: "leads"}}, http.StatusBadRequest},
		"a file without a name":   {"", []part{{name: "kind", value: "leads"}, {name: "file", value: "{}"}}, http.StatusUnprocessableEntity},
	} {
		if status, body := send(t, s, b, c.token, nil, c.parts...); status != c.want || strings.Contains(body, evil) {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
	if status, _ := b.Post(importpages.Path, url.Values{"kind": {"leads"}}); status != http.StatusBadRequest {
		t.Errorf("a form of another type: %d", status)
	}
	if status, _ := b.Post(importpages.Path+"/report", url.Values{"csv": {"x"}, ui.TokenField: {"AAAA"}}); status != http.StatusForbidden {
		t.Errorf("a report for another session: %d", status)
	}
	if ran != 0 {
		t.Errorf("%d imports ran", ran)
	}
}

// endless yields n bytes of lines.
type endless struct{ left int }

var filler = []byte(`{"domain":"acme.example","name":"` + strings.Repeat("x", 950) + "\"}\n")

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, filler)
	e.left -= n
	return n, nil
}

// TestMemory sends far more than may be held at once, and looks how much is.
func TestMemory(t *testing.T) {
	const size, most = 64 << 20, 16 << 20
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak, read uint64
	w := uitest.NewWorld(t)
	s := uitest.Serve(t, w.W, importpages.New(func(_ context.Context, _ string, _ activity.Actor, _ ingest.Options, sources ...ingest.Source) (wire.ImportReport, error) {
		buf := make([]byte, 64<<10)
		for looked := uint64(0); ; {
			n, err := sources[0].Reader.Read(buf)
			read += uint64(n)
			if read-looked > 8<<20 {
				looked = read
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
			if errors.Is(err, io.EOF) {
				return wire.ImportReport{Read: 1, Created: 1}, nil
			}
			if err != nil {
				return wire.ImportReport{}, err
			}
		}
	}))
	b := s.As(workspaces.Operator)
	b.Client.Timeout = 0 // under the race detector it takes its time
	status, _ := send(t, s, b, "", &endless{size}, part{name: "kind", value: "accounts"}, part{name: "file", file: "large.jsonl"})
	if status != http.StatusOK || read < size || peak == 0 || peak > before.HeapAlloc+most {
		t.Errorf("%d: read %d MiB, the heap grew from %d to %d MiB", status, read>>20, before.HeapAlloc>>20, peak>>20)
	}
}

// TestStopped shows what an import did before it stopped, whoever stopped it.
func TestStopped(t *testing.T) {
	w := uitest.NewWorld(t)
	var fail error
	partly := wire.ImportReport{Read: 500, Created: 500, Report: []wire.LineError{}}
	s := uitest.Serve(t, w.W, importpages.New(func(_ context.Context, _ string, _ activity.Actor, _ ingest.Options, sources ...ingest.Source) (wire.ImportReport, error) {
		if fail != nil {
			return partly, fail
		}
		_, err := io.Copy(io.Discard, sources[0].Reader)
		return partly, err
	}))
	b := s.As(workspaces.Operator)
	fail = fault.New(fault.StorageFull, fault.StorageFull.Detail())
	if status, body := send(t, s, b, "", nil, part{name: "kind", value: "leads"}, part{"file", "a.jsonl", "{}"}); status != http.StatusServiceUnavailable || !strings.Contains(body, "The storage is full") || !strings.Contains(body, `Created</th><td>500<`) {
		t.Errorf("full: %d\n%s", status, body)
	}
	partly = wire.ImportReport{}
	if status, body := send(t, s, b, "", nil, part{name: "kind", value: "leads"}, part{"file", "a.jsonl", "{}"}); status != http.StatusServiceUnavailable || strings.Contains(body, "Created") {
		t.Errorf("full from the start: %d", status)
	}
	fail, partly = nil, wire.ImportReport{Read: 7, Created: 7}
	b.Get(importpages.Path)
	token := tokenInput.FindStringSubmatch(b.Body)[1]
	cut := new(bytes.Buffer)
	fmt.Fprintf(cut, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nleads\r\n", ui.TokenField, token)
	fmt.Fprint(cut, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n{}\n{")
	res, err := b.Client.Post(s.URL+importpages.Path, "multipart/form-data; boundary=b", cut)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "did not arrive whole") || !strings.Contains(string(body), `Created</th><td>7<`) {
		t.Errorf("cut: %d\n%s", res.StatusCode, body)
	}
}

// TestRemovedMeanwhile removes whoever sends a file while it arrives.
func TestRemovedMeanwhile(t *testing.T) {
	w := uitest.NewWorld(t)
	read := make(chan struct{}, 1)
	s := uitest.Serve(t, w.W, importpages.New(func(_ context.Context, _ string, _ activity.Actor, _ ingest.Options, sources ...ingest.Source) (wire.ImportReport, error) {
		r := sources[0].Reader
		_, err := io.ReadFull(r, make([]byte, 2))
		read <- struct{}{}
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		return wire.ImportReport{Read: 1, Created: 1}, err
	}))
	b := s.As(workspaces.Operator)
	b.Get(importpages.Path)
	token := tokenInput.FindStringSubmatch(b.Body)[1]
	body, rest := io.Pipe()
	go func() {
		fmt.Fprintf(rest, "--b\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nleads\r\n", ui.TokenField, token)
		fmt.Fprint(rest, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n"+strings.Repeat("{}\n", 4096))
		<-read
		s.End(workspaces.Operator)
		for range 20 { // well beyond the time after which it is asked again
			if _, err := fmt.Fprint(rest, strings.Repeat("{}\n", 4096)); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		fmt.Fprint(rest, "\r\n--b--\r\n")
		_ = rest.Close()
	}()
	res, err := b.Client.Post(s.URL+importpages.Path, "multipart/form-data; boundary=b", body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if page, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusForbidden || !strings.Contains(string(page), "Not allowed any more") {
		t.Errorf("%d\n%s", res.StatusCode, page)
	}
}
