package trainer

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/layer"

	"github.com/dino-go/dino/internal/testkit"

	"github.com/dino-go/dino/weights"
)

// The trajectory is a function of the configuration: not of the process, nor of how many workers
// draw the views.
func TestTrajectoryRepeats(t *testing.T) {
	s := small(t)
	want := s.finished(t)
	if len(want.records) != 12 || want.Steps != 12 {
		t.Fatalf("%d steps, %d lines, want 12", want.Steps, len(want.records))
	}
	for i, r := range want.records {
		if r.Step != i || r.Epoch != i/stepsPerEpoch {
			t.Errorf("line %d is of step %d, epoch %d", i, r.Step, r.Epoch)
		}
		loss, sum := r.Values.Of(distill.Loss), r.Values.Of(distill.TeacherEntropy)+r.Values.Of(distill.KL)
		if math.Abs(loss-sum) > 1e-5 ||
			!(loss > 0 && r.Values.Of(distill.GradNorm) > 0 && r.Values["feature_std"] > 0) {
			t.Errorf("step %d: %+v: want a loss that is entropy + KL, and a gradient", i, r)
		}
	}
	for _, workers := range []int{1, 8} {
		again := s
		again.dir, again.workers = t.TempDir(), workers
		t.Run(fmt.Sprintf("%d workers", workers), func(t *testing.T) { requireSame(t, want, again.finished(t)) })
	}
	other := s
	other.dir, other.model.ViT.DropPath = t.TempDir(), 0
	if got := other.finished(t); got.records[3].Values["loss"] == want.records[3].Values["loss"] {
		t.Error("without drop path the losses are the same: the runs compared here have none")
	}
}

// N + M steps equal N steps, save, a new process, restore, M steps, bit for bit: metrics and every
// variable. Whatever has state or draws random numbers is switched on in turn.
func TestResumeIsExact(t *testing.T) {
	for name, change := range map[string]func(*setup){
		"official": func(*setup) {},
		"seed": func(s *setup) {
			s.model.Head, s.model.CenterRule, s.optimizer.Decay = distill.HeadSeed, distill.CenterSeed, "all"
		},
		"batch norm":                        func(s *setup) { s.model.HeadBatchNorm, s.model.EMABuffers = true, true },
		"trainable norms of the prototypes": func(s *setup) { s.model.NormLastLayer = false },
		"sinkhorn":                          func(s *setup) { s.model.Targets = distill.TargetsSinkhorn },
		"bfloat16":                          func(s *setup) { s.model.Precision = distill.BFloat16 },
		"recomputed activations":            func(s *setup) { s.model.ViT.Recompute = true },
		"micro-batches":                     func(s *setup) { s.accumulate = 2 },
		"LARS":                              func(s *setup) { s.optimizer.Kind = distill.OptimizerLARS },
		"Muon and KoLeo": func(s *setup) {
			s.optimizer.Kind, s.model.KoLeoWeight = distill.OptimizerMuon, 0.1
		},
	} {
		t.Run(name, func(t *testing.T) {
			whole := small(t)
			change(&whole)
			want := whole.finished(t)
			parts := whole
			parts.dir = t.TempDir()
			// the last layer is frozen until step 3; the other is in the second epoch
			for i, step := range []int{3, 8} {
				parts.threads = []int{1, 7}[i]
				if e := parts.interrupted(t, step); !errors.Is(e.err, ErrInterrupted) || e.Steps != step+1 {
					t.Fatalf("interrupted in step %d: %d steps done, %v", step, e.Steps, e.err)
				}
			}
			parts.threads = 3
			requireSame(t, want, parts.finished(t))
		})
	}
}

// A run, whole or in parts, has the same bits on any number of threads of the engine. Its network
// is so large that most products are spread over the threads, and that gradients of weights have
// few rows and many columns, which are cut in their own way.
func TestThreadsDoNotMatter(t *testing.T) {
	for _, precision := range []string{distill.Float32, distill.BFloat16} {
		t.Run(precision, func(t *testing.T) {
			s := small(t)
			s.model.Precision, s.epochs, s.threads = precision, 1, 1
			s.schedule.TeacherTemp.Warmup.Count = 1
			s.model.ViT.PatchSize, s.model.ViT.EmbedDim, s.model.ViT.NumHeads, s.model.ViT.MLPRatio = 4, 57, 3, 6
			s.model.ProjectorHiddenDim, s.model.ProjectorBottleneckDim, s.model.NPrototypes = 520, 57, 300
			want := s.finished(t)
			for _, threads := range []int{2, 7} {
				again := s
				again.dir, again.threads = t.TempDir(), threads
				t.Run(fmt.Sprintf("%d threads", threads),
					func(t *testing.T) { requireSame(t, want, again.finished(t)) })
			}
			parts := s
			parts.dir, parts.threads = t.TempDir(), 2
			if e := parts.interrupted(t, 1); !errors.Is(e.err, ErrInterrupted) {
				t.Fatal(e.err)
			}
			parts.threads = 7
			requireSame(t, want, parts.finished(t))
		})
	}
}

// A run that stopped without saving, as kill -9 does, goes on from the checkpoint before, and the
// log has no step twice.
func TestResumeRepeatsLostSteps(t *testing.T) {
	whole := small(t)
	want := whole.finished(t)
	s := whole
	s.dir = t.TempDir()
	lost := errors.New("killed")
	killed := func() (e ended) {
		defer func() {
			if p := recover(); p != nil && p != lost { //nolint:errorlint // the very value
				panic(p)
			}
		}()
		dying := s
		dying.atStep = func(step int) {
			if step == 8 {
				panic(lost)
			}
		}
		return dying.run(t.Context(), t)
	}
	killed()
	if diff := cmp.Diff(pairs(5), s.steps(t)); diff != "" {
		t.Fatalf("checkpoints: -want +got:\n%s", diff)
	}
	requireSame(t, want, s.finished(t))
}

