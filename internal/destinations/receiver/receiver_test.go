package receiver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

var now = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-5": 0, "1e3": 0, "99999999999999999999": 0, "soon": 0,
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute, now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := receiver.RetryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestJudge(t *testing.T) {
	for status, want := range map[int]destinations.Class{200: "", 201: "", 299: "", 301: destinations.ClassRedirect, 300: destinations.ClassStatus, 304: destinations.ClassRedirect, 400: destinations.ClassStatus,
		401: destinations.ClassCredentials, 403: destinations.ClassCredentials, 429: destinations.ClassRateLimited, 500: destinations.ClassStatus} {
		var f *destinations.Failure
		err := receiver.Judge(&outbound.Answer{Status: status}, now)
		if errors.As(err, &f); want == "" && err != nil || want != "" && (f == nil || f.Class != want) {
			t.Errorf("%d: %v, want %q", status, err, want)
		}
	}
}

// TestAsk shows what is asked, and what each way to get no answer is called.
func TestAsk(t *testing.T) {
	n := internet.New(t)
	var got *http.Request
	n.Site("good.test", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r; w.WriteHeader(http.StatusCreated) }))
	n.Site("slow.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	n.Site("huge.test", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, receiver.MaxAnswer+1)) }))
	n.Site("moved.test", http.RedirectHandler("https://good.test/", http.StatusTemporaryRedirect))
	n.A("inside.test", "10.0.0.1")
	client := n.Client(t, outbound.Config{Timeout: 300 * time.Millisecond})
	header := http.Header{"Authorization": {"Bearer x"}}
	a, err := receiver.JSON(context.Background(), client, http.MethodPost, "https://good.test/x", header, map[string]int{"a": 1})
	if err != nil || a.Status != 201 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Authorization") != "Bearer x" || got.Header.Get("User-Agent") != "unstuck" {
		t.Error(err, got)
	}
	if header.Get("Content-Type") != "" {
		t.Error("the caller's header was changed")
	}
	for url, want := range map[string]destinations.Class{"https://slow.test/": destinations.ClassTimeout, "https://huge.test/": destinations.ClassAnswer, "https://inside.test/": destinations.ClassForbidden,
		"http://good.test/": destinations.ClassForbidden, "https://unknown.test/": destinations.ClassNoSuchName, "https://good.test/\x7f": destinations.ClassForbidden} {
		_, err := receiver.JSON(context.Background(), client, http.MethodGet, url, header, nil)
		var f *destinations.Failure
		if !errors.As(err, &f) || f.Class != want || strings.Contains(err.Error(), ".test") {
			t.Errorf("%q: %v, want %s", url, err, want)
		}
	}
	if a, err := receiver.JSON(context.Background(), client, http.MethodGet, "https://moved.test/", header, nil); err != nil || a.Status != 307 {
		t.Error("a redirect was followed", a, err)
	}
	gone, leave := context.WithCancel(context.Background())
	leave()
	if _, err := receiver.JSON(gone, client, http.MethodGet, "https://good.test/", header, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
