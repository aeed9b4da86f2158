package mcpserver

import "crypto/rand"

// newRequestID returns an id under which a call is found in this server's log and the API's.
func newRequestID() string { return rand.Text() }

// validRequestID reports whether a client's id may be taken over: 1 to 64 letters, digits, dots, underscores, hyphens.
func validRequestID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= 64
}
