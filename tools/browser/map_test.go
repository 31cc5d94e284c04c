package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hostileName is a path that would be HTML.
const hostileName = `<img src=x onerror=alert(1)>"'&.png`

// embedded makes a file of embeddings of the drawn images, one of them with a hostile name.
func embedded(t *testing.T, dir string) (file, data string) {
	t.Helper()
	data, file = filepath.Join(dir, "data"), filepath.Join(dir, "embeddings.npy")
	shapes(t, data)
	if err := os.Rename(filepath.Join(data, "class-1", "07.png"),
		filepath.Join(data, "class-1", hostileName)); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	must(t, "pretrain", "--data", data, "--out", run, "--config", tiny, "--epochs", "2")
	must(t, "embed", "--weights", run, "--data", data, "--out", file)
	return file, data
}

// points are the data of a map as the page gets them.
type points struct {
	Paths     []string
	PCA, UMAP string
}

// liveMap asks the server for what the page asks for.
func liveMap(t *testing.T, address string) (p points) {
	t.Helper()
	for _, path := range []string{"api/map", "api/umap"} {
		answer, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, answer.Status, err)
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// places are the coordinates of PCA or UMAP.
func places(t *testing.T, text string) (places []float32) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(raw); i += 4 {
		places = append(places, math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
	}
	return places
}

// onScreen is where the whole map has its points, in pixels of the window.
func (b *tab) onScreen(places []float32) (screen [][2]float64) {
	b.Helper()
	box := js[[]float64](b, `(() => { const r = document.querySelector('#map-canvas').getBoundingClientRect();
		return [r.left, r.top, r.width, r.height]; })()`)
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, v := range places {
		if math.IsNaN(float64(v)) {
			continue // an image that could not be decoded has no place
		}
		low[i%2], high[i%2] = min(low[i%2], float64(v)), max(high[i%2], float64(v))
	}
	scale := 0.92 * min(box[2]/(high[0]-low[0]), box[3]/(high[1]-low[1]))
	for i := 0; i < len(places); i += 2 {
		x, y := float64(places[i])-(low[0]+high[0])/2, float64(places[i+1])-(low[1]+high[1])/2
		screen = append(screen, [2]float64{box[0] + box[2]/2 + scale*x, box[1] + box[3]/2 - scale*y})
	}
	return screen
}

// hoverAll points at images that no other covers, and wants their paths; shown is called for each.
func (b *tab) hoverAll(paths []string, places []float32, shown func(row int)) {
	b.Helper()
	b.hoverPlaces(paths, b.onScreen(places), shown)
}

// hoverPlaces is hoverAll where the images are on the screen.
func (b *tab) hoverPlaces(paths []string, screen [][2]float64, shown func(row int)) {
	b.Helper()
	hovered := 0
	for row, at := range screen {
		alone := !math.IsNaN(at[0])
		for other, place := range screen {
			alone = alone && (other == row || math.IsNaN(place[0]) || math.Hypot(place[0]-at[0], place[1]-at[1]) > 3)
		}
		if !alone || hovered == 5 {
			continue
		}
		hovered++
		b.do("hover", chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0]-1, at[1]),
			chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]))
		b.wait(fmt.Sprintf(`document.querySelector('#map-path').textContent === %q`, paths[row]))
		shown(row)
	}
	if hovered < 3 {
		b.Errorf("only %d of %d images could be pointed at", hovered, len(paths))
	}
}

