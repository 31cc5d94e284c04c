package dino_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights/layout"
)

func load(t *testing.T, options ...dino.LoadOption) *dino.Encoder {
	t.Helper()
	e, err := dino.Load(saveTeacher(t.TempDir()), append([]dino.LoadOption{dino.WithBackend("cpu")}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// many are more images than go through the network at once, of many sizes.
func many() []*augment.Image {
	var images []*augment.Image
	for i := range 45 {
		images = append(images, stripes(20+i, 60-i))
	}
	return images
}

func embed(t *testing.T, e *dino.Encoder, images ...*augment.Image) []float32 {
	t.Helper()
	m, err := e.Embed(context.Background(), images)
	if err != nil {
		t.Fatal(err)
	}
	if m.Rows != len(images) || len(m.Data) != m.Rows*m.Cols {
		t.Fatalf("%d images have %d rows of %d columns, %d numbers", len(images), m.Rows, m.Cols, len(m.Data))
	}
	return m.Data
}

// Rows are what the model that was saved computes for the images as the weights' preprocessing
// makes them.
func TestEmbedIsTheTeacher(t *testing.T) {
	e, images := load(t), many()
	m, store := small()
	engine, err := backend.Open("go") // not the engine that the encoder uses
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, images *graph.Node) *graph.Node {
		return m.Forward(scope, distill.Input{Images: images}, nil).Embedding
	})
	if err != nil {
		t.Fatal(err)
	}
	preparer := augment.NewPreparer(augment.Preparation{
		Height: 16, Width: 16, Target: [2]int{18, 18}, Interpolation: augment.Bicubic,
		Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225},
	})
	got := embed(t, e, images...)
	for i, img := range images {
		pixels := make([]float32, 3*16*16)
		var scratch augment.Scratch
		preparer.Into(pixels, img, &scratch)
		want, err := exec.Call(tensors.FromFlatDataAndDimensions(pixels, 1, 3, 16, 16))
		if err != nil {
			t.Fatal(err)
		}
		testkit.AllClose(t, "row", got[24*i:24*(i+1)], tensors.MustCopyFlatData[float32](want[0]), 1e-5)
	}
	if slices.Equal(got[:24], got[24:48]) {
		t.Error("two images have the same features")
	}
}

// Goroutines that share an encoder get what each gets alone.
func TestEncoderIsSafeForConcurrentUse(t *testing.T) {
	e, images := load(t), many()[:6]
	want := embed(t, e, images...)
	maps, err := e.Attention(context.Background(), images[0])
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			got, err := e.Embed(context.Background(), images[:1+i%6])
			if err != nil {
				t.Error(err)
				return
			}
			testkit.AllClose(t, "features", got.Data, want[:len(got.Data)], 1e-5)
			a, err := e.Attention(context.Background(), images[0])
			if err != nil {
				t.Error(err)
				return
			}
			testkit.AllClose(t, "attention", a.Heads[1], maps.Heads[1], 1e-6)
		})
	}
	group.Wait()
}

func TestOptionsOfLoad(t *testing.T) {
	img := stripes(50, 40)
	p := layout.ForCrop(24, [3]float64{}, [3]float64{1, 1, 1})
	if slices.Equal(embed(t, load(t), img), embed(t, load(t, dino.WithPreprocessing(p)), img)) {
		t.Error("another preprocessing gives the same features")
	}
	class := embed(t, load(t), img)
	for name, width := range map[string]int{"mean": 24, "cls+gem": 48, "last-2": 48, "last-2+mean": 72} {
		got := embed(t, load(t, dino.WithFeatures(name)), img)
		if len(got) != width {
			t.Errorf("%s has %d numbers, want %d", name, len(got), width)
		}
		if name == "last-2" {
			testkit.AllClose(t, "the last block", got[24:], class, 1e-5)
		}
	}
	narrow := embed(t, load(t, dino.WithPrecision(distill.BFloat16)), img)
	if testkit.AllClose(t, "bfloat16", narrow, class, 0.05); slices.Equal(narrow, class) {
		t.Error("bfloat16 gives the same features as float32")
	}
	if e := load(t); e.Config.Width() != 24 || e.Preprocessing.Size != 16 {
		t.Errorf("the encoder is described as %+v, %+v", e.Config, e.Preprocessing)
	}
	if m, err := load(t).Embed(context.Background(), nil); err != nil || m.Rows != 0 || m.Cols != 24 {
		t.Errorf("no images give %+v, %v", m, err)
	}
}

