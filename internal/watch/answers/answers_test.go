package answers

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/watch/runs"
)

// folder is a run folder under test.
type folder struct {
	*testing.T
	path string
}

// newFolder has ten steps an epoch, a score after each with labels, and so many prototypes.
func newFolder(t *testing.T, knn []float64, steps int, gain float64) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	f.write("config.yaml", "data: {dir: photos}\nmodel: {n_prototypes: 64}\ntrain: {epochs: 9, batch_size: 8}\n")
	var text strings.Builder
	for step := range steps {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d,"loss":2,"target_gain":%v`, step, step/10, gain)
		if epoch := step / 10; step%10 == 9 && epoch < len(knn) {
			fmt.Fprintf(&text, `,"knn":%v,"knn_untrained":30,"knn_pixels":25`, knn[epoch])
		}
		text.WriteString("}\n")
	}
	f.write("metrics.jsonl", text.String())
	return f
}

func (f folder) write(name, text string) {
	f.Helper()
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.Fatal(err)
	}
}

// found writes findings.
func (f folder) found(findings ...verdict.Finding) {
	f.Helper()
	var text strings.Builder
	for _, x := range findings {
		line, err := json.Marshal(x)
		if err != nil {
			f.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	f.write("verdict.jsonl", text.String())
}

// answers are those after a look at the folder, which nobody works on.
func (f folder) answers() Answers {
	f.Helper()
	then := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(f.path, func(path string, _ os.DirEntry, _ error) error {
		return os.Chtimes(path, then, then)
	})
	if err != nil {
		f.Fatal(err)
	}
	run := runs.Open(f.path, "run")
	run.Refresh(time.Now(), runs.ReadLocks())
	return Of(f.Context(), run, "run")
}

// want compares all four answers.
func (f folder) want(a Answers, learning Learning, learns, since, changes, best string) {
	f.Helper()
	if a.Learning != learning {
		f.Errorf("learning is %s, want %s", a.Learning, learning)
	}
	for _, x := range []struct{ what, got, want string }{
		{"is it learning", a.Learns, learns},
		{"since when not", a.SinceWhen, since},
		{"what to change", a.Changes, changes},
		{"which is best", a.BestIs, best},
	} {
		if !strings.Contains(x.got, x.want) {
			f.Errorf("%s: %q, want %q", x.what, x.got, x.want)
		}
	}
}

var (
	collapse = verdict.Finding{
		Kind: verdict.UniformCollapse, Change: verdict.Begins, Severity: verdict.Failure, Step: 42, Since: 32,
		What:   "uniform collapse: the teacher gives every image nearly the uniform target",
		Advice: []verdict.Advice{{Option: "model.temperature_student", Value: "0.1", Why: "it is soft"}},
	}
	plateau = verdict.Finding{
		Kind: verdict.Plateau, Change: verdict.Begins, Severity: verdict.Hint, Step: 79, Since: 79,
		What:     "learning has stopped: the best was epoch 5 (61), and epoch 8 has 60",
		Evidence: []verdict.Number{{Name: "best_epoch", Value: 5}},
		Advice:   []verdict.Advice{{Option: "train.epochs", Value: "5", Why: "less time"}},
	}
)

// The three runs that everybody has: healthy, collapsed and stalled.
func TestHealthyCollapsedStalled(t *testing.T) {
	f := newFolder(t, []float64{40, 50, 55, 58, 61, 60, 60, 60, 62}, 90, 1)
	f.write("best.safetensors", "x")
	f.write("teacher.safetensors", "x")
	a := f.answers()
	f.want(a, Yes, "Yes: the k-NN accuracy of held-out images is 62.0 % after epoch 9; before the first step it was "+
		"30.0 %, that of raw pixels is 25.0 %.", "It learned to the end.", "Nothing.",
		"run/best.safetensors: k-NN accuracy 62.0 %, after epoch 9.")
	if a.Since != nil || a.Best.Path != "run/best.safetensors" || *a.Best.Step != 89 || len(a.Change) != 0 {
		t.Errorf("%+v", a)
	}

	f.found(plateau)
	a = f.answers()
	f.want(a, Stopped, "Not any more: learning has stopped: the best was epoch 5", "Since step 50, in epoch 5.",
		"In a new run: --set train.epochs=5 (less time).", "run/best.safetensors")
	if *a.Since != 49 || a.Change[0].Option != "train.epochs" {
		t.Errorf("%+v", a)
	}

	warned := verdict.Finding{
		Kind: verdict.SoftStudent, Change: verdict.Begins, Severity: verdict.Warning, What: "too soft a student",
		Advice: []verdict.Advice{
			{Option: "model.temperature_student", Value: "0.2"},
			{Option: "train.schedule.lr.base", Value: "0.003"},
		},
	}
	over := verdict.Finding{Kind: verdict.Divergence, Change: verdict.Begins, Severity: verdict.Failure, Since: 3}
	ended := over
	ended.Change, ended.Step = verdict.Ends, 9
	f.found(warned, over, ended, collapse, plateau)
	a = f.answers()
	f.want(a, No, "No: uniform collapse: the teacher gives every image nearly the uniform target.",
		"Since step 33, in epoch 4.", "In a new run: --set model.temperature_student=0.1 (it is soft); or --set "+
			"train.schedule.lr.base=0.003; or --set train.epochs=5 (less time).", "run/best.safetensors")
	if *a.Since != 32 || len(a.Change) != 3 {
		t.Errorf("%+v", a)
	}
}

func TestOtherRuns(t *testing.T) {
	f := newFolder(t, []float64{30.4, 29}, 20, 1)
	f.want(f.answers(), Little, "Hardly: the k-NN accuracy", "Not from the start.",
		"--set train.epochs=18 (nothing was found that is wrong", "There is none yet.")
	f = newFolder(t, []float64{60, 50, 40}, 30, 1)
	a := f.answers()
	f.want(a, Fell, "It did, and became worse: the best was 60.0 % after epoch 1", "Since step 10, in epoch 1.",
		"It was cut off after step 30; 0 steps are saved", "There is none yet.")
	f = newFolder(t, nil, 0, 0)
	f.want(f.answers(), Early, "no step is done yet", "Nothing was found", "", "There is none yet.")
	f = newFolder(t, nil, 3, 0)
	f.want(f.answers(), Early, "Too early to say: 3 steps are done", "Nothing was found", "", "")

	// without labels the target gain tells
	f = newFolder(t, nil, 60, 0.8)
	f.write("teacher.safetensors", "x")
	f.want(f.answers(), Yes, "Yes, as far as can be told without labels: the student predicts",
		"It learned to the end.",
		"Nothing.", "run/teacher.safetensors: the network at the end; no score tells which is better.")
	f = newFolder(t, nil, 60, 1e-6)
	f.want(f.answers(), Little, "Hardly so far", "Not from the start.", "train.epochs=18", "")

	// a collapse without labels: the newest checkpoint from before it
	f.found(collapse)
	for _, steps := range []int{20, 30, 40} {
		f.write(fmt.Sprintf("checkpoints/step-%08d.safetensors", steps), "x")
		f.write(fmt.Sprintf("checkpoints/step-%08d.json", steps), "{}")
	}
	f.write("checkpoints/step-00000032.safetensors", "without its state it is none")
	a = f.answers()
	f.want(a, No, "No: uniform collapse", "Since step 33.", "--set model.temperature_student=0.1",
		"run/checkpoints/step-00000030.safetensors: the newest from before it stopped learning, after 30 steps.")
	whole := newFolder(t, nil, 90, 0.8)
	whole.write("teacher.safetensors", "x")
	whole.found(plateau)
	whole.want(whole.answers(), Stopped, "Not any more", "Since step 50, in epoch 5.", "", "run/teacher.safetensors")

	early := collapse
	early.Since = 10
	f.found(early)
	f.want(f.answers(), No, "No", "Since step 11.", "", "None: no checkpoint from before it stopped learning is left.")

	images := verdict.Finding{
		Kind: verdict.ConstantImages, Change: verdict.Begins, Severity: verdict.Failure,
		What: "x",
	}
	f.found(images)
	f.want(f.answers(), No, "No: x.", "From the first step on.", "The images: `dino check --data photos` shows", "")
}

// What a stranger wrote is bounded, and what is damaged counts as not there.
func TestForeignFolder(t *testing.T) {
	f := newFolder(t, []float64{50}, 10, 1)
	many := collapse
	many.Advice = nil
	for i := range 1000 {
		many.Advice = append(many.Advice, verdict.Advice{Option: fmt.Sprint(i), Value: "<script>"})
	}
	lie := plateau
	lie.Evidence = []verdict.Number{{Name: "best_epoch", Value: 1e300}}
	f.found(many, lie)
	if a := f.answers(); len(a.Change) != mostAdvice {
		t.Errorf("%d advices", len(a.Change))
	}
	f.found(lie)
	if a := f.answers(); *a.Since != 79 {
		t.Errorf("a plateau since epoch 1e300 begins at %d", *a.Since)
	}
	f.write("verdict.jsonl", "{\n\x00")
	f.write("config.yaml", ":\n\t- [")
	f.write("metrics.jsonl", "no lines")
	f.want(f.answers(), Early, "no step is done yet", "", "", "")
}
