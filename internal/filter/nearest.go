package filter

import (
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
)

// NoField is the refusal, at the place at, of a path that names no field of records of the kind. It lists the fields of the given types, of all
// when none is given, and names the one whose name is the nearest.
func NoField(k Kind, at, path string, types ...Type) fault.Field {
	return refusal(at, "is not a field of "+string(k), path, Paths(k, types...))
}

// NoSort is NoField for a path by which records of the kind cannot be sorted.
func NoSort(k Kind, at, path string) fault.Field {
	return refusal(at, "is not a field to sort by", path, Sortable(k))
}

func refusal(at, message, path string, allowed []string) fault.Field {
	return fault.Field{Path: at, Message: message + text.Meant(path, allowed), Allowed: allowed}
}