// Heads sum up to less than one, for the class token looks at itself too; pixels beyond the last
// patch do not matter.
func TestAttentionOfAnySize(t *testing.T) {
	e := load(t)
	img := stripes(45, 37)
	a, err := e.Attention(context.Background(), img)
	if err != nil {
		t.Fatal(err)
	}
	if a.Rows != 4 || a.Cols != 5 || a.Patch != 8 || len(a.Heads) != 3 || a.Tokens.Rows != 20 || a.Tokens.Cols != 24 {
		t.Fatalf("%d×%d patches of %d, %d heads, tokens [%d, %d]", a.Rows, a.Cols, a.Patch, len(a.Heads), a.Tokens.Rows,
			a.Tokens.Cols)
	}
	for head, values := range a.Heads {
		sum := 0.0
		for _, v := range values {
			sum += float64(v)
		}
		if len(values) != 20 || !(sum > 0.5 && sum < 1) {
			t.Errorf("head %d has %d patches that sum up to %g", head, len(values), sum)
		}
	}
	for y := range img.Height {
		for x := range img.Width {
			if x >= 40 || y >= 32 {
				img.Set(x, y, 255, 0, 255)
			}
		}
	}
	b, err := e.Attention(context.Background(), img)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "attention", b.Heads[2], a.Heads[2], 0)
	img.Set(0, 0, 255, 0, 255)
	if b, err = e.Attention(context.Background(), img); err != nil || slices.Equal(b.Heads[2], a.Heads[2]) {
		t.Errorf("a pixel of the first patch changes nothing (%v)", err)
	}
}

func TestImagesOfTheStandardLibrary(t *testing.T) {
	src := image.NewRGBA(image.Rect(3, 5, 7, 8))
	src.Set(4, 6, color.RGBA{R: 10, G: 20, B: 30, A: 255})
	img := dino.FromImage(src)
	r, g, b := img.At(1, 1)
	if img.Width != 4 || img.Height != 3 || r != 10 || g != 20 || b != 30 {
		t.Errorf("%d×%d, pixel %d %d %d", img.Width, img.Height, r, g, b)
	}
}

func TestWrongUseOfAnEncoder(t *testing.T) {
	path := saveTeacher(t.TempDir())
	none := filepath.Join(t.TempDir(), "none.safetensors")
	for name, c := range map[string]struct {
		path   string
		option dino.LoadOption
		want   string
	}{
		"no file":     {none, dino.WithBackend("cpu"), "none.safetensors"},
		"precision":   {path, dino.WithPrecision("half"), `precision is "half": must be float32 or bfloat16`},
		"no engine":   {path, dino.WithBackend("tpu"), `unknown engine "tpu"`},
		"features":    {path, dino.WithFeatures("max"), `features are "max": must be cls`},
		"patches":     {path, dino.WithFeatures("patches"), "Attention returns patch tokens"},
		"many blocks": {path, dino.WithFeatures("last-3"), "the network has 2 blocks: must be at most last-2"},
		"heads":       {path, dino.WithLayout(layout.Options{Heads: 5}), "5"},
		"crop size": {
			path, dino.WithPreprocessing(layout.ForCrop(17, [3]float64{}, [3]float64{1, 1, 1})),
			"multiples of the patch size (8)",
		},
		"preprocessing": {
			path, dino.WithPreprocessing(layout.Preprocessing{Size: 16, CropFraction: 2}),
			"crop_fraction is 2",
		},
	} {
		if _, err := dino.Load(c.path, c.option); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}

	e, ctx := load(t), context.Background()
	bad := &augment.Image{Width: 4, Height: 4, Pix: make([]uint8, 5)}
	if _, err := e.Embed(ctx, []*augment.Image{stripes(20, 20), bad}); err == nil ||
		!strings.Contains(err.Error(), "image 1: ") {
		t.Errorf("a torn image: %v", err)
	}
	if _, err := e.Embed(ctx, []*augment.Image{nil}); err == nil {
		t.Error("nil is accepted as an image")
	}
	if _, err := e.Attention(ctx, stripes(7, 30)); err == nil ||
		!strings.Contains(err.Error(), "at least a patch (8)") {
		t.Errorf("an image smaller than a patch: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := e.Embed(cancelled, []*augment.Image{stripes(20, 20)}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: %v", err)
	}
	if math.IsNaN(float64(embed(t, e, stripes(1, 1))[0])) {
		t.Error("an image of one pixel has no features")
	}
}
