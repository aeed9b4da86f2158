package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Source is what a message tells.
type Source struct {
	RecordID     string
	Account      *wire.Account // at most one of both
	Lead         *wire.Lead
	Signal       *wire.Signal // the newest of the record; nil for none
	AudienceID   string
	AudienceName string
	Position     int64 // among the members of the audience, from 1; 0 where it is not known
	Change       audiences.Change
}

// Value is what goes into one of their fields.
type Value struct {
	Field string          // theirs
	Path  string          // ours
	JSON  json.RawMessage // "null" to empty the field
}

// Values returns what a mapping makes of a message, sorted by field. What we say ourselves, which is all but the Standard group, empties the field where
// there is nothing (any more) to say; of what is only known of a record nothing is said then, since others may know it.
func Values(m map[string]string, s Source) (out []Value) {
	d := s.document()
	for _, their := range slices.Sorted(maps.Keys(m)) {
		v := Value{their, m[their], d.at(m[their])}
		if len(v.JSON) == 0 || string(v.JSON) == "null" {
			if GroupOf(v.Path) == Standard {
				continue
			}
			v.JSON = json.RawMessage("null")
		}
		out = append(out, v)
	}
	return out
}

// document is a source as JSON.
type document struct{ record, signal, beside json.RawMessage }

func (s Source) document() (d document) {
	if s.Lead != nil {
		d.record, _ = json.Marshal(s.Lead) // wire types always encode
	} else if s.Account != nil {
		d.record, _ = json.Marshal(s.Account)
	}
	if s.Signal != nil {
		d.signal, _ = json.Marshal(s.Signal)
	}
	beside := map[string]any{RecordID: s.RecordID, Change: s.Change, "audience": map[string]any{"id": s.AudienceID, "member": s.member()}}
	if s.member() {
		beside["audience"].(map[string]any)["name"] = s.AudienceName
	}
	if s.Position > 0 {
		beside["audience"].(map[string]any)["position"] = s.Position
	}
	d.beside, _ = json.Marshal(beside)
	return d
}

func (s Source) member() bool { return s.Change != audiences.Removed }

// at returns the value at a path; nil for none.
func (d document) at(path string) json.RawMessage {
	from := d.record
	if path == AudiencePosition || slices.Contains(beside, path) {
		from = d.beside
	} else if rest, ok := strings.CutPrefix(path, lastSignal); ok {
		from, path = d.signal, rest
	}
	return tabular.At(from, strings.Split(path, "."))
}

// Text is a value as a text of at most limit characters, without hidden ones: "" for null, the elements of a list behind one another with the separator
// between.
func Text(raw json.RawMessage, separator string, limit int) string {
	var list []json.RawMessage
	s := tabular.Text(raw)
	if len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &list) == nil {
		words := make([]string, len(list))
		for i, item := range list {
			words[i] = tabular.Text(item)
		}
		s = strings.Join(words, separator)
	}
	if runes := []rune(text.Clean(s)); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit]))
	}
	return text.Clean(s)
}
