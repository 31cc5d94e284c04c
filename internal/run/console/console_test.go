package console

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// baselines and knn are the scores of the run that is told here.
var (
	baselines = observe.Baselines{Network: "untrained", Untrained: 12, Pixels: 23}
	knn       = 45.0
)

// table is what the steps here measure; kl is not shown.
var table = measure.Table{
	{Name: "loss", Status: measure.Status{Place: 2, Text: func(x float64) string { return fmt.Sprintf("loss %g", x) }}},
	{Name: "kl"},
	{Name: "speed", Status: measure.Status{
		Place: 1,
		Text:  func(x float64) string { return fmt.Sprintf("%g img/s", x) },
	}},
}

// told is a run of one step, with all that can happen. Two names hold what would steer a terminal.
func told(t *testing.T, o observe.Observer) {
	t.Helper()
	step := observe.Step{
		Steps: 1, Epochs: 1, Left: 90 * time.Second, Values: measure.Values{"loss": 2.5, "kl": 1, "speed": 9},
		Smoothed: measure.Values{"speed": 50},
	}
	for _, err := range []error{
		o.Note(observe.Notef("going on from %s", "a\x1b[2J\nb")),
		o.Warning(observe.Warning{Note: observe.Notef("%s is damaged", "c\n")}),
		o.Started(observe.Start{
			Config: "preset: auto\nseed: 0\n", Engine: "cpu", EngineDetails: "cpu (8 threads)", Images: 20, HeldOut: 4,
			Classes: 2, From: 3, Steps: 4, Batch: 5, Epochs: 1, Prototypes: 16, Measurements: table,
			Baselines: &baselines,
		}),
		o.Score(observe.Score{Epoch: 1, KNN: knn, Best: 46, Baselines: baselines}),
		o.Step(step),
		o.Warning(observe.Warning{
			Note: observe.Notef("loss %.1f", 2.5), Name: "verdict", Kind: "uniform", Step: 7,
			Fields: map[string]any{"what": "<"},
		}),
		o.Warning(observe.Warning{Note: observe.Notef("over"), Name: "verdict", Kind: "uniform", Step: 9, Calm: true}),
		o.Saved(observe.Saved{Steps: 4}),
		o.Done(observe.Done{
			Steps: 4, Teacher: "run/teacher", BadImages: 1, BadImagesList: "run/bad",
			Scores: &observe.Scores{KNN: &knn, Best: 46, Baselines: baselines},
		}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	told(t, New(progress.New(&out, progress.Plain)))
	want := `going on from a\u001b[2J\nb
warning: c\n is damaged
preset: auto
seed: 0
20 images to train on, 4 steps of 5 in 1 epochs, on cpu (8 threads)
loss 2.773 would be a uniform teacher (ln 16)
4 images of 2 classes held out; k-NN accuracy before training: raw pixels 23.0 %, untrained network 12.0 %
epoch 1: k-NN 45.0 % (untrained 12.0 %, raw pixels 23.0 %, best 46.0 %)
epoch 1/1  step 1/1  1m 30s left  50 img/s  loss 2.5
warning: step 7: loss 2.5
step 9: over
k-NN accuracy: raw pixels 23.0 %, untrained 12.0 %, trained 45.0 %
images that cannot be decoded and were skipped: 1, listed in run/bad
done after 4 steps: run/teacher
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTextWithoutScores(t *testing.T) {
	var out bytes.Buffer
	o := New(progress.New(&out, progress.Plain))
	if err := o.Started(observe.Start{Prototypes: 2, Unscored: "no classes"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Done(observe.Done{Already: true, Steps: 4, Teacher: "run/teacher"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nno k-NN score: no classes\n",
		"\nthe run is complete already after 4 steps: run/teacher\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

// On a terminal the last status is drawn without an end; the end of the run gives it one, so that
// what is printed next has a line of its own.
func TestStatusLineIsEnded(t *testing.T) {
	var out bytes.Buffer
	o := New(progress.New(&out, progress.Terminal))
	if err := o.Step(observe.Step{Steps: 1}); err != nil {
		t.Fatal(err)
	}
	if drawn := out.String(); !strings.HasPrefix(drawn, "\r") || strings.HasSuffix(drawn, "\n") {
		t.Errorf("the status is %q", drawn)
	}
	before := out.Len()
	if err := o.Done(observe.Done{Teacher: "run/teacher"}); err != nil {
		t.Fatal(err)
	}
	if rest := out.String()[before:]; rest != "\ndone after 0 steps: run/teacher\n" {
		t.Errorf("the end is %q", rest)
	}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	told(t, New(progress.New(&out, progress.JSON)))
	want := `{"event":"note","text":"going on from a\u001b[2J\nb"}
{"event":"note","text":"warning: c\n is damaged"}
{"event":"start","classes":2,"config":{"preset":"auto","seed":0},"engine":"cpu","from_step":3,"held_out":4,` +
		`"images":20,"knn_pixels":23,"knn_untrained":12,"steps":4}
{"event":"knn","best":46,"epoch":1,"knn":45,"pixels":23,"untrained":12}
{"event":"step","epoch":1,"epochs":1,"left_s":90,"loss":2.5,"max_entropy":2.772588722239781,"speed":50,` +
		`"step":1,"steps":1}
{"event":"verdict","kind":"uniform","step":7,"what":"\u003c"}
{"event":"verdict","kind":"uniform","step":9}
{"event":"done","bad_images":1,"knn":45,"knn_best":46,"knn_pixels":23,"knn_untrained":12,"steps":4,` +
		`"teacher":"run/teacher"}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestQuietHearsNothing(t *testing.T) {
	var out bytes.Buffer
	told(t, New(progress.New(&out, progress.Quiet)))
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
}
