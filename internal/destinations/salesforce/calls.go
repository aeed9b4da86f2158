package salesforce

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// call is one Send.
type call struct {
	*Sender
	ctx    context.Context
	target destinations.Target
	base   string // https and the host
}

// ask sends one request of the API, under a new token where the old one is refused, and returns the answer also where it is a refusal.
func (c call) ask(method, path string, body any, w write) (a *outbound.Answer, status int, err error) {
	status, err = c.withToken(func(ctx context.Context, header http.Header) (int, error) {
		if a, err = receiver.JSON(ctx, c.client, method, c.base+path, header, body); err != nil {
			return 0, err
		}
		return a.Status, c.refusal(a, w)
	})
	return a, status, err
}

// ping lists what the API has, which shows that the credentials work.
func (c call) ping() (int, error) {
	_, status, err := c.ask(http.MethodGet, version+"/limits", nil, write{})
	return status, err
}

// upsert creates or updates a record by an external id. One that left is only updated.
func (c call) upsert(w write) (int, error) {
	path := version + "/sobjects/" + w.object + "/" + w.key + "/" + url.PathEscape(w.value)
	if w.left {
		path += "?updateOnly=true"
	}
	return c.write(http.MethodPatch, path, w)
}

// findAndWrite writes a record by a field that is no external id: it is looked for first. Of several, the oldest is written.
func (c call) findAndWrite(w write) (int, error) {
	id, status, err := c.find(w)
	switch {
	case err != nil:
		return status, err
	case id != "":
		w.fields = maps.Clone(w.fields)
		delete(w.fields, w.key) // which it has, if perhaps in other letters
		return c.write(http.MethodPatch, version+"/sobjects/"+w.object+"/"+id, w)
	case w.left:
		return status, destinations.ErrSkipped
	}
	return c.write(http.MethodPost, version+"/sobjects/"+w.object, w)
}

// quoted makes a text one of the query language.
var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", " ", "\r", " ")

// find returns the id of the record whose key has the value; "" when there is none.
func (c call) find(w write) (id string, status int, err error) {
	query := "SELECT Id FROM " + w.object + " WHERE " + w.key + " = '" + quoted.Replace(w.value) + "' ORDER BY CreatedDate LIMIT 1"
	a, status, err := c.ask(http.MethodGet, version+"/query?q="+url.QueryEscape(query), nil, w)
	if err != nil {
		return "", status, err
	}
	var found struct {
		Records *[]struct {
			ID string `json:"Id"`
		} `json:"records"`
	}
	if json.Unmarshal(a.Body, &found) != nil || found.Records == nil {
		return "", status, &destinations.Failure{Class: destinations.ClassAnswer}
	}
	for _, r := range *found.Records {
		if !recordID(r.ID) {
			return "", status, &destinations.Failure{Class: destinations.ClassAnswer}
		}
		id = r.ID
	}
	return id, status, nil
}

// recordID reports whether a text is an id, which goes into a path.
func recordID(s string) bool {
	return (len(s) == 15 || len(s) == 18) && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// notProvided stands in fields that Salesforce demands and of which nothing is known, as its own forms do it.
const notProvided = "[not provided]"

// write sends the fields. Where the record is new and lacks a name or a company that Salesforce demands, it is sent once more with a placeholder: that
// it is new is known from the refusal alone, and what is there must not be written over.
func (c call) write(method, path string, w write) (int, error) {
	a, status, err := c.ask(method, path, w.fields, w)
	if err != nil && a != nil {
		switch said := read(a); {
		case w.left && status == http.StatusNotFound, said.has("CANNOT_UPDATE_CONVERTED_LEAD"), said.has("ENTITY_IS_DELETED"):
			return status, destinations.ErrSkipped
		case said.has("REQUIRED_FIELD_MISSING") && !w.left:
			if fields := said.filled(w.fields); len(fields) > 0 {
				again := w
				again.fields = maps.Clone(w.fields)
				maps.Copy(again.fields, fields)
				_, status, err = c.ask(method, path, again.fields, again)
			}
		}
	}
	return status, err
}
