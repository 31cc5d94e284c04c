package layout_test

import (
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// tensorsOf are tensors of the given shapes with values that depend on seed and name.
func tensorsOf(shapes map[string][]int, seed uint64) map[string]weights.Tensor {
	out := map[string]weights.Tensor{}
	for name, shape := range shapes {
		h := fnv.New64a()
		h.Write([]byte(name))
		r := rand.New(rand.NewPCG(seed, h.Sum64()))
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.NormFloat64())
		}
		out[name] = weights.FromFloat32s(shape, values)
		if strings.HasSuffix(name, "num_batches_tracked") {
			out[name] = weights.FromInt64s(nil, []int64{9})
		}
	}
	return out
}

// backbone are the tensors of a network.
func backbone(c vit.Config, seed uint64) map[string]weights.Tensor {
	return tensorsOf(c.Shapes(), seed)
}

// small is a network of width 64, so that it has one head, with three blocks and patches of 8.
func small() vit.Config { return vit.Custom(32, 8, 64, 3, 1) }

// under puts a prefix before all names.
func under(prefix string, tensors map[string]weights.Tensor) map[string]weights.Tensor {
	out := map[string]weights.Tensor{}
	for name, t := range tensors {
		out[prefix+name] = t
	}
	return out
}

// renamed replaces parts of all names, given as pairs.
func renamed(tensors map[string]weights.Tensor, pairs ...string) map[string]weights.Tensor {
	out, replacer := map[string]weights.Tensor{}, strings.NewReplacer(pairs...)
	for name, t := range tensors {
		out[replacer.Replace(name)] = t
	}
	return out
}

// merged is the union of sets.
func merged(sets ...map[string]weights.Tensor) map[string]weights.Tensor {
	out := map[string]weights.Tensor{}
	for _, set := range sets {
		maps.Copy(out, set)
	}
	return out
}

// one is a set of one tensor of a shape.
func one(name string, shape ...int) map[string]weights.Tensor {
	return tensorsOf(map[string][]int{name: shape}, 99)
}

// without leaves names out.
func without(tensors map[string]weights.Tensor, names ...string) map[string]weights.Tensor {
	out := maps.Clone(tensors)
	for _, name := range names {
		delete(out, name)
	}
	return out
}

func writePTH(t testing.TB, tensors map[string]weights.Tensor, settings map[string]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.pth")
	if err := weights.WritePTH(path, tensors, settings); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeSafetensors(t testing.TB, tensors map[string]weights.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := weights.Write(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, path string, o layout.Options) *layout.Model {
	t.Helper()
	m, err := layout.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	checkTotal(t, m, o)
	return m
}

// checkTotal verifies that the report lists every tensor of the source, used or left over and never
// both, and that the description says the same without the data.
func checkTotal(t *testing.T, m *layout.Model, asked layout.Options) {
	t.Helper()
	listed := map[string]bool{}
	for _, u := range m.Report.Used {
		for _, name := range u.From {
			listed[name] = true
		}
	}
	for _, left := range m.Report.LeftOver {
		if listed[left.Name] {
			t.Errorf("%s is used and left over", left.Name)
		}
		listed[left.Name] = true
	}
	source, err := layout.Inspect(m.Path, layout.Options{
		Layout: m.Layout, Heads: m.Network.Outputs().Heads, ImageSize: m.Network.Geometry().Native,
		Prefix: asked.Prefix, PosEmbed: asked.PosEmbed, Newest: checkpoint.OpenNewest,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Source.Close()
	for _, name := range source.Source.Names() {
		if !listed[name] {
			t.Errorf("%s is not in the report", name)
		}
		delete(listed, name)
	}
	if len(listed) > 0 {
		t.Errorf("the report lists %v, which the source does not have", slices.Sorted(maps.Keys(listed)))
	}
	if source.Network != m.Network {
		t.Errorf("described as %+v, opened as %+v", source.Network, m.Network)
	}
}

// leftOver are the names that are left over, with what they are.
func leftOver(m *layout.Model) map[string]string {
	out := map[string]string{}
	for _, t := range m.Report.LeftOver {
		out[t.Name] = t.Why
	}
	return out
}

// equal compares two sets bit for bit.
func equal(t *testing.T, what string, got, want map[string]weights.Tensor) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d tensors, want %d", what, len(got), len(want))
	}
	for name, w := range want {
		if g := got[name]; g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !slices.Equal(g.Data, w.Data) {
			t.Errorf("%s: %s is %s %v, want %s %v with the same bits", what, name, g.DType, g.Shape, w.DType, w.Shape)
		}
	}
}
