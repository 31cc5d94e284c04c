package browser

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestReport opens a report from the disk: all is inside, and nothing else is asked for.
func TestReport(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "report.html")
	shapes(t, data)
	for i, name := range []string{"one", "two"} {
		must(t, "pretrain", "--data", data, "--out", filepath.Join(dir, name), "--config", tiny, "--epochs", "6",
			"--seed",
			fmt.Sprint(i))
	}
	must(t, "report", filepath.Join(dir, "one"), filepath.Join(dir, "two"), "--out", file)
	b := open(t, func(asked *url.URL) bool { return asked.Scheme == "file" && asked.Path == file })
	b.size(1280, 1000)
	b.do("open", chromedp.Navigate("file://"+file))
	b.wait(`document.title === 'dino report' && /^written on /.test(document.querySelector('#status').textContent)`)
	b.wait(`document.querySelectorAll('[data-chart=loss] .readout li').length === 2 && document.querySelectorAll('#table tbody tr').length === 2`)
	b.wait(`[...document.querySelectorAll('td.state')].every((e) => e.dataset.state === 'finished')`)
	b.picture("report-1280")
	b.drag("loss", 0.2, 0.6)
	b.wait(`document.querySelector('#range').textContent !== ''`)
	b.do("configuration", chromedp.Click(chromedp.CSS("#tab-configuration")))
	b.wait(`document.querySelectorAll('#panel-configuration tbody tr').length === 1 && document.querySelector('#panel-configuration').innerText.includes('seed')`)
	b.do("pictures", chromedp.Click(chromedp.CSS("#tab-pictures")))
	b.wait(`document.querySelectorAll('.drawn').length === 2 &&
		document.querySelectorAll('.drawn thead th').length === 14`)
	requireLoaded(b, 3)
	b.picture("report-pictures")
	b.do("bad images", chromedp.Click(chromedp.CSS("#tab-bad")))
	b.wait(`document.querySelector('#panel-bad').innerText.includes('broken.png')`)
	b.do("notes", chromedp.Click(chromedp.CSS("#tab-notes")))
	b.wait(`document.querySelector('#panel-notes').innerText.includes('No note.')`)
	b.do("curves", chromedp.Click(chromedp.CSS("#tab-curves")))
	b.size(380, 800)
	b.requireFits()
	b.picture("report-380")
}
