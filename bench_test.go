package dino

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/vit"
)

// benchmarkStep times whole training steps: 2 global views, the given local ones, batch images.
func benchmarkStep(b *testing.B, c Config, batch, globalSize, localViews, localSize int) {
	backend, store := graphtest.Open(b), model.NewStore()
	m, err := New(c)
	if err != nil {
		b.Fatal(err)
	}
	if err := m.Init(backend, store, 1, [4]int{1, 3, globalSize, globalSize}); err != nil {
		b.Fatal(err)
	}
	opt := DefaultOptimizer()
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		_, metrics := m.Step(scope, Input{Global: in[1:3], Local: in[3:]}, in[0], opt)
		return metrics.Nodes()
	})
	if err != nil {
		b.Fatal(err)
	}
	args := []any{tensors.FromValue(opt.Vector(Hyper{LR: 1e-4, WeightDecay: 0.04, Momentum: 0.996, TeacherTemp: 0.04, Updates: 1, LastLayer: 1}))}
	for i := range 2 + localViews {
		side := localSize
		if i < 2 {
			side = globalSize
		}
		args = append(args, tensors.FromFlatDataAndDimensions(graphtest.Normal(uint64(i), batch*3*side*side), batch, 3, side, side))
	}
	step := func() {
		if _, err := exec.Call(args...); err != nil {
			b.Fatal(err)
		}
	}
	step() // compiles
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		step()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	median := times[len(times)/2].Seconds()
	b.ReportMetric(times[0].Seconds(), "best-s")
	b.ReportMetric(median, "median-s")
	b.ReportMetric(float64(batch)/median, "img/s")
}

// BenchmarkStepViTSmall is the step of the seed class's example: ViT-S/16, 2×224 + 6×96, batch 8, 65,536 prototypes.
func BenchmarkStepViTSmall(b *testing.B) {
	for _, precision := range []string{Float32, BFloat16} {
		b.Run(precision, func(b *testing.B) {
			c := DefaultConfig()
			c.Precision = precision
			benchmarkStep(b, c, 8, 224, 6, 96)
		})
	}
}

// BenchmarkStepTiny is a step of the size of the demo.
func BenchmarkStepTiny(b *testing.B) {
	for _, batch := range []int{32, 64} {
		b.Run(fmt.Sprintf("batch%d", batch), func(b *testing.B) {
			c := DefaultConfig()
			c.Encoder, c.ViT = EncoderCustom, vit.Custom(32, 8, 64, 3, 2)
			c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 256, 64, 256
			benchmarkStep(b, c, batch, 32, 4, 16)
		})
	}
}
