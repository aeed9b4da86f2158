// Package token is the text of an API key: how it is made, checked without a lookup, and kept out of every output.
//
// The form is unstuck_<secret43><crc6>_<id8>, 66 ASCII characters: 256 random bits in base62, the CRC-32 of all the
// rest in base62, and a public id in hexadecimal. The checksum is not security: it catches typing and truncation and
// makes garbage cost no lookup.
package token

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

const (
	prefix    = "unstuck_"
	alphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	secretEnd = len(prefix) + 43
	crcEnd    = secretEnd + 6
	idStart   = crcEnd + 1

	// Length is the number of bytes of a key's text.
	Length = idStart + IDLength
	// IDLength is the number of hexadecimal digits of a key's public id.
	IDLength = 8
)

// ErrMalformed means that a text is not a whole, rightly typed key. It says nothing about whether a key exists.
var ErrMalformed = errors.New("not a whole API key")

// Mint draws a new key, public id included, from random, which must be cryptographically secure.
// It fails only when random does.
func Mint(random io.Reader) (Secret, error) {
	var raw [36]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return Secret{}, fmt.Errorf("draw a key: %w", err)
	}
	return compose([32]byte(raw[:32]), hex.EncodeToString(raw[32:])), nil
}

func compose(secret [32]byte, id string) Secret {
	var text [Length]byte
	copy(text[:], prefix)
	encode(text[len(prefix):secretEnd], secret)
	text[crcEnd] = '_'
	copy(text[idStart:], id)
	crc := checksum(string(text[:]))
	copy(text[secretEnd:crcEnd], crc[:])
	whole := string(text[:])
	return Secret{text: &whole}
}

// encode writes the big-endian number n in base62, padded on the left to the length of dst.
func encode(dst []byte, n [32]byte) {
	for i := len(dst) - 1; i >= 0; i-- {
		rest := 0
		for j, b := range n {
			rest = rest<<8 | int(b)
			n[j] = byte(rest / len(alphabet))
			rest %= len(alphabet)
		}
		dst[i] = alphabet[rest]
	}
}

// checksum returns the six characters that belong to a text of the right length.
func checksum(text string) (out [6]byte) {
	sum := ^update(update(^uint32(0), text[:secretEnd]), text[crcEnd:])
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = alphabet[sum%uint32(len(alphabet))]
		sum /= uint32(len(alphabet))
	}
	return out
}

// update is crc32.Update over a string, without the bits turned over before and after: the library's takes bytes, which
// would be allocated for every request.
func update(crc uint32, text string) uint32 {
	for i := range len(text) {
		crc = crc32.IEEETable[byte(crc)^text[i]] ^ crc>>8
	}
	return crc
}

// Parse takes the exact text of a key, without surrounding space, and checks shape and checksum.
// The error is ErrMalformed.
func Parse(text string) (Secret, error) {
	if !whole(text) { // this function stays small enough to be inlined, so that the Secret need not be allocated
		return Secret{}, ErrMalformed
	}
	return Secret{text: &text}, nil
}

func whole(text string) bool {
	if len(text) != Length || !shaped(text) {
		return false
	}
	sum := checksum(text)
	return text[secretEnd:crcEnd] == string(sum[:])
}

// shaped reports whether text begins with a key's characters; it must have at least Length bytes.
func shaped(text string) bool {
	if text[:len(prefix)] != prefix || text[crcEnd] != '_' {
		return false
	}
	for i := len(prefix); i < crcEnd; i++ {
		if !isAlnum(text[i]) {
			return false
		}
	}
	return ValidID(text[idStart:Length])
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// ValidID reports whether id has the form of a public id: 8 lower-case hexadecimal digits.
func ValidID(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(id) == IDLength
}

// Redact returns the only form in which a key is shown after its creation, from its public id.
func Redact(id string) string { return prefix + "***_" + id }

// Scrub returns text with the redacted form in place of everything shaped like a key, whether or not its checksum is
// right: a key with one wrong character gives nearly as much away.
func Scrub(text string) string {
	if !strings.Contains(text, prefix) {
		return text
	}
	var out strings.Builder
	for {
		at := strings.Index(text, prefix)
		switch {
		case at < 0 || len(text)-at < Length:
			out.WriteString(text)
			return out.String()
		case shaped(text[at:]):
			out.WriteString(text[:at])
			out.WriteString(Redact(text[at+idStart : at+Length]))
			text = text[at+Length:]
		default:
			out.WriteString(text[:at+len(prefix)])
			text = text[at+len(prefix):]
		}
	}
}
