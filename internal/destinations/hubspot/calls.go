package hubspot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// call is one Send.
type call struct {
	*Sender
	ctx    context.Context
	header http.Header
}

func (c call) ask(method, path string, body any) (*outbound.Answer, error) {
	return receiver.JSON(c.ctx, c.client, method, base+path, c.header, body)
}

// judge returns the status with what it means.
func (c call) judge(a *outbound.Answer, w write) (int, error) {
	if err := c.refusal(a, w); err != nil {
		return a.Status, err
	}
	return a.Status, nil
}

// ping reads one contact, which shows that the token works.
func (c call) ping() (int, error) {
	a, err := c.ask(http.MethodGet, "/crm/v3/objects/contacts?limit=1&properties=email", nil)
	if err != nil {
		return 0, err
	}
	return c.judge(a, write{})
}

type input struct {
	ID         string            `json:"id"`
	IDProperty string            `json:"idProperty"`
	Properties map[string]string `json:"properties"`
	Trace      string            `json:"objectWriteTraceId"`
}

// batch creates or updates one record by a property that is unique there. A record that left is only updated.
func (c call) batch(w write) (int, error) {
	path := "/crm/v3/objects/" + w.object + "/batch/upsert"
	if w.left {
		path = "/crm/v3/objects/" + w.object + "/batch/update"
	}
	a, err := c.ask(http.MethodPost, path, map[string]any{"inputs": []input{{w.value, w.key, w.properties, w.trace}}})
	if err != nil {
		return 0, err
	}
	if w.left && missing(a) {
		return a.Status, destinations.ErrSkipped
	}
	if status, err := c.judge(a, w); err != nil {
		return status, err
	}
	var done struct {
		Results []struct {
			ID string `json:"id"`
		} `json:"results"`
	}
	if json.Unmarshal(a.Body, &done) != nil || len(done.Results) == 0 || done.Results[0].ID == "" {
		return a.Status, &destinations.Failure{Class: destinations.ClassAnswer}
	}
	return a.Status, nil
}

// company writes a company, which HubSpot lets nobody upsert by its domain: it is looked for first. Of several, the oldest is written.
func (c call) company(w write) (int, error) {
	id, status, err := c.find(w)
	switch {
	case err != nil:
		return status, err
	case id == "" && w.left:
		return status, destinations.ErrSkipped
	}
	method, path := http.MethodPost, "/crm/v3/objects/companies"
	if id != "" {
		method, path = http.MethodPatch, path+"/"+url.PathEscape(id)
	}
	a, err := c.ask(method, path, map[string]any{"properties": w.properties})
	if err != nil {
		return 0, err
	}
	return c.judge(a, w)
}

// find returns the id of the company; "" when there is none.
func (c call) find(w write) (id string, status int, err error) {
	filter := map[string]string{"propertyName": w.key, "operator": "EQ", "value": w.value}
	a, err := c.ask(http.MethodPost, "/crm/v3/objects/companies/search", map[string]any{
		"filterGroups": []any{map[string]any{"filters": []any{filter}}}, "properties": []string{w.key}, "limit": 1,
		"sorts": []any{map[string]string{"propertyName": "createdate", "direction": "ASCENDING"}},
	})
	if err != nil {
		return "", 0, err
	}
	if status, err := c.judge(a, w); err != nil {
		return "", status, err
	}
	var found struct {
		Results *[]struct {
			ID string `json:"id"`
		} `json:"results"`
	}
	if json.Unmarshal(a.Body, &found) != nil || found.Results == nil {
		return "", a.Status, &destinations.Failure{Class: destinations.ClassAnswer}
	}
	for _, r := range *found.Results {
		return r.ID, a.Status, nil
	}
	return "", a.Status, nil
}
