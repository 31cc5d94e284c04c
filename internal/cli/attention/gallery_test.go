package attention

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/video"
	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/output/labelpng"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/internal/testkit/weightstest"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// evenWeights writes a network of zeros with patches of 4 pixels and two heads: its attention to
// all tokens is the same.
func evenWeights(t *testing.T) string {
	t.Helper()
	config := vit.Custom(8, 4, 8, 1, 2)
	tensors := map[string]weights.Tensor{}
	for name, shape := range config.Shapes() {
		n := 1
		for _, d := range shape {
			n *= d
		}
		tensors[name] = weights.FromFloat32s(shape, make([]float32, n))
	}
	metadata, err := layout.Metadata(config, layout.ForCrop(8, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.5, 0.5, 0.5}),
		nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "even.safetensors")
	if err := weights.Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return path
}

// draw writes an image whose pixels tell where they are.
func draw(t *testing.T, path string, width, height int) {
	t.Helper()
	img := augment.NewImage(width, height)
	for y := range height {
		for x := range width {
			img.Set(x, y, uint8(9*x), uint8(9*y), uint8(x*y))
		}
	}
	data, err := imageio.EncodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, parts ...string) *augment.Image {
	t.Helper()
	img, err := imageio.DecodeFile(filepath.Join(parts...), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func options(weights, out string, inputs ...string) Options {
	return Options{
		Weights: weights, Out: out, Inputs: inputs, Mass: 0.6, Colors: "viridis", Foreground: -1,
		Backend: backend.Auto, JSON: true,
	}
}

// events runs the command and returns what it prints, by the name of the event.
func events(t *testing.T, o Options) map[string][]map[string]any {
	t.Helper()
	var printed bytes.Buffer
	if err := run(t.Context(), progress.New(&printed, progress.ModeFor(&printed, o.Quiet, o.JSON)), o); err != nil {
		t.Fatal(err)
	}
	all := map[string][]map[string]any{}
	for line := range strings.Lines(printed.String()) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		name := event["event"].(string)
		all[name] = append(all[name], event)
	}
	return all
}

// Even attention: heat maps have one colour, and a mask of mass 0.6 has 4 of 6 patches, the last
// ones among equals.
func TestPicturesOfEvenAttention(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "a.png"), 14, 9) // 3 × 2 patches and surplus pixels
	out := filepath.Join(dir, "out")
	all := events(t, options(evenWeights(t), out, filepath.Join(dir, "a.png")))
	if e := all["image"][0]; e["rows"] != 2.0 || e["cols"] != 3.0 || e["heads"] != 2.0 || e["width"] != 12.0 ||
		e["height"] != 8.0 || e["folder"] != "a" {
		t.Errorf("the image is reported as %v", e)
	}
	img, heat, mask, masked, overlay := read(t, out, "a/image.png"), read(t, out, "a/head-1.png"),
		read(t, out, "a/head-1-mask.png"), read(t, out, "a/mean-masked.png"), read(t, out, "a/head-0-overlay.png")
	original := read(t, dir, "a.png")
	for y := range 8 {
		for x := range 12 {
			r, g, b := original.At(x, y)
			if gr, gg, gb := img.At(x, y); gr != r || gg != g || gb != b {
				t.Fatalf("image.png differs at (%d, %d)", x, y)
			}
			if hr, hg, hb := heat.At(x, y); hr != 68 || hg != 1 || hb != 84 {
				t.Fatalf("the heat map is %d, %d, %d at (%d, %d), want the first colour", hr, hg, hb, x, y)
			}
			if or, _, _ := overlay.At(x, y); or != uint8((int(r)+68+1)/2) {
				t.Fatalf("the overlay has red %d at (%d, %d) over %d", or, x, y, r)
			}
			marked := y >= 4 || x >= 8
			if v, _, _ := mask.At(x, y); (v == 255) != marked {
				t.Fatalf("the mask is %d at (%d, %d)", v, x, y)
			}
			want := r
			if marked {
				want = uint8(0.5*float64(r) + 0.5*255)
			}
			if mr, _, _ := masked.At(x, y); mr != want {
				t.Fatalf("the masked image has red %d at (%d, %d), want %d", mr, x, y, want)
			}
		}
	}
	if sheet := read(t, out, "sheet.png"); sheet.Width < 4*12 || sheet.Height < 2*8 {
		t.Errorf("the sheet has %d×%d pixels", sheet.Width, sheet.Height)
	}
	if sheet := read(t, out, "sheet.png"); !captioned(sheet) {
		t.Error("the sheet has no captions on top")
	}
	if all["done"][0]["images"] != 1.0 || all["done"][0]["sheets"] != 1.0 {
		t.Errorf("done is %v", all["done"])
	}
}

