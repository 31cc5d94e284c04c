package browser

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestPicture takes the picture of the page that the documents show, of the runs in the folder that
// DINO_RUNS names, into that of DINO_SCREENSHOTS.
func TestPicture(t *testing.T) {
	runs := os.Getenv("DINO_RUNS")
	if runs == "" {
		t.Skip("DINO_RUNS names no folder of runs to picture")
	}
	chromium(t)
	address := watch(t, runs)
	b := open(t, func(*url.URL) bool { return true })
	b.size(1280, 900)
	b.do("open", chromedp.Navigate(address))
	b.wait(`(() => { const n = document.querySelectorAll('#legend li').length;
		return n > 0 && document.querySelectorAll('[data-chart=loss] .readout li').length === n; })()`)
	smooth(b, 0.8)
	b.picture("watch")
	b.do("map", chromedp.Click(chromedp.CSS("#tab-map")))
	b.wait(`!document.querySelector('#map-whole').hidden && document.querySelectorAll('#map-legend li').length > 0`)
	b.do("UMAP", chromedp.Click(chromedp.CSS("#map-umap")))
	b.wait(`document.querySelector('#map-told').textContent === ''`)
	b.do("rest", chromedp.Sleep(time.Second))
	js[any](b, `document.querySelector('#map-stage').scrollIntoView({block: 'center', behavior: 'instant'})`)
	b.picture("watch-map")
}
