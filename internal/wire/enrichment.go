package wire

import (
	"slices"
	"strconv"
	"time"
)

// Channel is a way to reach a person.
type Channel string

// The channels, in the order in which they are asked for when a call names none.
const (
	WorkEmail     Channel = "work_email"
	PersonalEmail Channel = "personal_email"
	Phone         Channel = "phone"
	LinkedInURL   Channel = "linkedin_url"
)

// Channels returns all channels in their order.
func Channels() []Channel { return []Channel{WorkEmail, PersonalEmail, Phone, LinkedInURL} }

// The bounds of enrichment.
const (
	MaxBulkRecords = 10_000 // of one bulk job
	MaxBulkIDs     = 1_000  // named one by one
)

// Hint says who or what is to be enriched: at least one of its fields.
type Hint struct {
	Email         string `json:"email,omitempty"`
	LinkedInURL   string `json:"linkedin_url,omitempty"`
	CompanyDomain string `json:"company_domain,omitempty"`
}

// Spending are the parts of an input that every call has that may cost credits.
type Spending struct {
	Refresh        bool   `json:"refresh,omitempty"` // ask again for what is filled
	DryRun         bool   `json:"dry_run,omitempty"` // quote alone: nothing is asked, stored or charged
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// EnrichRecord asks for the channels of one record. Models nest the hint, programs may give its fields at the top level.
type EnrichRecord struct {
	IdentityHint *Hint `json:"identity_hint,omitempty"`
	Hint
	Channels []Channel `json:"channels,omitempty"` // all four when left out
	Spending
}

// Who returns the hint, wherever it was given.
func (e EnrichRecord) Who() Hint {
	if e.IdentityHint != nil {
		return *e.IdentityHint
	}
	return e.Hint
}

// Validate checks what can be told without the store.
func (e EnrichRecord) Validate() error {
	var c checker
	at := ""
	if e.IdentityHint != nil {
		at = "identity_hint."
		c.refuse(e.Hint != Hint{}, "identity_hint", "give the hint nested or at the top level, not both")
	}
	h := e.Who()
	c.refuse(h == Hint{}, "identity_hint", "give at least one of", "email", "linkedin_url", "company_domain")
	c.text(at+"email", h.Email, 0, 400)
	c.text(at+"linkedin_url", h.LinkedInURL, 0, 400)
	c.text(at+"company_domain", h.CompanyDomain, 0, 400)
	c.channels(e.Channels)
	c.spending(e.Spending)
	return c.err()
}

func (c *checker) channels(list []Channel) {
	c.refuse(list != nil && len(list) == 0, "channels", "must not be empty; leave it out for all")
	for i, ch := range list {
		path := "channels[" + strconv.Itoa(i) + "]"
		c.refuse(!slices.Contains(Channels(), ch), path, "must be a channel", channelNames()...)
		c.refuse(slices.Index(list, ch) != i, path, "stands twice")
	}
}

func channelNames() (names []string) {
	for _, ch := range Channels() {
		names = append(names, string(ch))
	}
	return names
}

func (c *checker) spending(s Spending) {
	c.refuse(!ValidIdempotencyKey(s.IdempotencyKey) && s.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
}

// DiscoverContact asks for the channels of a person of whom only the name and the company are known.
type DiscoverContact struct {
	FirstName     string    `json:"first_name"`
	LastName      string    `json:"last_name"`
	CompanyDomain string    `json:"company_domain"`
	Channels      []Channel `json:"channels,omitempty"`
	Spending
}

// Validate checks what can be told without the store.
func (d DiscoverContact) Validate() error {
	var c checker
	c.text("first_name", d.FirstName, 1, 200)
	c.text("last_name", d.LastName, 1, 200)
	c.text("company_domain", d.CompanyDomain, 1, 400)
	c.channels(d.Channels)
	c.spending(d.Spending)
	return c.err()
}

// EnrichAccount asks for the facts of a company. Domain is an alias of CompanyDomain.
type EnrichAccount struct {
	CompanyDomain string `json:"company_domain,omitempty"`
	Domain        string `json:"domain,omitempty"`
	Spending
}

// Which returns the domain, by whichever name it was given.
func (e EnrichAccount) Which() string {
	if e.CompanyDomain != "" {
		return e.CompanyDomain
	}
	return e.Domain
}

// Validate checks what can be told without the store.
func (e EnrichAccount) Validate() error {
	var c checker
	c.text("company_domain", e.Which(), 1, 400)
	c.refuse(e.CompanyDomain != "" && e.Domain != "" && e.CompanyDomain != e.Domain, "domain", "differs from company_domain; give one of them")
	c.spending(e.Spending)
	return c.err()
}

// Found is one channel or field after a call: a value with where it comes from, or null with who was asked.
type Found struct {
	Value          Value      `json:"value"`                // text, integer, list of texts, or null
	Source         string     `json:"source,omitempty"`     // label of the provider
	Confidence     *float64   `json:"confidence,omitempty"` // 0 to 1
	EnrichedAt     *time.Time `json:"enriched_at,omitempty"`
	TriedProviders []string   `json:"tried_providers,omitzero"` // in their order; [] when none was asked
	Problem        string     `json:"problem,omitempty"`        // why a miss may not be the last word: provider_failed, out_of_time
}

// Price is what a call may cost, in credits.
type Price struct {
	Least int64 `json:"least"`
	Most  int64 `json:"most"`
}

// Bill is what every answer says of credits.
type Bill struct {
	CreditsUsed    int64  `json:"credits_used"`
	CreditsBalance int64  `json:"credits_balance"` // left after the call
	Quote          *Price `json:"quote,omitempty"` // of a dry run alone
}

// Enriched is the answer to enrich_record and discover_contact.
type Enriched struct {
	RecordID *string           `json:"record_id"` // null when there is no record and none was made
	Channels map[Channel]Found `json:"channels"`
	Bill
}

// EnrichedAccount is the answer to enrich_account.
type EnrichedAccount struct {
	AccountID *string          `json:"account_id"`
	Fields    map[string]Found `json:"fields"`
	Bill
}

// EnrichRecords starts a job over many records, named by ids or by a filter.
type EnrichRecords struct {
	Kind     Kind      `json:"record_type,omitempty"` // what the filter is over; lead when left out
	IDs      []string  `json:"ids,omitempty"`
	Channels []Channel `json:"channels,omitempty"` // of leads
	Limit    *int64    `json:"limit,omitempty"`    // most records taken
	Condition
	MaxCredits *int64 `json:"max_credits,omitempty"` // the job stops before it spends more
	Spending
}

// Validate checks what can be told without the store.
func (e EnrichRecords) Validate() error {
	var c checker
	c.refuse((len(e.IDs) == 0) == (len(e.Filter) == 0), "ids", "give either ids or filter")
	c.refuse(len(e.IDs) > MaxBulkIDs, "ids", "at most "+strconv.Itoa(MaxBulkIDs)+" ids; name more by a filter")
	for i, id := range e.IDs {
		c.text("ids["+strconv.Itoa(i)+"]", id, 1, 64)
		c.refuse(slices.Index(e.IDs, id) != i, "ids["+strconv.Itoa(i)+"]", "stands twice")
	}
	c.refuse(e.Kind != "" && e.Kind != KindLead && e.Kind != KindAccount, "record_type", "must be one of", string(KindLead), string(KindAccount))
	c.refuse(e.Kind == KindAccount && len(e.Channels) > 0, "channels", "belong to leads alone")
	c.refuse(e.Limit != nil && (*e.Limit < 1 || *e.Limit > MaxBulkRecords), "limit", "must be 1 to "+strconv.Itoa(MaxBulkRecords))
	c.refuse(e.MaxCredits != nil && *e.MaxCredits < 0, "max_credits", "must not be negative")
	c.channels(e.Channels)
	c.spending(e.Spending)
	return c.err()
}

// JobState is where a bulk job stands.
type JobState string

// The states of a job; the last three are final.
const (
	JobPending  JobState = "pending"
	JobRunning  JobState = "running"
	JobDone     JobState = "done"
	JobCanceled JobState = "canceled"
	JobStopped  JobState = "stopped" // by what StopReason says
)

// Final reports whether a job in the state never changes again.
func (s JobState) Final() bool { return s == JobDone || s == JobCanceled || s == JobStopped }

// EnrichmentJob is a bulk job.
type EnrichmentJob struct {
	ID         string     `json:"id"` // empty in a quote
	State      JobState   `json:"state"`
	StopReason string     `json:"stop_reason,omitempty"` // key_revoked, key_expired, feature_not_allowed, credits_exhausted (the workspace's), key_limit (the key's own), max_credits, canceled; said as soon as no further record is begun
	RecordType Kind       `json:"record_type"`
	Total      int64      `json:"total"`    // records; the four below are parts of it
	Enriched   int64      `json:"enriched"` // at least one value is there now
	Missed     int64      `json:"missed"`
	Failed     int64      `json:"failed"`
	Remaining  int64      `json:"remaining"`
	CreatedAt  *time.Time `json:"created_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Bill
	Items      []JobItem `json:"items,omitempty"` // a page, in the order of the job
	NextCursor *string   `json:"next_cursor,omitempty"`
}

// JobItem is what became of one record.
type JobItem struct {
	RecordID    string           `json:"record_id"`
	Outcome     string           `json:"outcome"` // pending, enriched, missed, failed, skipped
	CreditsUsed int64            `json:"credits_used"`
	Values      map[string]Found `json:"values,omitempty"`
	Error       *ItemError       `json:"error,omitempty"`
}

// GetEnrichmentJob asks for the state of a job and a page of its records.
type GetEnrichmentJob struct {
	ID      string  `json:"id"`
	Outcome string  `json:"outcome,omitempty"` // only items with this one
	Limit   *int    `json:"limit,omitempty"`   // items; 25 when left out, 0 for none
	Cursor  *string `json:"cursor,omitempty"`
}

// Validate checks what can be told without the store.
func (g GetEnrichmentJob) Validate() error {
	var c checker
	c.text("id", g.ID, 1, 64)
	outcomes := []string{"pending", "enriched", "missed", "failed", "skipped"}
	c.refuse(g.Outcome != "" && !slices.Contains(outcomes, g.Outcome), "outcome", "must be one of", outcomes...)
	c.refuse(g.Limit != nil && (*g.Limit < 0 || *g.Limit > 100), "limit", "must be 0 to 100")
	return c.err()
}

// CancelEnrichmentJob ends a job; records that were begun are finished.
type CancelEnrichmentJob struct {
	ID string `json:"id"`
}

// Validate checks what can be told without the store.
func (g CancelEnrichmentJob) Validate() error {
	var c checker
	c.text("id", g.ID, 1, 64)
	return c.err()
}
