package embeddingmap

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/testkit"
)

// source has rows around three directions in turn, labelled a, b and none, with images of their own
// grey where there is a folder.
func source(t *testing.T, rows int, folder string) Source {
	t.Helper()
	s := Source{Title: "features.npy", Features: eval.NewMatrix(rows, 8), Folder: folder}
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 1))
	for i := range rows {
		s.Images = append(s.Images,
			Image{Path: fmt.Sprintf("%s/%03d.png", string("abc"[i%3]), i), Label: []string{"a", "b", ""}[i%3]})
		for j := range 8 {
			s.Features.Row(i)[j] = float32(0.05 * rng.NormFloat64())
		}
		s.Features.Row(i)[i%3]++
		if folder != "" {
			saved(t, filepath.Join(folder, s.Images[i].Path), rng, 40)
		}
	}
	return s
}

// saved writes an image of noise, 80 pixels wide.
func saved(t *testing.T, path string, rng *rand.Rand, height int) {
	t.Helper()
	img := augment.NewImage(80, height)
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.Uint32())
	}
	text, err := imageio.EncodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func made(t *testing.T, s Source, o Settings) *Map {
	t.Helper()
	m, err := New(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// decoded are numbers of the page.
func decoded(t *testing.T, text string) (values []float32) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(raw); i += 4 {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
	}
	return values
}

// get asks the live page and decodes the answer.
func get(t *testing.T, m *Map, address string, into any) int {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatalf("%s: %v\n%s", address, err, w.Body)
		}
	}
	return w.Code
}

// The page gets every row with its label, its cluster and its place, and UMAP's as soon as it has
// any.
func TestLive(t *testing.T) {
	s := source(t, 60, t.TempDir())
	m := made(t, s, Settings{Clusters: 3, Points: 100})
	var d data
	if code := get(t, m, "/api/map", &d); code != http.StatusOK {
		t.Fatal(code)
	}
	plane, err := eval.PCAPlane(t.Context(), s.Features.Normalized())
	if err != nil {
		t.Fatal(err)
	}
	if d.Total != 60 || !d.Images || !slices.Equal(d.Labels, []string{"a", "b"}) || d.Clusters != 3 ||
		!slices.Equal(decoded(t, d.PCA), plane.Data) {
		t.Errorf("got %+v", d)
	}
	for i, image := range s.Images {
		if d.Paths[i] != image.Path || d.Label[i] != []int{0, 1, -1}[i%3] || d.Cluster[i] != d.Cluster[i%3] {
			t.Errorf("row %d is %s of label %d and cluster %d", i, d.Paths[i], d.Label[i], d.Cluster[i])
		}
	}
	var before, after progressOfPage
	get(t, m, "/api/umap", &before)
	if before.Done || before.UMAP != "" {
		t.Errorf("before: %+v", before)
	}
	epochs := 0
	err = m.Layout(t.Context(), func(epoch, total int) {
		if epochs++; epoch == 1 {
			get(t, m, "/api/umap", &before) // the start is shown
			if before.Epochs != total || len(decoded(t, before.UMAP)) != 120 {
				t.Errorf("on the way: %+v", before)
			}
		}
	})
	get(t, m, "/api/umap", &after)
	u := eval.DefaultUMAP()
	want, wrong := u.Fit(t.Context(), s.Features.Normalized())
	if err != nil || wrong != nil || epochs != 501 || !after.Done || !slices.Equal(decoded(t, after.UMAP), want.Data) {
		t.Errorf("%d epochs, done %v, %v, %v", epochs, after.Done, err, wrong)
	}
}

// Of more rows than points some are drawn, in their order, and the whole number is told.
func TestFewerPoints(t *testing.T) {
	s := source(t, 90, "")
	d := made(t, s, Settings{Clusters: 2, Points: 30}).data()
	if d.Total != 90 || len(d.Paths) != 30 || len(decoded(t, d.PCA)) != 60 || len(d.Cluster) != 30 {
		t.Fatalf("%d of %d rows", len(d.Paths), d.Total)
	}
	order := slices.IndexFunc(s.Images, func(i Image) bool { return i.Path == d.Paths[0] })
	for _, path := range d.Paths[1:] {
		next := slices.IndexFunc(s.Images, func(i Image) bool { return i.Path == path })
		if next <= order {
			t.Fatalf("%s is out of order, or comes twice", path)
		}
		order = next
	}
}

