package network_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/internal/network"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// save writes a network of random weights and returns the file.
func save(t *testing.T, c vit.Config) string {
	t.Helper()
	tensors := map[string]weights.Tensor{}
	for name, shape := range layout.Shapes(c) {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := graphtest.Normal(uint64(len(name)), n)
		for i := range values {
			values[i] *= 0.2
		}
		tensors[name] = weights.FromFloat32s(shape, values)
	}
	metadata, err := layout.Metadata(c, layout.ForCrop(c.ImageSize[0], [3]float64{0.4, 0.5, 0.6}, [3]float64{0.2, 0.25, 0.3}), nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := weights.Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string) *network.Network {
	t.Helper()
	n, err := network.Open(graphtest.Open(t), path, layout.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func features(n *network.Network) *network.Pass {
	return n.NewPass("test", vit.Want{}, func(out vit.Output) []*graph.Node { return []*graph.Node{out.Features} })
}

func call(t *testing.T, p *network.Pass, images []float32, batch, height, width int) []float32 {
	t.Helper()
	outputs, err := p.Run(images, batch, height, width)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](outputs[0])
}

func TestBatchEqualsImages(t *testing.T) {
	p := features(open(t, save(t, vit.Custom(8, 4, 12, 2, 3))))
	images := graphtest.Normal(1, 3*3*8*12)
	got := call(t, p, images, 3, 8, 12)
	for i := range 3 {
		one := call(t, p, images[i*3*8*12:(i+1)*3*8*12], 1, 8, 12)
		testkit.AllClose(t, "image by image", got[i*12:(i+1)*12], one, 1e-5)
	}
}

// More sizes than a pass keeps compiled, from several goroutines: everyone gets the numbers of a quiet run.
func TestManySizesAtOnce(t *testing.T) {
	n := open(t, save(t, vit.Custom(8, 4, 6, 1, 1)))
	p, quiet := features(n), features(n)
	images := graphtest.Normal(2, 3*4*4*40)
	want := make([][]float32, 40)
	for i := range want {
		want[i] = call(t, quiet, images[:3*4*4*(i+1)], 1, 4, 4*(i+1))
	}
	var group sync.WaitGroup
	for worker := range 3 {
		group.Go(func() {
			for i := range want {
				i = (i + 13*worker) % len(want)
				outputs, err := p.Run(images[:3*4*4*(i+1)], 1, 4, 4*(i+1))
				if err != nil {
					t.Error(err)
					return
				}
				testkit.AllClose(t, "features", tensors.MustCopyFlatData[float32](outputs[0]), want[i], 0)
			}
		})
	}
	group.Wait()
}

func TestRunRejects(t *testing.T) {
	p := features(open(t, save(t, vit.Custom(8, 4, 6, 1, 1))))
	for name, c := range map[string]struct {
		values, batch, height, width int
		want                         string
	}{
		"too few values": {10, 1, 8, 8, "10 values for images: must be 1 × 3 × 8 × 8"},
		"no image":       {0, 0, 8, 8, "must be 0 × 3 × 8 × 8"},
		"half a patch":   {3 * 8 * 10, 1, 8, 10, "patch size (4)"},
	} {
		if _, err := p.Run(make([]float32, c.values), c.batch, c.height, c.width); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error = %v, want one with %q", name, err, c.want)
		}
	}
}

func TestOpenRejects(t *testing.T) {
	if _, err := network.Open(graphtest.Open(t), filepath.Join(t.TempDir(), "none"), layout.Options{}); err == nil {
		t.Error("a missing file is opened")
	}
}
