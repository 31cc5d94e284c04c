package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// heads are the heads of the first table of pictures, but for the first: the epochs.
const heads = `[...document.querySelectorAll('.drawn table')[0].querySelectorAll('thead th')]
	.slice(1).map((e) => e.textContent)`

// tilesNamed counts the pictures whose name for a screen reader has a beginning.
func tilesNamed(beginning string) string {
	return fmt.Sprintf(`document.querySelectorAll('#pictures [role=img][aria-label^=%q]').length`, beginning)
}

// pictured makes a finished run of three epochs, over images of which some have hostile names.
func pictured(t *testing.T) (runs string) {
	t.Helper()
	dir := t.TempDir()
	data, runs := filepath.Join(dir, "data"), filepath.Join(dir, "runs")
	shapes(t, data)
	for i := range 12 { // among so many of a class some are followed, or neighbours
		if err := os.Rename(filepath.Join(data, "class-1", fmt.Sprintf("%02d.png", i)),
			filepath.Join(data, "class-1", fmt.Sprintf("%02d <img src=x onerror=alert(%d)>.png", i, i))); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "pretrain", "--data", data, "--out", filepath.Join(runs, "first"), "--config", tiny)
	return runs
}

// TestPictures looks at the pictures of a run, and at one that is drawn meanwhile.
func TestPictures(t *testing.T) {
	chromium(t)
	runs := pictured(t)
	address := watch(t, runs)
	b := openServed(t, address)
	b.size(1280, 1000)
	b.do("open", chromedp.Navigate(address))
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 1`)

	// by the keyboard: the tab, the kinds of pictures, the views
	b.do("tab", chromedp.Focus(chromedp.CSS("#tab-verdict")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(tilesNamed("attention of ") + ` === 12`) // four images are held out, after three epochs
	if got := js[[]string](b, heads); len(got) != 3 || got[0] != "Epoch 3" || got[2] != "Epoch 1" {
		t.Errorf("the epochs are %q", got)
	}
	b.requireNames()
	b.picture("pictures-1280-attention")
	b.do("colours", chromedp.Focus(chromedp.CSS("#picture-kinds input")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(tilesNamed("patch colours of ") + ` === 12 && ` + tilesNamed("attention of ") + ` === 0`)
	b.do("neighbours", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(tilesNamed("neighbour 1: ") + ` === 12 && ` + tilesNamed("neighbour 4: ") + ` === 12`)
	if !js[bool](b, `document.querySelector('#pictures').textContent.includes('<img src=x onerror=alert(')`) {
		t.Error("no hostile name is shown: the test shows nothing")
	}
	if n := js[int](b, `document.querySelectorAll('#pictures img[src="x"], #pictures script').length`); n > 0 {
		t.Errorf("%d elements came out of names", n)
	}
	b.picture("pictures-1280-neighbours")
	b.do("views", chromedp.Focus(chromedp.CSS(".views summary")), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector('.views').open && document.querySelector('.views img').naturalWidth > 200`)
	requireLoaded(b, 3)

	// small and dark; the epochs scroll, the page does not
	b.size(380, 800)
	b.requireFits()
	b.do("attention", chromedp.Focus(chromedp.CSS("#picture-kinds input:checked")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(tilesNamed("attention of ") + ` === 12`)
	b.do("dark", chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	b.wait(`document.documentElement.dataset.theme === 'dark'`)
	b.do("region", chromedp.Focus(chromedp.CSS(".drawn [role=region]")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelector('.drawn [role=region]').scrollLeft > 10`)
	if left := js[float64](b, `document.querySelector('.drawn tbody th').getBoundingClientRect().left`); left < 0 {
		t.Errorf("the image is %g pixels out of sight while its epochs scroll", -left)
	}
	b.requireFits()
	b.picture("pictures-380-dark")

	// an epoch that is drawn comes to the front by itself, and the focus stays
	b.do("region", chromedp.Focus(chromedp.CSS(".drawn [role=region]")))
	drawAgain(t, filepath.Join(runs, "first", "pictures"))
	b.wait(heads + `.length === 4 && document.activeElement.matches('.drawn [role=region]')`)
	if got := js[[]string](b, heads); got[0] != "Epoch 4" {
		t.Errorf("the epochs are %q", got)
	}
}

// drawAgain draws the third epoch of a run once more, as its fourth.
func drawAgain(t *testing.T, path string) {
	t.Helper()
	for _, kind := range []string{"attention.png", "colours.png", "neighbours.jpg"} {
		content, err := os.ReadFile(filepath.Join(path, "epoch-0003-"+kind))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "epoch-0004-"+kind), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(path, "epochs.jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	last := strings.NewReplacer(`"epochs":3`, `"epochs":4`, "epoch-0003", "epoch-0004").Replace(lines[2])
	if err := os.WriteFile(file, []byte(string(text)+last), 0o600); err != nil {
		t.Fatal(err)
	}
}

// requireLoaded fails where a picture of the page has not so many kinds of sheets, or one that is
// no image.
func requireLoaded(b *tab, least int) {
	b.Helper()
	js[any](b, `(() => {
		window.sheets = [...new Set([...document.querySelectorAll('.tile')].map((e) => e.style.backgroundImage.slice(5, -2)))]
			.map((src) => Object.assign(new Image(), { src }));
	})()`)
	b.wait(fmt.Sprintf(`window.sheets.length >= %d && window.sheets.every((i) => i.complete && i.naturalWidth > 50)`,
		least))
}
