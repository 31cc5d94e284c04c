package runs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSummary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 9)
	save(t, path, 8)
	write(t, filepath.Join(path, "notes.json"), `{"version":1,"note":"x","tags":["a","b"]}`)
	r := Open(path, "run")
	if !r.Refresh(time.Now(), Locks{}) {
		t.Error("nothing new")
	}
	value := func(v float64) *float64 { return &v }
	got := r.Summary()
	got.Changed, got.Silent = 0, 0
	want := Summary{
		ID: r.ID, Name: "run", State: Running, Step: 8, Epoch: 2, Epochs: 3, Loss: value(3.2), KNN: value(57),
		BestKNN: value(61.5), Speed: value(80), DataWait: value(0.25), MaxEntropy: value(2.772588722239781), Saved: 8,
		Version: 1, Note: true, Tags: []string{"a", "b"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Refresh(time.Now(), Locks{}) {
		t.Error("something is new where nothing was written")
	}
	write(t, filepath.Join(path, "metrics.jsonl"), metricsOf(12))
	if !r.Refresh(time.Now(), Locks{}) || r.Summary().Step != 11 || r.Summary().Version != 2 {
		t.Errorf("after three more steps: %+v", r.Summary())
	}
}

// A run that is removed while it is watched is gone, and comes back.
func TestRunThatIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 5)
	r := Open(path, "run")
	r.Refresh(time.Now(), Locks{})
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if !r.Refresh(time.Now(), Locks{}) || r.Summary().State != Gone || r.Summary().Step != -1 {
		t.Errorf("removed: %+v", r.Summary())
	}
	if changed, _, err := r.Log.Update(t.Context()); changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	newRun(t, path, 2)
	if !r.Refresh(time.Now(), Locks{}) || r.Summary().State != Running || r.Summary().Step != 1 {
		t.Errorf("made again: %+v", r.Summary())
	}
}

// Files that hold anything are shown as far as they can be.
func TestHostileFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 3)
	for name, text := range map[string]string{
		"config.yaml":                    "a: &x [1]\nb: *x\n",
		"checkpoints/step-00000003.json": "{",
		"notes.json":                     `{"version":9}`,
		"bad_images.jsonl": "\x00\n{\"image\":1,\"path\":\"<b>\",\"reason\":\"\\u202e\"}\n" +
			"[]\n{\"image\":2",
	} {
		write(t, filepath.Join(path, name), text)
	}
	r := Open(path, "\x1b]0;")
	r.Refresh(time.Now(), Locks{})
	if s := r.Summary(); s.Step != 2 || s.Epochs != 0 || s.BestKNN != nil || s.Note {
		t.Errorf("%+v", s)
	}
	bad, err := r.BadImages(10)
	if err != nil || bad.Total != 1 || bad.Images[0].Path != "<b>" {
		t.Errorf("%+v, %v", bad, err)
	}
	if _, err := r.Options(); err == nil {
		t.Error("a configuration with aliases was read")
	}
	for _, name := range []string{"config.yaml", "notes.json", "bad_images.jsonl", "metrics.jsonl"} {
		file := filepath.Join(path, name)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/etc/hosts", file); err != nil {
			t.Fatal(err)
		}
	}
	_, err = r.Options()
	_, noted := r.Notes()
	_, listed := r.BadImages(1)
	_, _, followed := r.Log.Update(t.Context())
	for name, err := range map[string]error{"config": err, "notes": noted, "bad": listed, "metrics": followed} {
		if err == nil {
			t.Errorf("%s: a link was followed", name)
		}
	}
}

func TestOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 1)
	got, err := Open(path, "run").Options()
	if err != nil {
		t.Fatal(err)
	}
	want := []Option{
		{"preset", "auto"},
		{"model.n_prototypes", "16"},
		{"train.epochs", "3"},
		{"train.batch_size", "8"},
		{"list", "[1, [a, b]]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Each number that is shown makes another summary; how long a run has been silent does not.
func TestEqual(t *testing.T) {
	one := 1.0
	shown := reflect.TypeFor[Summary]()
	for i := range shown.NumField() {
		var s Summary
		switch field := reflect.ValueOf(&s).Elem().Field(i); field.Kind() {
		case reflect.Pointer:
			field.Set(reflect.ValueOf(&one))
		case reflect.String:
			field.SetString("x")
		case reflect.Bool:
			field.SetBool(true)
		case reflect.Slice:
			field.Set(reflect.ValueOf([]string{"x"}))
		default:
			field.SetInt(1)
		}
		name := shown.Field(i).Name
		if name == "ID" || name == "Name" { // of the run, not of its state
			continue
		}
		if got, want := s.Equal(Summary{}), name == "Silent"; got != want || (Summary{}).Equal(s) != want {
			t.Errorf("%s: equal is %v, want %v", name, got, want)
		}
	}
}

// What cannot be read is an error, and a run without checkpoint has none saved.
func TestUnreadable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 3)
	write(t, filepath.Join(path, "config.yaml"), "- secret\n")
	write(t, filepath.Join(path, "bad_images.jsonl"), strings.Repeat("x", 1<<24+1))
	r := Open(path, "run")
	r.Refresh(time.Now(), Locks{})
	if s := r.Summary(); s.Saved != 0 || s.BestKNN != nil {
		t.Errorf("%+v", s)
	}
	if _, err := r.Options(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("options of a list: %v", err)
	}
	if _, err := r.BadImages(1); err == nil ||
		!strings.Contains(err.Error(), "bad_images.jsonl: line 1 has more than") {
		t.Errorf("bad images without end: %v", err)
	}
}
