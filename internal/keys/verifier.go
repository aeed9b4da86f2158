package keys

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// Causes of store_unavailable that call for an operator, since no retry will cure them.
var (
	// ErrRowTag means that somebody else wrote to a key's row.
	ErrRowTag = errors.New("the row of a key was changed by somebody else")
	// ErrUnknownPepper means that a key's row was sealed under a pepper that this process was not given.
	ErrUnknownPepper = errors.New("the row of a key is sealed under an unknown pepper")
)

// defaultConcurrent is how many checks may run at once when none is configured.
const defaultConcurrent = 4096

// AuthStore is the part of Store that authentication reads.
type AuthStore interface {
	KeyForAuth(ctx context.Context, id string) (AuthRow, error)
}

// VerifierConfig says how to verify.
type VerifierConfig struct {
	Store             AuthStore // must be set
	Ring              *Keyring  // must be set
	FailuresPerMinute int       // unknown keys and wrong secrets that one source may send; 0 = no limit
	// Touch is told of each proved and live key, with new sealed columns when the row is under an old pepper. It must not block. May be nil.
	Touch         func(id string, at time.Time, reseal *Reseal)
	MaxConcurrent int              // how many checks may run at once; 0 = 4,096
	Clock         func() time.Time // for the throttle and the memory of failures alone; nil = time.Now
}

// Verifier proves keys, each time anew: it remembers no key that was good. It is safe for concurrent use.
type Verifier struct {
	store    AuthStore
	ring     *Keyring
	touch    func(string, time.Time, *Reseal)
	slots    chan struct{}
	failures *throttle
	unknown  *negative
	dummy    [32]byte
}

// NewVerifier returns a Verifier.
func NewVerifier(c VerifierConfig) *Verifier {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Touch == nil {
		c.Touch = func(string, time.Time, *Reseal) {}
	}
	if c.MaxConcurrent <= 0 {
		c.MaxConcurrent = defaultConcurrent
	}
	v := &Verifier{
		store: c.Store, ring: c.Ring, touch: c.Touch, slots: make(chan struct{}, c.MaxConcurrent),
		failures: newThrottle(c.FailuresPerMinute, c.Clock), unknown: newNegative(c.Clock),
	}
	_, _ = rand.Read(v.dummy[:]) // never fails
	return v
}

// Verify proves the key in the text of an Authorization header that came from source. The first that applies is returned:
// missing_api_key; invalid_api_key for a wrong form, which costs no query and is not counted; store_unavailable;
// invalid_api_key for an unknown key or wrong secret, or auth_throttled once source has sent too many of them; key_revoked;
// key_expired. Plan, rate and permissions are not looked at: see PlanGate and Require.
func (v *Verifier) Verify(ctx context.Context, authorization string, source netip.Addr) (Principal, error) {
	text, ok := bearer(authorization)
	if !ok {
		return Principal{}, refusal(fault.MissingAPIKey)
	}
	secret, err := token.Parse(text)
	if err != nil {
		return Principal{}, refusal(fault.InvalidAPIKey)
	}
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	default:
		return Principal{}, unavailable(errors.New("too many keys are being checked at once"))
	}
	row, err := v.prove(ctx, secret)
	switch {
	case errors.Is(err, errUnknown):
		return Principal{}, v.failures.refuse(source)
	case err != nil:
		return Principal{}, err
	}
	if err := live(row.Key, row.Now); err != nil {
		return Principal{}, err
	}
	v.touch(row.Key.ID, row.Now, v.reseal(row.Key, secret))
	return principal(row), nil
}

// bearer returns the credential of an Authorization header. The scheme's name is matched in any case.
func bearer(header string) (credential string, ok bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	rest = strings.TrimSpace(rest)
	return rest, rest != "" && strings.EqualFold(scheme, "Bearer")
}

// errUnknown means an unknown id or a wrong secret; the two are not told apart.
var errUnknown = errors.New("unknown key")

// prove returns the row of the key, errUnknown, or store_unavailable.
func (v *Verifier) prove(ctx context.Context, secret token.Secret) (AuthRow, error) {
	mark := v.unknown.mark(secret)
	if v.unknown.has(mark) {
		return AuthRow{}, errUnknown
	}
	row, err := v.store.KeyForAuth(ctx, secret.ID())
	found := err == nil
	if !found && !errors.Is(err, &fault.Error{Code: fault.NotFound}) {
		return AuthRow{}, storeError(err)
	}
	kid, want := row.Key.MACKID, row.Key.MAC
	if !found { // the same work as for a known id, so that time does not tell them apart
		kid, want = v.ring.KID(), v.dummy
	}
	got, ok := v.ring.MAC(kid, secret)
	if !ok {
		return AuthRow{}, unavailable(fmt.Errorf("key %s: %w", row.Key.ID, ErrUnknownPepper))
	}
	if right := subtle.ConstantTimeCompare(got[:], want[:]) == 1; !right || !found {
		v.unknown.add(mark)
		return AuthRow{}, errUnknown
	}
	tag, _ := v.ring.RowTag(kid, row.Key)
	if subtle.ConstantTimeCompare(tag[:], row.Key.RowTag[:]) != 1 {
		return AuthRow{}, unavailable(fmt.Errorf("key %s: %w", row.Key.ID, ErrRowTag))
	}
	return row, nil
}

// reseal returns the row's sealed columns under the newest pepper, nil when they are already.
func (v *Verifier) reseal(k Key, secret token.Secret) *Reseal {
	from := k.MACKID
	if from == v.ring.KID() {
		return nil
	}
	v.ring.Seal(&k, secret)
	return &Reseal{FromKID: from, KID: k.MACKID, MAC: k.MAC, RowTag: k.RowTag}
}

// storeError keeps the store's own refusals; whatever else went wrong, a key was not proved bad.
func storeError(err error) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Code.Status() == 503 {
		return err
	}
	return unavailable(err)
}

func unavailable(cause error) error {
	e := fault.Wrap(fault.StoreUnavailable, cause)
	e.RetryAfter = time.Second
	return e
}
