package wire

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Qualify asks that records be qualified: at once those of ids, or in the background those over which it goes.
type Qualify struct {
	IDs            []string        `json:"ids,omitempty"`    // of leads and accounts, at most 100
	Over           QualifyOver     `json:"over,omitempty"`   // accounts, leads, or all: accounts, then leads
	Filter         json.RawMessage `json:"filter,omitempty"` // over accounts or leads: only those that fulfil it
	IdempotencyKey string          `json:"idempotency_key,omitempty"`
}

// QualifyOver is the records that a job goes over.
type QualifyOver string

// What a job goes over.
const (
	QualifyAccounts QualifyOver = "accounts"
	QualifyLeads    QualifyOver = "leads"
	QualifyAll      QualifyOver = "all"
)

// MaxQualifyIDs is how many records are qualified at once.
const MaxQualifyIDs = 100

// Validate checks what can be told without the store.
func (q Qualify) Validate() error {
	var c checker
	c.refuse(len(q.IDs) == 0 && q.Over == "", "ids", "give ids, or over", "ids", "over")
	c.refuse(len(q.IDs) > 0 && q.Over != "", "over", "give either ids or over")
	c.refuse(len(q.IDs) > MaxQualifyIDs, "ids", "at most "+strconv.Itoa(MaxQualifyIDs)+" ids; for more, give over with a filter")
	for i, id := range q.IDs {
		c.text("ids["+strconv.Itoa(i)+"]", id, 1, 100)
	}
	c.enum("over", string(q.Over), string(QualifyAccounts), string(QualifyLeads), string(QualifyAll))
	c.refuse(len(q.Filter) > 0 && q.Over != QualifyAccounts && q.Over != QualifyLeads, "filter", "needs over to be accounts or leads")
	c.refuse(!ValidIdempotencyKey(q.IdempotencyKey) && q.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}

// GetQualificationJob asks for the state of a job.
type GetQualificationJob struct {
	ID string `json:"id"`
}

// Validate checks the id.
func (g GetQualificationJob) Validate() error {
	if g.ID == "" {
		return fault.Invalid("id", "is required")
	}
	return nil
}

// Requalified is the answer to Qualify: results of those that were named, or the job.
type Requalified struct {
	Results []RecordFit       `json:"results,omitempty"` // in the order of ids
	Missing []string          `json:"missing,omitempty"` // ids of no record
	Job     *QualificationJob `json:"job,omitempty"`
}

// RecordFit is what a record was found to fit.
type RecordFit struct {
	RecordType Kind   `json:"record_type"`
	ID         string `json:"id"`
	Qualification
	Breakdown *Breakdown `json:"breakdown"`
}

// Breakdown tells where the scores of a record come from.
type Breakdown struct {
	SettingsVersion int64     `json:"settings_version"`
	QualifiedAt     time.Time `json:"qualified_at"`
	ICPs            []Fit     `json:"icps"`               // each that was enabled; of a lead, how its account fits
	Personas        []Fit     `json:"personas,omitempty"` // of the ICP, of a lead
}

// Fit is how a record fits one ICP or persona.
type Fit struct {
	Code       string         `json:"code"`
	Score      *int64         `json:"score,omitempty"`      // 0-100; left out when the record is ruled out
	Band       string         `json:"band,omitempty"`       // weak (to 25), partial (to 50), good (to 75) or strong
	OutBy      string         `json:"out_by,omitempty"`     // the parameter that rules the record out
	Parameters []ParameterFit `json:"parameters,omitempty"` // of the fit that counts
}

// ParameterFit is what one parameter does to a score.
type ParameterFit struct {
	Name         string   `json:"name"`
	Mode         string   `json:"mode"`
	Held         bool     `json:"held"`
	Value        Value    `json:"value,omitempty"`        // what the record has there; of several fields an object by field
	Weight       *int64   `json:"weight,omitempty"`       // of mode score
	Contribution *float64 `json:"contribution,omitempty"` // points of the score, of mode score
}

// QualificationState is how far a job is.
type QualificationState string

// The states.
const (
	QualificationPending  QualificationState = "pending"
	QualificationRunning  QualificationState = "running"
	QualificationDone     QualificationState = "done"
	QualificationReplaced QualificationState = "replaced" // by the job of a newer change of the settings
)

// QualificationJob qualifies many records in the background.
type QualificationJob struct {
	ID         string             `json:"id"`
	State      QualificationState `json:"state"`
	Cause      string             `json:"cause"` // request or settings
	Over       QualifyOver        `json:"over"`
	Filter     json.RawMessage    `json:"filter,omitempty"`
	Total      int64              `json:"total"`   // records to look at
	Done       int64              `json:"done"`    // records looked at
	Matched    int64              `json:"matched"` // of these, how many the filter let through, and were qualified
	Fitting    int64              `json:"fitting"` // of those, how many fit an ICP
	Failed     int64              `json:"failed"`  // of the records looked at, how many took too long and stayed as they were
	CreatedAt  time.Time          `json:"created_at"`
	FinishedAt *time.Time         `json:"finished_at,omitempty"`
}