// TestMap opens the map of a file of embeddings, live.
func TestMap(t *testing.T) {
	chromium(t)
	file, data := embedded(t, t.TempDir())
	address := served(t, "map", file, "--images", data, "--k", "3")
	b := openServed(t, address)
	b.size(1280, 900)
	b.do("open", chromedp.Navigate(address))
	b.wait(`document.querySelector('#status').textContent === '40 images' && document.querySelector('#umap').checked`)
	b.wait(`document.querySelectorAll('#map-legend li').length === 2`)
	b.requireNames()
	p := liveMap(t, address)
	b.hoverAll(p.Paths, places(t, p.UMAP), func(int) {
		b.wait(`(() => {
			const p = document.querySelector('#map-picture');
			return !p.hidden && p.naturalWidth === 20;
		})()`)
	})
	b.picture("map-1280-light")

	b.do("PCA", chromedp.Click(chromedp.CSS("#pca")))
	b.hoverAll(p.Paths, places(t, p.PCA), func(int) {})
	js[any](b, `(() => { const s = document.querySelector('#colour'); s.value = 'cluster'; s.dispatchEvent(new Event('change')); })()`)
	b.wait(`document.querySelectorAll('#map-legend li').length === 3`)
	b.do("hide", chromedp.Click(chromedp.CSS("#map-legend li:nth-child(1) button")))
	b.wait(`document.querySelector('#map-legend button').ariaPressed === 'false'`)
	b.do("show", chromedp.Click(chromedp.CSS("#map-legend li:nth-child(1) button")))
	b.searchAndKeys(p, data)

	b.do("colours", chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	b.wait(`getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'`)
	b.picture("map-1280-dark")
	b.size(380, 800)
	b.requireFits()
	b.picture("map-380")
}

// searchAndKeys finds the image of the hostile name, and moves the map by keys.
func (b *tab) searchAndKeys(p points, data string) {
	b.Helper()
	b.do("search", chromedp.SendKeys(chromedp.CSS("#map-search"), "<IMG"))
	b.wait(`document.querySelectorAll('#map-results li').length === 1`)
	b.do("result", chromedp.Click(chromedp.CSS("#map-results button")))
	b.wait(fmt.Sprintf(`document.querySelector('#map-path').textContent === %q`, "class-1/"+hostileName))
	if n := js[int](b, `document.querySelectorAll('img').length`); n != 1 {
		b.Errorf("%d pictures are in the page, want 1: a name became one", n)
	}
	b.do("search", chromedp.KeyEvent(kb.Tab))
	js[any](b, `(() => {
		const s = document.querySelector('#map-search');
		s.value = '';
		s.dispatchEvent(new Event('input'));
	})()`)

	// Enter shows the image in the middle; keys move and zoom, and 0 shows all again
	b.do("keys", chromedp.Focus(chromedp.CSS("#map-canvas")), chromedp.KeyEvent(kb.Enter))
	screen := b.onScreen(places(b.T, p.PCA))
	middle := js[[]float64](b, `(() => { const r = document.querySelector('#map-canvas').getBoundingClientRect();
		return [r.left + r.width / 2, r.top + r.height / 2]; })()`)
	best := 0
	for row, at := range screen {
		if math.Hypot(at[0]-middle[0], at[1]-middle[1]) < math.Hypot(screen[best][0]-middle[0],
			screen[best][1]-middle[1]) {
			best = row
		}
	}
	b.wait(fmt.Sprintf(`document.querySelector('#map-path').textContent === %q`, p.Paths[best]))
	b.do("keys", chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent("+"), chromedp.KeyEvent("+"),
		chromedp.KeyEvent("0"))
	b.hoverAll(p.Paths, places(b.T, p.PCA), func(int) {})
}

// TestMapFile opens a map as one file, from the disk.
func TestMapFile(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	file, data := embedded(t, dir)
	html := filepath.Join(dir, "map.html")
	must(t, "map", file, "--images", data, "--out", html)
	text, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte(`id="data">`))
	inside, _, _ := bytes.Cut(rest, []byte("</script>"))
	var p points
	if err := json.Unmarshal(inside, &p); err != nil {
		t.Fatal(err)
	}
	b := open(t, func(asked *url.URL) bool { return asked.Scheme == "file" && asked.Path == html })
	b.size(1280, 900)
	b.do("open", chromedp.Navigate("file://"+html))
	b.wait(`/^40 images, written on /.test(document.querySelector('#status').textContent) && document.querySelector('#umap').checked`)
	b.hoverAll(p.Paths, places(t, p.UMAP), func(row int) {
		text, _ := strings.CutPrefix(js[string](b, `document.querySelector('#map-thumbnail').toDataURL()`),
			"data:image/png;base64,")
		shown, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got := colourAt(t, shown, 128, 244)
		file, err := os.ReadFile(filepath.Join(data, p.Paths[row]))
		if err != nil {
			t.Fatal(err)
		}
		if want := colourAt(t, file, 10, 19); !alike(got, want) {
			t.Errorf("the picture of %s has %v at its lower edge, the file %v", p.Paths[row], got, want)
		}
	})
	b.picture("map-file-1280")
	b.size(380, 800)
	b.requireFits()
}

// colourAt is the colour of a pixel of a PNG file.
func colourAt(t *testing.T, file []byte, x, y int) []float64 {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	r, g, blue, alpha := img.At(x, y).RGBA()
	return []float64{float64(r >> 8), float64(g >> 8), float64(blue >> 8), float64(alpha >> 8)}
}

// alike allows for what JPEG and enlarging do.
func alike(got, want []float64) bool {
	for i, v := range got {
		if math.Abs(v-want[i]) > 40 {
			return false
		}
	}
	return true
}
