package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// People find things by their words; so do these helpers, which therefore also fail where a control has no name.

// byName finds the first control that is seen and whose name is, or begins with, the text.
const byName = `((selector, name) => {
	const words = (e) => (e.getAttribute("aria-label") || e.innerText || e.value || "").replace(/\s+/g, " ").trim();
	const seen = [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility() && !e.disabled);
	const modal = document.querySelector("dialog:modal");
	const all = modal ? seen.filter((e) => modal.contains(e)) : seen;
	return all.find((e) => words(e) === name) || all.find((e) => words(e).startsWith(name));
})`

// byLabel finds the first field that is seen and whose label is, or begins with, the text.
const byLabel = `((_, name) => {
	const words = (e) => [...e.labels].map((l) => l.innerText).concat(e.getAttribute("aria-label") || "").map((s) => s.replace(/\s+/g, " ").trim());
	const seen = [...document.querySelectorAll("input, select, textarea")].filter((e) => e.labels && (e.checkVisibility() || e.closest("label")?.checkVisibility()));
	return seen.find((e) => words(e).includes(name)) || seen.find((e) => words(e).some((w) => w.startsWith(name)));
})`

const (
	buttons = `button, [role=button], input[type=submit], summary`
	links   = `a[href]`
)

type point struct{ X, Y float64 }

// find scrolls what the finder finds into view, waiting for it to appear, and returns its middle.
func (b *tab) find(finder, selector, name string) point {
	b.t.Helper()
	script := fmt.Sprintf(`(() => {
		const e = %s(%s, %s);
		if (!e) return null;
		e.scrollIntoView({block: "center", inline: "center"});
		const r = e.getClientRects()[0];
		return {X: r.x + r.width / 2, Y: r.y + r.height / 2};
	})()`, finder, quoted(selector), quoted(name))
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if at := eval[*point](b, script); at != nil {
			return *at
		}
	}
	b.snap("failed")
	b.t.Fatalf("there is no %q\nat %s", name, b.where())
	return point{}
}

func quoted(text string) string {
	out, _ := json.Marshal(text) // a string can always be written
	return string(out)
}

// click clicks a button or what works like one.
func (b *tab) click(name string) {
	b.t.Helper()
	at := b.find(byName, buttons, name)
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// submit clicks a button and waits for the page that follows.
func (b *tab) submit(name string) {
	b.t.Helper()
	b.leave(b.find(byName, buttons, name))
}

// follow clicks a link and waits for its page.
func (b *tab) follow(name string) {
	b.t.Helper()
	b.leave(b.find(byName, links, name))
}

func (b *tab) leave(at point) {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (void chromedp.Void, err error) {
		_, err = chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.MouseClickXY(at.X, at.Y))(ctx, t)
		return void, err
	})
}

// fill types into the field with the label, in place of what stood there.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	at := b.find(byLabel, "", label)
	b.do(chromedp.MouseClickXY(at.X, at.Y))
	eval[bool](b, `document.activeElement.select?.(), true`)
	b.do(func(ctx context.Context, t *chromedp.Target) (void chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return void, err
	})
}

// choose picks the option of a drop-down by its text.
func (b *tab) choose(label, option string) {
	b.t.Helper()
	b.find(byLabel, "", label)
	if !eval[bool](b, fmt.Sprintf(`(() => {
		const e = %s("", %s), o = [...(e.options || [])].find((o) => o.text.trim().startsWith(%s));
		if (!o) return false;
		e.value = o.value;
		e.dispatchEvent(new Event("input", {bubbles: true}));
		e.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	})()`, byLabel, quoted(label), quoted(option))) {
		b.t.Fatalf("%q has no choice %q\nat %s", label, option, b.where())
	}
}

// tick clicks a box or a radio button by its label.
func (b *tab) tick(label string) {
	b.t.Helper()
	at := b.find(byLabel, "", label)
	b.do(chromedp.MouseClickXY(at.X, at.Y))
}

// text returns the words on the page, but for the choices of drop-downs.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, `[...document.querySelectorAll("select")].reduce((text, s) => text.replace(s.innerText, ""), document.body?.innerText ?? "")`)
}

// see waits until all of the texts stand on the page.
func (b *tab) see(texts ...string) {
	b.t.Helper()
	missing := texts
	for end := time.Now().Add(patience); time.Now().Before(end) && len(missing) > 0; {
		shown := b.text()
		for len(missing) > 0 && strings.Contains(shown, missing[0]) {
			missing = missing[1:]
		}
		if len(missing) > 0 {
			time.Sleep(50 * time.Millisecond)
		}
	}
	if len(missing) > 0 {
		b.snap("failed")
		b.t.Fatalf("%q is not shown\nat %s", missing[0], b.where())
	}
}

// unseen checks that none of the texts is anywhere in the page, hidden or not.
func (b *tab) unseen(texts ...string) {
	b.t.Helper()
	html := eval[string](b, `document.documentElement.outerHTML`)
	for _, text := range texts {
		if strings.Contains(html, text) {
			b.t.Errorf("%.12s… is in %s", text, eval[string](b, `location.href`))
		}
	}
}

// open loads an address.
func (b *tab) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}
