package settingspages

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// fields are the fields of the form of a provider but for its secret, which is written and never read.
var fields = []string{"enabled", "url", "method", "headers", "secret_header", "secret_prefix", "secret_query", "request", "response", "fields", "cost", "confidence", "timeout_ms"}

// providerSheet is the form of what is set.
func providerSheet(p wire.ProviderSettings) sheet {
	out := sheet{"url": p.URL, "method": p.Method, "headers": headerLines(p.Headers), "secret_header": p.SecretHeader, "secret_prefix": p.SecretPrefix,
		"secret_query": p.SecretQuery, "request": p.Request, "response": p.Response, "fields": strings.Join(inOrder(p.Fields), ","), "enabled": "on", "cost": "", "confidence": "", "timeout_ms": ""}
	if p.Enabled != nil && !*p.Enabled {
		out["enabled"] = ""
	}
	if p.Cost != nil {
		out["cost"] = strconv.FormatInt(*p.Cost, 10)
	}
	if p.Confidence != nil {
		out["confidence"] = strconv.FormatFloat(*p.Confidence, 'f', -1, 64)
	}
	if p.TimeoutMS != nil {
		out["timeout_ms"] = strconv.FormatInt(*p.TimeoutMS, 10)
	}
	return out
}

// known are the fields that a provider can answer, in their order.
func known() (names []string) {
	for _, f := range append(enrich.ChannelFields(), enrich.AccountFields()...) {
		names = append(names, string(f))
	}
	return names
}

// inOrder returns the names as the form sends them back, so that their order alone is no change.
func inOrder(names []string) []string {
	return slices.DeleteFunc(known(), func(n string) bool { return !slices.Contains(names, n) })
}

func headerLines(headers map[string]string) string {
	var out []string
	for name, value := range headers {
		out = append(out, name+": "+value)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// headersOf reads lines of names and values, and removes the names that stood there before and do not any more.
func headersOf(text, was string) any {
	out := map[string]any{}
	for _, line := range strings.Split(was, "\n") {
		if name, _, found := strings.Cut(line, ":"); found {
			out[strings.TrimSpace(name)] = nil
		}
	}
	for _, line := range strings.Split(text, "\n") {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(line) != "" {
			out[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return out
}

// provider returns the patch of what was changed.
func (e edit) provider() map[string]any {
	patch := map[string]any{}
	for _, name := range fields {
		if e.changed(name) {
			patch[name] = e.value(name)
		}
	}
	if prefix := e.Fields["secret_prefix"]; prefix != e.Was["secret_prefix"] { // its spaces count
		patch["secret_prefix"] = prefix
	}
	return patch
}

// value is what a field sets; nil takes it away.
func (e edit) value(name string) any {
	text := strings.TrimSpace(e.Fields[name])
	switch name {
	case "enabled":
		return text != ""
	case "headers":
		return headersOf(text, e.Was[name])
	case "fields":
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	case "url", "response", "method":
		return text
	case "cost", "confidence", "timeout_ms":
		return number(text)
	}
	if text == "" {
		return nil
	}
	return e.Fields[name]
}

// number is a number where the text is one; a text otherwise, which is then refused by its name.
func number(text string) any {
	switch n := json.Number(text); {
	case text == "":
		return nil
	case json.Valid([]byte(text)) && strings.Trim(text, "-+.0123456789eE") == "":
		return n
	}
	return text
}
