package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/unstuckengine/unstuck/internal/token"
)

// MinPepper is the least number of bytes of a pepper.
const MinPepper = 32

// The purposes for which keys are derived from a pepper. No derived key serves two of them.
const (
	labelMAC    = "key-mac"
	labelRowTag = "row-tag"
	macContext  = "unstuck-key-v1\x00"
)

// Pepper is a secret that lives outside the database. Without it a copied database can neither confirm a leaked key nor plant one.
type Pepper struct {
	KID    int // 1 and up, unique in a ring; rows remember it
	Secret []byte
}

// Keyring holds the peppers in use. It is safe for concurrent use and never prints them.
type Keyring struct {
	current *pepper
	byKID   map[int]*pepper
}

type pepper struct {
	kid      int
	secret   []byte
	mac, tag pool
}

// NewKeyring returns a ring whose first pepper seals new keys; the older ones only verify. It fails when there is none,
// one is shorter than MinPepper bytes, or a key id is below 1 or given twice. No error holds a pepper.
func NewKeyring(newest Pepper, older ...Pepper) (*Keyring, error) {
	r := &Keyring{byKID: map[int]*pepper{}}
	for _, p := range append([]Pepper{newest}, older...) {
		switch {
		case len(p.Secret) < MinPepper:
			return nil, fmt.Errorf("pepper %d is too short: %d bytes, at least %d are needed", p.KID, len(p.Secret), MinPepper)
		case p.KID < 1 || p.KID > math.MaxInt32:
			return nil, fmt.Errorf("pepper id %d is out of range", p.KID)
		case r.byKID[p.KID] != nil:
			return nil, fmt.Errorf("pepper id %d is given twice", p.KID)
		}
		one := &pepper{kid: p.KID, secret: append([]byte(nil), p.Secret...)}
		one.mac.key, one.tag.key = one.derive(labelMAC), one.derive(labelRowTag)
		r.byKID[p.KID] = one
		if r.current == nil {
			r.current = one
		}
	}
	return r, nil
}

// ParseKeyring reads peppers, newest first, one a line or parted by commas: `kid:secret`, where secret is at least
// MinPepper bytes in base64 or hexadecimal. A single pepper may leave out the id; it is then 1. Lines that begin with #
// and empty ones are passed over. No error holds any of the text.
func ParseKeyring(text string) (*Keyring, error) {
	var words []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			words = append(words, strings.Split(line, ",")...)
		}
	}
	if len(words) == 0 {
		return nil, errors.New("no pepper given")
	}
	peppers := make([]Pepper, len(words))
	for i, w := range words {
		var err error
		if peppers[i], err = parsePepper(strings.TrimSpace(w), len(words) == 1); err != nil {
			return nil, fmt.Errorf("pepper number %d: %w", i+1, err)
		}
	}
	return NewKeyring(peppers[0], peppers[1:]...)
}

func parsePepper(word string, alone bool) (Pepper, error) {
	kid, secret, named := strings.Cut(word, ":")
	if !named {
		if !alone {
			return Pepper{}, errors.New("several peppers need ids: 2:new,1:old")
		}
		kid, secret = "1", word
	}
	n, err := strconv.ParseUint(kid, 10, 31)
	if err != nil {
		return Pepper{}, errors.New("the id must be a whole number")
	}
	raw, ok := decodePepper(secret)
	if !ok {
		return Pepper{}, errors.New("neither base64 nor hexadecimal")
	}
	return Pepper{KID: int(n), Secret: raw}, nil
}

// decodePepper tries hexadecimal first: its digits are base64 too, while base64 of random bytes is never hexadecimal.
func decodePepper(s string) ([]byte, bool) {
	if raw, err := hex.DecodeString(s); err == nil {
		return raw, true
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	raw, err := base64.RawStdEncoding.DecodeString(s)
	return raw, err == nil
}

// NewKeyringText returns the content of a new pepper file for ParseKeyring, with one pepper drawn from random.
func NewKeyringText(random io.Reader) (string, error) {
	raw := make([]byte, MinPepper)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("draw a pepper: %w", err)
	}
	return "# Without this pepper every API key is dead. Back it up apart from the database.\n1:" +
		base64.StdEncoding.EncodeToString(raw) + "\n", nil
}

