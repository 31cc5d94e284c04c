package checkpoint

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/weights"
)

// TestMain runs a child's scenario where a test started this binary for one.
func TestMain(m *testing.M) {
	if scenario, ok := scenarios[os.Getenv(scenarioVariable)]; ok {
		scenario(os.Args[len(os.Args)-1])
		return
	}
	os.Exit(m.Run())
}

// scenarioVariable selects what a child process does, in the folder that is its
// last argument.
const scenarioVariable = "CHECKPOINT_TEST_SCENARIO"

var scenarios = map[string]func(dir string){"save until killed": saveUntilKilled}

// stateOf and tensorsOf are the checkpoint of a step; all their values follow
// from it.
func stateOf(step int) State {
	return State{
		Step:         step,
		Epoch:        step / 10,
		ConfigDigest: fmt.Sprintf("sha256:%d", step),
		Parameters:   Parameters{"vit.patch_size": "16", "seed": "0"},
		Best:         map[string]float64{"knn": float64(step) / 7},
	}
}

func tensorsOf(step int) map[string]weights.Tensor {
	values := make([]float32, 1000)
	for i := range values {
		values[i] = float32(step) + float32(i)/1000
	}
	return map[string]weights.Tensor{
		"student.norm.weight": weights.FromFloat32s([]int{10, 100}, values),
		"adamw.steps":         weights.FromInt64s(nil, []int64{int64(step)}),
	}
}

func TestSaveLatest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	for _, step := range []int{0, 9, 100, 99_999_999, 123_456_789_012} {
		mustSave(t, dir, step)
		requireLatest(t, dir, step)
	}
	if t.Failed() {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 10 || entries[2].Name() != "step-00000009.json" ||
		entries[3].Name() != "step-00000009.safetensors" {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestLatestWithoutCheckpoints(t *testing.T) {
	dir := t.TempDir()
	for _, dir := range []string{dir, filepath.Join(dir, "absent")} {
		if _, warnings, err := Latest(dir); !errors.Is(err, ErrNone) || len(warnings) != 0 {
			t.Errorf("%s: got %v and warnings %v", dir, err, warnings)
		}
	}
	write(t, filepath.Join(dir, "step-00000001.safetensors"), "tensors without a state")
	for _, name := range []string{
		"step-1.json", "step-00000001", "step-x.json", "step-.json", "00000001.json",
		"step-00000001.json.json", "step--0000001.json",
	} {
		write(t, filepath.Join(dir, name), "not a name that Save gives")
	}
	if _, _, err := Latest(dir); !errors.Is(err, ErrNone) {
		t.Errorf("got %v", err)
	}
}

// TestEveryDamageFallsBack cuts each of the newest checkpoint's files at
// many lengths, and flips a bit at many places.
func TestEveryDamageFallsBack(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 10)
	mustSave(t, dir, 20)
	for _, name := range []string{"step-00000020.json", "step-00000020.safetensors"} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stride := max(1, len(good)/150)
		for at := 0; at < len(good)-1; at += stride { // the last byte of the state file is a line feed
			write(t, path, string(good[:at]))
			requireFallback(t, dir, path, 10)
			flipped := append([]byte{}, good...)
			flipped[at] ^= 4
			write(t, path, string(flipped))
			requireFallback(t, dir, path, 10)
			if t.Failed() {
				t.Fatalf("%s at byte %d", name, at)
			}
		}
		write(t, path, string(good))
		requireLatest(t, dir, 20)
	}
	if err := os.Remove(filepath.Join(dir, "step-00000020.safetensors")); err != nil {
		t.Fatal(err)
	}
	requireFallback(t, dir, "step-00000020.safetensors", 10)
}

// requireFallback accepts damage that leaves the content as it was: the checksum
// covers what the state file says, not how it is laid out.
func requireFallback(t *testing.T, dir, damaged string, step int) {
	t.Helper()
	loaded, warnings, err := Latest(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer loaded.Tensors.Close()
	if loaded.Step == 20 && strings.HasSuffix(damaged, ".json") && cmp.Equal(loaded.State, stateOf(20)) {
		return
	}
	if loaded.Step != step || len(warnings) != 1 || !strings.Contains(warnings[0], damaged) {
		t.Errorf("got step %d and warnings %q, want step %d and a warning that names %s", loaded.Step, warnings, step,
			damaged)
	}
}

func TestAllDamaged(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []int{1, 2} {
		mustSave(t, dir, step)
		write(t, filepath.Join(dir, stateName(step)), "{}")
	}
	_, warnings, err := Latest(dir)
	if err == nil || errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "none of the 2 checkpoints") ||
		!strings.Contains(err.Error(), dir) {
		t.Errorf("got error %v", err)
	}
	if len(warnings) != 2 || !strings.Contains(warnings[0], "step 2") {
		t.Errorf("got warnings %q", warnings)
	}
}

