package browser

import (
	"net/url"
	"os"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestMapPicture takes the picture of the map that the documents show, of the file of dino map
// --out that DINO_MAP names by its whole path, into the folder that DINO_SCREENSHOTS names.
func TestMapPicture(t *testing.T) {
	file := os.Getenv("DINO_MAP")
	if file == "" {
		t.Skip("DINO_MAP names no map to picture")
	}
	chromium(t)
	b := open(t, func(*url.URL) bool { return true })
	b.size(1280, 800)
	b.do("open", chromedp.Navigate("file://"+file))
	b.wait(`document.querySelector('#umap').checked`)
	for x := 300.0; x < 900 && js[bool](b, `document.querySelector('#thumbnail').hidden`); x += 7 {
		b.do("hover", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, 560))
	}
	b.picture("map")
}
