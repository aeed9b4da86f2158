// Package signals takes in dated events about companies and people, each exactly once.
//
// A signal is matched when it comes in. Its lead is the one with its email, else its LinkedIn URL, else its handle; an
// unknown person becomes a lead when an email or a profile URL is given, but not by a bare handle. Its account is that
// of its company_domain, which is made when it is unknown; without one, the existing account at its email's domain
// (never that of a mailbox provider); else the lead's account. A lead made here belongs to an account only by company_domain.
package signals

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Signal is one event in normal form: hints spelt as package identity does, context as canonical JSON.
type Signal struct {
	ExternalID string
	Type       string
	Source     string
	OccurredAt time.Time // whole microseconds, UTC
	EventName  string
	Title      string
	Identity   wire.Identity
	Context    json.RawMessage // an object, or empty
}

// Match is what a signal was found to be about; "" means nothing.
type Match struct{ AccountID, LeadID string }

// RecordID returns the matched lead, else the account, else "".
func (m Match) RecordID() string {
	if m.LeadID != "" {
		return m.LeadID
	}
	return m.AccountID
}

// Captured is what became of one signal.
type Captured struct {
	ID        string // of this signal, or of the same one that was there before
	Match     Match
	Duplicate bool

	Qualification *wire.Qualification // of the matched record, when it was qualified because of the signal
}

// Fingerprint is equal for two signals exactly when they are the same one: same external id and source; without an
// external id, same type, source, time, matched records, event name and context. A person who matched no lead counts
// by the hints given, so that events of different strangers stay apart.
// The result is text of 32 characters.
func Fingerprint(s Signal, m Match) string {
	if s.ExternalID != "" {
		return hashParts("external", s.ExternalID, s.Source)
	}
	stranger := []string{"", ""}
	if m.LeadID == "" {
		stranger = []string{s.Identity.LinkedInURL, s.Identity.Handle}
	}
	at := binary.BigEndian.AppendUint64(nil, uint64(s.OccurredAt.UnixMicro())) // #nosec G115 -- only the bits matter
	return hashParts(append([]string{"event", s.Type, s.Source, string(at), m.AccountID, m.LeadID, s.EventName, string(s.Context)}, stranger...)...)
}

// hashParts hashes texts with their lengths, so that no two lists run together to the same bytes.
func hashParts(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:24]) // 192 bits: no two meet by chance
}

// Store keeps signals. Each method joins the transaction that its context carries.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives, and runs it again after a serialisation failure.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// SignalTypes returns the types of the workspace, as its settings say; not_found for an unknown one.
	SignalTypes(ctx context.Context, workspaceID string) (Types, error)
	// CaptureSignals matches each signal as the package says and stores it unless the same one is there, also in the
	// same call. The results are in the order of the input.
	CaptureSignals(ctx context.Context, workspaceID string, in []Signal) ([]Captured, error)
	// KnownSignals tells which of the signals CaptureSignals would find to be there already.
	KnownSignals(ctx context.Context, workspaceID string, in []Signal) ([]bool, error)
	// KeepSignalQualifications writes down what the matched records were found to fit, by the signal's id.
	KeepSignalQualifications(ctx context.Context, workspaceID string, byID map[string]wire.Qualification) error
	// LockRecords keeps other transactions from changing records and credits of the workspace until the running one ends.
	LockRecords(ctx context.Context, workspaceID string) error
	// ClaimKeys takes idempotency keys for the running transaction, which must be one and should not have written yet.
	// The keys differ. The results, in order, say what each key holds.
	ClaimKeys(ctx context.Context, workspaceID string, claims []Claim) ([]Claimed, error)
	// CompleteKeys stores the answers of keys that ClaimKeys gave to this transaction.
	CompleteKeys(ctx context.Context, workspaceID string, answers []Answer) error
	// RecordActivity appends to the activity log.
	RecordActivity(ctx context.Context, e activity.Entry) error
}

// Claim asks for an idempotency key; Hash names the request.
type Claim struct {
	Key  string
	Hash []byte
}

// Claimed is what a claim met: a key used for another request, the answer to this one, or neither, then it is ours.
type Claimed struct {
	Reused bool
	Answer []byte
}

// Answer is the JSON answer to the request under a key.
type Answer struct {
	Key  string
	Body []byte
}

// refused returns the error of an item in the form of a batch's answer.
func refused(err error) *wire.ItemError {
	e := fault.From(err)
	return &wire.ItemError{Code: e.Code, Detail: e.Detail, Errors: e.Fields}
}
