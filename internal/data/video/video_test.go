package video

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

func TestIsVideo(t *testing.T) {
	for path, want := range map[string]bool{
		"a/b.mp4": true, "b.MOV": true, "mp4": false, "c.png": false,
		"d.mp4.jpg": false,
	} {
		if IsVideo(path) != want {
			t.Errorf("%s is a video: %v, want %v", path, !want, want)
		}
	}
}

func TestFrameRate(t *testing.T) {
	const head = "Input #0, mov,mp4, from 'file:/a, 99 fps.mp4':\n  Duration: 00:00:02.00, start: 0.000000, " +
		"bitrate: 76 kb/s\n"
	for line, want := range map[string]float64{
		"  Stream #0:0[0x1](und): Video: mpeg4 (Simple Profile), yuv420p, 32x24, 70 kb/s, 12.5 fps, 12.5 tbr, 12800 " +
			"tbn (default)\n": 12.5,
		"    Stream #0:1: Video: h264 (High), yuv420p(tv), 32x24 [SAR 1:1 DAR 4:3], 29.97 fps, 30 tbr, " +
			"90k tbn\n": 29.97,
		"  Stream #0:0: Video: rawvideo, rgb24, 8x8, 1k fps, 1k tbr\n": 1000,
	} {
		got, err := frameRate(head + line + "Stream #0:0: Video: png, 25 fps\n")
		if err != nil || got != want {
			t.Errorf("%q: %v (%v), want %v", line, got, err, want)
		}
	}
	for _, line := range []string{
		"", "  Stream #0:0: Audio: aac, 9 fps\n", "  Stream #0:0: Video: h264, 32x24\n",
		"  Stream #0:0: Video: h264, 0 fps, 1 tbr\n",
	} {
		if fps, err := frameRate(head + line); err == nil {
			t.Errorf("%q: %v, want an error", line, fps)
		}
	}
}

func TestWithoutFFmpeg(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, _, err := Frames(t.Context(), "a.mp4", t.TempDir()); !errors.Is(err, ErrNoFFmpeg) {
		t.Errorf("reading: %v", err)
	}
	if _, err := NewWriter(t.Context(), "a.mp4", 4, 4, 25); !errors.Is(err, ErrNoFFmpeg) {
		t.Errorf("writing: %v", err)
	}
}

func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := Program(); err != nil {
		t.Skip(err)
	}
}

// gradient is a smooth picture that changes with time, which lossy encoders keep well.
func gradient(width, height, at int) *augment.Image {
	img := augment.NewImage(width, height)
	for y := range height {
		for x := range width {
			img.Set(x, y, uint8(40+20*at), uint8(60+2*x), uint8(60+2*y))
		}
	}
	return img
}

func TestWrittenFramesAreRead(t *testing.T) {
	needFFmpeg(t)
	path := filepath.Join(t.TempDir(), "-odd name: 1.mp4")
	w, err := NewWriter(t.Context(), path, 49, 33, 12.5)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for at := range 7 {
		if err := w.Write(gradient(49, 33, at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(gradient(50, 33, 0)); err == nil ||
		!strings.Contains(err.Error(), "50×33 pixels: must be 49×33") {
		t.Errorf("another size: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	frames, fps, err := Frames(t.Context(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(frames) != 7 || fps != 12.5 {
		t.Fatalf("%d frames at %v a second, want 7 at 12.5", len(frames), fps)
	}
	for at, frame := range frames {
		got, err := imageio.DecodeFile(frame, imageio.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Width != 50 || got.Height != 34 {
			t.Fatalf("a frame of %d×%d pixels, want 50×34", got.Width, got.Height)
		}
		if d := meanDifference(got, gradient(49, 33, at)); d > 6 {
			t.Errorf("frame %d differs by %v grey levels in the mean", at, d)
		}
	}
}

// meanDifference compares all pixels of b with those in the same places of a.
func meanDifference(a, b *augment.Image) float64 {
	sum := 0.0
	for y := range b.Height {
		for x := range b.Width {
			r1, g1, b1 := a.At(x, y)
			r2, g2, b2 := b.At(x, y)
			sum += math.Abs(float64(r1)-float64(r2)) + math.Abs(float64(g1)-float64(g2)) +
				math.Abs(float64(b1)-float64(b2))
		}
	}
	return sum / float64(3*b.Width*b.Height)
}

// What ffmpeg cannot do leaves no file.
func TestFFmpegFails(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	text := filepath.Join(dir, "a.mp4")
	if err := os.WriteFile(text, []byte("no video"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Frames(t.Context(), text, dir); err == nil || !strings.Contains(err.Error(), "a.mp4: ffmpeg") {
		t.Errorf("reading text: %v", err)
	}
	if _, _, err := Frames(t.Context(), filepath.Join(dir, "none.mp4"), dir); err == nil ||
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("reading nothing: %v", err)
	}
	w, err := NewWriter(t.Context(), filepath.Join(dir, "b.unknown"), 4, 4, 25)
	if err == nil {
		w.Write(gradient(4, 4, 0))
		err = w.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "b.unknown: ffmpeg") {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := NewWriter(t.Context(), filepath.Join(dir, "c.mp4"), 0, 4, 25); err == nil ||
		!strings.Contains(err.Error(), "must all be positive") {
		t.Errorf("no width: %v", err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Errorf("%v are left (%v), want a.mp4", names, err)
	}
}