// Features that are all equal, or of one row, make a map with fewer clusters.
func TestEqualRows(t *testing.T) {
	for _, rows := range []int{1, 30} {
		s := Source{Images: make([]Image, rows), Features: eval.NewMatrix(rows, 4)}
		m := made(t, s, DefaultSettings())
		if err := m.Layout(t.Context(), nil); err != nil || m.clusters != 1 {
			t.Errorf("%d rows: %d clusters, %v", rows, m.clusters, err)
		}
	}
	bad := source(t, 3, "")
	bad.Images = bad.Images[:2]
	if _, err := New(t.Context(), bad, DefaultSettings()); err == nil {
		t.Error("two images with three rows were taken")
	}
	bad = source(t, 3, "")
	bad.Features.Data[5] = float32(math.Inf(1))
	if _, err := New(t.Context(), bad, DefaultSettings()); err == nil {
		t.Error("infinite features were taken")
	}
}

// An image is shown for a row of the map, and only from below the folder.
func TestImages(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "images")
	s := source(t, 9, folder)
	outside := filepath.Join(dir, "outside.png")
	saved(t, outside, rand.New(rand.NewPCG(1, 1)), 40)
	if err := os.WriteFile(filepath.Join(folder, "text.png"), []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Images[3].Path, s.Images[4].Path, s.Images[5].Path = "../outside.png", outside, "a/../../outside.png"
	s.Images[6].Path, s.Images[7].Path, s.Images[8].Path = "text.png", "", "none.png"
	m := made(t, s, DefaultSettings())
	for row := range 3 {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, fmt.Sprintf("/api/image?row=%d", row), nil))
		img, err := imageio.Decode(w.Body.Bytes(), imageio.Limits{})
		if err != nil || w.Code != http.StatusOK || img.Width != 80 || img.Height != 40 ||
			w.Header().Get("Content-Type") != "image/jpeg" {
			t.Errorf("row %d: %d, %v", row, w.Code, err)
		}
	}
	for _, row := range []string{"3", "4", "5", "6", "7", "8", "9", "-1", "", "x", "../0", "99999999999999999999"} {
		var f failure
		if code := get(t, m, "/api/image?row="+row, &f); code != http.StatusNotFound || f.Error == "" {
			t.Errorf("row %s: %d %+v", row, code, f)
		}
	}
	s.Folder = ""
	var f failure
	if code := get(t, made(t, s, DefaultSettings()), "/api/image?row=0", &f); code != http.StatusNotFound ||
		!strings.Contains(f.Error, "--images") {
		t.Errorf("without a folder: %d %+v", code, f)
	}
}

// A large image is made smaller.
func TestLargeImage(t *testing.T) {
	folder := t.TempDir()
	s := source(t, 3, folder)
	img := augment.NewImage(600, 300)
	text, err := imageio.EncodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, s.Images[0].Path), text, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := made(t, s, DefaultSettings()).open(0, 256, new(augment.Scratch))
	if err != nil || got.Width != 256 || got.Height != 128 {
		t.Errorf("%+v, %v", got, err)
	}
}

