package destinations_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// portal stands for HubSpot: for the two calls that a change of a person makes there.
type portal struct {
	mu      sync.Mutex
	missing string                       // a property that the account does not have
	people  map[string]map[string]string // by email
}

func (h *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var in struct {
		Inputs []struct {
			ID         string            `json:"id"`
			Properties map[string]string `json:"properties"`
		} `json:"inputs"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || len(in.Inputs) != 1 || r.Header.Get("Authorization") != "Bearer pat-na1-11111111" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	one := in.Inputs[0]
	if _, has := one.Properties[h.missing]; has {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"category":"VALIDATION_ERROR","message":"Property values were not valid: [{\"error\":\"PROPERTY_DOESNT_EXIST\",\"name\":\"`+h.missing+`\"}]"}`)
		return
	}
	if h.people[one.ID] == nil {
		h.people[one.ID] = map[string]string{}
	}
	for name, v := range one.Properties {
		h.people[one.ID][name] = v
	}
	_, _ = io.WriteString(w, `{"results":[{"id":"1"}]}`)
}

// TestCRM follows people from an audience into a CRM and out again, through a property that is missing there at first.
func TestCRM(t *testing.T) {
	d, crm := newDepot(t, store.Config{DataDir: t.TempDir()}), &portal{missing: "icp_code", people: map[string]map[string]string{}}
	d.net.Site("api.hubapi.com", crm)
	to := d.save(t, wire.SaveDestination{Name: "CRM", Kind: "hubspot", Secrets: map[string]string{"token": "pat-na1-11111111"}})
	usual, ids := d.audience(t, 2, audiences.Attached{DestinationID: to.ID})
	own, others := d.audience(t, 1, audiences.Attached{DestinationID: to.ID, Mapping: map[string]string{"email": "work_email", "jobtitle": "title", "list": "audience.name"}})
	nobody := storetest.MustLeads(t, d.db, d.ws, wire.Lead{FirstName: "Without address"})[0].ID
	d.changed(t, append(d.events(usual, audiences.Added, append(ids, nobody)...), d.events(own, audiences.Added, others...)...)...)
	again, _ := d.work(t)
	if len(again) != 2 || len(d.log(t, to.ID, "skipped")) != 1 || len(crm.people) != 1 {
		t.Fatalf("%d are to be tried again, %d skipped, %d there", len(again), len(d.log(t, to.ID, "skipped")), len(crm.people))
	}
	for _, one := range d.log(t, to.ID, "queued") {
		if one.Error != "field" || one.Field != "icp_code" || one.Status != 400 {
			t.Errorf("%+v", one)
		}
	}
	crm.missing, d.queue.jobs = "", again
	d.clock.pass(time.Minute)
	d.work(t)
	email := "p0@" + own.ID + ".example"
	if len(crm.people) != 3 || crm.people[email]["list"] != own.Name || crm.people[email]["jobtitle"] != "=cmd|calc" || crm.people["p1@"+usual.ID+".example"]["firstname"] != "P1" {
		t.Fatal(crm.people)
	}
	d.changed(t, append(d.events(usual, audiences.Removed, ids...), d.events(own, audiences.Removed, others...)...)...)
	d.work(t)
	if got := len(d.log(t, to.ID, "skipped")); got != 3 || crm.people[email]["list"] != "" || crm.people[email]["jobtitle"] != "=cmd|calc" {
		t.Errorf("%d skipped; %v", got, crm.people)
	}
	if all := dump(t, d.db); strings.Contains(all, "pat-na1-11111111") {
		t.Error("the token is readable in the store")
	}
}
