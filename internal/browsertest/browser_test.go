package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take on a busy machine.
const patience = time.Minute

// chromium starts the one browser of all tests. Its error says that there is none.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	stopBrowser = stop
	return ctx, chromedp.Do(ctx)
})

// stopBrowser ends the browser, if one was started.
var stopBrowser = func() {}

func findChromium() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if path := os.Getenv("UNSTUCK_TEST_CHROMIUM"); path != "" {
		names = []string{path}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no browser is installed as one of %v", names)
}

// lacking skips the test, or ends it where what it needs must be there.
func lacking(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("UNSTUCK_REQUIRE_BROWSER") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
}

// tab is one page of a browser that nobody else shares: cookies are its own.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	faults []string
}

// watch reports what the policy refused, where the console would say so only in words.
const watch = `addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI + " " + e.sample))`

func newTab(t testing.TB) *tab {
	t.Helper()
	browser, err := chromium()
	if err != nil {
		lacking(t, err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatal(err)
	}
	b.do(func(ctx context.Context, _ *chromedp.Target) (void chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
		return void, err
	})
	return b
}

// note keeps what no page of ours may cause: dialogs, exceptions and errors on the console.
func (b *tab) note(event any) {
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		b.fault("a dialog: %s", e.Message)
		go func() {
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *runtime.EventExceptionThrown:
		b.fault("an exception: %s %s", e.ExceptionDetails.Text, describe(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			b.fault("console: %s", describe(e.Args...))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			b.fault("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
}

func describe(objects ...*runtime.RemoteObject) string {
	var out []string
	for _, o := range objects {
		if o != nil {
			out = append(out, strings.TrimSpace(o.Description+" "+string(o.Value)))
		}
	}
	return strings.Join(out, " ")
}

func (b *tab) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

// clean reports what was noted since it was asked last, but for what the test expects.
func (b *tab) clean(where string, expected ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
next:
	for _, f := range b.faults {
		for _, e := range expected {
			if strings.Contains(f, e) {
				continue next
			}
		}
		b.t.Errorf("%s: %s", where, f)
	}
	b.faults = nil
}

// do runs steps and ends the test when one fails.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.snap("failed")
		b.t.Fatalf("%v\nat %s", err, b.where())
	}
}

// where says which page is shown, for messages.
func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText.slice(0, 1500)`))
	return at
}

// eval returns the value of a script in the page, awaiting promises. Types are those of encoding/json.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%.200s: %v\nat %s", script, err, b.where())
	}
	return out
}

// view is how a page is looked at.
type view struct {
	name, scheme string
	width        int64
	mobile       bool
	rules        string // of accessibility that the view can break where the first has not; "" = all
}

var views = []view{
	{name: "light", scheme: "light", width: 1280},
	{name: "dark", scheme: "dark", width: 1280, rules: `["color-contrast", "link-in-text-block"]`},
	{name: "phone", scheme: "light", width: 390, mobile: true, rules: `["color-contrast", "scrollable-region-focusable", "target-size", "meta-viewport"]`},
}

// look sets the view. Moving parts stand still, so that colours are measured and pictures taken at rest.
func (b *tab) look(v view) {
	b.t.Helper()
	options := []chromedp.EmulateViewportOption{}
	if v.mobile {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	b.do(chromedp.EmulateViewport(v.width, 900, options...), func(ctx context.Context, _ *chromedp.Target) (void chromedp.Void, err error) {
		_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: v.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return void, err
	})
}

// snap keeps a picture of the whole page where the test's artefacts go.
func (b *tab) snap(name string) {
	dir := os.Getenv("UNSTUCK_TEST_ARTIFACTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	file := filepath.Join(dir, filepath.FromSlash(name)+".png")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
	}
}
