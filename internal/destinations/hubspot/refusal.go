package hubspot

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// problem is what HubSpot says of a refusal, and of one record in a batch. Its texts may quote values, and go nowhere.
type problem struct {
	Category string    `json:"category"`
	Errors   []problem `json:"errors"`
}

// refusal returns why HubSpot did not take a write; nil when it did. A property at fault is told by name, where it is one that we sent.
func (c call) refusal(a *outbound.Answer, w write) error {
	accepted := receiver.Judge(a, c.now())
	if a.Status == http.StatusMultiStatus && len(read(a.Body).Errors) > 0 {
		accepted = &destinations.Failure{Class: destinations.ClassStatus}
	}
	invalid := a.Status == http.StatusBadRequest || a.Status == http.StatusMultiStatus
	if accepted == nil || !invalid {
		return accepted
	}
	if name := blamed(a.Body, w.properties); name != "" {
		return &destinations.Failure{Class: destinations.ClassField, Field: name}
	}
	return accepted
}

func read(body []byte) (p problem) {
	_ = json.Unmarshal(body, &p) // what is no JSON says nothing
	return p
}

// missing reports whether the record that was to be updated is not there.
func missing(a *outbound.Answer) bool {
	if a.Status == http.StatusNotFound {
		return true
	}
	errors := read(a.Body).Errors
	return a.Status == http.StatusMultiStatus && len(errors) > 0 && errors[0].Category == "OBJECT_NOT_FOUND"
}

// blamed returns the first property of ours that a refusal quotes. Its texts stand in quotation marks, which are escaped once more where a message holds
// JSON of its own.
func blamed(body []byte, sent map[string]string) string {
	plain := bytes.ReplaceAll(body, []byte(`\`), nil)
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if strings.Contains(string(plain), `"`+name+`"`) {
			return name
		}
	}
	return ""
}
