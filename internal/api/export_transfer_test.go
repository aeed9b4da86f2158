package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/api"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// largeExport starts an API whose find_accounts has n accounts, and opens a connection to it.
func largeExport(t *testing.T, n int, stall time.Duration) (r *rig, m *pagedAccounts, key keys.Created, conn *net.TCPConn) {
	t.Helper()
	r = newRig(t, func(c *api.Config) {
		m = &pagedAccounts{world: c.Search.(*world), n: n}
		c.Search, c.ExportStall = m, stall
	})
	c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	r.must(err)
	t.Cleanup(func() { _ = c.Close() })
	conn = c.(*net.TCPConn)
	r.must(conn.SetReadBuffer(64 << 10))
	return r, m, r.fullKey(), conn
}

// exportOver asks for the export over a connection.
func (r *rig) exportOver(conn net.Conn, version string, key keys.Created) (*http.Response, error) {
	r.Helper()
	_, err := io.WriteString(conn, "GET /v1/accounts "+version+"\r\nHost: localhost\r\nAccept: application/x-ndjson\r\nAuthorization: Bearer "+key.Secret.Reveal()+"\r\n\r\n")
	r.must(err)
	return http.ReadResponse(bufio.NewReader(conn), nil)
}

// slow reads a little at a time.
type slow struct{ io.Reader }

func (s slow) Read(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 32<<10)])
}

// TestASlowReaderGetsAll reads for longer than a reader may stand still.
func TestASlowReaderGetsAll(t *testing.T) {
	r, m, key, conn := largeExport(t, 30_000, time.Second)
	resp, err := r.exportOver(conn, "HTTP/1.1", key)
	r.must(err)
	body, err := io.ReadAll(slow{resp.Body})
	if err != nil || strings.Count(string(body), "\n") != m.n {
		t.Errorf("%d lines, %v", strings.Count(string(body), "\n"), err)
	}
}

// TestADeadReaderIsCut reads nothing: the API lets go of it and says so.
func TestADeadReaderIsCut(t *testing.T) {
	r, _, key, conn := largeExport(t, 10_000_000, 200*time.Millisecond)
	resp, err := r.exportOver(conn, "HTTP/1.1", key)
	r.must(err)
	r.eventually("the export is logged", func() bool { return strings.Contains(r.log.String(), `"route":"GET /v1/accounts"`) })
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%d bytes look whole", len(body))
	}
}

// TestHTTP10SeesABrokenTransfer where the connection's end is the answer's.
func TestHTTP10SeesABrokenTransfer(t *testing.T) {
	r, m, key, conn := largeExport(t, 2_000_000, 30*time.Second)
	m.failAt = 50_000
	resp, err := r.exportOver(conn, "HTTP/1.0", key)
	r.must(err)
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%d lines look whole", strings.Count(string(body), "\n"))
	}
	r.eventually("the cause is logged", func() bool {
		return strings.Contains(r.log.String(), `"level":"error"`) && strings.Contains(r.log.String(), "the disk is gone")
	})
}

// TestARevokedKeyExportsNoMore revokes the key while its export runs.
func TestARevokedKeyExportsNoMore(t *testing.T) {
	r, _, key, conn := largeExport(t, 10_000_000, 30*time.Second)
	resp, err := r.exportOver(conn, "HTTP/1.1", key)
	r.must(err)
	r.revoke(key.Key)
	if body, err := io.ReadAll(resp.Body); err == nil || strings.Count(string(body), "\n") > 1_000_000 {
		t.Errorf("%d lines, %v", strings.Count(string(body), "\n"), err)
	}
	r.eventually("the reason is logged", func() bool { return strings.Contains(r.log.String(), `"code":"key_revoked"`) })
}

func TestExportByGETAndHEAD(t *testing.T) {
	r, m, key, _ := largeExport(t, 3, 0)
	got := r.ask("GET", "/v1/accounts?limit=2&response_format=concise", key.Secret.Reveal(), "", "Accept: application/x-ndjson")
	if lines := strings.Count(got.body, "\n"); got.status != 200 || lines != 2 || got.header.Get("Unstuck-Total") != "3" || strings.Contains(got.body, "null") {
		t.Errorf("%d %q", got.status, got.body)
	}
	m.n = 5000
	got = r.ask("HEAD", "/v1/accounts", key.Secret.Reveal(), "", "Accept: text/csv")
	if got.status != 200 || got.body != "" || got.header.Get("Unstuck-Total") != "5000" || len(m.limits) != 2 {
		t.Errorf("%d %v, pages of %v", got.status, got.header, m.limits)
	}
}

// TestAnExportIsOneRequest of the workspace's limit, however many pages it takes.
func TestAnExportIsOneRequest(t *testing.T) {
	r, _, _, _ := largeExport(t, 5000, 0)
	two := 2
	key := r.key(r.workspace(workspaces.Change{Burst: &two}).ID, keys.CreateRequest{}).Secret.Reveal()
	for i, status := range []int{200, 200, 429} {
		if got := r.ask("GET", "/v1/accounts", key, "", "Accept: text/csv"); got.status != status {
			t.Errorf("export %d: %d", i, got.status)
		}
	}
}