// The even mask covers rows 4 to 7 and columns 8 to 11. Object 1 is the lower half, object 3 a
// quarter; the map is of twice the size and loses the pixels that the image loses.
func TestJaccardOfEvenAttention(t *testing.T) {
	dir := t.TempDir()
	images := filepath.Join(dir, "images")
	draw(t, filepath.Join(images, "x", "a.png"), 14, 9)
	draw(t, filepath.Join(images, "b.png"), 14, 9)
	draw(t, filepath.Join(images, "without.png"), 14, 9)
	truth := eval.NewLabelMap(28, 18)
	for y := range 18 {
		for x := range 28 {
			switch {
			case x >= 24 || y >= 16:
				truth.Labels[y*28+x] = 7 // not seen
			case y >= 8:
				truth.Labels[y*28+x] = 1
			case x < 8:
				truth.Labels[y*28+x] = attnmap.Void
			case x < 16:
				truth.Labels[y*28+x] = 3
			}
		}
	}
	masks := filepath.Join(dir, "masks")
	if err := os.MkdirAll(filepath.Join(masks, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, m := range map[string]eval.LabelMap{"x/a.png": truth, "b.png": eval.NewLabelMap(14, 9)} {
		if err := labelpng.Write(filepath.Join(masks, filepath.FromSlash(path)), m); err != nil {
			t.Fatal(err)
		}
	}
	o := options(evenWeights(t), filepath.Join(dir, "out"), images)
	o.Masks = masks
	done := events(t, o)["done"][0]
	// Object 1: 48 of 64 marked pixels. Object 3: no pixel is marked.
	if want := (48.0/64 + 0) / 2; done["jaccard"] != want || done["objects"] != 2.0 || done["without_map"] != 2.0 ||
		done["images"] != 3.0 {
		t.Errorf("done is %v, want a Jaccard index of %v", done, want)
	}

	o.Masks = t.TempDir()
	if err := run(t.Context(), progress.New(io.Discard, progress.Plain), o); err == nil ||
		!strings.Contains(err.Error(), "none of 3 images has a map there") {
		t.Errorf("no map at all: %v", err)
	}
}

// One colour means the same in all images, and equal images have equal pictures whatever is between
// them.
func TestColorsAreShared(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "in", "a.png"), 40, 32)
	draw(t, filepath.Join(dir, "in", "b.png"), 24, 48)
	draw(t, filepath.Join(dir, "in", "sub", "c.png"), 40, 32)
	out := filepath.Join(dir, "out")
	o := options(weightstest.Random(t, dir), out, filepath.Join(dir, "in"))
	events(t, o)
	a, b, c := read(t, out, "a/patches.png"), read(t, out, "b/patches.png"), read(t, out, "sub/c/patches.png")
	if !slices.Equal(a.Pix, c.Pix) {
		t.Error("the same image has two sets of colours")
	}
	if b.Width != 24 || b.Height != 48 || slices.Equal(a.Pix[:3*24], b.Pix[:3*24]) {
		t.Errorf("the other image is %d×%d", b.Width, b.Height)
	}
	first := read(t, out, "a/head-0.png")
	events(t, o)
	if !slices.Equal(first.Pix, read(t, out, "a/head-0.png").Pix) {
		t.Error("a second run draws another picture")
	}
}

