package browser

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLarge opens a run of 200,000 lines among 500 runs. How long it took is told, and is no
// condition: others may compute on this machine.
func TestLarge(t *testing.T) {
	chromium(t)
	dir := t.TempDir()
	for i := range 500 {
		steps := 20
		if i == 250 {
			steps = 200_000
		}
		large(t, filepath.Join(dir, fmt.Sprintf("run-%03d", i)), steps)
	}
	large := time.Now().Add(time.Hour) // it is the newest, and so among those that are shown first
	if err := os.Chtimes(filepath.Join(dir, "run-250", "metrics.jsonl"), large, large); err != nil {
		t.Fatal(err)
	}
	alone(t, filepath.Join(dir, "run-250"))
	address := watch(t, dir)
	b := openServed(t, address)
	begun := time.Now()
	b.do("open", chromedp.Navigate(address))
	b.wait(`document.querySelectorAll('#table tbody tr').length === 500`)
	t.Logf("500 runs are listed after %v", time.Since(begun).Round(time.Millisecond))
	b.wait(`/run-250: .*at step 199,999/.test(document.querySelector('[data-chart=loss] .canvas').ariaLabel)`)
	t.Logf("200,000 lines are drawn after %v", time.Since(begun).Round(time.Millisecond))
	begun = time.Now()
	b.drag("loss", 0.5, 0.51)
	b.wait(`document.querySelector('#range').textContent !== ''`)
	t.Logf("a hundredth of it is drawn after %v", time.Since(begun).Round(time.Millisecond))
	b.do("filter", chromedp.SendKeys(chromedp.CSS("#filter"), "run-25"))
	b.wait(`[...document.querySelectorAll('#table tbody tr')].filter((e) => !e.hidden).length === 10`)
}

// alone opens the long run by itself.
func alone(t *testing.T, run string) {
	t.Helper()
	address := watch(t, run)
	b := open(t, func(*url.URL) bool { return true })
	b.do("warm up", chromedp.Navigate(address+"LICENSE"))
	begun := time.Now()
	b.do("open", chromedp.Navigate(address))
	b.wait(`/run-250: .*at step 199,999/.test(document.querySelector('[data-chart=loss] .canvas').ariaLabel)`)
	t.Logf("alone, 200,000 lines are drawn after %v", time.Since(begun).Round(time.Millisecond))
}

// large makes the folder of a run with the lines that runs have.
func large(t *testing.T, path string, steps int) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	names := strings.Fields("loss teacher_entropy marginal_entropy kl max_prob center_norm feature_std grad_norm lr " +
		"weight_decay momentum teacher_temp images_per_s data_wait")
	var text strings.Builder
	for step := range steps {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d`, step, step/1000)
		for i, name := range names {
			fmt.Fprintf(&text, `,"%s":%v`, name, float64((step*7919+i*104729)%10_007)/10_007)
		}
		text.WriteString("}\n")
	}
	for name, text := range map[string]string{
		"metrics.jsonl": text.String(), ".lock": "",
		"config.yaml": "train:\n  epochs: 300\n",
	} {
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLargeMap opens a map of as many images as one may have. How long it took is told.
func TestLargeMap(t *testing.T) {
	chromium(t)
	const rows, cols = 50_000, 8
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, cols)
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	text := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	text = append(text, header...)
	random := rand.New(rand.NewPCG(1, 1))
	var paths strings.Builder
	paths.WriteString("path,label,width,height\n")
	for row := range rows {
		for range cols {
			text = binary.LittleEndian.AppendUint32(text, math.Float32bits(float32(random.NormFloat64())))
		}
		fmt.Fprintf(&paths, "group-%02d/%05d.png,group-%02d,9,9\n", row%20, row, row%20)
	}
	file := filepath.Join(t.TempDir(), "large.npy")
	for name, text := range map[string][]byte{file: text, strings.TrimSuffix(file, ".npy") +
		".rows.csv": []byte(paths.String())} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	address := served(t, "map", file, "--points", fmt.Sprint(rows))
	t.Logf("the page is there after %v", time.Since(begun).Round(time.Millisecond))
	b := openServed(t, address)
	b.size(1280, 900)
	begun = time.Now()
	b.do("open", chromedp.Navigate(address))
	b.wait(`document.querySelectorAll('#map-legend li').length === 20 && document.querySelector('#status').textContent.startsWith('50,000 images')`)
	t.Logf("50,000 points are there after %v", time.Since(begun).Round(time.Millisecond))
	b.do("search", chromedp.SendKeys(chromedp.CSS("#map-search"), "/00017"))
	b.wait(`document.querySelectorAll('#map-results li').length === 1`)
	frame := js[float64](b, `(() => { const from = performance.now(); const canvas = document.querySelector('#map-canvas');
		const box = canvas.getBoundingClientRect();
		canvas.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + 300, clientY: box.top + 300}));
		return performance.now() - from; })()`)
	t.Logf("pointing takes %.1f ms", frame)
	b.picture("map-50000")
}
