package api_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// pagedAccounts answers find_accounts from a list of n, page by page, and fails at the given one.
type pagedAccounts struct {
	*world
	n, failAt int
	limits    []int
}

func (m *pagedAccounts) Accounts(ctx context.Context, _ string, in wire.FindAccounts) (search.Page[wire.Account], error) {
	from := 0
	if in.Cursor != nil {
		from, _ = strconv.Atoi(*in.Cursor)
	}
	m.change(func() { m.limits = append(m.limits, in.Page.Size()) })
	if m.failAt > 0 && from >= m.failAt {
		return search.Page[wire.Account]{}, errors.New("the disk is gone")
	}
	page := search.Page[wire.Account]{Total: m.n}
	for i := from; i < min(m.n, from+in.Page.Size()); i++ {
		page.Items = append(page.Items, wire.Account{ID: fmt.Sprint("a", i), Domain: fmt.Sprintf("d%d.com", i), Name: `=1+1, "x"`, Tags: []string{"a", "b"}})
		page.Cursors = append(page.Cursors, strconv.Itoa(i+1))
	}
	page.More = from+in.Page.Size() < m.n
	return page, nil
}

func exportRig(t *testing.T, n, failAt int) (r *rig, m *pagedAccounts, get func(accept, body string) (*http.Response, []byte, error)) {
	r = newRig(t, func(c *api.Config) {
		m = &pagedAccounts{world: c.Search.(*world), n: n, failAt: failAt}
		c.Search = m
	})
	key := r.fullKey().Secret.Reveal()
	return r, m, func(accept, body string) (*http.Response, []byte, error) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/accounts/search", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return resp, text, err
	}
}

func TestExportStreamsTheWholeResult(t *testing.T) {
	_, m, get := exportRig(t, 1234, 0)
	resp, body, err := get("application/x-ndjson", `{}`)
	lines := 0
	for sc := bufio.NewScanner(strings.NewReader(string(body))); sc.Scan(); lines++ {
		var a wire.Account
		if err := json.Unmarshal(sc.Bytes(), &a); err != nil || a.Domain != fmt.Sprintf("d%d.com", lines) {
			t.Fatalf("line %d: %s (%v)", lines, sc.Text(), err)
		}
	}
	if err != nil || lines != 1234 || resp.Header.Get("Unstuck-Total") != "1234" || resp.Header.Get("Content-Type") != "application/x-ndjson; charset=utf-8" ||
		resp.Header.Get("Content-Disposition") != `attachment; filename="accounts.ndjson"` || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d lines, %v, %v", lines, resp.Header, err)
	}
	if !slices.Equal(m.limits, []int{500, 500, 500}) {
		t.Errorf("pages of %v", m.limits)
	}
}

func TestExportAsCSV(t *testing.T) {
	_, _, get := exportRig(t, 3, 0)
	resp, body, err := get("text/csv", `{"limit":2,"cursor":"1"}`)
	rows, parse := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || parse != nil || len(rows) != 3 || !strings.HasSuffix(string(body), "\r\n") || resp.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Fatalf("%q, %v, %v", body, err, parse)
	}
	cell := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	if cell(1, "domain") != "d1.com" || cell(2, "domain") != "d2.com" || cell(1, "name") != `'=1+1, "x"` || cell(1, "tags") != "a, b" || cell(1, "founded_year") != "" {
		t.Errorf("rows %q", rows)
	}
	if _, body, _ := get("text/csv", `{"limit":1,"cursor":"9"}`); strings.Count(string(body), "\n") != 1 {
		t.Errorf("an empty result is %q", body)
	}
}

// TestAnExportThatBreaksOffLooksBroken: no client may take a part for the whole.
func TestAnExportThatBreaksOffLooksBroken(t *testing.T) {
	_, _, get := exportRig(t, 2000, 1000)
	resp, body, err := get("application/x-ndjson", `{}`)
	if resp.StatusCode != 200 || err == nil || strings.Count(string(body), "\n") > 1000 {
		t.Errorf("%d, %d bytes, %v", resp.StatusCode, len(body), err)
	}
}

func TestExportsAreRefusedBeforeTheyBegin(t *testing.T) {
	_, _, get := exportRig(t, 3, 0)
	for body, status := range map[string]int{`{"limit":1000}`: 422, `{"nothing":1}`: 422, `{`: 400} {
		resp, text, err := get("text/csv", body)
		if err != nil || resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %v", body, resp.StatusCode, text, err)
		}
	}
}

func TestWhatIsAskedForDecidesTheForm(t *testing.T) {
	_, _, get := exportRig(t, 3, 0)
	for accept, want := range map[string]string{
		"*/*": "application/json", "application/json": "application/json", "text/html, */*;q=0.8": "application/json", "text/*": "text/csv; charset=utf-8",
		"text/csv, */*;q=0.1": "text/csv; charset=utf-8", "text/csv;q=0.5, application/json": "application/json", "text/csv, */*": "text/csv; charset=utf-8",
		"application/*": "application/json", "application/x-ndjson;q=0.1": "application/x-ndjson; charset=utf-8",
	} {
		if resp, _, _ := get(accept, `{}`); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s, want %s", accept, resp.StatusCode, resp.Header.Get("Content-Type"), want)
		}
	}
	if resp, _, _ := get("image/png", `{}`); resp.StatusCode != 406 {
		t.Errorf("image/png: %d", resp.StatusCode)
	}
}
