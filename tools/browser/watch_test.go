package browser

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// chart is what a chart says of itself to a screen reader.
func chart(key string) string {
	return fmt.Sprintf(`document.querySelector('[data-chart=%s] .canvas').ariaLabel`, key)
}

// at is a place on a chart, as shares of its plot.
func (b *tab) at(key string, x, y float64) (float64, float64) {
	b.Helper()
	const scroll = `document.querySelector('[data-chart=%s]').scrollIntoView({block: 'center', behavior: 'instant'})`
	js[any](b, fmt.Sprintf(scroll, key))
	box := js[[]float64](b, fmt.Sprintf(`(() => { const r = document.querySelector('[data-chart=%s] .u-over').getBoundingClientRect();
		return [r.left, r.top, r.width, r.height]; })()`, key))
	return box[0] + x*box[2], box[1] + y*box[3]
}

// drag zooms by the pointer.
func (b *tab) drag(key string, from, to float64) {
	b.Helper()
	x0, y := b.at(key, from, 0.5)
	x1, _ := b.at(key, to, 0.5)
	left := chromedp.ButtonType(input.MouseButtonLeft)
	b.do("drag",
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x0, y),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, x0, y, left),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, (x0+x1)/2, y, left),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x1, y, left),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, x1, y, left))
}

// TestWatch follows a run that is under way beside one that is finished.
func TestWatch(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	data, runs := filepath.Join(dir, "data"), filepath.Join(dir, "runs")
	shapes(t, data)
	must(t, "pretrain", "--data", data, "--out", filepath.Join(runs, "first"), "--config", tiny, "--epochs", "12")
	start(t, "pretrain", "--data", data, "--out", filepath.Join(runs, "second"), "--config", tiny, "--epochs", "50000",
		"--set", "train.schedule.lr.base=0.01", "--set", "knn.every_epochs=10")
	waitFor(t, filepath.Join(runs, "second", "metrics.jsonl")) // the page checks runs that have begun
	address := watch(t, runs)
	b := openServed(t, address)
	b.size(1280, 1000)
	b.do("open", chromedp.Navigate(address))

	// both runs are there, checked and drawn, and the run that is under way goes on by itself
	b.wait(`document.querySelectorAll('#table tbody tr').length === 2 && document.querySelector('#status').textContent === 'live'`)
	b.wait(`[...document.querySelectorAll('td.state')].map((e) => e.dataset.state).sort().join() ===
		'finished,running'`)
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 2 && document.querySelector('[data-chart=loss] canvas').width > 300`)
	before := js[string](b, chart("loss"))
	b.wait(fmt.Sprintf(`%s !== %q`, chart("loss"), before))
	b.wait(chart("knn") + `.includes('second: ')`) // it is scored every ten epochs
	for _, key := range []string{"loss", "knn", "information", "kl", "feature_std", "lr", "images_per_s", "data_wait"} {
		b.wait(fmt.Sprintf(`!document.querySelector('[data-chart=%[1]s]').hidden && %[2]s.includes("first: ") && %[2]s.includes("second: ")`, key, chart(key)))
	}
	b.requireNames()
	b.picture("watch-1280-light")

	// hovering shows values at a step, in every chart
	x, y := b.at("loss", 0.3, 0.5)
	b.do("hover", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-5, y),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	b.wait(`/at step [\d,]+/.test(document.querySelector('[data-chart=loss] .at').textContent) && /at step [\d,]+/.test(document.querySelector('[data-chart=kl] .at').textContent)`)

	// a drag zooms all charts, and finer curves come; a double click shows all again
	b.drag("loss", 0.2, 0.5)
	b.wait(`/^steps [\d,]+ to [\d,]+$/.test(document.querySelector('#range').textContent)`)
	x, y = b.at("loss", 0.5, 0.5)
	b.do("double click", chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	b.wait(`document.querySelector('#range').textContent === ''`)

	// the same by keys on a chart
	b.do("keys", chromedp.Focus(chromedp.CSS(`[data-chart=loss] .canvas`)), chromedp.KeyEvent("+"))
	b.wait(`document.querySelector('#range').textContent !== ''`)
	b.do("keys", chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent("0"))
	b.wait(`document.querySelector('#range').textContent === ''`)

	// scale, smoothing, colours
	b.do("log", chromedp.Click(chromedp.CSS("#log")))
	smooth(b, 0.9)
	b.do("colours", chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	b.wait(`document.documentElement.dataset.theme === 'dark' && getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'`)
	js[any](b, `scrollTo({top: 0, behavior: 'instant'})`)
	b.picture("watch-1280-dark")
	b.do("log", chromedp.Click(chromedp.CSS("#log")))

	// the legend hides a run, the table takes one out of the comparison
	b.do("legend", chromedp.Click(chromedp.CSS(`#legend li:nth-child(1) button`)))
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 1`)
	b.do("legend", chromedp.Click(chromedp.CSS(`#legend li:nth-child(1) button`)))
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 2`)
	b.do("table", chromedp.Click(chromedp.CSS(`#table tbody tr:nth-child(1) input`)))
	b.wait(`document.querySelectorAll('#legend li').length === 1 && document.querySelectorAll('[data-chart=loss] .readout li').length === 1`)
	b.do("reload", chromedp.Reload())
	b.wait(`document.querySelectorAll('#legend li').length === 1 &&
		document.querySelectorAll('#table tbody tr').length === 2`)
	b.do("table", chromedp.Click(chromedp.CSS(`#table tbody tr:nth-child(1) input`)))
	b.wait(`document.querySelectorAll('#legend li').length === 2`)

	b.tabs(runs)

	b.do("curves", chromedp.Click(chromedp.CSS("#tab-curves")))
	b.size(380, 800)
	b.wait(`document.querySelector('[data-chart=loss] canvas').getBoundingClientRect().width < 380`)
	b.requireFits()
	b.picture("watch-380")
	js[any](b, `document.querySelector('[data-chart=loss]').scrollIntoView({behavior: 'instant'})`)
	b.picture("watch-380-charts")
}

