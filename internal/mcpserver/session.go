package mcpserver

import (
	"bytes"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
)

// session is what mcp-go calls a session. Ours lives as long as one message, so nothing passes between callers.
type session struct{ notes chan mcp.JSONRPCNotification }

func newSession() *session { return &session{notes: make(chan mcp.JSONRPCNotification, 4)} }

func (*session) Initialize()       {}
func (*session) Initialized() bool { return true }
func (*session) SessionID() string { return "" }

func (s *session) NotificationChannel() chan<- mcp.JSONRPCNotification { return s.notes }

// taken returns what the library sent during the message: the acknowledgement of a subscription and nothing else.
func (s *session) taken() [][]byte {
	var out [][]byte
	for len(s.notes) > 0 {
		if text, err := marshal(<-s.notes); err == nil {
			out = append(out, text)
		}
	}
	return out
}

// marshal leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
