package features

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"

	"github.com/dino-go/dino/weights/layout"
)

const crop = 16

var preprocessing = layout.ForCrop(crop, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.25, 0.25, 0.25})

// source is a folder of ten images of several sizes in two classes, of which those in bad cannot be
// decoded.
func source(bad ...int) Source {
	index := &folder.Index{Root: "photos", Classes: []string{"a", "b"}}
	for i := range 10 {
		index.Files = append(index.Files, folder.File{Path: fmt.Sprintf("%d.png", i), Label: i % 2})
	}
	decode := func(path string) (*augment.Image, error) {
		var i int
		if _, err := fmt.Sscanf(filepath.Base(path), "%d.png", &i); err != nil {
			return nil, err
		}
		if slices.Contains(bad, i) {
			return nil, &imageio.Error{Path: path, Err: errors.New("is torn")}
		}
		img := augment.NewImage(20+i, 30-i)
		rng := rand.New(rand.NewPCG(1, uint64(i)))
		for j := range img.Pix {
			img.Pix[j] = uint8(rng.Uint32())
		}
		return img, nil
	}
	return Source{Index: index, Decode: decode, Workers: 3, Batch: 4}
}

// teacher is that of a small network with random weights.
func teacher(t *testing.T) *Teacher {
	t.Helper()
	b := graphtest.Open(t)
	c := distill.DefaultConfig()
	c.ViT = vit.Custom(crop, 8, 12, 2, 2)
	c.ViT.InitStd, c.ViT.DropPath = 0.2, 0.5
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 8, 4, 8
	m, err := distill.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := m.Init(b, store, 3, [4]int{1, 3, crop, crop}); err != nil {
		t.Fatal(err)
	}
	teacher, err := NewTeacher(b, store, m, preprocessing)
	if err != nil {
		t.Fatal(err)
	}
	return teacher
}

func extract(t *testing.T, teacher *Teacher, s Source, images ...int) eval.Features {
	t.Helper()
	f, err := teacher.Extract(context.Background(), s, images)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The rows are those of the images in the order asked for, with their labels, also behind a last
// batch that is smaller; and a row does not depend on what else is in its batch.
func TestRowsAreTheImages(t *testing.T) {
	teacher, images := teacher(t), []int{7, 0, 3, 9, 2, 4, 1}
	got := extract(t, teacher, source(), images...)
	if got.Rows != len(images) || got.Cols != 12 || len(got.Data) != 7*12 {
		t.Fatalf("%d rows of %d columns, %d numbers, want 7 of 12", got.Rows, got.Cols, len(got.Data))
	}
	if want := []int{1, 0, 1, 1, 0, 0, 1}; !slices.Equal(got.Labels, want) {
		t.Errorf("labels %v, want %v", got.Labels, want)
	}
	alone := source()
	alone.Batch, alone.Workers = 1, 1
	for row, image := range images {
		want := extract(t, teacher, alone, image)
		testkit.AllClose(t, fmt.Sprintf("row %d, image %d", row, image), got.Data[row*12:(row+1)*12], want.Data, 1e-5)
		if first := got.Data[:12]; row > 0 && slices.Equal(first, want.Data) {
			t.Errorf("images %d and %d have the same features", images[0], image)
		}
	}
}

// The network has stochastic depth, but an evaluation has none: the same images give the same
// features.
func TestFeaturesAreRepeatable(t *testing.T) {
	teacher := teacher(t)
	a, b := extract(t, teacher, source(), 0, 1, 2, 3, 4), extract(t, teacher, source(), 0, 1, 2, 3, 4)
	if !slices.Equal(a.Data, b.Data) {
		t.Error("two passes over the same images differ")
	}
}

// An image that cannot be decoded is left out and reported; the rows of the others stay with their
// labels.
func TestBadImagesAreLeftOut(t *testing.T) {
	teacher := teacher(t)
	s := source(3, 9)
	var reported []int
	s.BadImages = func(bad []loader.BadImage) error {
		for _, b := range bad {
			reported = append(reported, b.Image)
		}
		return nil
	}
	got := extract(t, teacher, s, 7, 0, 3, 9, 2, 4, 1)
	want := extract(t, teacher, source(), 7, 0, 2, 4, 1)
	if got.Rows != 5 || !slices.Equal(got.Labels, want.Labels) {
		t.Fatalf("%d rows with labels %v, want 5 with %v", got.Rows, got.Labels, want.Labels)
	}
	testkit.AllClose(t, "features", got.Data, want.Data, 1e-5)
	if !slices.Equal(reported, []int{3, 9}) {
		t.Errorf("reported %v, want 3 and 9", reported)
	}

	s.BadImages = nil
	extract(t, teacher, s, 3, 0)

	s.BadImages = func([]loader.BadImage) error { return errors.New("disk full") }
	if _, err := teacher.Extract(context.Background(), s, []int{3, 0}); err == nil || err.Error() != "disk full" {
		t.Errorf("error of the record is %v", err)
	}
}

func TestPixels(t *testing.T) {
	s, images := source(2), []int{5, 2, 0, 8, 6, 1}
	got, err := Pixels(context.Background(), s, images, 8)
	if err != nil {
		t.Fatal(err)
	}
	var want []float32
	for _, image := range []int{5, 0, 8, 6, 1} {
		img, err := s.Decode(s.Index.Path(image))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, eval.PixelFeatures(img, 8)...)
	}
	if got.Rows != 5 || got.Cols != 3*8*8 || !slices.Equal(got.Data, want) ||
		!slices.Equal(got.Labels, []int{1, 0, 0, 0, 1}) {
		t.Errorf("%d rows of %d with labels %v, or other pixels than those of the images", got.Rows, got.Cols,
			got.Labels)
	}
}

func TestNoImages(t *testing.T) {
	got, err := Pixels(context.Background(), source(), nil, 8)
	if err != nil || got.Rows != 0 || len(got.Data) != 0 {
		t.Errorf("%d rows, %v, want none", got.Rows, err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Pixels(ctx, source(), []int{1, 2, 3}, 8); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// A network that cannot take the images is an error, not a panic.
func TestNetworkThatDoesNotFit(t *testing.T) {
	teacher := teacher(t)
	teacher.preprocess = layout.ForCrop(crop+1, [3]float64{}, [3]float64{1, 1, 1})
	_, err := teacher.Extract(context.Background(), source(), []int{1})
	if err == nil || !strings.Contains(err.Error(), "features: ") {
		t.Errorf("error %v, want one of features", err)
	}
}
