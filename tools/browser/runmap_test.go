package browser

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mappedRun trains a small run on drawn images, one of them with a hostile name.
func mappedRun(t *testing.T, dir, epochs string) (run, data string) {
	t.Helper()
	data, run = filepath.Join(dir, "data"), filepath.Join(dir, "run")
	shapes(t, data)
	err := os.Rename(filepath.Join(data, "class-1", "07.png"), filepath.Join(data, "class-1", hostileName))
	if err != nil {
		t.Fatal(err)
	}
	must(t, "pretrain", "--data", data, "--out", run, "--config", tiny, "--epochs", epochs)
	return run, data
}

// mapOfRun is what the page gets of a map.
type mapOfRun struct {
	Paths     []string
	Snapshots []struct {
		Step, Epoch int
		PCA, UMAP   string
	}
}

// askMap asks the server for the map of the only run.
func askMap(t *testing.T, address string) (m mapOfRun, id string) {
	t.Helper()
	var overview struct{ Runs []struct{ ID string } }
	for path, into := range map[string]any{"api/runs": &overview} {
		fetchJSON(t, address+path, into)
	}
	id = overview.Runs[0].ID
	fetchJSON(t, address+"api/map?id="+id, &m)
	return m, id
}

func fetchJSON(t *testing.T, address string, into any) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %.200s, %v", address, answer.Status, text, err)
	}
}

// atTime moves the slider of the map.
func (b *tab) atTime(place int) {
	b.Helper()
	js[any](b, fmt.Sprintf(`(() => { const s = document.querySelector('#map-time'); s.value = %d;
		s.dispatchEvent(new Event('input')); })()`, place))
}

// TestRunMap looks at the map of a run over its epochs, live.
func TestRunMap(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	run, _ := mappedRun(t, dir, "4")
	address := watch(t, run)
	b := openServed(t, address)
	b.size(1280, 1000)
	b.do("open", chromedp.Navigate(address))
	b.wait(`document.querySelectorAll('#legend li').length === 1`)
	b.do("map", chromedp.Click(chromedp.CSS("#tab-map")))
	b.wait(`!document.querySelector('#map-whole').hidden && document.querySelectorAll('#map-legend li').length === 2`)
	m, id := askMap(t, address)
	if len(m.Snapshots) != 5 || len(m.Paths) != 41 || m.Snapshots[0].Step != 0 {
		t.Fatalf("%d snapshots of %d images, the first after step %d", len(m.Snapshots), len(m.Paths),
			m.Snapshots[0].Step)
	}
	last := len(m.Snapshots) - 1
	b.wait(`/^epoch 4, after step 16, k-NN .*; 40 images$/.test(document.querySelector('#map-when').textContent)`)
	b.requireNames()
	js[any](b, `document.querySelector('#map-stage').scrollIntoView({block: 'center', behavior: 'instant'})`)
	b.do("rest", chromedp.Sleep(600e6))

	// pointing shows an image in its full size
	all := m.places(t)
	b.hoverRows(m.Paths, all, last, func(row int) {
		b.wait(`(() => {
			const p = document.querySelector('#map-picture');
			return !p.hidden && p.naturalWidth === 20;
		})()`)
	})
	b.picture("runmap-1280-light")

	// the first state is that before the first step; its points are elsewhere
	b.do("time", chromedp.Focus(chromedp.CSS("#map-time")), chromedp.KeyEvent(kb.Home))
	b.wait(`document.querySelector('#map-when').textContent.startsWith('before the first step')`)
	b.do("rest", chromedp.Sleep(600e6))
	b.hoverRows(m.Paths, all, 0, func(int) {})
	b.do("time", chromedp.Focus(chromedp.CSS("#map-time")), chromedp.KeyEvent(kb.ArrowRight))
	b.wait(`document.querySelector('#map-when').textContent.startsWith('epoch 1, ')`)
	b.do("play", chromedp.Click(chromedp.CSS("#map-play")))
	b.wait(`document.querySelector('#map-when').textContent.startsWith('epoch 4') && document.querySelector('#map-play').textContent.includes('Play')`)

	// UMAP is computed when it is wanted, for the epoch that is shown
	b.do("UMAP", chromedp.Click(chromedp.CSS("#map-umap")))
	b.wait(`document.querySelector('#map-told').textContent === ''`)
	for _, place := range []int{1, last} {
		b.atTime(place)
		b.wait(`document.querySelector('#map-told').textContent === ''`)
	}
	fetchJSON(t, address+"api/map?id="+id, &m)
	if m.Snapshots[last].UMAP == "" || m.Snapshots[1].UMAP == "" || m.Snapshots[2].UMAP != "" {
		t.Error("UMAP is not there where it was wanted, or it was computed elsewhere")
	}
	js[any](b, `(() => { const s = document.querySelector('#map-colour'); s.value = 'order'; s.dispatchEvent(new Event('change')); })()`)
	b.wait(`document.querySelectorAll('#map-legend li').length === 10 && document.querySelector('#map-legend').textContent.startsWith('images 1 to 4 (4)')`)
	b.picture("runmap-1280-order")
	b.hostileOnMap()

	b.do("colours", chromedp.Click(chromedp.CSS("#theme")), chromedp.Click(chromedp.CSS("#theme")))
	b.wait(`getComputedStyle(document.body).backgroundColor === 'rgb(20, 23, 27)'`)
	b.picture("runmap-1280-dark")
	b.size(380, 800)
	b.requireFits()
	b.picture("runmap-380")
}

