package trainer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/run/console"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/internal/testkit/graphtest"

	"github.com/dino-go/dino/weights"
)

const (
	drawn         = 24 // images
	batch         = 4
	stepsPerEpoch = drawn / batch
)

// drawings are the images of every run here.
var drawings = sync.OnceValue(func() []*augment.Image {
	all := make([]*augment.Image, drawn)
	for i := range all {
		all[i] = augment.NewImage(20, 20)
		fill(all[i], synth.Draw(1, i%10, i, 20))
	}
	return all
})

func fill(to *augment.Image, from image.Image) {
	for y := range to.Height {
		for x := range to.Width {
			r, g, b, _ := from.At(x, y).RGBA()
			to.Set(x, y, uint8(r>>8), uint8(g>>8), uint8(b>>8))
		}
	}
}

// setup describes a run: two epochs of six steps of a two-block network of width 12, in a folder of
// its own.
type setup struct {
	model      distill.Config
	optimizer  distill.Optimizer
	augment    augment.Config
	schedule   schedule.Config
	epochs     int
	accumulate int
	workers    int
	threads    int // of the engine; 0 takes the engine of all tests
	every      int // steps between checkpoints
	keep       int
	scoreEvery int
	score      func(context.Context) (float64, error)
	interval   time.Duration // between checkpoints
	best       func() error
	baselines  func(context.Context) (observe.Baselines, error) // nil takes some that are known
	dir        string
	now        func() time.Time // the clock; nil for the time of day

	measure []distill.Measurement                     // beside those of the model
	atStep  func(step int)                            // called before a step, when its data is there
	render  func(loader.RenderFunc) loader.RenderFunc // changes the views
	out     io.Writer                                 // shows the run as plain lines; nil does not
	// makes of the logs all observers; nil for the logs alone
	observer func(logs observe.Observer) observe.Observer
}

func small(t testing.TB) setup {
	t.Helper()
	s := setup{
		model: distill.DefaultConfig(), optimizer: distill.DefaultOptimizer(), augment: augment.Default(augment.Paper),
		epochs: 2, accumulate: 1, workers: 2, every: 5, keep: 2, dir: t.TempDir(),
		schedule: schedule.Config{
			LearningRate: schedule.LearningRate{
				Kind: schedule.KindCosine, Base: 5e-3, End: 1e-5,
				Warmup: schedule.Length{Count: 3, Unit: schedule.Steps},
			},
			WeightDecay: schedule.WeightDecay{Kind: schedule.KindCosine, Start: 0.04, End: 0.4},
			MomentumPer: schedule.PerStep, TeacherTempKind: schedule.KindOfficial,
			Momentum: schedule.Momentum{Start: 0.9, End: 1},
			TeacherTemp: schedule.TeacherTemp{
				Start: 0.04, Final: 0.05,
				Warmup: schedule.Length{Count: 2, Unit: schedule.Epochs},
			},
			FreezeLastLayer: schedule.Length{Count: 4, Unit: schedule.Steps},
		},
	}
	s.model.ViT = vit.Custom(16, 8, 12, 2, 2)
	s.model.ViT.InitStd, s.model.ViT.DropPath = 0.1, 0.2
	s.model.Head, s.model.CenterRule = distill.HeadOfficial, distill.CenterOfficial
	s.model.ProjectorHiddenDim, s.model.ProjectorBottleneckDim, s.model.NPrototypes = 16, 8, 16
	s.augment.GlobalCrops.Size, s.augment.LocalCrops.Size, s.augment.LocalCrops.Number = 16, 8, 2
	return s
}

// ended is what a run left behind.
type ended struct {
	Result
	err     error
	records []runlog.Record           // without what depends on the clock
	state   map[string]weights.Tensor // of the network in memory
}

// run starts a process's worth of training: it goes on from the newest checkpoint in the folder, as
// the command does.
func (s setup) run(ctx context.Context, t testing.TB) ended {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p, step, best := s.parts(t)
	metrics := filepath.Join(s.dir, "metrics.jsonl")
	table := Measurements(p.Model.Measurements)
	log, err := runlog.OpenMetrics(metrics, table, step)
	must(err)
	defer log.Close()
	events, err := runlog.OpenEvents(filepath.Join(s.dir, "events"), table, step, time.Now())
	must(err)
	defer events.Close()
	all := observe.All{{Name: "log", Observer: log}, {Name: "events", Observer: events}}
	if s.out != nil {
		all = append(all, observe.Named{Name: "console", Observer: console.New(progress.New(s.out, progress.Plain))})
	}
	must(all.Started(observe.Start{Prototypes: p.Model.NPrototypes, Measurements: table}))
	p.Observer = all
	if s.observer != nil {
		p.Observer = s.observer(all)
	}

	var e ended
	e.Result, e.err = Run(ctx, p, step, best)
	e.records, err = runlog.ReadMetrics(metrics, table)
	must(err)
	for _, r := range e.records {
		delete(r.Values, ImagesPerSecond.Name)
		delete(r.Values, DataWait.Name)
	}
	e.state, err = State(p.Store)
	must(err)
	return e
}

