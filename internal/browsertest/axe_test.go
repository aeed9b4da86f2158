package browsertest

import (
	"os"
	"strings"
	"sync"
)

// axe is the text of axe-core.
var axe = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	return string(text), err
})

// violation is a rule of accessibility that a page breaks.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// violations returns the serious and critical ones on the page that is shown; rules is a list in JSON, "" for all.
func (b *tab) violations(rules string) (out []violation) {
	b.t.Helper()
	text, err := axe()
	if err != nil {
		lacking(b.t, err)
	}
	if !eval[bool](b, `typeof axe === "object"`) {
		eval[bool](b, text+`; true`)
	}
	options := `{resultTypes: ["violations"]}`
	if rules != "" {
		options = `{resultTypes: ["violations"], runOnly: {type: "rule", values: ` + rules + `}}`
	}
	for _, v := range eval[[]violation](b, `axe.run(document, `+options+`).then((r) => r.violations)`) {
		if v.Impact == "serious" || v.Impact == "critical" {
			out = append(out, v)
		}
	}
	return out
}

func (b *tab) accessible(where, rules string) {
	b.t.Helper()
	for _, v := range b.violations(rules) {
		var nodes []string
		for _, n := range v.Nodes[:min(len(v.Nodes), 5)] {
			nodes = append(nodes, n.HTML+"\n    "+strings.ReplaceAll(n.Summary, "\n", "\n    "))
		}
		b.t.Errorf("%s: %s (%s): %s, at %d places\n  %s", where, v.ID, v.Impact, v.Help, len(v.Nodes), strings.Join(nodes, "\n  "))
	}
}

// tooWide names what makes the page scroll sideways; "" when it fits its window.
const tooWide = `(() => {
		const room = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= room) return "";
		const out = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > room + 1 && !e.closest(".scroll, pre"));
		return document.documentElement.scrollWidth + " of " + room + ": " + out.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
	})()`

func (b *tab) fits(where string) {
	b.t.Helper()
	if what := eval[string](b, tooWide); what != "" {
		b.t.Errorf("%s: wider than its window: %s", where, what)
	}
}
