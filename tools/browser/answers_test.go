package browser

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hostileWords are text of a finding that would be HTML.
const hostileWords = `<img src=x onerror=alert(2)>`

// answeredRun writes the folder of a run of ten steps an epoch, with a score after each.
func answeredRun(t *testing.T, path string, knn []float64, findings ...string) {
	t.Helper()
	var text strings.Builder
	for epoch, score := range knn {
		for step := 10 * epoch; step < 10*epoch+10; step++ {
			fmt.Fprintf(&text, `{"step":%d,"epoch":%d,"loss":%v`, step, epoch, 4-float64(step)/100)
			if step%10 == 9 {
				fmt.Fprintf(&text, `,"knn":%v,"knn_untrained":30,"knn_pixels":25`, score)
			}
			text.WriteString("}\n")
		}
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"metrics.jsonl": text.String(), "best.safetensors": "x", "teacher.safetensors": "x",
		"config.yaml":   "train:\n  epochs: 9\n",
		"verdict.jsonl": strings.Join(findings, "\n") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// answeredRuns are a healthy, a collapsed and a stalled run; the collapsed one has a hostile name,
// and says hostile things.
func answeredRuns(t *testing.T, dir string) {
	t.Helper()
	answeredRun(t, filepath.Join(dir, "healthy"), []float64{40, 50, 55, 58, 60, 61, 62, 63, 64})
	answeredRun(t, filepath.Join(dir, "<b>bad&"), []float64{33, 31, 31, 31, 31, 31},
		`{"kind":"soft_student","change":"begins","severity":"warning","step":0,"since":0,"what":"soft"}`,
		`{"kind":"soft_student","change":"ends","severity":"warning","step":20,"since":0,"what":"soft"}`,
		`{"kind":"uniform_collapse","change":"begins","severity":"failure","step":42,"since":32,"what":"`+hostileWords+
			`","advice":[{"option":"model.temperature_student","value":"`+hostileWords+`"}]}`)
	answeredRun(t, filepath.Join(dir, "stalled"), []float64{40, 50, 61, 60, 61, 60, 61, 60, 60},
		`{"kind":"plateau","change":"begins","severity":"hint","step":79,"since":79,"what":"learning has stopped",`+
			`"evidence":[{"name":"best_epoch","value":3}],"advice":[{"option":"train.epochs","value":"3"}]}`)
}

// answer is what the page says of a run, in the order of questions.
func (b *tab) answer(run string) []string {
	b.Helper()
	return js[[]string](b, fmt.Sprintf(`[...[...document.querySelectorAll('#answers article')]
		.find((e) => e.querySelector('h3').textContent.endsWith(%q)).querySelectorAll('dd')].map((e) => e.textContent)`, run))
}

// requireAnswers fails where the page does not answer for the three runs.
func (b *tab) requireAnswers() {
	b.Helper()
	b.wait(`document.querySelectorAll('#answers article').length === 3`)
	for run, want := range map[string][]string{
		"healthy": {
			"Yes: the k-NN accuracy", "It learned to the end.", "Nothing.",
			"best.safetensors: k-NN accuracy 64.0 %, after epoch 9.",
		},
		"<b>bad&": {"No: " + hostileWords, "Since step 33, in epoch 4.", "--set model.temperature_student=" +
			hostileWords, "33.0 %, after epoch 1."},
		"stalled": {
			"Not any more: learning has stopped", "Since step 30, in epoch 3.", "--set train.epochs=3",
			"61.0 %, after epoch 3.",
		},
	} {
		for i, got := range b.answer(run) {
			if !strings.Contains(got, want[i]) {
				b.Errorf("%s: %q, want %q", run, got, want[i])
			}
		}
	}
	if n := js[int](b, `document.querySelectorAll('img[src=x], h3 b').length`); n > 0 {
		b.Error("text of a run became HTML")
	}
}

// TestAnswers wants the answers and the marks of a healthy, a collapsed and a stalled run, live.
func TestAnswers(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	answeredRuns(t, dir)
	address := watch(t, dir)
	b := openServed(t, address)
	b.size(1280, 1200)
	b.do("open", chromedp.Navigate(address))
	b.requireAnswers()
	b.requireNames()
	b.picture("answers-1280-light")

	// what was found stands in the list of marks, and at the cursor of a chart
	b.wait(`document.querySelectorAll('#marks button').length === 6`)
	marks := js[string](b, `document.querySelector('#marks').innerText`)
	for _, want := range []string{
		"✖ <b>bad&: uniform collapse (failure), since step 33", "▲ <b>bad&: soft student (warning), steps 1 to 21",
		"ℹ stalled: plateau (hint), since step 30", "★ healthy: best checkpoint, after step 90",
	} {
		if !strings.Contains(marks, want) {
			t.Errorf("the marks %q lack %q", marks, want)
		}
	}
	x, y := b.at("loss", 0.75, 0.5)
	b.do("hover", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x-5, y),
		chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	b.wait(`(() => { const here = document.querySelector('[data-chart=loss] .marks-here').innerText;
		return here.includes('uniform collapse') && here.includes('plateau') && !here.includes('soft student'); })()`)

	// a mark that has the focus stands out in the charts, in the colour of its run; Enter zooms to
	// it
	before := b.colours("loss")
	b.do("focus", chromedp.Focus(chromedp.CSS("#marks button[data-severity=failure]")))
	b.do("rest", chromedp.Sleep(300e6))
	if b.colours("loss") == before {
		t.Error("a mark that has the focus looks like all others")
	}
	b.picture("marks-1280")
	b.do("zoom", chromedp.KeyEvent(kb.Enter))
	b.wait(`/^steps /.test(document.querySelector('#range').textContent)`)
	b.do("whole", chromedp.Click(chromedp.CSS("#zoom-reset")))

	// a run that is hidden has no marks
	js[any](b, `[...document.querySelectorAll('#legend button')].find((e) => e.textContent === 'stalled').click()`)
	b.wait(`document.querySelectorAll('#marks button').length === 4`)
	b.do("colours", chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	b.wait(`getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'`)
	b.picture("answers-1280-dark")
	b.size(380, 800)
	b.requireFits()
	b.picture("answers-380")
}

// colours are the pixels of a chart.
func (b *tab) colours(key string) string {
	b.Helper()
	return js[string](b, fmt.Sprintf(`document.querySelector('[data-chart=%s] canvas').toDataURL()`, key))
}

// TestAnswersInReport wants the same answers in a report.
func TestAnswersInReport(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "out.html")
	answeredRuns(t, filepath.Join(dir, "runs"))
	must(t, "report", filepath.Join(dir, "runs"), "--out", file)
	b := open(t, func(asked *url.URL) bool { return asked.Scheme == "file" && asked.Path == file })
	b.size(1280, 1200)
	b.do("open", chromedp.Navigate("file://"+file))
	b.requireAnswers()
	b.wait(`document.querySelectorAll('#marks button').length === 6`)
	b.do("map", chromedp.Click(chromedp.CSS("#tab-map")))
	b.wait(`document.querySelector('#map-none').textContent === 'The report has no map of this run.'`)
}
