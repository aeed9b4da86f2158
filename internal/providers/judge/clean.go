package judge

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/unstuckengine/unstuck/internal/text"
)

// Clean returns s as it is kept: on one line without hidden characters (text.Clean), composed (NFC), and cut to limit runes, at a space where
// one is near.
func Clean(s string, limit int) string {
	s = norm.NFC.String(text.Clean(s))
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	head := string(runes[:limit])
	if at := strings.LastIndexByte(head, ' '); at > len(head)*4/5 {
		head = head[:at]
	}
	return strings.TrimSpace(head)
}