// Splitting a batch into micro-batches changes nothing but rounding: losses, and the network in the
// end.
func TestAccumulationEqualsTheLargeBatch(t *testing.T) {
	s := small(t)
	s.model.ViT.DropPath = 0 // its noise is another for another division
	want := s.finished(t)
	for _, parts := range []int{2, 4} {
		s.dir, s.accumulate = t.TempDir(), parts
		got := s.finished(t)
		// The spread of features, and the mean target, of a batch of one or two is another thing
		// than of four.
		near := cmp.Options{
			cmpopts.EquateApprox(1e-3, 1e-4),
			cmpopts.IgnoreMapEntries(func(name string, _ float64) bool {
				return name == "feature_std" || name == distill.MarginalEntropy.Name || name == distill.TargetGain.Name
			}),
		}
		if diff := cmp.Diff(want.records, got.records, near); diff != "" {
			t.Errorf("%d micro-batches: -one +several:\n%s", parts, diff)
		}
		for name, w := range want.state {
			a, errA := w.Float32s()
			b, errB := got.state[name].Float32s()
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if strings.HasSuffix(name, "attn.qkv.bias") {
				a, b = withoutKeys(a), withoutKeys(b)
			}
			testkit.AllClose(t, name, b, a, 2e-3)
		}
	}
}

// withoutKeys leaves the keys out of the bias of queries, keys and values. It moves all scores of a
// query alike, which a softmax does not feel: its gradient is nothing but rounding, of which AdamW
// makes steps like any other.
func withoutKeys(bias []float32) []float32 {
	third := len(bias) / 3
	return slices.Concat(bias[:third], bias[2*third:])
}

// The number of updates that the last layer has had is recomputed from the schedule, wherever a run
// begins.
func TestLastLayerUpdates(t *testing.T) {
	c, _, _ := small(t).parts(t)
	for first := range 12 {
		s := &stepper{Config: c.Config, Learner: c.Learner}
		for step := first; step < 12; step++ {
			h := s.hyper(step, c.Plan.At(step))
			want := max(0, step+1-4) // four steps are frozen
			if h.Updates != step+1 || h.LastLayer != want || h.FreezeLastLayer != (step < 4) {
				t.Errorf("from step %d, step %d: %d updates, %d of the last layer, frozen %v, want %d, %d", first, step,
					h.Updates, h.LastLayer, h.FreezeLastLayer, step+1, want)
			}
		}
	}
}

// A checkpoint whose tensors are not those of the network is refused before anything is trained or
// overwritten.
func TestForeignCheckpoint(t *testing.T) {
	s := small(t)
	good := s.interrupted(t, 2).state
	const parameter = "backbone.student.cls_token"
	one := weights.FromFloat32s([]int{1}, []float32{1})
	for _, c := range []struct {
		name   string
		change func(map[string]weights.Tensor)
		want   string
	}{
		{
			"no center", func(m map[string]weights.Tensor) { delete(m, "dino_loss.center") },
			"missing dino_loss.center [1 16]",
		},
		{
			"unknown tensor", func(m map[string]weights.Tensor) { m["dino_loss.scale"] = one },
			"unexpected dino_loss.scale [1]",
		},
		{"other shape", func(m map[string]weights.Tensor) { m[parameter] = one }, parameter +
			" is F32 [1], want F32 [1 1 12]"},
		{"no moment", func(m map[string]weights.Tensor) { delete(m, "optimizer.v."+parameter) }, "optimizer.v." +
			parameter + " is [], want [1 1 12]"},
		{
			"moment of another shape", func(m map[string]weights.Tensor) { m["optimizer.m."+parameter] = one },
			"optimizer.m." + parameter + " is [1], want [1 1 12]",
		},
		{
			"unknown moment", func(m map[string]weights.Tensor) { m["optimizer.m.backbone.teacher.cls_token"] = one },
			"unexpected optimizer.m.backbone.teacher.cls_token [1]",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tensors := maps.Clone(good)
			c.change(tensors)
			path := filepath.Join(t.TempDir(), "step.safetensors")
			if err := weights.Write(path, tensors, nil); err != nil {
				t.Fatal(err)
			}
			f, err := weights.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			fresh := small(t)
			config, _, _ := fresh.parts(t)
			testkit.RequireError(t, Restore(config.Store, config.Model, fresh.optimizer, f),
				"trainer: the checkpoint was written by another version of this program; begin a new run folder",
				c.want)
		})
	}
}

// A checkpoint holds every variable but the sums of a step that is under way.
func TestStateHasNoSums(t *testing.T) {
	s := small(t)
	plain := s.finished(t)
	s.dir, s.accumulate = t.TempDir(), 2
	sums := s.finished(t)
	names := func(e ended) []string {
		var all []string
		for name := range e.state {
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff(names(plain), names(sums)); diff != "" {
		t.Errorf("-one batch +micro-batches:\n%s", diff)
	}
	c, _, _ := s.parts(t)
	if all, _ := layer.Within(c.Store, "/"); !slices.Contains(all, "dino_loss.center") ||
		!slices.ContainsFunc(all, func(n string) bool { return len(n) > 12 && n[:12] == "optimizer.m." }) {
		t.Errorf("center or moments are not in the checkpoint: %v", all)
	}
}