// Images that cannot be used are left out, counted and named; the others are drawn. Nothing but
// such images is an error.
func TestBadImages(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "a.png"), 16, 16)
	draw(t, filepath.Join(dir, "b.png"), 3, 16)
	if err := os.WriteFile(filepath.Join(dir, "c.png"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	weights := evenWeights(t)
	all := events(t, options(weights, filepath.Join(dir, "out"), dir))
	if len(all["bad"]) != 2 || all["done"][0]["images"] != 1.0 || all["done"][0]["bad_images"] != 2.0 {
		t.Errorf("events are %v", all)
	}
	if reason := all["bad"][0]["reason"].(string); !strings.Contains(reason, "b.png") ||
		!strings.Contains(reason, "3×16 pixels has no patch") {
		t.Errorf("the small image is left out because %s", reason)
	}
	err := run(t.Context(), progress.New(io.Discard, progress.Plain),
		options(weights, filepath.Join(dir, "none"), filepath.Join(dir, "b.png"), filepath.Join(dir, "c.png")))
	if err == nil || !strings.Contains(err.Error(), "none of 2 images can be used; the first: ") {
		t.Errorf("bad images alone: %v", err)
	}
}

func TestSizes(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "a.png"), 30, 20)
	weights := evenWeights(t)
	for name, c := range map[string]struct {
		change        func(*Options)
		width, height int
	}{
		"own":     {func(*Options) {}, 28, 20},
		"exact":   {func(o *Options) { o.Size = [2]int{12, 17} }, 16, 12},
		"shorter": {func(o *Options) { o.Shorter = 40 }, 60, 40},
	} {
		out := filepath.Join(dir, name)
		o := options(weights, out, filepath.Join(dir, "a.png"))
		c.change(&o)
		events(t, o)
		if img := read(t, out, "a/image.png"); img.Width != c.width || img.Height != c.height {
			t.Errorf("%s: %d×%d pixels, want %d×%d", name, img.Width, img.Height, c.width, c.height)
		}
	}
}

// Attention that would not fit into memory is not begun.
func TestTooManyPatches(t *testing.T) {
	dir := t.TempDir()
	draw(t, filepath.Join(dir, "long.png"), 12000, 480)
	err := run(t.Context(), progress.New(io.Discard, progress.Plain),
		options(evenWeights(t), filepath.Join(dir, "out"), filepath.Join(dir, "long.png")))
	if err == nil || !strings.Contains(err.Error(), "would take") || !strings.Contains(err.Error(), "--shorter") {
		t.Errorf("error = %v, want one about memory", err)
	}
}

// A film of three frames becomes a film of three frames.
func TestVideo(t *testing.T) {
	if _, err := video.Program(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	film := filepath.Join(dir, "clip.mp4")
	w, err := video.NewWriter(t.Context(), film, 32, 24, 12)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for range 3 {
		if err := w.Write(augment.NewImage(32, 24)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	done := events(t, options(weightstest.Random(t, dir), out, film))["done"][0]
	if done["video"] != filepath.Join(out, "attention.mp4") {
		t.Errorf("done is %v", done)
	}
	frames, fps, err := video.Frames(t.Context(), filepath.Join(out, "attention.mp4"), t.TempDir())
	if err != nil || len(frames) != 3 || fps != 12 {
		t.Fatalf("%d frames at %v a second (%v), want 3 at 12", len(frames), fps, err)
	}
	if frame := read(t, frames[0]); frame.Height != 24 || frame.Width < 2*32 {
		t.Errorf("a frame of %d×%d pixels: want image and attention beside each other", frame.Width, frame.Height)
	}
}

// A folder of frames becomes a film too, unless they differ in size, which leaves no film.
func TestVideoOfFolder(t *testing.T) {
	if _, err := video.Program(); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	frames := filepath.Join(dir, "frames")
	draw(t, filepath.Join(frames, "1.png"), 24, 16)
	draw(t, filepath.Join(frames, "2.png"), 24, 16)
	o := options(evenWeights(t), filepath.Join(dir, "out"), frames)
	o.Video = filepath.Join(dir, "film.mkv")
	events(t, o)
	if got, fps, err := video.Frames(t.Context(), o.Video, t.TempDir()); err != nil || len(got) != 2 || fps != 30 {
		t.Errorf("%d frames at %v a second (%v), want 2 at 30", len(got), fps, err)
	}
	draw(t, filepath.Join(frames, "3.png"), 16, 24)
	o.Video = filepath.Join(dir, "other.mkv")
	if err := run(t.Context(), progress.New(io.Discard, progress.Plain), o); err == nil ||
		!strings.Contains(err.Error(), "like the first; give one size for all") {
		t.Errorf("frames of two sizes: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*other.mkv"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v are left (%v)", left, err)
	}
}

// captioned tells whether a sheet begins with a line of black letters on white.
func captioned(sheet *augment.Image) bool {
	ink := 0
	for y := range min(17, sheet.Height) {
		for x := range sheet.Width {
			r, g, b := sheet.At(x, y)
			if r != g || g != b {
				return false
			}
			if r == 0 {
				ink++
			}
		}
	}
	return ink > 50
}
