package devicelogin

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
)

// letters make up user codes: none is a vowel, so that no code is a word, and none is taken for a digit.
const letters = "BCDFGHJKLMNPQRSTVWXZ"

const userCodeLength = 8

// Hash returns what is kept of a device code. A plain hash is enough: there is nothing to guess in 256 bits.
func Hash(deviceCode string) [32]byte { return sha256.Sum256([]byte(deviceCode)) }

func newDeviceCode(random io.Reader) (string, error) {
	var raw [32]byte
	_, err := io.ReadFull(random, raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:]), err
}

// newUserCode draws each letter with the same chance: bytes beyond the last whole round of the letters are drawn again.
func newUserCode(random io.Reader) (string, error) {
	var code strings.Builder
	for code.Len() < userCodeLength {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		if int(b[0]) < 256/len(letters)*len(letters) {
			code.WriteByte(letters[int(b[0])%len(letters)])
		}
	}
	return spaced(code.String()), nil
}

func spaced(code string) string { return code[:userCodeLength/2] + "-" + code[userCodeLength/2:] }

// ParseUserCode returns the code as it is kept, from what a person typed: in any case, with or without marks between. ok is false for what cannot
// be a code, which costs nobody a guess.
func ParseUserCode(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch {
		case strings.ContainsRune(letters, r) && b.Len() < userCodeLength:
			b.WriteRune(r)
		case r != '-' && r != ' ':
			return "", false
		}
	}
	if b.Len() != userCodeLength {
		return "", false
	}
	return spaced(b.String()), true
}
