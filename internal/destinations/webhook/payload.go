package webhook

import (
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// envelope is the body of a message.
type envelope struct {
	ID        string            `json:"id"` // the same at each attempt
	Type      destinations.Type `json:"type"`
	CreatedAt time.Time         `json:"created_at"` // of the change
	Data      any               `json:"data"`
}

// change is what a message tells of a member. Its record is left out once it was erased, and where a mapping chooses fields.
type change struct {
	Audience   destinations.Audience      `json:"audience"`
	Change     audiences.Change           `json:"change"`
	EventID    string                     `json:"event_id,omitempty"`
	RecordType wire.Kind                  `json:"record_type"`
	RecordID   string                     `json:"record_id"`
	Record     any                        `json:"record,omitempty"`
	LastSignal *wire.Signal               `json:"last_signal,omitempty"`
	Fields     map[string]json.RawMessage `json:"fields,omitempty"` // by the receiver's names
}

// payload returns the body of a message.
func payload(m destinations.Message) ([]byte, error) {
	e := envelope{ID: m.ID, Type: m.Type, CreatedAt: m.At.UTC(), Data: struct{}{}}
	if m.Type != destinations.Ping {
		e.Data = told(m)
	}
	return json.Marshal(e)
}

func told(m destinations.Message) change {
	c := change{Audience: m.Audience, Change: m.Change, EventID: m.EventID, RecordType: wire.KindLead, RecordID: m.RecordID}
	if m.Kind == filter.Accounts {
		c.RecordType = wire.KindAccount
	}
	switch {
	case m.Mapping != nil:
		c.Fields = map[string]json.RawMessage{}
		for _, v := range m.Values() {
			c.Fields[v.Field] = v.JSON
		}
	case m.Account != nil:
		c.Record, c.LastSignal = m.Account, m.LastSignal
	case m.Lead != nil:
		c.Record, c.LastSignal = m.Lead, m.LastSignal
	}
	return c
}
