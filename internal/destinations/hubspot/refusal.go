package hubspot

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"

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

// quoted finds names of properties in the forms in which refusals quote them.
var quoted = regexp.MustCompile(`(?:"(?:name|propertyName)":\s*\[?\s*|[Pp]roperty )"([a-z0-9_]+)"`)

// blamed returns the first property of ours that a refusal quotes. Quotation marks are escaped where a message holds JSON of its own, once or twice.
func blamed(body []byte, sent map[string]string) string {
	for _, m := range quoted.FindAllSubmatch(bytes.ReplaceAll(body, []byte(`\`), nil), -1) {
		if _, ours := sent[string(m[1])]; ours {
			return string(m[1])
		}
	}
	return ""
}
