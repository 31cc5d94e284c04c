package vit

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

func TestDropPathGrowsLinearlyWithDepth(t *testing.T) {
	for _, test := range []struct {
		depth int
		rate  float64
		want  []float64
	}{
		{1, 0.3, []float64{0}},
		{2, 0.3, []float64{0, 0.3}},
		{5, 0.1, []float64{0, 0.025, 0.05, 0.075, 0.1}},
		{3, 0, []float64{0, 0, 0}},
	} {
		c := small()
		c.Depth, c.DropPath = test.depth, test.rate
		network, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, test.depth)
		for i := range got {
			got[i] = network.dropPathRate(i)
		}
		testkit.AllClose(t, "rates", got, test.want, 1e-15)
	}
}

// features runs a network over a store whose noise comes from a seed.
func features(t *testing.T, network *Model, store *model.Store, noise int64) []float32 {
	t.Helper()
	if err := store.SetRNGStateFromSeed(noise); err != nil {
		t.Fatal(err)
	}
	return graphtest.Floats(graphtest.Call(t, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{network.Forward(scope.At("vit"), in[0])}
	}, graphtest.Tensor(images(8, 12, 12), 8, 3, 12, 12))[0])
}

func TestDropPathIsNoiseOfTheStudentOnly(t *testing.T) {
	c := small()
	c.DropPath = 0.5
	student, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	teacher := student.WithoutNoise().(*Model)
	if student.DropPath != 0.5 || teacher.DropPath != 0 {
		t.Errorf("student and teacher drop at %g and %g, want 0.5 and 0", student.DropPath, teacher.DropPath)
	}
	plain, err := New(small())
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	want := features(t, plain, store, 1)
	if !slices.Equal(features(t, teacher, store, 2), want) {
		t.Error("a network without noise differs from one that never had any")
	}
	first := features(t, student, store, 3)
	if slices.Equal(first, want) {
		t.Error("stochastic depth changes nothing")
	}
	if slices.Equal(features(t, student, store, 4), first) {
		t.Error("two draws give the same features")
	}
	if !slices.Equal(features(t, student, store, 3), first) {
		t.Error("the same seed gives other features")
	}
}

// With a rate near 1 the last block is dropped in nearly every sample, and what is left is the
// network without it.
func TestDropPathSkipsTheBlock(t *testing.T) {
	c := small()
	c.DropPath = 0.9999
	network, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	shallow := small()
	shallow.Depth = 1
	first, err := New(shallow)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if got, want := features(t, network, store, 1), features(t, first, store, 1); !slices.Equal(got, want) {
		t.Errorf("the features are %v, want those of the first block, %v", got[:8], want[:8])
	}
}
