package wire

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Limits of pages of subscribers, which are numbered.
const (
	MaxSubscribers = 200       // on a page
	MaxPages       = 1_000_000 // so that the place of a page is a number
)

// CodeAlphabet are the characters of a referral code: none that is taken for another, and no U, which would make words that nobody wants.
const CodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// CodeLength is how many characters a referral code has.
const CodeLength = 6

// ReferralCode returns the code that people wrote, in one spelling; ok is false when it cannot be one.
func ReferralCode(text string) (code string, ok bool) {
	code = strings.ToUpper(strings.TrimSpace(text))
	return code, len(code) == CodeLength && strings.Trim(code, CodeAlphabet) == ""
}

// Subscriber is a person on a waitlist.
type Subscriber struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"` // in normal form
	JoinedAt      time.Time `json:"joined_at"`
	Position      int       `json:"position"` // from 1, without gaps, as it is now
	ReferralCode  string    `json:"referral_code"`
	ReferralCount int       `json:"referral_count"`
	Priority      int       `json:"priority"` // what referrals brought; who has more stands before who joined earlier
}

// Subscribers is a page of a waitlist, in the order of positions.
type Subscribers struct {
	Items []Subscriber `json:"items"`
	Total int          `json:"total"` // of all pages
	Page  int          `json:"page"`
	Limit int          `json:"limit"` // may be less than was asked for where the answer would be too long; then page is counted in such pages
}

// ListSubscribers asks for a page of a waitlist.
type ListSubscribers struct {
	ID    string `json:"id"` // of the waitlist
	Page  *int   `json:"page,omitempty"`
	Limit *int   `json:"limit,omitempty"`
	Query string `json:"q,omitempty"` // part of an email, or a whole referral code
}

// Number returns the page that is asked for, and Size how many items it may have.
func (l ListSubscribers) Number() int { return orElse(l.Page, 1) }

// Size returns how many items the page may have.
func (l ListSubscribers) Size() int { return orElse(l.Limit, DefaultLimit) }

func orElse(n *int, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return *n
}

// Validate checks what can be told without the store.
func (l ListSubscribers) Validate() error {
	var c checker
	c.text("id", l.ID, 1, 64)
	c.refuse(l.Number() < 1 || l.Number() > MaxPages, "page", "must be from 1 to "+strconv.Itoa(MaxPages))
	c.refuse(l.Size() < 1 || l.Size() > MaxSubscribers, "limit", "must be from 1 to "+strconv.Itoa(MaxSubscribers))
	c.text("q", l.Query, 0, 400)
	return c.err()
}

// CreateSubscriber signs a person up.
type CreateSubscriber struct {
	ID             string `json:"id"` // of the waitlist
	Email          string `json:"email"`
	ReferralCode   string `json:"referral_code,omitempty"` // of who referred the person
	IP             string `json:"ip,omitempty"`            // the visitor's address, so that sign-ups from one can be bounded
	IdempotencyKey string `json:"idempotency_key,omitempty"`
}

// Validate checks what can be told without the store.
func (s CreateSubscriber) Validate() error {
	var c checker
	c.text("id", s.ID, 1, 64)
	c.text("email", s.Email, 1, 400)
	if _, ok := ReferralCode(s.ReferralCode); !ok {
		c.refuse(s.ReferralCode != "", "referral_code", "must be "+strconv.Itoa(CodeLength)+" of the characters "+CodeAlphabet)
	}
	if _, err := netip.ParseAddr(s.IP); err != nil {
		c.refuse(s.IP != "", "ip", "must be an IPv4 or IPv6 address")
	}
	c.refuse(!ValidIdempotencyKey(s.IdempotencyKey) && s.IdempotencyKey != "", "idempotency_key", "must be 1 to 255 visible ASCII characters")
	return c.err()
}
