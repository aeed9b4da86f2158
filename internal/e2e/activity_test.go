package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/pgtest"
)

const activitySecret = "a-secret-of-a-provider-5e1c"

// TestActivityIsWholeSealedAndWithoutSecrets changes things by every door of two API processes at once. Each change is logged with its door, the
// servers seal all of it by themselves, the log proves itself and its exports, and holds nothing that anybody could use.
func TestActivityIsWholeSealedAndWithoutSecrets(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": pgtest.URL} {
		t.Run(name, func(t *testing.T) {
			s := newSystem(t, url(t))
			urls := []string{s.api.url("api_url"), s.api.url("api_url")}
			if name == "postgres" {
				urls[1] = s.serve().url("api_url")
			}
			ws := s.workspace("Logged", "team")
			setup := s.admin("member", "add", "--workspace", ws, "--email", "ann@example.com", "--role", "admin")["setup_url"].(string)
			_, key := s.key(ws, "--preset", "full")
			s.setSecret(urls[0], key)
			pushed := s.pushFromFour(urls, key)
			s.awaitSealed()
			s.provesItself(ws, pushed)
			for format, text := range s.exports(ws) {
				for what, secret := range map[string]string{"key": key, "secret part of the key": key[8:51], "provider's secret": activitySecret, "setup link": setup[len(setup)-20:]} {
					if strings.Contains(text, secret) {
						t.Errorf("the log holds a %s (%s)", what, format)
					}
				}
			}
		})
	}
}

func (s *system) setSecret(url, key string) {
	s.t.Helper()
	body := fmt.Sprintf(`{"enrichment":{"providers":{"acme":{"kind":"http","url":"https://example.com/find?by={email}","secret":"%s","secret_header":"X-Api-Key",
		"response":"{phone: .mobile}","fields":["phone"],"cost":3,"confidence":0.8}}}}`, activitySecret)
	if status, text := do(s.t, http.MethodPatch, url+"/v1/settings", key, "application/json", body); status != http.StatusOK {
		s.t.Fatalf("settings: %d %s", status, text)
	}
}

// pushFromFour pushes signals from four clients at once, and returns how many requests there were. The careless call their source by the key.
func (s *system) pushFromFour(urls []string, key string) int {
	const clients, each = 4, 10
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				body := fmt.Sprintf(`{"signal_type":"website_visit","source":"agent %s","occurred_at":"2026-03-01T00:00:00Z","external_id":"s-%d-%d","identity":{"email":"p%d@example.com"}}`, key, c, i, i)
				if status, text := do(s.t, http.MethodPost, urls[(c+i)%2]+"/v1/signals", key, "application/json", body); status != http.StatusCreated {
					s.t.Errorf("push: %d %s", status, text)
				}
			}
		})
	}
	wg.Wait()
	return clients * each
}

// awaitSealed waits until the servers have sealed everything.
func (s *system) awaitSealed() {
	s.t.Helper()
	db := s.open()
	defer db.Close()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		left, err := db.Unsealed(context.Background())
		switch {
		case err != nil:
			s.t.Fatal(err)
		case len(left) == 0:
			return
		case time.Since(begun) > time.Minute:
			s.t.Fatal("nobody seals")
		}
	}
}

// provesItself checks the log, and that each change tells by which door it came.
func (s *system) provesItself(ws string, pushed int) {
	s.t.Helper()
	verdict := s.admin("activity", "verify", "--workspace", ws)
	text, _, _ := run(s.t, s.environ, "", "api", "admin", "activity", "--workspace", ws, "-o", "json")
	var list []activity.View
	if err := json.Unmarshal([]byte(text), &list); err != nil || verdict["intact"] != true || int(verdict["entries"].(float64)) != len(list) {
		s.t.Fatalf("%v for %d entries, %v", verdict, len(list), err)
	}
	n := 0
	for _, v := range list {
		want := activity.Source{Door: activity.DoorOperator}
		if v.ActorKind == activity.ByKey {
			want = activity.Source{Door: activity.DoorAPI, Address: "127.0.0.1"}
		}
		if v.Action == activity.SignalsPushed {
			n++
		}
		if got := (activity.Source{Door: v.Door, Address: v.Address}); got != want {
			s.t.Errorf("%s came from %+v, want %+v", v.Action, got, want)
		}
	}
	if n != pushed {
		s.t.Errorf("%d pushes are logged, want %d", n, pushed)
	}
}

// exports returns the log in every form that leaves the server, having proved those that can be.
func (s *system) exports(ws string) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, format := range chain.Formats() {
		text, stderr, code := run(s.t, s.environ, "", "api", "admin", "activity", "export", "--workspace", ws, "--format", string(format))
		if code != 0 || !bytes.Contains([]byte(stderr), []byte(" entries\n")) {
			s.t.Fatalf("export: %d %s", code, stderr)
		}
		out[string(format)] = text
	}
	file := filepath.Join(s.t.TempDir(), "log.ndjson")
	if err := os.WriteFile(file, []byte(out[string(chain.Lines)]), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if f := s.admin("activity", "verify", "--workspace", ws, "--file", file); f["intact"] != true || f["left_out"] != 0.0 {
		s.t.Errorf("the export: %v", f)
	}
	return out
}
