package strictjson

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Root is the path of the whole value in field errors.
const Root = "$"

const maxNameInPath = 64

// Name returns a member's name as it stands in the paths of errors: cut to 64 characters, quoted unless it is plain, without keys; "" stays.
func Name(name string) string {
	if name == "" {
		return ""
	}
	return pathOf([]segment{{name: []byte(name)}})
}

// segment is one step into a value: a member name, or an index when name is nil.
type segment struct {
	name  []byte
	index int
}

func pathOf(segments []segment) string {
	if len(segments) == 0 {
		return Root
	}
	var b strings.Builder
	for _, s := range segments {
		if s.name == nil {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		writeName(&b, string(s.name))
	}
	return b.String()
}

func writeName(b *strings.Builder, name string) {
	switch name = shorten(name); {
	case !isPlain(name):
		b.WriteString("[" + strconv.Quote(name) + "]")
	case b.Len() > 0:
		b.WriteString("." + name)
	default:
		b.WriteString(name)
	}
}

// shorten keeps a name fit for an error text: not long, and never a key that somebody sent as a name by mistake.
func shorten(name string) string {
	if strings.Contains(name, "unstuck_") {
		return "***"
	}
	if utf8.RuneCountInString(name) > maxNameInPath {
		return string([]rune(name)[:maxNameInPath]) + "..."
	}
	return name
}

func isPlain(name string) bool {
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '$', r == '*':
		default:
			return false
		}
	}
	return name != ""
}

// Join puts a path that is relative to base behind it.
func Join(base, path string) string {
	switch {
	case path == "" || path == Root:
		return base
	case base == Root:
		return path
	case path[0] == '[':
		return base + path
	}
	return base + "." + path
}
