package browsertest

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/adminui/usagepages"
)

// story opens a story of the frame.
func story(t *testing.T, name string, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	book, err := ui.NewStorybook(nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(book)
	t.Cleanup(server.Close)
	b := newTab(t)
	b.look(views[0])
	b.do(append(before, chromedp.Navigate(server.URL+book.Path(name)))...)
	t.Cleanup(func() { b.clean(name) })
	return b
}

func TestTimesAreTheReaders(t *testing.T) {
	b := story(t, "frame/parts", func(ctx context.Context, _ *chromedp.Target) (void chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
		return void, err
	})
	b.see("11:30") // 14:30 in UTC
	if title := eval[string](b, `document.querySelector("time").title`); title != "2026-11-29 14:30:00 UTC" {
		t.Errorf("on hover: %q", title)
	}
}

func TestConfirmation(t *testing.T) {
	b := story(t, "frame/dialog")
	disabled := func() bool { return eval[bool](b, `document.querySelector("dialog:modal button.danger").disabled`) }
	if !disabled() {
		t.Error("the button can be pressed before anything was typed")
	}
	b.fill("Type Nightly", "Nightly")
	if !disabled() {
		t.Error("part of the name is enough")
	}
	b.fill("Type Nightly", "Nightly import")
	if disabled() {
		t.Error("the whole name is not enough")
	}
}

// TestStalePartsSaySo: a part that could not be loaded anew says so once, however often it was tried.
func TestStalePartsSaySo(t *testing.T) {
	b := story(t, "frame/parts")
	for range 2 {
		eval[bool](b, `htmx.ajax("GET", "/stories/nowhere.html", "main"), true`)
	}
	b.see("This part could not be brought up to date. Load the page again.")
	if n := eval[int](b, `document.querySelectorAll("main > [role=alert].stale").length`); n != 1 {
		t.Errorf("it says so %d times", n)
	}
	b.clean("a part that is not there", "404", "htmx:responseError", "Response Status Error Code")
}

// TestChartsDrawEveryValue: the last one, and one that stands alone, have the width of their hour.
func TestChartsDrawEveryValue(t *testing.T) {
	book, err := ui.NewStorybook([]ui.Area{usagepages.New(usagepages.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(book)
	t.Cleanup(server.Close)
	b := newTab(t)
	b.look(views[0])
	b.open(server.URL + book.Path("usage/one-hour"))
	drawn := eval[int](b, `(() => {
		const ink = document.querySelector("figure[data-chart=t-headroom] canvas"), { width, height } = ink, at = ink.getContext("2d").getImageData(0, 0, width, height).data;
		const columns = new Set(); // that hold the colour of the first line, #1a5fb4
		for (let i = 0; i < at.length; i += 4) if (at[i] === 0x1a && at[i + 1] === 0x5f && at[i + 2] === 0xb4 && at[i + 3] === 255) columns.add((i / 4) % width);
		return columns.size;
	})()`)
	if drawn < 10 {
		t.Errorf("the hour is %d pixels wide", drawn)
	}
	b.clean("usage/one-hour")
}

func TestCopy(t *testing.T) {
	b := story(t, "frame/hostile", func(ctx context.Context, _ *chromedp.Target) (void chromedp.Void, err error) {
		_, err = chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
		})
		return void, err
	})
	b.click("Copy: Environment")
	b.see("Copied")
	if got, want := eval[string](b, `navigator.clipboard.readText()`), "UNSTUCK_API_KEY="+ui.Hostile[2]; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

func TestMenuOnAPhone(t *testing.T) {
	b := story(t, "frame/parts")
	b.look(views[2])
	if strings.Contains(b.text(), "Sign out") {
		t.Error("the menu covers the page before it was asked for")
	}
	b.click("Menu")
	b.see("Sign out")
	b.accessible("the open menu", "")
	b.snap("frame/menu-phone")
	b.do(chromedp.KeyEvent("\x1b"))
	eventually(t, "Escape closes the menu", func() bool { return !strings.Contains(b.text(), "Sign out") })
}

// TestKeyboard goes past the frame without a mouse.
func TestKeyboard(t *testing.T) {
	b := story(t, "frame/parts")
	b.do(chromedp.KeyEvent("\t"))
	if at := eval[string](b, `document.activeElement.innerText`); at != "Skip to the page" {
		t.Fatalf("the first stop is %q", at)
	}
	b.do(chromedp.KeyEvent("\r"))
	eventually(t, "the page has the focus", func() bool { return eval[string](b, `document.activeElement.id`) == "main" })
	b.do(chromedp.KeyEvent("\t"))
	if !eval[bool](b, `document.querySelector("main").contains(document.activeElement)`) {
		t.Error("the next stop is not on the page")
	}
}