// inside are the data of a file.
func inside(t *testing.T, html []byte) (d data) {
	t.Helper()
	_, rest, _ := bytes.Cut(html, []byte(`<script type="application/json" id="data">`))
	text, _, _ := bytes.Cut(rest, []byte("</script>"))
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// A file has all thumbnails, each in its place.
func TestFile(t *testing.T) {
	folder := t.TempDir()
	s := source(t, 11, folder)
	grey := augment.NewImage(128, 64)
	for i := range grey.Pix {
		grey.Pix[i] = 200
	}
	text, err := imageio.EncodePNG(grey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, s.Images[6].Path), text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Images[7].Path = "none.png"
	m, path, last := made(t, s, DefaultSettings()), filepath.Join(t.TempDir(), "map.html"), 0
	if err := m.Layout(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w, err := m.Write(t.Context(), path, func(done, total int) { last = done*100 + total })
	if err != nil {
		t.Fatal(err)
	}
	html, err := os.ReadFile(path)
	if err != nil || len(html) != w.Bytes || w.Side != 64 || w.Unreadable != 1 || w.Images != 11 || last != 1111 {
		t.Errorf("%+v, %d, %v", w, last, err)
	}
	d := inside(t, html)
	if d.Images || d.Made == "" || len(decoded(t, d.UMAP)) != 22 || d.Sheet.Columns != 4 || d.Sheet.Side != 64 ||
		!slices.Equal(d.Sheet.Sizes[12:16], []int{64, 32, 0, 0}) {
		t.Errorf("%+v", d)
	}
	raw, _ := strings.CutPrefix(d.Sheet.Source, "data:image/jpeg;base64,")
	jpeg, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := imageio.Decode(jpeg, imageio.Limits{})
	if err != nil || sheet.Width != 256 || sheet.Height != 192 {
		t.Fatalf("the sheet is %d × %d, %v", sheet.Width, sheet.Height, err)
	}
	at := func(x, y int) uint8 { return sheet.Pix[3*(y*sheet.Width+x)] }
	if v := at(2*64+32, 64+16); v < 198 || v > 202 {
		t.Errorf("in the middle of row 6 is %d, want 200", v)
	}
	if v := at(3*64+32, 64+16); v > 2 {
		t.Errorf("in the place of row 7, which cannot be read, is %d", v)
	}
}

// The file stays below its size: with smaller thumbnails, with none, or not at all. Pictures of
// noise take more than is expected.
func TestFileIsBounded(t *testing.T) {
	s := source(t, 120, t.TempDir())
	for _, image := range s.Images {
		saved(t, filepath.Join(s.Folder, image.Path), rand.New(rand.NewPCG(1, 1)), 80)
	}
	m := made(t, s, DefaultSettings())
	bare, err := document().With(m.data())
	if err != nil {
		t.Fatal(err)
	}
	last := 65
	for _, room := range []int{2_000_000, 260_000, 120_000, 60_000, 5_000} {
		html, w, err := m.within(t.Context(), len(bare)+room, nil)
		if err != nil || len(html) >= len(bare)+room || w.Bytes != len(html) || w.Side > last {
			t.Errorf("%d bytes of room: %+v, %d bytes, %v", room, w, len(html)-len(bare), err)
		}
		last = w.Side
	}
	if last != 0 {
		t.Errorf("5 kB hold 120 pictures of %d pixels", last)
	}
	if _, _, err := m.within(t.Context(), len(bare), nil); err == nil {
		t.Error("a file without room was written")
	}
}

// Names are data: they end no element.
func TestNamesAreText(t *testing.T) {
	s := source(t, 3, "")
	const hostile = "</script><script>alert(1)</script><!--\u2028\x00\xff"
	s.Title, s.Images[1] = hostile, Image{Path: hostile, Label: hostile}
	html, _, err := made(t, s, DefaultSettings()).within(t.Context(), MaxSize, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(html, []byte("</script>")); n != 2 || bytes.Contains(html, []byte("alert(1)</script>")) {
		t.Errorf("%d scripts end, want 2", n)
	}
	if d := inside(t, html); d.Paths[1] != strings.ToValidUTF8(hostile, "\ufffd") || d.Title != d.Paths[1] {
		t.Errorf("the name is %q", d.Paths[1])
	}
}

// The dates of files are told where they differ by days, and only below the folder.
func TestDates(t *testing.T) {
	folder := t.TempDir()
	s := source(t, 6, folder)
	m := made(t, s, DefaultSettings())
	if dates := m.dates(); dates != nil {
		t.Errorf("files of one day: %v", dates)
	}
	then := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(folder, s.Images[2].Path), then, then); err != nil {
		t.Fatal(err)
	}
	m.images[4].Path = "../outside.png"
	if err := os.WriteFile(filepath.Join(folder, "..", "outside.png"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	dates := m.dates()
	if len(dates) != 6 || dates[2] != then.Unix() || dates[0] == 0 || dates[4] != 0 {
		t.Errorf("%v", dates)
	}
	m.folder = ""
	if m.dates() != nil {
		t.Error("dates of an unknown folder")
	}
}