// TestRenamedState: a state file under another step's name is refused.
func TestRenamedState(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 5)
	if err := os.Rename(filepath.Join(dir, stateName(5)), filepath.Join(dir, stateName(6))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Latest(dir); err == nil ||
		!strings.Contains(err.Error(), "holds step 5, which its name does not say") {
		t.Errorf("got error %v", err)
	}
}

// TestOtherSchemaIsNotDamage: a newer program's checkpoint stops the run.
func TestOtherSchemaIsNotDamage(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 5)
	newer, err := seal(2, []byte(`{"steps":{"done":6}}`))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, stateName(6)), string(newer))
	for name, call := range map[string]func() error{
		"Latest": func() error { _, _, err := Latest(dir); return err },
		"Prune":  func() error { return Prune(dir, 6, 1) },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "has schema 2, this program reads 1") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, stateName(6))); err != nil {
		t.Error(err)
	}
}

// TestSaveSameStepAgain checks that the former checkpoint of the same step holds
// until the new state file has taken its place.
func TestSaveSameStepAgain(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 7)
	former, err := os.ReadFile(filepath.Join(dir, stateName(7)))
	if err != nil {
		t.Fatal(err)
	}
	again := stateOf(7)
	again.Best["knn"] = 99
	if err := Save(dir, again, tensorsOf(8)); err != nil {
		t.Fatal(err)
	}
	loaded := latest(t, dir)
	if got := int64Of(t, loaded, "adamw.steps"); got != 8 || loaded.Best["knn"] != 99 {
		t.Errorf("got tensors of step %d, best %v", got, loaded.Best)
	}
	write(t, filepath.Join(dir, stateName(7)), string(former)) // as a crash before the last rename leaves it
	requireLatest(t, dir, 7)
}

func TestSaveErrors(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 1)
	notFinite := stateOf(2)
	notFinite.Best["knn"] = math.NaN()
	short := weights.Tensor{DType: weights.F32, Shape: []int{3}, Data: make([]byte, 4)}
	tests := []struct {
		state   State
		tensors map[string]weights.Tensor
		want    string
	}{
		{State{Step: -1}, nil, "the step is negative"},
		{notFinite, tensorsOf(2), "unsupported value: NaN"},
		{
			stateOf(2),
			map[string]weights.Tensor{"center": short},
			`tensor "center": F32 tensor of shape [3] needs 12 bytes, has 4`,
		},
	}
	for _, test := range tests {
		err := Save(dir, test.state, test.tensors)
		if err == nil || !strings.Contains(err.Error(), test.want) ||
			!strings.Contains(err.Error(), "earlier checkpoints are intact") {
			t.Errorf("got error %v, want %q", err, test.want)
		}
	}
	requireNames(t, dir, "step-00000001.json", "step-00000001.safetensors")
	if err := Save(filepath.Join(dir, stateName(1)), stateOf(2), nil); err == nil {
		t.Error("a file was taken for the folder")
	}
}

func mustSave(t *testing.T, dir string, step int) {
	t.Helper()
	if err := Save(dir, stateOf(step), tensorsOf(step)); err != nil {
		t.Fatal(err)
	}
}

func latest(t *testing.T, dir string) *Loaded {
	t.Helper()
	loaded, warnings, err := Latest(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loaded.Tensors.Close() })
	if len(warnings) != 0 {
		t.Errorf("warnings %q", warnings)
	}
	return loaded
}

// requireLatest checks that Latest gives the whole checkpoint of a step.
func requireLatest(t *testing.T, dir string, step int) {
	t.Helper()
	loaded := latest(t, dir)
	if diff := cmp.Diff(stateOf(step), loaded.State); diff != "" {
		t.Error(diff)
	}
	got, err := loaded.Tensors.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tensorsOf(step), got); diff != "" {
		t.Error(diff)
	}
}

func int64Of(t *testing.T, loaded *Loaded, name string) int64 {
	t.Helper()
	tensor, err := loaded.Tensors.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	values, err := tensor.Int64s()
	if err != nil {
		t.Fatal(err)
	}
	return values[0]
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func requireNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
