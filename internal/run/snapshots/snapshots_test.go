package snapshots

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/testkit"
)

var three = []Image{{"a/1.png", "a"}, {"a/2.png", "a"}, {"<b>.png", ""}}

// rows are features of three images after a step.
func rows(step int) eval.Matrix {
	m := eval.NewMatrix(3, 2)
	copy(m.Data, []float32{float32(step) + 1, 0, 0, 2, 0, 0})
	return m
}

func opened(t *testing.T, run string, images []Image, steps int) *Writer {
	t.Helper()
	w, err := Open(run, images, steps)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func add(t *testing.T, w *Writer, s Snapshot) {
	t.Helper()
	if err := w.Add(s, rows(s.Step)); err != nil {
		t.Fatal(err)
	}
}

// stepsOf are those of the index that is on the disk, each with its file, and no other file.
func stepsOf(t *testing.T, run string) (steps []int) {
	t.Helper()
	x, err := Read(run)
	if err != nil || x == nil {
		t.Fatal("no index: ", err)
	}
	for _, s := range x.Snapshots {
		steps = append(steps, s.Step)
		if _, err := Features(run, s.Step, len(x.Images)); err != nil {
			t.Error(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(Folder(run), "step-*"))
	if err != nil || len(files) != len(steps) {
		t.Errorf("%d snapshots, and files %v", len(steps), files)
	}
	return steps
}

func TestWriter(t *testing.T) {
	run := t.TempDir()
	if x, err := Read(run); x != nil || err != nil {
		t.Errorf("an empty folder: %v, %v", x, err)
	}
	w := opened(t, run, three, 0)
	if _, err := os.Lstat(Folder(run)); !os.IsNotExist(err) {
		t.Error("the folder was made before there was anything to write: ", err)
	}
	knn := 61.5
	add(t, w, Snapshot{})
	add(t, w, Snapshot{Step: 8, Epoch: 2, KNN: &knn, Best: true})
	x, err := Read(run)
	if err != nil || !slices.Equal(x.Images, three) || *x.Snapshots[1].KNN != 61.5 || x.Snapshots[0].KNN != nil {
		t.Errorf("%+v, %v", x, err)
	}
	got, err := Features(run, 8, 3)
	if want := []float32{1, 0, 0, 1, 0, 0}; err != nil || !slices.Equal(got.Data, want) {
		t.Errorf("%v, want rows of unit length, and zeros for one that is missing: %v; %v", got.Data, want, err)
	}
	if err := w.Add(Snapshot{Step: 9}, eval.NewMatrix(2, 2)); err == nil {
		t.Error("features of fewer images were taken")
	}
}

// A run that goes on has the snapshots up to its step; one of other images has none.
func TestGoingOn(t *testing.T) {
	run := t.TempDir()
	w := opened(t, run, three, 0)
	for _, step := range []int{0, 4, 8, 12} {
		add(t, w, Snapshot{Step: step})
	}
	stray := filepath.Join(Folder(run), "step-00000099.safetensors")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w = opened(t, run, three, 8)
	if !w.Has(8) || w.Has(12) {
		t.Error("going on at step 8 the snapshots are others")
	}
	add(t, w, Snapshot{Step: 10})
	add(t, w, Snapshot{Step: 10, Epoch: 1})
	if got := stepsOf(t, run); !slices.Equal(got, []int{0, 4, 8, 10}) {
		t.Errorf("steps %v", got)
	}
	w = opened(t, run, three[:2], 8)
	if w.Has(0) {
		t.Error("other images go on with the same snapshots")
	}
	if files, _ := filepath.Glob(filepath.Join(Folder(run), "step-*")); len(files) > 0 {
		t.Errorf("features of other images stay: %v", files)
	}
}

// However many there are, the first, the newest and the best stay, and the others lie evenly.
func TestThinning(t *testing.T) {
	random := rand.New(rand.NewPCG(testkit.Seed(t), 1))
	best, highest := -1, 0.0
	var kept []Snapshot
	for epoch := range 120 {
		s := Snapshot{Step: 10 * epoch, Epoch: epoch}
		if score := random.Float64(); score > highest {
			highest, best, s.Best = score, s.Step, true
		}
		kept = thinned(append(kept, s), MostSnapshots)
	}
	var steps []int
	for _, s := range kept {
		steps = append(steps, s.Step)
	}
	if steps[0] != 0 || steps[len(steps)-1] != 1190 || !slices.Contains(steps, best) || len(steps) != MostSnapshots {
		t.Errorf("steps %v, the best %d", steps, best)
	}
	for i := 1; i < len(steps); i++ {
		if gap := steps[i] - steps[i-1]; gap > 1190/3 {
			t.Errorf("%d steps lie between two of %v", gap, steps)
		}
	}
	run := t.TempDir()
	w := opened(t, run, three, 0)
	for step := range MostSnapshots + 2 {
		add(t, w, Snapshot{Step: step, Best: step == 1})
	}
	if got := stepsOf(t, run); len(got) != MostSnapshots || !slices.Contains(got, 1) {
		t.Errorf("steps %v in the folder", got)
	}
}

// What no run writes is an error, and neither read further nor followed.
func TestForeignFolders(t *testing.T) {
	valid := func() map[string]any {
		return map[string]any{
			"version": 1, "images": []Image{{"a.png", ""}}, "snapshots": []Snapshot{{Step: 1}},
		}
	}
	for name, change := range map[string]func(x map[string]any){
		"another version":  func(x map[string]any) { x["version"] = 2 },
		"no images":        func(x map[string]any) { x["images"] = []Image{} },
		"too many images":  func(x map[string]any) { x["images"] = make([]Image, MostImages+1) },
		"a negative step":  func(x map[string]any) { x["snapshots"] = []Snapshot{{Step: -1}} },
		"steps that fall":  func(x map[string]any) { x["snapshots"] = []Snapshot{{Step: 2}, {Step: 1}} },
		"many snapshots":   func(x map[string]any) { x["snapshots"] = make([]Snapshot, maxSnapshots+1) },
		"a sheet of sizes": func(x map[string]any) { x["sheet"] = Sheet{Side: 4, Columns: 1, Sizes: []int{1, 9}} },
		"a wide sheet": func(x map[string]any) {
			x["sheet"] = Sheet{
				Side: 1 << 20, Columns: 1,
				Sizes: []int{1, 1},
			}
		},
		"text": func(x map[string]any) { x["images"] = "text" },
	} {
		run, x := t.TempDir(), valid()
		change(x)
		text, err := json.Marshal(x)
		if err == nil {
			err = os.Mkdir(Folder(run), 0o755)
		}
		if err == nil {
			err = os.WriteFile(IndexFile(run), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Read(run); err == nil {
			t.Errorf("%s was taken: %+v", name, got)
		}
	}
	run := t.TempDir()
	w := opened(t, run, three, 0)
	add(t, w, Snapshot{Step: 1})
	if _, err := Features(run, 1, 2); err == nil || !strings.Contains(err.Error(), "holds no features of 2 images") {
		t.Errorf("features of another number of images: %v", err)
	}
	outside := filepath.Join(t.TempDir(), "outside.json")
	if err := os.Rename(IndexFile(run), outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, IndexFile(run)); err != nil {
		t.Skip("no links here: ", err)
	}
	if _, err := Read(run); err == nil {
		t.Error("a link was followed")
	}
	linked := t.TempDir()
	if err := os.Symlink(Folder(run), Folder(linked)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(linked, three, 0); err == nil {
		t.Error("a folder behind a link is written to")
	}
}

// The pictures are those of the images, made smaller, each in its place.
func TestPictures(t *testing.T) {
	p := NewPictures(5)
	for place, size := range [][2]int{{10, 6}, {96, 48}, {}, {1, 1000}} {
		if size[0] == 0 {
			continue
		}
		img := augment.NewImage(size[0], size[1])
		for i := range img.Pix {
			img.Pix[i] = uint8(40 * (place + 1))
		}
		p.Take(place, img)
		p.Take(place, augment.NewImage(3, 3)) // once
	}
	sheet, jpeg, ok, err := p.Sheet()
	if want := []int{10, 6, 48, 24, 0, 0, 1, 48, 0, 0}; err != nil || !ok || !slices.Equal(sheet.Sizes, want) {
		t.Fatalf("%+v, %v, want sizes %v", sheet, err, want)
	}
	whole, err := imageio.Decode(jpeg, imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for place, want := range map[int]int{0: 40, 1: 80, 2: 0} {
		x, y := place%sheet.Columns*sheet.Side, place/sheet.Columns*sheet.Side
		if got := int(whole.Pix[3*((y+3)*whole.Width+x+3)]); math.Abs(float64(got-want)) > 12 {
			t.Errorf("the picture at %d is %d, want %d", place, got, want)
		}
	}
	run := t.TempDir()
	w := opened(t, run, append(slices.Clone(three), three[:2]...), 0)
	if err := w.SetSheet(sheet, jpeg); err != nil || !w.HasSheet() {
		t.Fatal(err)
	}
	if got, err := ReadSheet(run); err != nil || !slices.Equal(got, jpeg) {
		t.Errorf("%d bytes of %d, %v", len(got), len(jpeg), err)
	}
	if _, _, ok, _ := NewPictures(2).Sheet(); ok {
		t.Error("a sheet without pictures")
	}
}

func ExampleFolder() {
	fmt.Println(filepath.ToSlash(Folder("run")))
	// Output: run/map
}
