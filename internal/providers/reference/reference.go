// Package reference answers from files that an admin hands over: lists bought, exported or kept by hand, with what they say of people or companies.
package reference

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/text"
)

// Prefix stands before the name of a file in the name of its provider, which is the label of its values.
const Prefix = "reference:"

// The bounds of a file.
const (
	MaxRows    = 100_000
	MaxBytes   = 64 << 20
	MaxFiles   = 50 // of a workspace
	MaxReport  = 1_000
	MaxCredits = 1_000 // for each value
)

// Key says by what the rows of a file are found. The zero value is invalid.
type Key string

// The keys. Rows under Domain hold facts of companies, those under the others channels of people.
const (
	Email       Key = "email"
	LinkedInURL Key = "linkedin_url"
	NameDomain  Key = "name_domain" // first name, last name and the company's domain
	Domain      Key = "domain"
)

// Keys returns all keys.
func Keys() []Key { return []Key{Email, LinkedInURL, NameDomain, Domain} }

// columns returns the names of the columns that make up the key.
func (k Key) columns() []string {
	if k == NameDomain {
		return []string{"first_name", "last_name", "domain"}
	}
	return []string{string(k)}
}

// fields returns what rows under the key can answer.
func (k Key) fields() []enrich.Field {
	if k == Domain {
		return enrich.AccountFields()
	}
	return enrich.ChannelFields()
}

// of returns the key of a row with the given values of the key's columns; "" when one of them is not what it should be.
func (k Key) of(values ...string) string {
	switch k {
	case Email:
		return normal(identity.Email, values[0])
	case LinkedInURL:
		return normal(identity.LinkedIn, values[0])
	case Domain:
		return normal(identity.Domain, values[0])
	}
	first, last, domain := spoken(values[0]), spoken(values[1]), normal(identity.Domain, values[2])
	if first == "" || last == "" || domain == "" {
		return ""
	}
	return first + "|" + last + "|" + domain
}

// subject returns the key under which a subject is found; "" when too little is known of it.
func (k Key) subject(s enrich.Subject) string {
	switch k {
	case Email:
		return k.of(s.Email)
	case LinkedInURL:
		return k.of(s.LinkedInURL)
	case Domain:
		return k.of(s.Domain)
	}
	return k.of(s.FirstName, s.LastName, s.Domain)
}

func normal(f func(string) (string, error), s string) string {
	out, _ := f(s) // "" beside an error
	return out
}

// spoken is a name without what people write differently: case, accents, punctuation.
func spoken(s string) string { return strings.Join(text.Tokens(s), " ") }

// File is a stored file.
type File struct {
	Name       string         `json:"name"`
	Key        Key            `json:"key"`
	Fields     []enrich.Field `json:"fields"` // that at least one row has
	Rows       int            `json:"rows"`
	Confidence float64        `json:"confidence"` // of each value, 0 to 1
	Cost       int64          `json:"cost"`       // credits for each value
	StoredAt   time.Time      `json:"stored_at"`
}

// Row is what a file has under one key.
type Row struct {
	Key    string
	Values map[enrich.Field]json.RawMessage
}

// Store keeps files and their rows.
type Store interface {
	// InTx runs fn in one transaction, whose time it gives.
	InTx(ctx context.Context, fn func(ctx context.Context, now time.Time) error) error
	// PutReference stores a file in place of one of the same name, and writes the entry, all or nothing.
	PutReference(ctx context.Context, workspaceID string, f File, rows []Row, e activity.Entry) error
	// References returns the files of a workspace by name.
	References(ctx context.Context, workspaceID string) ([]File, error)
	// RemoveReference removes a file and writes the entry; fault.NotFound when there is none.
	RemoveReference(ctx context.Context, workspaceID, name string, e activity.Entry) error
	// ReferenceRow returns what the file has under the key; nil when it has nothing.
	ReferenceRow(ctx context.Context, workspaceID, name, key string) (map[enrich.Field]json.RawMessage, error)
}

// Service manages the files of workspaces.
type Service struct{ store Store }

// New returns a service over the store.
func New(store Store) *Service { return &Service{store} }

// List returns the files of a workspace by name.
func (s *Service) List(ctx context.Context, workspaceID string) ([]File, error) {
	return s.store.References(ctx, workspaceID)
}

// Remove removes a file with all its rows; fault.NotFound when there is none of the name.
func (s *Service) Remove(ctx context.Context, workspaceID string, actor activity.Actor, name string) error {
	return s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		return s.store.RemoveReference(ctx, workspaceID, name, activity.New(workspaceID, now, actor, activity.ReferenceRemoved, activity.ObjectReference, name, nil))
	})
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// Spec says how a file is to be used.
type Spec struct {
	Name       string // 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit
	Key        Key
	Confidence float64 // above 0, at most 1
	Cost       int64   // 0 to MaxCredits
}

func (s Spec) validate() error {
	var wrong []fault.Field
	refuse := func(bad bool, path, message string, allowed ...string) {
		if bad {
			wrong = append(wrong, fault.Field{Path: path, Message: message, Allowed: allowed})
		}
	}
	var keys []string
	for _, k := range Keys() {
		keys = append(keys, string(k))
	}
	refuse(!nameForm.MatchString(s.Name), "name", "must be 1 to 40 small letters, digits, _ and -, beginning with a letter or digit")
	refuse(!slices.Contains(Keys(), s.Key), "key", "must be one of", keys...)
	refuse(!(s.Confidence > 0 && s.Confidence <= 1), "confidence", "must be above 0 and at most 1")
	refuse(s.Cost < 0 || s.Cost > MaxCredits, "cost", "must be 0 to 1000")
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong...)
	}
	return nil
}

// provider answers from one file.
type provider struct {
	store Store
	file  File
}

// Provider returns the provider of a file. It fits a subject of which the file's key is known.
func (s *Service) Provider(f File) enrich.Provider { return provider{s.store, f} }

// Lookup implements enrich.Provider; its errors are enrich.ErrUnfit and those of the store.
func (p provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) (out []enrich.Answer, err error) {
	key := p.file.Key.subject(s)
	if key == "" {
		return nil, enrich.ErrUnfit
	}
	values, err := p.store.ReferenceRow(ctx, s.WorkspaceID, p.file.Name, key)
	for _, f := range wanted {
		if v, has := values[f]; has {
			out = append(out, enrich.Answer{Field: f, Value: v, Confidence: p.file.Confidence})
		}
	}
	return out, err
}