// parts opens the newest checkpoint and returns what [Run] takes.
func (s setup) parts(t testing.TB) (p Parts, step int, best map[string]float64) {
	t.Helper()
	b := graphtest.Open(t)
	if s.threads > 0 {
		b = graphtest.OnThreads(t, s.threads)
		t.Cleanup(b.Finalize)
	}
	m, err := distill.New(s.model)
	if err != nil {
		t.Fatal(err)
	}
	m.Measurements = append(m.Measurements, s.measure...)
	plan, err := schedule.New(s.schedule, schedule.Run{Epochs: s.epochs, StepsPerEpoch: stepsPerEpoch, Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	p.Config = Config{
		Seed: 7, Epochs: s.epochs, StepsPerEpoch: stepsPerEpoch, Batch: batch, Accumulate: s.accumulate,
		Global: s.augment.GlobalCrops.Number, ScoreEvery: s.scoreEvery,
		Checkpoints: Checkpoints{
			Dir: filepath.Join(s.dir, "checkpoints"), Every: s.every, Keep: s.keep,
			Interval: s.interval,
		},
	}
	p.Learner = Learner{Backend: b, Model: m, Store: model.NewStore(), Optimizer: s.optimizer, Plan: plan}
	p.Score, p.Baselines = s.score, observe.Baselines{Network: "untrained", Untrained: 10, Pixels: 20}
	p.Best, p.Now = s.best, s.now
	p.Observer = observe.Nothing{}
	if err := m.Init(b, p.Store, p.Seed, [4]int{1, 3, 16, 16}); err != nil {
		t.Fatal(err)
	}
	best = map[string]float64{}
	if loaded, _, err := checkpoint.Latest(p.Checkpoints.Dir); err == nil {
		defer loaded.Tensors.Close()
		if err := Restore(p.Store, m, s.optimizer, loaded.Tensors); err != nil {
			t.Fatal(err)
		}
		step, p.Checkpoints = loaded.Step, p.Checkpoints.At(loaded.Step)
		maps.Copy(best, loaded.Best)
	} else if !errors.Is(err, checkpoint.ErrNone) {
		t.Fatal(err)
	}
	if _, known := best[BestPixels]; s.baselines != nil && !known {
		p.Measure, p.Baselines = s.baselines, observe.Baselines{}
	}
	next := step
	p.BadImages = func([]loader.BadImage) error {
		if s.atStep != nil {
			s.atStep(next)
		}
		next++
		return nil
	}
	p.NewLoader = func(ctx context.Context, step int) (*loader.Loader, error) { return s.loader(ctx, p.Seed, step) }
	return p, step, best
}

// loader draws the views of the images.
func (s setup) loader(ctx context.Context, seed uint64, step int) (*loader.Loader, error) {
	all := make([]int, drawn)
	for i := range all {
		all[i] = i
	}
	order, err := order.NewSequence(seed, all, batch)
	if err != nil {
		return nil, err
	}
	crops, err := augment.New(s.augment, s.model.ViT.PatchSize)
	if err != nil {
		return nil, err
	}
	views, render := loader.Crops(crops, seed)
	if s.render != nil {
		plain := render
		render = func() loader.RenderFunc { return s.render(plain()) }
	}
	return loader.New(ctx, loader.Config{
		Order: order, First: step, Last: s.epochs * stepsPerEpoch, Views: views, NewRender: render, Workers: s.workers,
		Prefetch: 2,
		Path:     func(image int) string { return fmt.Sprint(image) },
		Decode: func(path string) (*augment.Image, error) {
			var i int
			_, err := fmt.Sscan(path, &i)
			return drawings()[i], err
		},
	})
}

// finished is a run without an error.
func (s setup) finished(t testing.TB) ended {
	t.Helper()
	e := s.run(context.Background(), t)
	if e.err != nil {
		t.Fatal(e.err)
	}
	return e
}

// interrupted is a run that is told to stop while it does the given step.
func (s setup) interrupted(t testing.TB, step int) ended {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s.atStep = func(at int) {
		if at == step {
			cancel()
		}
	}
	return s.run(ctx, t)
}

// requireSame compares two runs bit for bit.
func requireSame(t testing.TB, want, got ended) {
	t.Helper()
	if diff := cmp.Diff(want.records, got.records); diff != "" {
		t.Errorf("metrics: -want +got:\n%s", diff)
	}
	requireSameState(t, want.state, got.state)
}

func requireSameState(t testing.TB, want, got map[string]weights.Tensor) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("names: -want +got:\n%s", diff)
	}
	var differ []string
	for name, w := range want {
		if !bytes.Equal(w.Data, got[name].Data) {
			differ = append(differ, name)
		}
	}
	if slices.Sort(differ); len(differ) > 0 {
		t.Errorf("%d of %d tensors differ: %v", len(differ), len(want), differ[:min(3, len(differ))])
	}
}

// steps lists the checkpoints in the folder.
func (s setup) steps(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, "checkpoints", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

// pairs are the files of the checkpoints of steps.
func pairs(steps ...int) []string {
	var names []string
	for _, step := range steps {
		names = append(names, fmt.Sprintf("step-%08d.json", step), fmt.Sprintf("step-%08d.safetensors", step))
	}
	return names
}
