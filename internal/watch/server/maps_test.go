package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/watch/runmap"
)

// hostile are names that a folder of a run may claim as its images.
var hostile = []string{
	"a/1.png", "<img src=x onerror=alert(1)>.png", "../secret.png", "/etc/passwd", "out/secret.png", "link.png",
	"inside.png", "text.png", "a", "pipe.png",
}

// newMapRun makes a run whose map claims all the names above, beside a picture that is none of its
// images.
func newMapRun(t *testing.T, dir string) (run string) {
	t.Helper()
	run = filepath.Join(dir, "run")
	data := filepath.Join(dir, "data")
	newRun(t, run, 30)
	write(t, filepath.Join(run, "config.yaml"), "data: {dir: "+strconv.Quote(data)+"}\ntrain: {epochs: 3}\n")
	img := augment.NewImage(400, 200)
	for i := range img.Pix {
		img.Pix[i] = uint8(i)
	}
	text, err := imageio.EncodeJPEG(img, 90)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"data/a/1.png", "data/" + hostile[1], "data/other.png", "secret.png"} {
		write(t, filepath.Join(dir, path), string(text))
	}
	write(t, filepath.Join(data, "text.png"), "no image")
	for link, to := range map[string]string{
		"out": dir, "link.png": filepath.Join(dir, "secret.png"),
		"inside.png": "a/1.png",
	} {
		if err := os.Symlink(to, filepath.Join(data, link)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	images := make([]snapshots.Image, len(hostile))
	rows := eval.NewMatrix(len(hostile), 3)
	for i, path := range hostile {
		images[i] = snapshots.Image{Path: path, Label: "x"}
		rows.Row(i)[i%3], rows.Row(i)[(i+1)%3] = 1, float32(i)/10
	}
	w, err := snapshots.Open(run, images, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{0, 10} {
		if err := w.Add(snapshots.Snapshot{Step: step}, rows); err != nil {
			t.Fatal(err)
		}
	}
	sheet := snapshots.Sheet{Side: 8, Columns: 4, Sizes: make([]int, 2*len(hostile))}
	if err := w.SetSheet(sheet, text); err != nil {
		t.Fatal(err)
	}
	return run
}

// The map of a run, its pictures and UMAP; what is asked for wrongly is refused.
func TestMaps(t *testing.T) {
	dir := t.TempDir()
	newMapRun(t, dir)
	newRun(t, filepath.Join(dir, "without"), 3)
	s := serve(t, dir, false)
	overview := answered[Overview](s, "/api/runs")
	id, without := overview.Runs[0].ID, overview.Runs[1].ID
	d := answered[runmap.Data](s, "/api/map?id="+id)
	if len(d.Snapshots) != 2 || len(d.Paths) != len(hostile) || !d.Images || d.Snapshots[1].UMAP != "" {
		t.Errorf("%+v", d)
	}
	if response, body := s.ask("GET", "/"+d.Sheet.Source, "", nil); response.StatusCode != 200 ||
		response.Header.Get("Content-Type") != "image/jpeg" || len(body) == 0 {
		t.Errorf("the small pictures: %d", response.StatusCode)
	}
	u := answered[map[string]string](s, "/api/map/umap?step=10&id="+id)
	if u["umap"] == "" || answered[runmap.Data](s, "/api/map?id="+id).Snapshots[1].UMAP != u["umap"] {
		t.Error("UMAP is another")
	}
	none := answered[map[string]string](s, "/api/map?id="+without)
	if !strings.HasPrefix(none["none"], "The run has no map yet") {
		t.Errorf("a run without a map: %v", none)
	}
	for path, want := range map[string]int{
		"/api/map?id=none": 404, "/api/map/umap?step=7&id=" + id: 404, "/api/map/umap?step=x&id=" + id: 400,
		"/api/map/umap?step=10&id=" + without: 404, "/api/map/pictures?id=" + without: 404,
		"/api/map/image?path=a/1.png&id=" + without: 404, "/api/map/image?path=a/1.png&id=none": 404,
	} {
		if response, body := s.ask("GET", path, "", nil); response.StatusCode != want {
			t.Errorf("%s: %d %.100s, want %d", path, response.StatusCode, body, want)
		}
	}
}

// Images are shown that are on the map and below the folder of the run's images, made small; no
// name of a run folder leads elsewhere, by itself or through a link.
func TestMapImages(t *testing.T) {
	dir := t.TempDir()
	run := newMapRun(t, dir)
	s := serve(t, dir, false)
	id := s.runs.Runs()[0].ID
	ask := func(path string) (int, []byte) {
		response, body := s.ask("GET", "/api/map/image?"+url.Values{"id": {id}, "path": {path}}.Encode(), "", nil)
		return response.StatusCode, []byte(body)
	}
	for _, path := range []string{"a/1.png", hostile[1], "inside.png"} {
		code, body := ask(path)
		img, err := imageio.Decode(body, imageio.Limits{})
		if code != http.StatusOK || err != nil || img.Width != 256 || img.Height != 128 {
			t.Errorf("%s: %d, %v", path, code, err)
		}
	}
	for _, path := range []string{
		"../secret.png", "/etc/passwd", "out/secret.png", "link.png", "text.png", "a",
		"pipe.png",
	} {
		if code, body := ask(path); code != http.StatusNoContent || len(body) > 0 {
			t.Errorf("%s: %d, %d bytes", path, code, len(body))
		}
	}
	for _, path := range []string{"other.png", "", ".", "a/../a/1.png", "../data/a/1.png"} {
		if code, _ := ask(path); code != http.StatusNotFound {
			t.Errorf("%q, which is not on the map: %d", path, code)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
	if code, _ := ask("a/1.png"); code != http.StatusNoContent {
		t.Errorf("images that are gone: %d", code)
	}
	index := snapshots.IndexFile(run)
	if err := os.WriteFile(index, bytes.Repeat([]byte("["), 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, body := s.ask("GET", "/api/map?id="+id, "", nil)
	var d map[string]any
	if err := json.Unmarshal([]byte(body), &d); err != nil || d["none"] == nil {
		t.Errorf("a damaged index: %.200s, %v", body, err)
	}
}

// The maps of few runs are kept.
func TestMapsAreBounded(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		newRun(t, filepath.Join(dir, name), 1)
	}
	s := serve(t, dir, false)
	all := s.runs.Runs()
	first := s.maps.of(all[0])
	for _, run := range all[1:4] {
		s.maps.of(run)
	}
	if s.maps.of(all[0]) != first {
		t.Error("the map was forgotten too early")
	}
	for _, run := range all[4:] {
		s.maps.of(run)
	}
	if len(s.maps.known) != mostMaps || s.maps.of(all[0]) != first || s.maps.of(all[1]) == nil {
		t.Errorf("%d maps are kept, or that which was used last is not", len(s.maps.known))
	}
}
