package inference

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

var preprocessing = layout.ForCrop(16, [3]float64{0.5, 0.5, 0.5}, [3]float64{0.25, 0.25, 0.25})

func random(t *testing.T, seed uint64) *Network {
	t.Helper()
	c := vit.Custom(16, 8, 12, 3, 2)
	c.InitStd = 0.2
	n, err := Random(c, preprocessing, seed, "cpu")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// pixels are images of noise.
func pixels(images, height, width int) []float32 {
	out := make([]float32, 3*images*height*width)
	state := uint32(1)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = float32(state>>8)/(1<<23) - 1
	}
	return out
}

func TestNamesOfFeatures(t *testing.T) {
	for name, want := range map[string]Features{
		"cls": {Blocks: 1}, "mean": {Mean: true}, "cls+mean": {Blocks: 1, Mean: true},
		"cls+gem": {Blocks: 1, GeM: true},
		"last-4":  {Blocks: 4}, "last-12+mean": {Blocks: 12, Mean: true}, "patches": {Patches: true},
	} {
		got, err := ParseFeatures(name)
		if err != nil || got != want {
			t.Errorf("%q is %+v (%v), want %+v", name, got, err, want)
		}
		if got.String() != name {
			t.Errorf("%q is written %q", name, got)
		}
	}
	for _, name := range []string{
		"", "CLS", "cls+", "cls+max", "gem", "last-", "last-0", "last--1", "last-x",
		"mean+cls", "patches+mean", "cls+mean+gem",
	} {
		if got, err := ParseFeatures(name); err == nil || !strings.Contains(err.Error(), "must be cls, mean") {
			t.Errorf("%q is %+v (%v), want an error that lists what there is", name, got, err)
		}
	}
}

func TestFeaturesThatTheNetworkLacks(t *testing.T) {
	n := random(t, 1)
	_, err := n.Features(context.Background(), Features{Blocks: 4}, pixels(1, 16, 16), 16, 16)
	if err == nil || !strings.Contains(err.Error(), `the network has 3 blocks: must be at most last-3`) {
		t.Errorf("four of three blocks: %v", err)
	}
	if _, err := n.Features(context.Background(), Features{Blocks: 1}, pixels(1, 16, 16)[1:], 16, 16); err == nil {
		t.Error("pixels that do not fill an image are accepted")
	}
	if _, err := n.Features(context.Background(), Features{Blocks: 1}, pixels(1, 12, 16), 12, 16); err == nil ||
		!strings.Contains(err.Error(), "multiples of the patch size") {
		t.Errorf("an image of 12×16 pixels: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := n.Features(ctx, Features{Blocks: 1}, pixels(1, 16, 16), 16, 16); err != context.Canceled {
		t.Errorf("a pass in a context that has ended: %v", err)
	}
}

// The network is a function of the seed, whatever ran first.
func TestRandomNetworks(t *testing.T) {
	x := pixels(2, 16, 16)
	features := func(n *Network) eval.Matrix {
		m, err := n.Features(context.Background(), Features{Blocks: 1}, x, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, b := random(t, 1), random(t, 1)
	if _, err := b.Attention(context.Background(), x[:len(x)/2], 16, 16); err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "the same seed", features(b).Data, features(a).Data, 0)
	if c := features(random(t, 2)); c.Data[0] == features(a).Data[0] {
		t.Error("another seed gives the same network")
	}
}

// Goroutines that share a network, over several sizes, get what each gets alone.
func TestConcurrentUse(t *testing.T) {
	n, ctx := random(t, 1), context.Background()
	want := map[int]eval.Matrix{}
	sizes := []int{8, 16, 24, 40}
	for _, size := range sizes {
		m, err := random(t, 1).Features(ctx, Features{Blocks: 1}, pixels(3, size, size), size, size)
		if err != nil {
			t.Fatal(err)
		}
		want[size] = m
	}
	var group sync.WaitGroup
	for range 4 {
		for _, size := range sizes {
			group.Go(func() {
				m, err := n.Features(ctx, Features{Blocks: 1}, pixels(3, size, size), size, size)
				if err != nil {
					t.Error(err)
					return
				}
				testkit.AllClose(t, "features", m.Data, want[size].Data, 1e-5)
				if _, err := n.Attention(ctx, pixels(1, size, size), size, size); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
}

func TestWeightsThatDoNotFit(t *testing.T) {
	n := random(t, 1)
	some := map[string]weights.Tensor{"cls_token": weights.FromFloat32s([]int{1, 1, 12}, make([]float32, 12))}
	if err := n.load(some); err == nil || !strings.Contains(err.Error(), "the weights have 1") {
		t.Errorf("one tensor: %v", err)
	}
	all := map[string]weights.Tensor{}
	for name, shape := range n.Config.Shapes() {
		all[name] = weights.Tensor{Shape: shape}
	}
	all["other"] = all["pos_embed"]
	delete(all, "pos_embed")
	if err := n.load(all); err == nil || !strings.Contains(err.Error(), "lack pos_embed") {
		t.Errorf("a tensor of another name: %v", err)
	}
}
