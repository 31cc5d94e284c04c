package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is the browser's program.
func chromium(t *testing.T) string {
	t.Helper()
	if named := os.Getenv("DINO_CHROMIUM"); named != "" {
		return named
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium: install it (apt-get install chromium), or name it by DINO_CHROMIUM")
	return ""
}

// tab is a page in a browser of its own, with what went wrong in it.
type tab struct {
	*testing.T
	ctx context.Context

	mu      sync.Mutex
	asked   []string // addresses
	trouble []string // console messages of errors and warnings, exceptions, dialogs
}

// open starts a browser. At the end of the test nothing may have gone wrong in the page, and
// nothing may have been asked for but from allowed, the beginning of an address.
func open(t *testing.T, allowed func(address *url.URL) bool) *tab {
	t.Helper()
	b := &tab{T: t}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))
	allocated, release := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(release)
	ctx, cancel := chromedp.NewContext(allocated, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	b.ctx = ctx
	b.do("start", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, network := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
		_, log := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
		return errors.Join(network, log)
	}))
	ctx, expire := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(expire)
	b.ctx = ctx
	t.Cleanup(func() { b.requireNoTrouble(allowed) })
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning ||
			e.Type == runtime.ConsoleAPICalledTypeAssert {
			b.trouble = append(b.trouble, fmt.Sprintf("console: %s %s", e.Args[0].Value, e.Args[0].Description))
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, "exception: "+e.ExceptionDetails.Text+" "+
			description(e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.trouble = append(b.trouble, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		b.trouble = append(b.trouble, "dialog: "+e.Message)
	}
}

func description(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

func (b *tab) requireNoTrouble(allowed func(address *url.URL) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.trouble) > 0 {
		b.Errorf("in the page:\n%s", strings.Join(b.trouble, "\n"))
	}
	for _, text := range b.asked {
		address, err := url.Parse(text)
		if err != nil || address.Scheme != "data" && !allowed(address) {
			b.Errorf("the page asked for %.200s", text)
		}
	}
	if len(b.asked) == 0 {
		b.Error("the page asked for nothing: are requests seen?")
	}
}

// do runs steps in the page.
func (b *tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// js is the value of an expression in the page.
func js[T any](b *tab, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wait waits until an expression is true in the page.
func (b *tab) wait(expression string) {
	b.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(60*time.Second),
		chromedp.WithPollingInterval(50*time.Millisecond)))
	if err != nil {
		b.picture("failed-" + b.Name())
		b.Fatalf("waiting for %s: %v\nthe page says: %.2000s", expression, err,
			js[string](b, "document.body.innerText"))
	}
}

// openServed opens a tab that may ask for nothing but what the server of an address has.
func openServed(t *testing.T, address string) *tab {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, func(asked *url.URL) bool { return asked.Host == server.Host })
}

// size sets the width of the window.
func (b *tab) size(width, height int64) {
	b.Helper()
	b.do("size", chromedp.EmulateViewport(width, height))
	b.do("size", chromedp.Sleep(300*time.Millisecond))
}

// picture leaves a picture of the page.
func (b *tab) picture(name string) {
	b.Helper()
	dir := os.Getenv("DINO_SCREENSHOTS")
	if dir == "" {
		return
	}
	content, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".png")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.Fatal(err)
	}
	b.Logf("%s: %d bytes", path, len(content))
}

// requireFits fails where the page is wider than its window.
func (b *tab) requireFits() {
	b.Helper()
	if wide := js[int](b, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		b.Errorf("the page is %d pixels wider than its window: %s", wide, js[string](b, `[...document.querySelectorAll('*')]
			.filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))
			.map((e) => e.tagName + '.' + e.className + '#' + e.id).join(' ')`))
	}
}

// requireNames fails for each thing to press or fill in that has no name for a screen reader.
func (b *tab) requireNames() {
	b.Helper()
	nameless := js[string](b, `[...document.querySelectorAll('button, input, textarea, [tabindex]:not([tabindex="-1"])')]
		.filter((e) => !e.ariaLabel && !e.textContent.trim() && !(e.labels && [...e.labels].some((l) => l.textContent.trim())))
		.map((e) => e.outerHTML.slice(0, 100)).join('\n')`)
	if nameless != "" {
		b.Errorf("without a name:\n%s", nameless)
	}
}