// hostileOnMap finds the image of the hostile name.
func (b *tab) hostileOnMap() {
	b.Helper()
	b.do("search", chromedp.SendKeys(chromedp.CSS("#map-search"), "<IMG"))
	b.wait(`document.querySelectorAll('#map-results li').length === 1`)
	b.do("result", chromedp.Click(chromedp.CSS("#map-results button")))
	b.wait(fmt.Sprintf(`document.querySelector('#map-path').textContent === %q`, "class-1/"+hostileName))
	b.wait(`!document.querySelector('#map-picture').hidden`)
	if n := js[int](b, `document.querySelectorAll('img').length`); n != 1 {
		b.Errorf("%d pictures are in the page, want 1: a name became one", n)
	}
}

// places are those of all snapshots by PCA.
func (m mapOfRun) places(t *testing.T) (all [][]float32) {
	t.Helper()
	for _, s := range m.Snapshots {
		all = append(all, places(t, s.PCA))
	}
	return all
}

// hoverRows points at images of a snapshot where the page shows the places of all within its stage.
func (b *tab) hoverRows(paths []string, all [][]float32, snapshot int, shown func(row int)) {
	b.Helper()
	var joined []float32
	for _, places := range all {
		joined = append(joined, places...)
	}
	screen := b.onScreen(joined)
	b.hoverPlaces(paths, screen[snapshot*len(paths):(snapshot+1)*len(paths)], shown)
}

// TestRunMapInReport opens a report with a map from the disk, after the images have gone.
func TestRunMapInReport(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	run, data := mappedRun(t, dir, "3")
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(run, "report.html")
	b := open(t, func(asked *url.URL) bool { return asked.Scheme == "file" && asked.Path == file })
	b.size(1280, 1000)
	b.do("open", chromedp.Navigate("file://"+file))
	b.wait(`document.querySelectorAll('#answers article').length === 1`)
	b.do("map", chromedp.Click(chromedp.CSS("#tab-map")))
	b.wait(`document.querySelector('#map-when').textContent.startsWith('epoch 3, ')`)
	b.do("UMAP", chromedp.Click(chromedp.CSS("#map-umap")))
	b.wait(`document.querySelector('#map-told').textContent === ''`)
	b.do("search", chromedp.SendKeys(chromedp.CSS("#map-search"), "class-0/19"))
	b.wait(`document.querySelectorAll('#map-results li').length === 1`)
	b.do("result", chromedp.Click(chromedp.CSS("#map-results button")))
	b.wait(`!document.querySelector('#map-thumbnail').hidden`)
	text, _ := strings.CutPrefix(js[string](b, `document.querySelector('#map-thumbnail').toDataURL()`),
		"data:image/png;base64,")
	shown, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	// the picture of class-0/19 at the lower edge: grey level 19·20, as drawn
	if got := colourAt(t, shown, 128, 244); !alike(got, []float64{float64(uint8(19 * 20 & 255)), 0, 0, 255}) &&
		got[3] != 255 {
		t.Errorf("the small picture has %v at its lower edge", got)
	}
	b.atTime(0)
	b.wait(`document.querySelector('#map-told').textContent.startsWith('The report has UMAP')`)
	b.size(380, 800)
	b.requireFits()
	b.picture("runmap-report-380")
}
