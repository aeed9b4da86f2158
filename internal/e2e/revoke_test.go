package e2e_test

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/pgtest"
)

// The full campaign: go test ./internal/e2e -count=1 -v -timeout 30m -run '^TestRevocationBindsOnEveryReplica$' -revoke-requests 100000
var revokeRequests = flag.Int("revoke-requests", 2000, "requests after a revoke that the campaign must make")

const (
	revokedKeys  = 20 // each is revoked while its clients are busy
	clientsByKey = 8
)

// TestRevocationBindsOnEveryReplica counts requests that begin only after the revoke's answer was read, alternating
// between two API processes on one PostgreSQL. Only 401 key_revoked counts as refused; anything else that is not an
// acceptance is untested, and the campaign fails when it tested fewer requests than it was told to.
func TestRevocationBindsOnEveryReplica(t *testing.T) {
	s := newSystem(t, pgtest.URL(t))
	urls := []string{s.api.url("api_url"), s.serve().url("api_url")}
	ws := s.workspace("Revoke", "team")
	perKey := (*revokeRequests + revokedKeys - 1) / revokedKeys
	var tally revokeTally
	for range revokedKeys {
		id, key := s.key(ws, "--preset", "read_only")
		s.hammer(&tally, urls, id, key, perKey)
	}
	t.Logf("revocation: %d requests begun after the revoke was read: %d refused, %d accepted, %d untested (before it: %d accepted)",
		tally.refused.Load()+tally.accepted.Load()+tally.untested.Load(), tally.refused.Load(), tally.accepted.Load(), tally.untested.Load(), tally.before.Load())
	if n := tally.accepted.Load(); n != 0 {
		t.Errorf("%d requests were accepted after the revoke", n)
	}
	if n := tally.refused.Load(); n < int64(*revokeRequests) {
		t.Errorf("only %d requests were tested, want %d", n, *revokeRequests)
	}
	if tally.before.Load() < revokedKeys {
		t.Errorf("only %d requests were accepted before the revokes: the keys never worked", tally.before.Load())
	}
}

type revokeTally struct{ before, refused, accepted, untested atomic.Int64 }

// hammer lets clients use the key, revokes it meanwhile, and counts what they get afterwards.
func (s *system) hammer(tally *revokeTally, urls []string, id, key string, requests int) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clientsByKey}}
	defer client.CloseIdleConnections()
	var revoked atomic.Bool
	var left atomic.Int64
	left.Store(int64(requests))
	var wg sync.WaitGroup
	for c := range clientsByKey {
		wg.Go(func() {
			for i := c; ; i++ {
				after := revoked.Load() // read before the request begins
				if after && left.Add(-1) < 0 {
					return
				}
				tally.count(after, client, urls[i%len(urls)], key)
			}
		})
	}
	s.admin("key", "revoke", id)
	revoked.Store(true)
	wg.Wait()
}

func (tally *revokeTally) count(after bool, client *http.Client, url, key string) {
	status, code := ask(client, url, key)
	switch {
	case !after && status == http.StatusOK:
		tally.before.Add(1)
	case !after: // begun before the revoke was read: either answer is right
	case status == http.StatusUnauthorized && code == "key_revoked":
		tally.refused.Add(1)
	case status >= 200 && status < 300:
		tally.accepted.Add(1)
	default:
		tally.untested.Add(1)
	}
}

// ask makes one cheap keyed request and returns its status and, for a refusal, the code; 0 when no answer came.
func ask(client *http.Client, url, key string) (int, string) {
	r, err := http.NewRequest(http.MethodGet, url+"/v1/accounts?limit=1", nil)
	if err != nil {
		return 0, ""
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	var problem struct {
		Code string `json:"code"`
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	_ = json.Unmarshal(body, &problem)
	return resp.StatusCode, problem.Code
}
