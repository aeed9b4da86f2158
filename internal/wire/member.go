package wire

import (
	"encoding/json"
	"strings"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// maxLevels is how many objects within each other a path goes through at most.
const maxLevels = 4

// Member returns the value at a path of an object, whose names are parted by dots, and the names that lead there; nil when there is none or it is
// null. Names may hold dots themselves: where several ways come to one path, the outermost counts.
func Member(object json.RawMessage, path string) (names []string, value json.RawMessage) {
	for levels := 1; levels <= maxLevels; levels++ {
		if names, value = within(object, path, levels); value != nil {
			return names, value
		}
	}
	return nil, nil
}

// within looks at the given number of levels only.
func within(object json.RawMessage, path string, levels int) ([]string, json.RawMessage) {
	if levels == 1 {
		return []string{path}, member(object, path)
	}
	for i, c := range path {
		if c != '.' {
			continue
		}
		if inner := member(object, path[:i]); inner != nil {
			if names, value := within(inner, path[i+1:], levels-1); value != nil {
				return append([]string{path[:i]}, names...), value
			}
		}
	}
	return nil, nil
}

func member(object json.RawMessage, name string) (out json.RawMessage) {
	strictjson.Members(object, func(n, value []byte) {
		if string(n) == name && string(value) != "null" {
			out = value
		}
	})
	return out
}

// pick returns the members of an object that sorts name by paths that begin with column, and nothing else; nil when there is none of them.
func pick(object json.RawMessage, column string, sorts []Sort) json.RawMessage {
	picked := map[string]any{}
	for _, s := range sorts {
		path, ok := strings.CutPrefix(s.Field, column+".")
		if !ok {
			continue
		}
		if names, value := Member(object, path); value != nil {
			put(picked, names, brief(value))
		}
	}
	if len(picked) == 0 {
		return nil
	}
	out, err := json.Marshal(picked)
	if err != nil { // values are JSON that was read before
		return nil
	}
	return out
}

// put sets a value within objects, which it makes. A member that is there already stays.
func put(object map[string]any, names []string, value json.RawMessage) {
	for _, n := range names[:len(names)-1] {
		inner, ok := object[n].(map[string]any)
		if !ok {
			if object[n] != nil {
				return
			}
			inner = map[string]any{}
			object[n] = inner
		}
		object = inner
	}
	if last := names[len(names)-1]; object[last] == nil {
		object[last] = value
	}
}

// briefChars is how much of a value a concise item shows.
const briefChars = 300

// brief cuts a long text. A list or an object that is longer than that is shown as an empty one.
func brief(value json.RawMessage) json.RawMessage {
	if len(value) <= briefChars {
		return value
	}
	switch value[0] {
	case '[':
		return json.RawMessage(`[]`)
	case '{':
		return json.RawMessage(`{}`)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return value // a number
	}
	out, err := json.Marshal(shorten(s, briefChars))
	if err != nil { // a text can be written
		return value
	}
	return out
}

// brief is brief for each value.
func (s SortedBy) brief() SortedBy {
	if s == nil {
		return nil
	}
	out := make(SortedBy, len(s))
	for path, v := range s {
		out[path] = brief(v)
	}
	return out
}
