package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// merge applies a patch to the section. The secrets in it are taken out and returned by provider, nil for one to be removed; so is what answers tell of
// them, which may be sent back but changes nothing. The result is well formed but not checked.
func merge(old wire.EnrichmentSettings, patch json.RawMessage) (merged wire.EnrichmentSettings, secrets map[string]*string, err error) {
	var change, base map[string]any
	if err := strictjson.Decode(patch, &change); err != nil {
		return merged, nil, within(err)
	}
	text, err := strictjson.CanonicalValue(old)
	if err == nil {
		err = strictjson.Decode(text, &base)
	}
	if err != nil {
		return merged, nil, err
	}
	secrets, err = takeSecrets(change)
	if err != nil {
		return merged, nil, err
	}
	if text, err = strictjson.CanonicalValue(patched(base, change)); err != nil {
		return merged, nil, err
	}
	if err := strictjson.Decode(text, &merged); err != nil {
		return merged, nil, within(err)
	}
	return merged, secrets, nil
}

// patched is JSON Merge Patch, RFC 7396.
func patched(target, patch any) any {
	change, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out, ok := target.(map[string]any)
	if !ok {
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

// takeSecrets removes secret and secret_set from each provider of the patch.
func takeSecrets(change map[string]any) (map[string]*string, error) {
	secrets := map[string]*string{}
	providers, _ := change["providers"].(map[string]any)
	for name, value := range providers {
		p, _ := value.(map[string]any)
		secret, given := p["secret"]
		delete(p, "secret")
		delete(p, "secret_set")
		if !given {
			continue
		}
		text, isText := secret.(string)
		if secret != nil && (!isText || !visible(text, 1, maxSecret)) {
			return nil, fault.Invalid(strictjson.Join(providerPath(name), "secret"), fmt.Sprintf("must be 1 to %d visible ASCII characters, or null to remove it", maxSecret))
		}
		if secrets[name] = nil; isText {
			secrets[name] = &text
		}
	}
	return secrets, nil
}

func providerPath(name string) string {
	return strictjson.Join(Section+".providers", strictjson.Name(name))
}

// within puts the section before the paths of a refusal.
func within(err error) error {
	f := fault.From(err)
	for i := range f.Fields {
		f.Fields[i].Path = strictjson.Join(Section, f.Fields[i].Path)
	}
	return f
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
