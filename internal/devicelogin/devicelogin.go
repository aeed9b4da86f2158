// Package devicelogin lets a program on a machine without a browser ask for an API key that an admin grants in a browser elsewhere (RFC 8628).
//
// The program is given two codes: a long one that it keeps and asks with, and a short one that the admin types. Nothing secret is kept: of the long
// code a hash, of the key nothing, since it is made in the very moment in which it is handed over. Whatever the program tells of itself is a claim.
package devicelogin

import (
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

const (
	// Life is how long a request waits for its decision, and, once a key was handed over, for what may follow.
	Life = 15 * time.Minute
	// FirstInterval is how long a program waits between two questions, until it is told to wait longer.
	FirstInterval = 5 * time.Second

	slower = 5 * time.Second // what an impatient program must wait more, each time
	leeway = time.Second     // how much too soon a question may come, since networks hurry some and hold others
)

// State is how far a request has come. The zero value is invalid.
type State string

// The states.
const (
	Open     State = "open"     // nobody decided yet
	Approved State = "approved" // the key is made when the program asks next
	Refused  State = "refused"  // by an admin, or since the admin who approved may not any more
	Used     State = "used"     // the key was handed over
	Settled  State = "settled"  // and the key that it replaces was revoked
)

// Login is one request for a key. It holds no secret.
type Login struct {
	CodeHash [32]byte // SHA-256 of the device code
	UserCode string   // what people type: XXXX-XXXX
	Client   string   // the program and its version, as it told
	Host     string   // the machine, as it told
	Source   string   // the address that asked

	Preset    scope.Preset // asked for, then granted; "" where Replaces says what the key may do
	KeyName   string
	Expiry    keys.Expiry
	Replaces  string // public id of the key that the new one is to stand beside; "" = none
	RevokeOld bool   // the admin wants that key revoked once the new one is proved

	State     State
	CreatedAt time.Time
	ExpiresAt time.Time     // of the request
	Interval  time.Duration // that the program has to wait
	PolledAt  time.Time     // zero when it never asked

	WorkspaceID string // of who decided; "" while nobody has
	MemberID    string
	DecidedAt   time.Time
	KeyID       string // public id of the key that was made
}

// Waits reports whether the request can be decided at the time now.
func (l Login) Waits(now time.Time) bool { return l.State == Open && now.Before(l.ExpiresAt) }

// Narrower returns the presets that an admin may grant where p was asked for: those that allow nothing more, p last.
func Narrower(p scope.Preset) (out []scope.Preset) {
	asked, _ := p.Set()
	for _, q := range scope.Presets() {
		if set, _ := q.Set(); set&asked == set {
			out = append(out, q)
		}
	}
	return out
}

// Refusal is the error code that a program is answered with (RFC 8628, section 3.5; RFC 6749, section 5.2).
type Refusal string

// The codes that end or delay a request.
const (
	Pending      Refusal = "authorization_pending"
	SlowDown     Refusal = "slow_down"
	Denied       Refusal = "access_denied"
	Expired      Refusal = "expired_token"
	InvalidGrant Refusal = "invalid_grant" // an unknown code, or one that was used
)

// Error implements error.
func (r Refusal) Error() string { return "devicelogin: " + string(r) }
