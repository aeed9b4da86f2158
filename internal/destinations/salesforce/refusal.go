package salesforce

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// problems are what Salesforce says of a refusal. Their texts may quote values, and go nowhere.
type problems []struct {
	Code    string   `json:"errorCode"`
	Message string   `json:"message"`
	Fields  []string `json:"fields"`
}

func read(a *outbound.Answer) (p problems) {
	_ = json.Unmarshal(a.Body, &p) // what is no JSON says nothing
	return p
}

func (p problems) has(code string) bool {
	for _, one := range p {
		if one.Code == code {
			return true
		}
	}
	return false
}

// limited is how long to wait when the day's requests are used up; they are counted over the last 24 hours.
const limited = time.Hour

// refusal returns why Salesforce did not take a request; nil when it did. A field at fault is told by name, where it is one that we sent.
func (c call) refusal(a *outbound.Answer, w write) error {
	err := receiver.Judge(a, c.now())
	if err == nil {
		return nil
	}
	said := read(a)
	if said.has("REQUEST_LIMIT_EXCEEDED") {
		return &destinations.Failure{Class: destinations.ClassRateLimited, RetryAfter: max(limited, receiver.RetryAfter(a.Header, c.now()))}
	}
	if a.Status == http.StatusBadRequest || a.Status == http.StatusNotFound && !w.left {
		if name := said.blamed(w); name != "" {
			return &destinations.Failure{Class: destinations.ClassField, Field: name}
		}
	}
	return err
}

// demanded are the fields without which Salesforce makes no record.
var demanded = []string{"LastName", "Company", "Name"}

// blamed returns the first field of ours that the problems name: in their list, or as the word that stands in the sentence about a column or an external
// id that there is not.
func (p problems) blamed(w write) string {
	sent := append(slices.Sorted(maps.Keys(w.fields)), w.key)
	for _, one := range p {
		for _, name := range append(sent, demanded...) {
			if name != "" && slices.Contains(one.Fields, name) {
				return name
			}
		}
		words := strings.FieldsFunc(one.Message, func(r rune) bool { return strings.ContainsRune(" '\",.:;()", r) })
		for _, name := range sent {
			if name != "" && slices.Contains(words, name) {
				return name
			}
		}
	}
	return ""
}

// filled returns placeholders for the fields that are demanded and lack a value.
func (p problems) filled(sent map[string]any) map[string]any {
	out := map[string]any{}
	for _, one := range p {
		for _, name := range one.Fields {
			if slices.Contains(demanded, name) && sent[name] == nil {
				out[name] = notProvided
			}
		}
	}
	return out
}
