package pretrain

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/observe"
)

// inClasses is a folder of three classes.
func inClasses(t *testing.T, images int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range images {
		class := filepath.Join(dir, fmt.Sprint("class-", i%3))
		if err := os.MkdirAll(class, 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(class, fmt.Sprintf("%04d.png", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, synth.Draw(1, i%3, i/3, 40)), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ending ends a run after a step, as a process that is killed would; -1 never.
type ending struct {
	observe.Nothing
	after int
	notes []string
}

var errKilled = errors.New("killed")

func (e *ending) Step(s observe.Step) error {
	if s.Number == e.after {
		return errKilled
	}
	return nil
}

func (e *ending) Note(n observe.Note) error {
	e.notes = append(e.notes, n.String())
	return nil
}

// draws runs a trial of some epochs with so many pictures.
func draws(t *testing.T, dir, data string, images, after int, set map[string]string) *ending {
	t.Helper()
	settings := map[string]string{
		"train.epochs": "4", "pictures.images": fmt.Sprint(images), "checkpoint.every_steps": "3",
		"checkpoint.every_minutes": "0",
	}
	for name, value := range set {
		settings[name] = value
	}
	e := &ending{after: after}
	_, err := trial{set: settings}.attemptWith(dir, data, e)
	if after >= 0 && !errors.Is(err, errKilled) || after < 0 && err != nil {
		t.Fatalf("ended with %v", err)
	}
	return e
}

func contentOf(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// sheetsOf are the files of the pictures of a run.
func sheetsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(dir, "pictures"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all[e.Name()] = string(contentOf(t, filepath.Join(dir, "pictures", e.Name())))
	}
	return all
}

var drawnSettings = []struct {
	name string
	data func(t *testing.T) string
	set  map[string]string
}{
	{
		"with labels", func(t *testing.T) string { return inClasses(t, 90) },
		map[string]string{"knn.every_epochs": "1", "knn.k": "3"},
	},
	{"without labels", func(t *testing.T) string { return drawShapes(t, 80, false) }, nil},
}

// A run with pictures trains, bit for bit, the teacher of a run without, and one that is killed and
// goes on has the same pictures as one that is not, each once.
func TestPicturesLeaveTheRunAlone(t *testing.T) {
	for _, c := range drawnSettings {
		t.Run(c.name, func(t *testing.T) {
			data, dir := c.data(t), t.TempDir()
			with, without := filepath.Join(dir, "with"), filepath.Join(dir, "without")
			draws(t, with, data, 5, -1, c.set)
			draws(t, without, data, 0, -1, c.set)
			teacher := contentOf(t, filepath.Join(with, "teacher.safetensors"))
			if !bytes.Equal(teacher, contentOf(t, filepath.Join(without, "teacher.safetensors"))) {
				t.Error("a run without pictures has another teacher")
			}
			requirePictures(t, with, data)
			if _, err := os.Stat(filepath.Join(without, "pictures")); err == nil {
				t.Error("a run without pictures has a folder of them")
			}
			killed := filepath.Join(dir, "killed")
			draws(t, killed, data, 5, 10, c.set) // of 20 steps; behind the pictures of the second epoch
			draws(t, killed, data, 5, -1, c.set)
			if diff := cmp.Diff(sheetsOf(t, with), sheetsOf(t, killed)); diff != "" {
				t.Errorf("-whole +killed:\n%.3000s", diff)
			}
			if !bytes.Equal(teacher, contentOf(t, filepath.Join(killed, "teacher.safetensors"))) {
				t.Error("the run that was killed has another teacher")
			}
		})
	}
}

// requirePictures checks what a run draws: every epoch, of images of all classes that are held out,
// and of their neighbours among those that are trained on.
func requirePictures(t *testing.T, dir, data string) {
	t.Helper()
	got, err := pictures.Read(filepath.Join(dir, "pictures"))
	if err != nil || got.Followed == nil || got.Views == nil || len(got.Epochs) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	if len(got.Followed.Images) != 5 || len(got.Followed.Missing) != 0 {
		t.Errorf("follows %+v", got.Followed)
	}
	classes, followed := map[string]int{}, map[string]bool{}
	for _, image := range got.Followed.Images {
		classes[image.Class]++
		followed[image.Path] = true
		if _, err := os.Stat(filepath.Join(data, image.Path)); err != nil {
			t.Error(err)
		}
	}
	if len(classes) != 1 && (len(classes) != 3 || classes["class-0"] < 1 || classes["class-0"] > 2) {
		t.Errorf("classes are %v", classes)
	}
	for i, e := range got.Epochs {
		if e.Epochs != i+1 || e.Step != (e.Step/5)*5+4 || len(e.Sheets) != 3 || len(e.Missing) != 0 {
			t.Errorf("epoch %d: %+v", i, e)
		}
		for k, near := range e.Neighbours {
			if len(near) != neighboursShown || followed[near[0].Path] || near[0].Similarity < near[3].Similarity {
				t.Errorf("neighbours of %d: %+v", k, near)
			}
		}
	}
	requireSizes(t, filepath.Join(dir, "pictures"))
}

// requireSizes checks that tiles lie where a reader looks for them: 5 of 4×4 patches and
// photographs.
func requireSizes(t *testing.T, path string) {
	t.Helper()
	for name, want := range map[string][2]int{
		"images.jpg": {5 * tileSide, tileSide}, "epoch-0003-attention.png": {5 * 112, 112},
		"epoch-0003-colours.png": {5 * 112, 112}, "epoch-0003-neighbours.jpg": {5 * neighbourSide, 4 * neighbourSide},
		"views.jpg": {4*viewGap + 2*96 + 2*48 - viewGap, 6*96 + 5*viewGap},
	} {
		decode := jpeg.DecodeConfig
		if strings.HasSuffix(name, ".png") {
			decode = png.DecodeConfig
		}
		size, err := decode(bytes.NewReader(contentOf(t, filepath.Join(path, name))))
		if err != nil || [2]int{size.Width, size.Height} != want {
			t.Errorf("%s has %d×%d pixels, %v, want %v", name, size.Width, size.Height, err, want)
		}
	}
}

// A network without a class token has no pictures of attention, which the run says, and all others.
func TestPicturesWithoutAttention(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	told := draws(t, dir, drawShapes(t, 80, false), 3, -1, map[string]string{
		"model.vit.class_token": "false", "model.vit.global_pool": "avg", "train.epochs": "2",
	})
	got, err := pictures.Read(filepath.Join(dir, "pictures"))
	if err != nil || got.Followed == nil || len(got.Epochs) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	const why = "no class token"
	if !strings.Contains(got.Followed.Missing[pictures.Attention], why) ||
		!slices.ContainsFunc(told.notes, func(note string) bool { return strings.Contains(note, why) }) {
		t.Errorf("missing are %v, notes are %q", got.Followed.Missing, told.notes)
	}
	for _, e := range got.Epochs {
		if len(e.Sheets) != 2 || e.Sheets[pictures.Attention] != "" {
			t.Errorf("sheets are %v", e.Sheets)
		}
	}
}

// Images that cannot be decoded are not followed, and what cannot be drawn of images without any
// content is missing with its reason: the run goes on.
func TestPicturesOfNothing(t *testing.T) {
	dir, data := filepath.Join(t.TempDir(), "run"), constantImages(t)
	if err := os.WriteFile(filepath.Join(data, "0000.png"), []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	draws(t, dir, data, 4, -1, map[string]string{"train.epochs": "1"})
	got, err := pictures.Read(filepath.Join(dir, "pictures"))
	if err != nil || got.Followed == nil || len(got.Followed.Images) != 3 || len(got.Epochs) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if e := got.Epochs[0]; len(e.Sheets)+len(e.Missing) != 3 || e.Sheets[pictures.Attention] == "" {
		t.Errorf("%+v", e)
	}
}

// Pictures are drawn of at most so many epochs, evenly spread, of fewer where the run has few
// images, and of every one of a short run.
func TestDrawnEpochs(t *testing.T) {
	for _, c := range []struct {
		epochs, every, train, held int
		want                       int
	}{
		{epochs: 300, every: 1, train: 1_000_000, held: 100, want: 60},
		{epochs: 7, every: 1, train: 100, held: 10, want: 7},
		{epochs: 7, every: 3, train: 100, held: 10, want: 3}, // 3, 6 and 7
		{epochs: 100, every: 1, train: 100, held: 10, want: 8},
		{epochs: 1000, every: 1, train: 1000, held: 0, want: 60},
		{epochs: 1, every: 0, train: 1000, held: 0, want: 1},
		{epochs: 100, every: 1, train: 1000, held: 10, want: 30},
	} {
		in := &inputs{data: &images{
			index: &folder.Index{}, train: make([]int, c.train), held: make([]int, c.held),
		}}
		var err error
		if in.config, err = config.Preset(config.Paper, config.Facts{}); err != nil {
			t.Fatal(err)
		}
		in.config.Train.Epochs, in.config.KNN.EveryEpochs = c.epochs, c.every
		got := in.drawnEpochs()
		if n := len(got); n > c.want || n < c.want*9/10 || got[n-1] != c.epochs || !slices.IsSorted(got) ||
			len(slices.Compact(slices.Clone(got))) != n {
			t.Errorf("%+v: %d epochs, %v", c, n, got)
		}
		if cost := in.drawingCost() * float64(len(got)); len(got) > leastDrawn &&
			cost > 0.01*float64(c.epochs*c.train) {
			t.Errorf("%+v: costs as much as %.0f images of %d", c, cost, c.epochs*c.train)
		}
	}
}
