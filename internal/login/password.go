package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Cost is what one hash takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// fullCost is OWASP's least for argon2id.
var fullCost = Cost{MemoryKiB: 19 << 10, Passes: 2, Threads: 1}

// maxCost bounds what a stored hash may ask for.
var maxCost = Cost{MemoryKiB: 256 << 10, Passes: 16, Threads: 16}

const (
	saltSize = 16
	hashSize = 32
)

// phc is a hash of a password with all that is needed to make it again.
type phc struct {
	Cost
	salt, hash []byte
}

// String returns p as `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
func (p phc) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Passes, p.Threads, b64(p.salt), b64(p.hash))
}

var errPHC = errors.New("login: not a password hash of ours")

// parsePHC reads what String wrote, and nothing else.
func parsePHC(text string) (p phc, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Threads); err != nil {
		return phc{}, errPHC
	}
	var bad [2]error
	p.salt, bad[0] = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.hash, bad[1] = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errors.Join(bad[:]...) != nil || len(p.salt) < 8 || len(p.hash) != hashSize || !p.within() || p.String() != text {
		return phc{}, errPHC
	}
	return p, nil
}

// within keeps a row that somebody planted from taking the machine.
func (c Cost) within() bool {
	return c.Passes >= 1 && c.Passes <= maxCost.Passes && c.Threads >= 1 && c.Threads <= maxCost.Threads && c.MemoryKiB >= 8 && c.MemoryKiB <= maxCost.MemoryKiB
}

// hasher makes and compares hashes, few at a time: each takes a good part of a core and 19 MiB.
type hasher struct {
	cost  Cost
	slots chan struct{}
	dummy func() string // made when it is needed, since most programs check no password
}

const (
	atOnce   = 2
	patience = 5 * time.Second // in the queue
)

// ErrBusy says that too many passwords are being checked at once.
var ErrBusy = &fault.Error{Code: fault.AuthThrottled, Detail: "Many people are signing in at this moment. Wait a few seconds, then send it again.", RetryAfter: patience}

func newHasher(c Cost) *hasher {
	if c == (Cost{}) {
		c = fullCost
	}
	h := &hasher{cost: c, slots: make(chan struct{}, atOnce)}
	h.dummy = sync.OnceValue(func() string { return h.of(rand.Text()) })
	return h
}

// of returns the hash of a password under a salt of its own.
func (h *hasher) of(password string) string {
	p := phc{Cost: h.cost, salt: make([]byte, saltSize)}
	_, _ = rand.Read(p.salt) // never fails
	p.hash = p.derive(password)
	return p.String()
}

// derive composes the password first: the same letters come in several spellings, by keyboard.
func (p phc) derive(password string) []byte {
	return argon2.IDKey([]byte(norm.NFKC.String(password)), p.salt, p.Passes, p.MemoryKiB, p.Threads, hashSize)
}

// make is of within the bound on how many run at once.
func (h *hasher) make(ctx context.Context, password string) (hash string, err error) {
	err = h.inTurn(ctx, func() { hash = h.of(password) })
	return hash, err
}

// matches compares. A hash that is missing or unreadable costs the same and never matches.
func (h *hasher) matches(ctx context.Context, hash, password string) (ok bool, err error) {
	p, bad := parsePHC(hash)
	if bad != nil {
		p, _ = parsePHC(h.dummy())
	}
	err = h.inTurn(ctx, func() { ok = subtle.ConstantTimeCompare(p.hash, p.derive(password)) == 1 && bad == nil })
	return ok, err
}

func (h *hasher) inTurn(ctx context.Context, do func()) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		do()
		return nil
	case <-limit.C:
		return ErrBusy
	case <-ctx.Done():
		return fault.Wrap(fault.StoreUnavailable, ctx.Err())
	}
}