// String hides the ring.
func (r *Keyring) String() string { return "keyring" }

// GoString hides the ring.
func (r *Keyring) GoString() string { return r.String() }

// KID returns the id of the pepper that seals new keys.
func (r *Keyring) KID() int { return r.current.kid }

// Derive returns the 32-byte key for a purpose of the caller's own, from the newest pepper.
func (r *Keyring) Derive(label string) []byte { return r.current.derive("use/" + label) }

// DeriveAt is Derive from the pepper kid; ok is false when the ring lacks it.
func (r *Keyring) DeriveAt(kid int, label string) (key []byte, ok bool) {
	p := r.byKID[kid]
	if p == nil {
		return nil, false
	}
	return p.derive("use/" + label), true
}

func (p *pepper) derive(label string) []byte {
	h := hmac.New(sha256.New, p.secret)
	h.Write([]byte("unstuck-derive-v1\x00" + label))
	return h.Sum(nil)
}

// MAC returns what the row of the key s must hold under the pepper kid; ok is false when the ring lacks that pepper.
func (r *Keyring) MAC(kid int, s token.Secret) (mac [32]byte, ok bool) {
	p := r.byKID[kid]
	if p == nil {
		return mac, false
	}
	m := p.mac.get()
	defer p.mac.put(m)
	return m.sum(macContext, s.Reveal()), true
}

// RowTag returns the proof under the pepper kid that the parts of k which decide what it may do were written by us.
func (r *Keyring) RowTag(kid int, k Key) (tag [32]byte, ok bool) {
	p := r.byKID[kid]
	if p == nil {
		return tag, false
	}
	var expires [8]byte
	if !k.ExpiresAt.IsZero() {
		binary.BigEndian.PutUint64(expires[:], uint64(k.ExpiresAt.UnixMicro()))
	}
	m := p.tag.get()
	defer p.tag.put(m)
	if k.SpendLimit != nil { // a part of its own, so that keys without a limit keep the tag that they had before there were limits
		var limit [8]byte
		binary.BigEndian.PutUint64(limit[:], uint64(*k.SpendLimit))
		return m.sumParts(k.ID, k.WorkspaceID, string(k.Preset), k.Permissions.String(), string(expires[:]), string(limit[:])), true
	}
	return m.sumParts(k.ID, k.WorkspaceID, string(k.Preset), k.Permissions.String(), string(expires[:])), true
}

// Seal sets the sealed columns of k, whose other fields are final, under the newest pepper.
func (r *Keyring) Seal(k *Key, s token.Secret) {
	k.MACKID = r.KID()
	k.MAC, _ = r.MAC(k.MACKID, s)
	k.RowTag, _ = r.RowTag(k.MACKID, *k)
}

// pool keeps keyed hashes, since keying one costs more than using it.
type pool struct {
	key  []byte
	free sync.Pool
}

func (p *pool) get() *keyed {
	if m, ok := p.free.Get().(*keyed); ok {
		return m
	}
	return &keyed{h: hmac.New(sha256.New, p.key)}
}

func (p *pool) put(m *keyed) {
	clear(m.in[:cap(m.in)]) // no key's text stays behind
	p.free.Put(m)
}

// keyed is one keyed hash with room for its input and output, which would escape to the heap otherwise.
type keyed struct {
	h   hash.Hash
	in  []byte
	out [32]byte
}

func (m *keyed) sum(context, text string) [32]byte {
	m.in = append(append(m.in[:0], context...), text...)
	return m.finish()
}

// sumParts puts each part's length before it, so that no two lists of parts give one input.
func (m *keyed) sumParts(parts ...string) [32]byte {
	m.in = m.in[:0]
	for _, p := range parts {
		m.in = binary.BigEndian.AppendUint32(m.in, uint32(len(p)))
		m.in = append(m.in, p...)
	}
	return m.finish()
}

func (m *keyed) finish() [32]byte {
	m.h.Reset()
	m.h.Write(m.in)
	m.h.Sum(m.out[:0])
	return m.out
}
