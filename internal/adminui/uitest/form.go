package uitest

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Form returns what a browser would send of the first form of the page whose target is action; of all that the page holds for "".
func Form(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, body, action string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("no HTML: %v", err)
	}
	form := doc
	if action != "" {
		form = formTo(doc, action)
	}
	if form == nil {
		t.Fatalf("no form for %s in\n%s", action, body)
	}
	out := url.Values{}
	for n := range form.Descendants() {
		send(out, n)
	}
	return out
}

func formTo(doc *html.Node, action string) *html.Node {
	for n := range doc.Descendants() {
		if n.Data == "form" && attribute(n, "action") == action {
			return n
		}
	}
	return nil
}

// send adds what a browser sends of one element.
func send(out url.Values, n *html.Node) {
	name := attribute(n, "name")
	switch {
	case n.Type != html.ElementNode:
	case n.Data == "input":
		kind := attribute(n, "type")
		if kind != "checkbox" && kind != "radio" || has(n, "checked") {
			out.Add(name, strings.NewReplacer("\r", "", "\n", "").Replace(attribute(n, "value")))
		}
	case n.Data == "textarea":
		text := ""
		if n.FirstChild != nil {
			text = n.FirstChild.Data
		}
		out.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
	case n.Data == "select":
		out.Add(name, chosen(n))
	}
}

// chosen is the value of a select: of the option that is selected, else of the first.
func chosen(of *html.Node) (value string) {
	first := true
	for n := range of.Descendants() {
		if n.Data == "option" && (first || has(n, "selected")) {
			value, first = attribute(n, "value"), false
		}
	}
	return value
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
