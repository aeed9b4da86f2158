package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// exported answers a request for an export with every account, others by next.
func (a *fakeAPI) exported(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		mediaType := r.Header.Get("Accept")
		if mediaType != apiclient.CSV && mediaType != apiclient.JSONLines {
			next(w, r)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.busy > 0 {
			a.busy--
			w.WriteHeader(fault.StoreUnavailable.Status())
			_ = json.NewEncoder(w).Encode(fault.Wrap(fault.StoreUnavailable, nil).Problem("req-1"))
			return
		}
		a.last, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
		w.Header().Set("Unstuck-Total", strconv.Itoa(len(hostile)))
		if bytes.Contains(a.last, []byte(`"fuzzy"`)) {
			w.Header().Set("Unstuck-Truncated", "true")
		}
		body := exportOf(mediaType)
		if a.broken {
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(body)
	}
}

// exportOf spells every account as the API does.
func exportOf(mediaType string) []byte {
	var out, csv bytes.Buffer
	rows, err := tabular.NewWriter(&csv, tabular.Columns(tools.FindAccounts.Output().Properties["items"].Items))
	for _, account := range hostile {
		row, encoding := json.Marshal(account)
		out.Write(append(row, '\n'))
		err = errors.Join(err, encoding, rows.Write(row))
	}
	if err = errors.Join(err, rows.Flush()); err != nil {
		panic(err)
	}
	if mediaType == apiclient.CSV {
		return csv.Bytes()
	}
	return out.Bytes()
}

// breakOff lets all exports break off from now on.
func (a *fakeAPI) breakOff() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = true
}
