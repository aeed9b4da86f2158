package usage

import "strings"

const (
	maxAgent  = 256 // bytes of a User-Agent that are looked at
	maxClient = 80  // bytes of a name
	noAgent   = "unnamed"
	ours      = "unstuck-"
)

// ClientName returns the name of a program from its User-Agent: all of it for our own programs, which say there on whose behalf they ask, and its
// first word for others, so that one browser or library is one name.
func ClientName(agent string) string {
	name := printable(strings.TrimSpace(agent[:min(len(agent), maxAgent)]))
	if !strings.HasPrefix(name, ours) {
		name, _, _ = strings.Cut(name, " ")
	}
	switch name = strings.TrimSpace(name[:min(len(name), maxClient)]); name {
	case "", Other:
		return noAgent
	}
	return name
}

// printable puts a question mark for each byte that is no visible ASCII character or space.
func printable(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}
