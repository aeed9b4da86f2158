package apiclient_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// rowsThen answers with two rows and then does what end says.
func rowsThen(end func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", r.Header.Get("Accept")+"; charset=utf-8")
		h.Set("Unstuck-Total", "2")
		h.Set("Unstuck-Truncated", "true")
		h.Set("X-Request-Id", "back")
		_, _ = io.WriteString(w, "{\"id\":1}\n{\"id\":2}\n")
		_ = http.NewResponseController(w).Flush()
		end()
	}
}

func TestExport(t *testing.T) {
	type seen struct{ Method, URI, Body, Accept, Key, Type string }
	var got seen
	answer := rowsThen(func() {})
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.RequestURI, string(body), r.Header.Get("Accept"), r.Header.Get("Authorization"), r.Header.Get("Content-Type")}
		answer(w, r)
	})
	for _, contentType := range []string{apiclient.JSONLines, apiclient.CSV} {
		e, err := c.Export(t.Context(), secret(t), tools.FindLeads.Spec, json.RawMessage(`{"query":"x"}`), contentType, apiclient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(e.Body)
		if err != nil || string(body) != "{\"id\":1}\n{\"id\":2}\n" || e.Total != 2 || !e.Truncated || e.RequestID != "back" {
			t.Errorf("%s: %q, %+v, %v", contentType, body, e, err)
		}
		if err := e.Body.Close(); err != nil {
			t.Error(err)
		}
		want := seen{"POST", "/v1/leads/search", `{"query":"x"}`, contentType, "Bearer " + text, "application/json"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// TestABrokenExportIsNoEnd cuts the connection after whole rows: the reader is told.
func TestABrokenExportIsNoEnd(t *testing.T) {
	c := to(t, rowsThen(func() { panic(http.ErrAbortHandler) }))
	e, err := c.Export(t.Context(), secret(t), tools.FindLeads.Spec, nil, apiclient.JSONLines, apiclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Body.Close()
	body, err := io.ReadAll(e.Body)
	if fault.CodeOf(err) != fault.APIUnreachable || len(body) != 18 {
		t.Errorf("%q, %v", body, err)
	}
}

func TestExportIsRefused(t *testing.T) {
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		code   fault.Code
	}{
		"a problem": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", fault.ContentType)
			w.WriteHeader(422)
			_, _ = io.WriteString(w, `{"status":422,"code":"validation_failed","detail":"no"}`)
		}, fault.ValidationFailed},
		"JSON":             {reply(200, `{"items":[]}`), fault.Internal},
		"no total":         {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/csv") }, fault.Internal},
		"a dead transport": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.APIUnreachable},
	} {
		_, err := to(t, row.answer).Export(t.Context(), secret(t), tools.FindLeads.Spec, nil, apiclient.CSV, apiclient.Options{})
		if fault.CodeOf(err) != row.code {
			t.Errorf("%s: %v, want %s", name, err, row.code)
		}
	}
}

func TestExportEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		rowsThen(func() { <-r.Context().Done(); close(gone) })(w, r)
	})
	e, err := c.Export(ctx, secret(t), tools.FindLeads.Spec, nil, apiclient.CSV, apiclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Body.Close()
	cancel()
	<-gone
	if _, err := io.ReadAll(e.Body); fault.CodeOf(err) != fault.APIUnreachable {
		t.Errorf("%v", err)
	}
}
