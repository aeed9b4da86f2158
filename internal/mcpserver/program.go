package mcpserver

import (
	"encoding/json"
	"strings"
)

const maxProgram = 40 // bytes of a program's name, and of its version

// program returns how the sender of the message names itself, with its version, "" when it does not: in its first message of the older protocol,
// in every message of the newer one. It is for statistics, and nothing is decided by it.
func (m *message) program() string {
	if m.info == nil || m.refusal != nil {
		return ""
	}
	var info struct{ Name, Version string }
	if json.Unmarshal(m.info, &info) != nil {
		return ""
	}
	return strings.TrimSpace(harmless(info.Name) + " " + harmless(info.Version))
}

// programOf returns the name of the program that speaks HTTP: the first word of its User-Agent.
func programOf(agent string) string {
	word, _, _ := strings.Cut(agent, " ")
	name, version, _ := strings.Cut(word, "/")
	return strings.TrimSpace(harmless(name) + " " + harmless(version))
}

// harmless returns the beginning of s with a dash for each run of what cannot stand in a comment of a User-Agent.
func harmless(s string) string {
	var b strings.Builder
	for _, c := range s {
		if b.Len() >= maxProgram {
			break
		}
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("._+-", c):
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}
