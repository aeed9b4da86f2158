package settings

import (
	"encoding/json"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// merge puts a patch onto a section; without a patch the section stays. The result is well formed but not checked.
func merge[T any](section string, old T, patch json.RawMessage) (merged T, err error) {
	if len(patch) == 0 {
		return old, nil
	}
	var change, base map[string]any
	if err := strictjson.Decode(patch, &change); err != nil {
		return merged, within(section, err)
	}
	text, err := strictjson.CanonicalValue(old)
	if err == nil {
		err = strictjson.Decode(text, &base)
	}
	if err == nil {
		text, err = strictjson.CanonicalValue(patched(base, change))
	}
	if err != nil {
		return merged, err
	}
	return merged, within(section, strictjson.Decode(text, &merged))
}

// within puts the section before the paths of a refusal.
func within(section string, err error) error {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	for i := range f.Fields {
		f.Fields[i].Path = strictjson.Join(section, f.Fields[i].Path)
	}
	return f
}

// patched is JSON Merge Patch, RFC 7396.
func patched(target, patch any) any {
	change, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out, _ := target.(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range change {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = patched(out[name], value)
		}
	}
	return out
}

// difference returns the leaves that differ, by path: each with its new text, and under path_before with its old one.
func difference(before, after json.RawMessage) map[string]string {
	was, is := leaves(before), leaves(after)
	out := map[string]string{}
	for path, text := range is {
		if old, there := was[path]; !there || old != text {
			out[path] = noted(text)
			if there {
				out[path+"_before"] = noted(old)
			}
		}
	}
	for path, old := range was {
		if _, there := is[path]; !there {
			out[path+"_before"] = noted(old)
		}
	}
	return out
}

// maxNoted bounds a text in the activity log, in bytes.
const maxNoted = 1000

func noted(text string) string {
	if len(text) > maxNoted {
		return strings.ToValidUTF8(text[:maxNoted], "") + "…"
	}
	return text
}

// leaves returns what stands at the ends of the objects of a document, as texts by path.
func leaves(doc json.RawMessage) map[string]string {
	out := map[string]string{}
	var walk func(path string, value json.RawMessage)
	walk = func(path string, value json.RawMessage) {
		isObject := strictjson.Members(value, func(name, inner []byte) {
			walk(strings.TrimPrefix(path+"."+string(name), "."), inner)
		})
		if isObject {
			return
		}
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		out[path] = text
	}
	if len(doc) > 0 {
		walk("", doc)
	}
	return out
}
