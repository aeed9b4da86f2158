package wire

import (
	"bytes"
	"encoding/json"
	"time"
)

// AudienceMember is a record with its place in an audience, flat.
type AudienceMember struct {
	Position int64      // from 1, by the audience's ranking
	JoinedAt *time.Time // nil in a preview
	Account  *Account   // exactly one of Account and Lead is set
	Lead     *Lead
}

// MemberHead is what stands before the fields of the record in the JSON of an AudienceMember.
type MemberHead struct {
	Position   int64      `json:"position"`
	JoinedAt   *time.Time `json:"joined_at,omitempty"`
	RecordType Kind       `json:"record_type"`
}

// AccountMember is the flat form of an account in an audience.
type AccountMember struct {
	MemberHead
	Account
}

// LeadMember is the flat form of a lead in an audience.
type LeadMember struct {
	MemberHead
	Lead
}

// MarshalJSON writes the member flat.
func (m AudienceMember) MarshalJSON() ([]byte, error) {
	var flat any = AccountMember{}
	switch head := (MemberHead{m.Position, m.JoinedAt, KindAccount}); {
	case m.Account != nil:
		flat = AccountMember{head, *m.Account}
	case m.Lead != nil:
		head.RecordType = KindLead
		flat = LeadMember{head, *m.Lead}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // for encoders with settings of their own
	err := e.Encode(flat)
	return b.Bytes(), err
}

// Concise returns m with its record in concise form, and the fields that sorts name.
func (m AudienceMember) Concise(sorts []Sort) AudienceMember {
	return m.each(func(a Account) Account { return a.Concise(sorts) }, func(l Lead) Lead { return l.Concise(sorts) })
}

// Bare returns m with nothing of its record but the id.
func (m AudienceMember) Bare() AudienceMember {
	return m.each(func(a Account) Account { return Account{ID: a.ID} }, func(l Lead) Lead { return Lead{ID: l.ID} })
}

// Shorten returns m with long texts cut to at most n characters.
func (m AudienceMember) Shorten(n int) AudienceMember {
	return m.each(func(a Account) Account { return a.Shorten(n) }, func(l Lead) Lead { return l.Shorten(n) })
}

func (m AudienceMember) each(account func(Account) Account, lead func(Lead) Lead) AudienceMember {
	if m.Account != nil {
		a := account(*m.Account)
		m.Account = &a
	}
	if m.Lead != nil {
		l := lead(*m.Lead)
		m.Lead = &l
	}
	return m
}

// ListAudienceMembers asks who is in an audience, in the order of its ranking.
type ListAudienceMembers struct {
	ID             string  `json:"id"`
	Limit          *int    `json:"limit,omitempty"`
	Cursor         *string `json:"cursor,omitempty"`
	ResponseFormat Format  `json:"response_format,omitempty"`
}

// Page returns the paging of l.
func (l ListAudienceMembers) Page() Page {
	return Page{Limit: l.Limit, Cursor: l.Cursor, ResponseFormat: l.ResponseFormat}
}

// Validate checks what can be told without the store.
func (l ListAudienceMembers) Validate() error {
	if err := (GetAudience{l.ID}).Validate(); err != nil {
		return err
	}
	return l.Page().Validate()
}

// AudienceMembers is a page of an audience.
type AudienceMembers struct {
	List[AudienceMember]
	AsOf  *time.Time `json:"as_of,omitempty"` // the time for which the members hold; left out before the first look
	State string     `json:"state"`           // scanning: not every record was looked at yet
}

// ListAudienceEvents asks what changed in an audience, the oldest first.
type ListAudienceEvents struct {
	ID     string  `json:"id"`
	After  string  `json:"after,omitempty"` // id of the last event that is known: only later ones follow
	Limit  *int    `json:"limit,omitempty"`
	Cursor *string `json:"cursor,omitempty"`
}

// Page returns the paging of l.
func (l ListAudienceEvents) Page() Page { return Page{Limit: l.Limit, Cursor: l.Cursor} }

// Validate checks what can be told without the store.
func (l ListAudienceEvents) Validate() error {
	var c checker
	c.text("id", l.ID, 1, 64)
	c.text("after", l.After, 0, 64)
	if err := c.err(); err != nil {
		return err
	}
	return l.Page().Validate()
}

// AudienceEvent tells of one change, once.
type AudienceEvent struct {
	ID         string    `json:"id"`
	Change     string    `json:"change"` // added, removed or reranked
	RecordType Kind      `json:"record_type"`
	RecordID   string    `json:"record_id"`
	At         time.Time `json:"at"` // the time for which it was worked out
}

// Concise returns e as it is.
func (e AudienceEvent) Concise([]Sort) AudienceEvent { return e }

// Shorten returns e as it is.
func (e AudienceEvent) Shorten(int) AudienceEvent { return e }
