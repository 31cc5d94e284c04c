package browser

import (
	"net/url"
	"os"
	"testing"

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
		return n > 1 && document.querySelectorAll('[data-chart=loss] .readout li').length === n; })()`)
	smooth(b, 0.8)
	b.picture("watch")
}
