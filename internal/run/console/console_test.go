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
	baselines = observe.Baselines{Network: "untrained", Untrained: 12, Pixels: 23, Bank: 16, Queries: 4}
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
			Folder: "run", Data: "photos", Network: "a network", Parameters: 1_250_000,
			Global: observe.Crops{Number: 2, Size: 224}, Local: observe.Crops{Number: 6, Size: 96},
			Memory: 2e9, MemoryThere: 3e9,
		}),
		o.Estimated(observe.Estimate{Steps: 5, ImagesPerSecond: 8.26, Left: 2*time.Hour + 5*time.Minute}),
		o.Estimated(observe.Estimate{Steps: 70, ImagesPerSecond: 16.5, Left: time.Hour, Before: 8.26}),
		o.Measured(baselines),
		o.Score(observe.Score{Epoch: 1, KNN: knn, Best: 46, Baselines: baselines}),
		o.Step(step),
		o.Warning(observe.Warning{Note: observe.Notef("too hot"), Name: "verdict", Kind: "hot"}),
		o.Warning(observe.Warning{
			Note: observe.Notef("loss %.1f", 2.5), Name: "verdict", Kind: "uniform", Step: 7,
			Fields:   map[string]any{"what": "<"},
			Settings: []observe.Setting{{Option: "a.b", Value: "1", Why: "too low"}, {Option: "c", Value: "x"}},
		}),
		o.Warning(observe.Warning{Note: observe.Notef("over"), Name: "verdict", Kind: "uniform", Step: 9, Calm: true}),
		o.Saved(observe.Saved{Steps: 4}),
		o.Done(observe.Done{
			Steps: 4, Teacher: "run/teacher", BadImages: 1, BadImagesList: "run/bad", Folder: "my run", Data: "photos",
			Image:  "photos/it's.jpg",
			Scores: &observe.Scores{KNN: &knn, Best: 46, BestEpoch: 1, BestTeacher: "run/best", Baselines: baselines},
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
data      20 images to train on, 4 of 2 classes held out for the k-NN score
network   a network: 1.2 million parameters; 16 prototypes
crops     2 of 224 × 224 and 6 of 96 × 96 pixels of every image
steps     4 of 5 images, in 1 epochs
engine    cpu (8 threads)
memory    about 2.0 GB of 3.0 GB that are free
run       run
time      about 2h 05m, at 8.26 images a second
time      about 1h 00m from here on, at 16.5 images a second; it was 8.26
k-NN accuracy before training: raw pixels 23.0 %, untrained network 12.0 % (4 images classified by 16)
epoch 1: k-NN 45.0 % (untrained 12.0 %, raw pixels 23.0 %, best 46.0 %)
epoch 1/1  step 1/1  1m 30s left  50 img/s  loss 2.5
warning: too hot
warning: step 7: loss 2.5. To change it: --set a.b=1 --set c=x (a.b: too low)
step 9: over
k-NN accuracy: raw pixels 23.0 %, untrained 12.0 %, trained 45.0 %: 22.0 points more than before
best: 46.0 % after epoch 1: run/best
images that cannot be decoded and were skipped: 1, listed in run/bad
done after 4 steps: run/teacher
next:
  dino embed --weights 'my run' --data photos --out 'my run-features.parquet'
  dino attention --weights 'my run' 'photos/it'\''s.jpg' --out 'my run-attention'
  dino export 'my run' --to timm --out 'my run-timm.safetensors'
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
		"; no k-NN score: no classes\n",
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
{"event":"start","batch":5,"classes":2,"config":{"preset":"auto","seed":0},"data":"photos","engine":"cpu","epochs":1,` +
		`"from_step":3,"global_crops":2,"global_size":224,"held_out":4,"images":20,"knn_pixels":null,"knn_untrained":null,` +
		`"local_crops":6,"local_size":96,"memory":2000000000,"memory_free":3000000000,"network":"a network",` +
		`"parameters":1250000,"prototypes":16,"steps":4}
{"event":"estimate","images_per_s":8.26,"left_s":7500,"steps":5}
{"event":"estimate","images_per_s":16.5,"left_s":3600,"steps":70}
{"event":"baselines","bank":16,"knn_pixels":23,"knn_untrained":12,"queries":4}
{"event":"knn","best":46,"epoch":1,"knn":45,"pixels":23,"untrained":12}
{"event":"step","epoch":1,"epochs":1,"left_s":90,"loss":2.5,"max_entropy":2.772588722239781,"speed":50,` +
		`"step":1,"steps":1}
{"event":"verdict","kind":"hot","step":0}
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
