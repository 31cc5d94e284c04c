package convnet_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/nets/netstest"
	"github.com/dino-go/dino/schedule"
)

func open(t *testing.T) compute.Backend {
	t.Helper()
	engine, err := cpu.New("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Finalize)
	return engine
}

// What netstest asks of every network, a network of a user's has.
func TestNetwork(t *testing.T) {
	engine := open(t)
	for name, c := range map[string]convnet.Config{
		"plain":   {Channels: 3, Dim: 8, Depth: 2},
		"dropout": {Channels: 1, Dim: 5, Depth: 1, Dropout: 0.5},
	} {
		t.Run(name, func(t *testing.T) { netstest.Run(t, netstest.Suite{Engine: engine, Config: c}) })
	}
}

// A network is a backbone as it is: it trains, and its teacher is free of its noise.
func TestTrainsAsBackbone(t *testing.T) {
	config := convnet.Config{Channels: 3, Dim: 8, Depth: 2, Dropout: 0.2}
	backbone, err := config.New()
	if err != nil {
		t.Fatal(err)
	}
	c := distill.DefaultConfig()
	c.Backbone = backbone
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 32
	m, err := distill.New(c)
	if err != nil {
		t.Fatal(err)
	}
	const images = 4
	engine, store, start, optimizer := open(t), model.NewStore(), model.NewStore(), distill.DefaultOptimizer()
	for _, s := range []*model.Store{store, start} {
		if err := m.Init(engine, s, 1, [4]int{images, 3, 16, 16}); err != nil {
			t.Fatal(err)
		}
	}
	step, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out, metrics := m.Step(scope, distill.Input{Global: in[1:3], Local: in[3:]}, in[0], optimizer)
		return []*graph.Node{metrics.Values, out.Embedding}
	})
	if err != nil {
		t.Fatal(err)
	}
	view := func(side, phase int) *tensors.Tensor {
		pixels := make([]float32, images*3*side*side)
		for i := range pixels {
			pixels[i] = float32(math.Sin(float64((i/(3*side*side)+1)*(i+phase)) / 7))
		}
		return tensors.FromFlatDataAndDimensions(pixels, images, 3, side, side)
	}
	var kl []float64
	for n := range 30 {
		// the same noise in every step, so that the loss of one batch falls
		if err := store.SetRNGStateFromSeed(1); err != nil {
			t.Fatal(err)
		}
		h := distill.Hyper{
			Values:  schedule.Values{LR: 3e-3, Momentum: 0.99, TeacherTemp: 0.04},
			Updates: n + 1, LastLayer: n + 1,
		}
		outputs, err := step.Call(optimizer.Vector(h), view(16, 0), view(16, 1), view(9, 2))
		if err != nil {
			t.Fatal(err)
		}
		kl = append(kl, m.Measured(tensors.MustCopyFlatData[float32](outputs[0])).Of(distill.KL))
	}
	if last := kl[len(kl)-1]; !(last < kl[0]) {
		t.Errorf("the divergence from the teacher went from %g to %g in 30 steps on one batch", kl[0], last)
	}
	for name := range config.Shapes() {
		path := strings.ReplaceAll(name, ".", "/")
		student, teacher := store.GetVariable("/backbone/student/"+path), store.GetVariable("/backbone/teacher/"+path)
		if student == nil || teacher == nil {
			t.Fatalf("student or teacher have no %s", name)
		}
		before, err := start.GetVariable("/backbone/teacher/" + path).Value()
		if err != nil {
			t.Fatal(err)
		}
		if before.Equal(student.MustValue()) || before.Equal(teacher.MustValue()) {
			t.Errorf("%s did not move in the student or the teacher", name)
		}
	}
}
