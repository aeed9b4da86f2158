package token

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Secret is the whole text of a key. The zero value is none. However it is printed, encoded or logged it gives the
// redacted form; only Reveal gives the text.
//
// The text is behind a pointer because fmt, on meeting a Secret in an unexported field, cannot call its methods and
// prints what it finds: an address then.
type Secret struct {
	_    [0]func() // two Secrets are compared by Equal alone
	text *string
}

// Reveal returns the text: to seal it, to send it in a request, or to show it once. "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// ID returns the public id, "" for the zero value.
func (s Secret) ID() string {
	if s.text == nil {
		return ""
	}
	return (*s.text)[idStart:]
}

// IsZero reports whether there is no key.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal reports whether both are the same key, in a time that does not depend on where they differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns the redacted form, "" for the zero value.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return Redact(s.ID())
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// Format prints String whatever the verb and flags.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText encodes String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON encodes String as a JSON string; the redacted form needs no escaping.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// LogValue logs String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
