// Package sealing keeps secrets of others, such as keys for providers, so that who copies or changes the database learns none and plants none: each is
// encrypted by XChaCha20-Poly1305 under a key from outside the database and bound to the place where it is kept.
package sealing

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// The text that is sealed begins with the version of the form and the id of the key, so that keys can be rotated.
const (
	version    = 1
	headerSize = 1 + 4
)

// The derivation of the key, for no other use.
const (
	label = "sealing"
	info  = "unstuck-seal-v1"
)

// The reasons for which Open refuses.
var (
	// ErrUnknownKey means that the secret was sealed under a key that this process was not given.
	ErrUnknownKey = errors.New("sealing: sealed under an unknown key")
	// ErrForged means that the sealed text was changed, cut, or moved from another place.
	ErrForged = errors.New("sealing: the sealed text is not what was sealed here")
)

// Keys derives keys from the secrets outside the database; keys.Keyring does.
type Keys interface {
	KID() int                                                // of the newest
	DeriveAt(kid int, label string) (key []byte, known bool) // 32 bytes
}

// Sealer seals and opens. It is safe for concurrent use.
type Sealer struct{ keys Keys }

// New returns a Sealer that seals under the newest of the keys and opens under any.
func New(keys Keys) *Sealer { return &Sealer{keys} }

// Seal returns plain encrypted and bound to the parts that name its place, such as workspace, section and name.
func (s *Sealer) Seal(plain []byte, place ...string) ([]byte, error) {
	kid := s.keys.KID()
	aead, err := s.aead(kid)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32([]byte{version}, uint32(kid))
	out := make([]byte, headerSize+chacha20poly1305.NonceSizeX, headerSize+chacha20poly1305.NonceSizeX+len(plain)+aead.Overhead())
	nonce := out[copy(out, head):]
	_, _ = rand.Read(nonce) // never fails
	return aead.Seal(out, nonce, plain, bound(head, place)), nil
}

// Open returns what was sealed at the place. ErrUnknownKey or ErrForged when it cannot.
func (s *Sealer) Open(sealed []byte, place ...string) ([]byte, error) {
	if len(sealed) < headerSize+chacha20poly1305.NonceSizeX || sealed[0] != version {
		return nil, ErrForged
	}
	head, rest := sealed[:headerSize], sealed[headerSize:]
	aead, err := s.aead(keyID(sealed))
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, rest[:chacha20poly1305.NonceSizeX], rest[chacha20poly1305.NonceSizeX:], bound(head, place))
	if err != nil {
		return nil, ErrForged
	}
	return plain, nil
}

// Old reports whether the text was sealed under another key than the newest, and should be sealed anew.
func (s *Sealer) Old(sealed []byte) bool {
	return len(sealed) >= headerSize && keyID(sealed) != s.keys.KID()
}

func keyID(sealed []byte) int { return int(binary.BigEndian.Uint32(sealed[1:headerSize])) }

func (s *Sealer) aead(kid int) (cipher.AEAD, error) {
	secret, known := s.keys.DeriveAt(kid, label)
	if !known {
		return nil, ErrUnknownKey
	}
	key, err := hkdf.Key(sha256.New, secret, nil, info, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("sealing: derive the key: %w", err)
	}
	return chacha20poly1305.NewX(key)
}

// bound is what the text is authenticated with: its head, and each part of the place behind its length, so that no two places are one.
func bound(head []byte, place []string) []byte {
	out := append([]byte(nil), head...)
	for _, part := range place {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}
