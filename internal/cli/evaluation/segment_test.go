package evaluation

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/output/labelpng"
	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// film writes frames of 32×24 pixels, and masks of the objects 1 and 2. From frame to frame the
// picture and the masks go right by shift pixels and come in again at the left.
func film(t *testing.T, dir, video string, frames, shift int) {
	t.Helper()
	const width, height = 32, 24
	for i := range frames {
		img, mask := image.NewNRGBA(image.Rect(0, 0, width, height)), eval.NewLabelMap(width, height)
		for y := range height {
			for x := range width {
				from := (x + width - i*shift%width) % width
				noise := uint32(from/8*7919+y/8*104729+1) * 2654435761
				at := img.PixOffset(x, y)
				copy(img.Pix[at:], []uint8{uint8(noise >> 8), uint8(noise >> 16), uint8(noise >> 24), 255})
				mask.Labels[y*width+x] = uint8(from / 8 % 3)
			}
		}
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		name := string(rune('a'+i)) + ".png"
		for _, kind := range []string{"frames", "masks"} {
			if err := os.MkdirAll(filepath.Join(dir, kind, video), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "frames", video, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := labelpng.Write(filepath.Join(dir, "masks", video, name), mask); err != nil {
			t.Fatal(err)
		}
	}
}

func segmentIn(t *testing.T, dir string) segmentOptions {
	o := segmentOptions{
		common: common{Options: encoder.Default(), JSON: true}, Short: 24, Multiple: 8,
		Propagation: eval.DefaultLabelPropagation(),
	}
	o.Weights, o.Backend = weightstest.Random(t, t.TempDir()), "cpu"
	o.Frames, o.Masks, o.Out = filepath.Join(dir, "frames"), filepath.Join(dir, "masks"), filepath.Join(dir, "found")
	o.Propagation.K = 1
	return o
}

type segmentResult struct {
	Videos, Scored, Objects int
	JF, J, F                float64
	Scores                  map[string]eval.VideoScore
}

// run returns the result of a command, the last of its lines.
func run[T any](t *testing.T, command func(out *bytes.Buffer) error) (result T) {
	t.Helper()
	var out bytes.Buffer
	if err := command(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return result
}

// In a film that stands still every patch finds itself in the first frame: the masks of all frames
// are that of the first.
func TestStillFilm(t *testing.T) {
	dir := t.TempDir()
	film(t, dir, "still", 4, 0)
	o := segmentIn(t, dir)
	got := run[segmentResult](t, func(out *bytes.Buffer) error {
		return runSegment(context.Background(), progress.New(out, progress.JSON), o)
	})
	if got.Videos != 1 || got.Scored != 1 || got.Objects != 2 || got.JF != 1 || got.J != 1 || got.F != 1 {
		t.Errorf("a still film scores %+v, want 1 for both objects", got)
	}
	for _, name := range []string{"a.png", "d.png"} {
		want, err := labelpng.Read(filepath.Join(dir, "masks", "still", name))
		if err != nil {
			t.Fatal(err)
		}
		found, err := labelpng.Read(filepath.Join(o.Out, "still", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(found.Labels, want.Labels) {
			t.Errorf("%s is another mask than the first", name)
		}
	}
}

// Where the masks move and the pictures do not, nothing is found; two videos are scored apart and
// pooled; one without masks is followed only.
func TestSeveralFilms(t *testing.T) {
	dir := t.TempDir()
	film(t, dir, "still", 4, 0)
	film(t, dir, "moving", 4, 8)
	film(t, dir, "unscored", 3, 0)
	if err := os.Remove(filepath.Join(dir, "masks", "unscored", "b.png")); err != nil {
		t.Fatal(err)
	}
	still, err := os.ReadFile(filepath.Join(dir, "frames", "moving", "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.png", "c.png", "d.png"} {
		if err := os.WriteFile(filepath.Join(dir, "frames", "moving", name), still, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := segmentIn(t, dir)
	got := run[segmentResult](t, func(out *bytes.Buffer) error {
		return runSegment(context.Background(), progress.New(out, progress.JSON), o)
	})
	moving := got.Scores["moving"]
	if got.Videos != 3 || got.Scored != 2 || got.Objects != 4 || got.Scores["still"].J != 1 || moving.J > 0.4 ||
		got.J != (1+moving.J)/2 {
		t.Errorf("scores are %+v", got)
	}
	if _, err := os.Stat(filepath.Join(o.Out, "unscored", "c.png")); err != nil {
		t.Errorf("the video without masks was not followed: %v", err)
	}
}

func TestSegmentRefuses(t *testing.T) {
	dir := t.TempDir()
	film(t, dir, "still", 4, 0)
	o := segmentIn(t, dir)
	for name, c := range map[string]struct {
		change func(*segmentOptions)
		want   string
	}{
		"size":  {func(o *segmentOptions) { o.Size = 32 }, "--features and --size do not apply"},
		"short": {func(o *segmentOptions) { o.Short = 0 }, "--short is 0"},
		"multiple": {
			func(o *segmentOptions) { o.Multiple = 64 },
			"frames of 32×24 pixels would have 0×24: choose a smaller --multiple than 64",
		},
		"patch":   {func(o *segmentOptions) { o.Short, o.Multiple = 20, 5 }, "multiples of the patch size (8)"},
		"masks":   {func(o *segmentOptions) { o.Masks = filepath.Join(dir, "none") }, "a.png"},
		"similar": {func(o *segmentOptions) { o.Propagation.K = 0 }, "0 similar patches"},
	} {
		changed := o
		c.change(&changed)
		if err := runSegment(context.Background(), progress.New(new(bytes.Buffer), progress.JSON),
			changed); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := labelpng.Write(filepath.Join(dir, "masks", "still", "a.png"), eval.NewLabelMap(32, 24)); err != nil {
		t.Fatal(err)
	}
	if err := runSegment(context.Background(), progress.New(new(bytes.Buffer), progress.JSON), o); err == nil ||
		!strings.Contains(err.Error(), "shows no object") {
		t.Errorf("a first mask of background: %v", err)
	}
}