// waitFor waits until a file holds something.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			return
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("%s holds nothing after a minute", path)
		}
	}
}

// tabs goes through the other tabs by the keyboard.
func (b *tab) tabs(runs string) {
	b.Helper()
	b.do("verdict", chromedp.Focus(chromedp.CSS("#tab-curves")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelectorAll('#panel-verdict h3').length === 2 &&
		document.querySelector('#panel-verdict .finding').textContent.includes('few images')`)
	b.picture("watch-verdict")
	b.do("pictures", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelectorAll('#panel-pictures h3').length === 2`)
	b.do("map", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`!document.querySelector('#map-whole').hidden && document.querySelectorAll('#map-run option').length === 2`)
	b.do("configuration", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelector('#panel-configuration').innerText.includes('train.schedule.lr.base') && !document.querySelector('#panel-configuration').innerText.includes('n_prototypes')`)
	b.picture("watch-configuration")
	b.do("bad images", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelector('#panel-bad').innerText.includes('broken.png')`)
	b.do("notes", chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelectorAll('#panel-notes form').length === 2`)
	b.requireNames()
	b.do("write", chromedp.SendKeys(chromedp.CSS("#panel-notes form:nth-of-type(1) textarea"), "higher rate <b>"),
		chromedp.SendKeys(chromedp.CSS("#panel-notes form:nth-of-type(1) input"), "keep, lr"),
		chromedp.Click(chromedp.CSS("#panel-notes form:nth-of-type(1) button")))
	b.wait(`document.querySelector('#panel-notes [role=status]').textContent === 'saved'`)
	b.wait(`[...document.querySelectorAll('#table td.tags')].some((e) => e.textContent === 'keep, lr ✎')`)
	text, err := os.ReadFile(filepath.Join(runs, "first", "notes.json"))
	if err != nil {
		text, err = os.ReadFile(filepath.Join(runs, "second", "notes.json"))
	}
	if err != nil || !strings.Contains(string(text), `"keep"`) {
		b.Errorf("notes.json: %q, %v", text, err)
	}
}

// TestEmptyFolder shows the first run as soon as it begins.
func TestEmptyFolder(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	address := watch(t, dir)
	b := open(t, func(*url.URL) bool { return true })
	b.do("open", chromedp.Navigate(address))
	b.wait(`!document.querySelector('#none').hidden`)
	hostile := `<img src=x onerror=alert(1)>"'&`
	line := `{"step":0,"epoch":0,"loss":1,"<script>alert(2)</script>":3}` + "\n" +
		`{"step":1,"epoch":0,"loss":2,"__proto__":1,"constructor":2}` + "\n"
	run := filepath.Join(dir, hostile)
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(run, "pictures"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"pictures/images.json": `{"version":1,"sheet":"images.jpg","images":[{"path":"<img src=x onerror=alert(8)>",` +
			`"class":"<b>c</b>"}],"missing":{"colours":"<img src=x onerror=alert(9)>"}}`,
		"pictures/epochs.jsonl": `{"step":1,"epochs":1,"sheets":{},"missing":{"attention":"<b>why</b>",` +
			`"constructor":"x"},"neighbours":[[{"path":"<script>alert(10)</script>","similarity":0.5}],null]}` + "\n",
		"pictures/images.jpg": "<svg onload=alert(11)>",
		"metrics.jsonl":       line, "config.yaml": "'<b>': '<img src=x onerror=alert(3)>'\n", ".lock": "",
		"bad_images.jsonl": `{"image":1,"path":"<img src=x onerror=alert(4)>",` +
			`"reason":"</td><script>alert(5)</script>"}` + "\n",
		"verdict.jsonl": `{"kind":"<b>x</b>","change":"begins","severity":"<i>",` +
			`"what":"<img src=x onerror=alert(7)>","evidence":null,` +
			`"advice":[{"option":"<b>","value":"<b>"}]}` + "\n",
		"notes.json": `{"version":1,"note":"<img src=x onerror=alert(6)>","tags":["<b>"]}`,
	} {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(dir, "other")
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "metrics.jsonl"), []byte(`{"step":0,"epoch":0,"loss":1}`+"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.querySelectorAll('#table tbody tr').length === 2`)
	b.do("check", chromedp.Evaluate[chromedp.Void](
		`document.querySelectorAll('#table tbody input:not(:checked)').forEach((e) => e.click())`))
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 2`)
	b.wait(`document.querySelectorAll('[data-chart=constructor] .readout li').length === 1`)
	b.wait(`document.querySelector('#table tbody .name').textContent === ` + fmt.Sprintf("%q", hostile))
	for _, name := range []string{"verdict", "pictures", "map", "configuration", "bad", "notes"} {
		b.do(name, chromedp.Click(chromedp.CSS("#tab-"+name)))
		b.wait(`!document.querySelector('#panel-` + name + `').hidden && document.querySelector('#panel-` + name +
			`').textContent.length > 10`)
	}
	b.do("a moment", chromedp.Sleep(300*time.Millisecond))
	const strangers = `document.querySelectorAll('img:not(#map-picture), td script, #table b, #pictures b').length`
	if n := js[int](b, strangers); n > 0 {
		t.Errorf("%d elements came out of text", n)
	}
}

// smooth moves the slider of the page that smooths its curves.
func smooth(b *tab, by float64) {
	js[any](b, fmt.Sprintf(`(() => {
		const s = document.querySelector('#smoothing');
		s.value = %g;
		s.dispatchEvent(new Event('input'));
	})()`, by))
}
