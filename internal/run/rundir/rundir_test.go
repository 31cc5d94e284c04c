package rundir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/testkit"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesTheFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs", "first")
	d := open(t, path)
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		t.Errorf("no folder %s: %v", path, err)
	}
	for name, got := range map[string]string{
		"config.yaml": d.Config(), "checkpoints": d.Checkpoints(), "metrics.jsonl": d.Metrics(), "events": d.Events(),
		"teacher.safetensors": d.Teacher(), "bad_images.jsonl": d.BadImagesList(),
	} {
		if want := filepath.Join(path, name); got != want {
			t.Errorf("%s is at %s, want %s", name, got, want)
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	path := t.TempDir()
	first := open(t, path)
	_, err := Open(path)
	testkit.RequireError(t, err, "another process works on "+path, "choose another folder for the run")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path) // free again
}

func TestFolderOfSomethingElse(t *testing.T) {
	path := t.TempDir()
	writeFile(t, filepath.Join(path, "thesis.tex"), "x")
	_, err := Open(path)
	testkit.RequireError(t, err, path+" holds other files and is not a run",
		"choose an empty or new folder for the run")
	if entries, _ := os.ReadDir(path); len(entries) != 1 {
		t.Errorf("the folder was touched: %v", entries)
	}

	file := filepath.Join(path, "thesis.tex")
	_, err = Open(file)
	testkit.RequireError(t, err, "run folder: ", file)

	_, err = Open(filepath.Join(file, "below"))
	testkit.RequireError(t, err, "run folder: ")
}

// A folder is a run's again after a process that was killed at any point of its start.
func TestFolderOfAKilledStart(t *testing.T) {
	for name, files := range map[string][]string{
		"lock":            {".lock"},
		"lock and log":    {".lock", "metrics.jsonl"},
		"copied, no lock": {"config.yaml", "metrics.jsonl", "teacher.safetensors"},
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			for _, f := range files {
				writeFile(t, filepath.Join(path, f), "")
			}
			open(t, path)
		})
	}
}

// A run has begun once there is a state to go on from, and is complete once the backbone is there.
func TestBegunAndComplete(t *testing.T) {
	d := open(t, t.TempDir())
	for _, step := range []struct {
		file            string
		begun, complete bool
	}{
		{"config.yaml", false, false},
		{"checkpoints/step-00000001.json", true, false},
		{"teacher.safetensors", true, true},
	} {
		writeFile(t, filepath.Join(d.Path, step.file), "x")
		if begun, err := d.Begun(); err != nil || begun != step.begun || d.Complete() != step.complete {
			t.Errorf("with %s: begun %v, %v, complete %v, want %v, %v", step.file, begun, err, d.Complete(), step.begun,
				step.complete)
		}
	}
	nowhere := &Dir{Path: filepath.Join(d.Path, "none")}
	if begun, err := nowhere.Begun(); begun || err != nil || nowhere.Complete() {
		t.Error("a folder that is not there has begun or is complete")
	}
	unreadable := &Dir{Path: filepath.Join(d.Path, "config.yaml")}
	_, err := unreadable.Begun()
	testkit.RequireError(t, err, "run folder: ", "config.yaml")
}

func TestWriteConfig(t *testing.T) {
	d := open(t, t.TempDir())
	for _, text := range []string{"seed: 1\n", "seed: 2\n"} {
		if err := d.WriteConfig([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(d.Config()); err != nil || string(got) != text {
			t.Errorf("got %q, %v, want %q", got, err, text)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(d.Path, ".config*")); len(left) > 0 {
		t.Errorf("temporary files stay: %v", left)
	}
}

func bad(images ...int) []loader.BadImage {
	var list []loader.BadImage
	for _, i := range images {
		list = append(list, loader.BadImage{Image: i, Path: "photos/ü\n.jpg", Reason: "the file is truncated"})
	}
	return list
}

func addBad(t *testing.T, d *Dir, images ...int) {
	t.Helper()
	if err := d.AddBadImages(bad(images...)); err != nil {
		t.Fatal(err)
	}
}

func requireBad(t *testing.T, d *Dir, images ...int) {
	t.Helper()
	got, err := d.BadImages()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bad(images...), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The list has every image once, over several processes, in the order in which they were found.
func TestBadImages(t *testing.T) {
	path := t.TempDir()
	d := open(t, path)
	requireBad(t, d)
	addBad(t, d)
	if _, err := os.Stat(d.BadImagesList()); err == nil {
		t.Error("a list of no image was written")
	}
	addBad(t, d, 7, 3)
	addBad(t, d, 3, 5)
	requireBad(t, d, 7, 3, 5)
	d.Close()

	d = open(t, path)
	requireBad(t, d, 7, 3, 5)
	addBad(t, d, 5, 9)
	requireBad(t, d, 7, 3, 5, 9)
	if text, _ := os.ReadFile(d.BadImagesList()); strings.Count(string(text), "\n") != 4 {
		t.Errorf("want 4 lines:\n%s", text)
	}

	if err := d.ForgetBadImages(); err != nil {
		t.Fatal(err)
	}
	requireBad(t, d)
	addBad(t, d, 7)
	requireBad(t, d, 7)
}

// A list that was made longer by zeros is an error, and not read into memory.
func TestBadImagesWithoutEnd(t *testing.T) {
	d := &Dir{Path: t.TempDir()}
	if err := os.WriteFile(d.BadImagesList(), []byte("{\"image\":1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.BadImagesList(), 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	if _, err := d.BadImages(); err == nil ||
		!strings.Contains(err.Error(), d.BadImagesList()+": line 2 has more than") {
		t.Errorf("got %v", err)
	}
}

// A kill in the middle of a line leaves a list that can be read and added to.
func TestTornBadImages(t *testing.T) {
	d := open(t, t.TempDir())
	addBad(t, d, 1, 2)
	text, err := os.ReadFile(d.BadImagesList())
	if err != nil {
		t.Fatal(err)
	}
	second := len(text) / 2
	for cut := second; cut < len(text); cut++ {
		writeFile(t, d.BadImagesList(), string(text[:cut]))
		requireBad(t, d, 1)
		addBad(t, d, 2)
		requireBad(t, d, 1, 2)
	}
}

func TestBadImagesOfAFolderThatIsGone(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"))
	if err := os.RemoveAll(d.Path); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, d.AddBadImages(bad(1)), "run folder: ", "bad_images.jsonl")
	if err := d.ForgetBadImages(); err != nil {
		t.Errorf("nothing to forget: %v", err)
	}
}
