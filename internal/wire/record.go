package wire

import (
	"encoding/json"
	"time"
)

// Record is the answer of get_record: one account or lead, flat, with what happened last.
type Record struct {
	Account       *Account // exactly one of Account and Lead is set
	Lead          *Lead
	RecentSignals []Signal
	SignalCount   int
	SignalsByType map[string]int        // how many there are of each type; together SignalCount
	Enrichment    map[string]Provenance // by field

	EngagementAsOf *time.Time // for which its engagement holds; nil of one nobody has looked at
	Qualification  *Breakdown // nil of one that was never qualified
}

// ID returns the record's id.
func (r Record) ID() string {
	if r.Account != nil {
		return r.Account.ID
	}
	return r.Lead.ID
}

// Provenance says where the value that a field has now comes from.
type Provenance struct {
	Value      Value     `json:"value,omitempty"` // only of what has no field of its own, such as the phone of an account
	Source     string    `json:"source"`          // label of the provider
	Confidence float64   `json:"confidence"`      // 0 to 1
	EnrichedAt time.Time `json:"enriched_at"`
}

type recordTail struct {
	SignalCount   int            `json:"signal_count"`
	SignalsByType map[string]int `json:"signals_by_type"` // every signal, so that they add up to signal_count
	RecentSignals []Signal       `json:"recent_signals"`  // newest first, at most 10
	// Enrichment is by field, of those whose value a provider delivered; left out when there is none.
	Enrichment map[string]Provenance `json:"enrichment,omitempty"`

	EngagementAsOf *time.Time `json:"engagement_as_of,omitempty"`
	Qualification  *Breakdown `json:"qualification,omitempty"`
}

// AccountRecord is the flat form of an account.
type AccountRecord struct {
	RecordType Kind `json:"record_type"`
	Account
	recordTail
}

// LeadRecord is the flat form of a lead.
type LeadRecord struct {
	RecordType Kind `json:"record_type"`
	Lead
	recordTail
}

// MarshalJSON writes the record flat, with its record_type.
func (r Record) MarshalJSON() ([]byte, error) { return json.Marshal(r.Flat()) }

// Flat returns what MarshalJSON writes, an *AccountRecord or a *LeadRecord, for encoders with settings of their own.
func (r Record) Flat() any {
	tail := recordTail{r.SignalCount, r.SignalsByType, r.RecentSignals, r.Enrichment, r.EngagementAsOf, r.Qualification}
	if tail.SignalsByType == nil {
		tail.SignalsByType = map[string]int{}
	}
	if tail.RecentSignals == nil {
		tail.RecentSignals = []Signal{}
	}
	if r.Account != nil {
		return &AccountRecord{KindAccount, *r.Account, tail}
	}
	return &LeadRecord{KindLead, *r.Lead, tail}
}

// Shape returns a copy with recent signals in the given format; concise leaves out where values and scores come from, detailed changes nothing.
func (r Record) Shape(f Format) Record {
	if f == Detailed {
		return r
	}
	recent := make([]Signal, 0, 5)
	for _, s := range r.RecentSignals[:min(5, len(r.RecentSignals))] {
		recent = append(recent, s.Concise(nil))
	}
	r.RecentSignals, r.Enrichment, r.EngagementAsOf, r.Qualification = recent, nil, nil, nil
	return r
}
