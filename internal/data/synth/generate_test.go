package synth

import (
	"context"
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var small = Options{Images: 23, Classes: 4, Size: 16, Seed: 5}

// files reads every file below dir, by its path from there.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	content := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		content[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestOneWorkerEqualsEight(t *testing.T) {
	one, eight := t.TempDir(), t.TempDir()
	for dir, workers := range map[string]int{one: 1, eight: 8} {
		if err := generate(t.Context(), dir, small, workers, nil); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(files(t, one), files(t, eight)); diff != "" {
		t.Errorf("files differ (-1 worker +8 workers):\n%s", diff)
	}
}

func TestGenerateWritesBalancedClasses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "set")
	var last, calls int
	progress := func(done, total int) {
		calls++
		if done != last+1 || total != small.Images {
			t.Errorf("progress(%d, %d) after %d", done, total, last)
		}
		last = done
	}
	if err := Generate(t.Context(), dir, small, progress); err != nil {
		t.Fatal(err)
	}
	if calls != small.Images {
		t.Errorf("%d calls of progress, want %d", calls, small.Images)
	}
	counts := map[string]int{}
	for name, content := range files(t, dir) {
		if name == MarkerName {
			continue
		}
		class := strings.Split(name, "/")[0]
		counts[class]++
		config, err := png.DecodeConfig(strings.NewReader(content))
		if err != nil || config.Width != small.Size || config.Height != small.Size {
			t.Errorf("%s: %v, %d×%d; want a PNG of %d×%[5]d", name, err, config.Width, config.Height, small.Size)
		}
	}
	want := map[string]int{"disc-rows": 6, "square-dots": 6, "triangle-columns": 6, "star-plain": 5}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("images a class (-want +got):\n%s", diff)
	}
}

func TestGenerateWritesWhatDrawDraws(t *testing.T) {
	dir := t.TempDir()
	if err := Generate(t.Context(), dir, small, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "triangle-columns", "000004.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	want := Draw(small.Seed, 2, 4, small.Size)
	for y := range small.Size {
		for x := range small.Size {
			r, g, b, a := img.At(x, y).RGBA()
			wr, wg, wb, wa := want.At(x, y).RGBA()
			if r != wr || g != wg || b != wb || a != wa {
				t.Fatalf("pixel (%d, %d) is %v, want %v", x, y, img.At(x, y), want.At(x, y))
			}
		}
	}
}

// A second call keeps what is there and draws what is missing.
func TestGenerateCompletesTheSameSet(t *testing.T) {
	dir := t.TempDir()
	if err := Generate(t.Context(), dir, small, nil); err != nil {
		t.Fatal(err)
	}
	complete := files(t, dir)
	kept, missing := filepath.Join(dir, "disc-rows", "000000.png"), filepath.Join(dir, "disc-rows", "000001.png")
	if err := os.WriteFile(kept, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(missing); err != nil {
		t.Fatal(err)
	}
	if err := Generate(t.Context(), dir, small, nil); err != nil {
		t.Fatal(err)
	}
	complete["disc-rows/000000.png"] = "kept"
	if diff := cmp.Diff(complete, files(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestGenerateStopsWhenCancelledAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err := generate(ctx, dir, small, 2, func(done, _ int) {
		if done == 5 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want context.Canceled", err)
	}
	if n := len(files(t, dir)) - 1; n < 5 || n > 7 {
		t.Errorf("%d images after a cancellation at the fifth by one of two workers, want 5 to 7", n)
	}
	if err := Generate(t.Context(), dir, small, nil); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, dir)) - 1; n != small.Images {
		t.Errorf("%d images after going on, want %d", n, small.Images)
	}
}

func TestGenerateRefusesFoldersOfOthers(t *testing.T) {
	other := small
	other.Seed++
	foreign, another, damaged, older := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	write := func(dir, name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(foreign, "holiday.jpg", "mine")
	write(damaged, MarkerName, "{")
	write(older, MarkerName, `{"drawing": 0, "images": 23, "classes": 4, "size": 16, "seed": 5}`)
	if err := Generate(t.Context(), another, other, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(foreign, "holiday.jpg")
	for dir, want := range map[string]string{
		foreign: "is not empty and has no synth.json",
		another: "holds another set (23 images of 16×16 pixels in 4 classes, seed 6), not 23 images of 16×16 pixels " +
			"in 4 classes, seed 5",
		damaged: "is damaged",
		older:   "drawing 0, this one: 1",
		file:    "not a directory",
	} {
		if filepath.Ext(dir) == "" {
			before := files(t, dir)
			defer func() {
				if diff := cmp.Diff(before, files(t, dir)); diff != "" {
					t.Errorf("a refused folder changed (-before +after):\n%s", diff)
				}
			}()
		}
		if err := Generate(t.Context(), dir, small, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one that says %q", dir, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultOptions().Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
	for want, o := range map[string]Options{
		"synth: classes is 0: must be from 1 to 10":                          {Images: 5, Classes: 0, Size: 32},
		"synth: classes is 11: must be from 1 to 10":                         {Images: 50, Classes: 11, Size: 32},
		"synth: images is 3: must be at least one for each of the 4 classes": {Images: 3, Classes: 4, Size: 32},
		"synth: size is 15: must be from 16 to 2048 pixels":                  {Images: 5, Classes: 4, Size: 15},
		"synth: size is 2049: must be from 16 to 2048 pixels":                {Images: 5, Classes: 4, Size: 2049},
	} {
		dir := filepath.Join(t.TempDir(), "set")
		if err := Generate(t.Context(), dir, o, nil); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v was refused but its folder was made", o)
		}
	}
}

func TestClassesAreTheCallersCopy(t *testing.T) {
	list := Classes()
	list[0].Name = "changed"
	if classes[0].Name == "changed" {
		t.Error("a change of the returned slice changed the table")
	}
	seen := map[string]bool{}
	for _, c := range classes {
		seen[c.Name] = true
	}
	if len(seen) != len(classes) {
		t.Errorf("%d names for %d classes", len(seen), len(classes))
	}
}
