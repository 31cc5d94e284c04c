package runlog

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// drawn are a PNG of 5×3 pixels and a JPEG of 16×8.
func drawn(t *testing.T) []Image {
	t.Helper()
	small, large := image.NewNRGBA(image.Rect(0, 0, 5, 3)), image.NewNRGBA(image.Rect(0, 0, 16, 8))
	small.Set(4, 2, color.NRGBA{250, 100, 50, 255})
	var first, second bytes.Buffer
	if err := png.Encode(&first, small); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&second, large, nil); err != nil {
		t.Fatal(err)
	}
	return []Image{{"pictures/attention", first.Bytes()}, {"pictures/neighbours", second.Bytes()}}
}

// writeImages writes a file with images at two steps, between which there are scalars.
func writeImages(t *testing.T, dir string, images []Image) {
	t.Helper()
	now := time.Unix(1_700_000_000, 0)
	e, err := OpenEvents(dir, table, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, step := range []int{3, 7} {
		if err := e.WriteImages(step, images, now); err != nil {
			t.Fatal(err)
		}
		if err := e.Write(recordOf(step), now); err != nil {
			t.Fatal(err)
		}
	}
	testkit.RequireError(t, e.WriteImages(8, []Image{{"torn", []byte("no image")}}, now), "image torn")
}

func TestImages(t *testing.T) {
	dir, images := t.TempDir(), drawn(t)
	writeImages(t, dir, images)
	got := readEvents(t, onlyFile(t, dir))
	want := "1700000000.000 step 7 " + fmt.Sprintf("pictures/attention=5×3 of 3, %d bytes pictures/neighbours=16×8 "+
		"of 3, %d bytes ", len(images[0].Content), len(images[1].Content))
	if len(got) != 5 || got[3] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TensorBoard itself finds the images, with their steps and sizes, beside the scalars.
func TestImagesInTensorBoard(t *testing.T) {
	python := pythontest.Find(t, "tensorboard")
	dir, images := t.TempDir(), drawn(t)
	writeImages(t, dir, images)
	var got []any
	pythontest.Run(t, python, `
import sys, json, base64
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"images": 0})
a.Reload()
print(json.dumps([[tag, e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()]
    for tag in sorted(a.Tags()["images"]) for e in a.Images(tag)] + [[e.step for e in a.Scalars("train/loss")]]))
`, &got, dir)
	var want []any
	for i, size := range [][2]float64{{5, 3}, {16, 8}} {
		for _, step := range []float64{3, 7} {
			want = append(want, []any{
				images[i].Tag, step, size[0], size[1], base64.StdEncoding.EncodeToString(images[i].Content),
			})
		}
	}
	want = append(want, []any{3.0, 7.0})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
